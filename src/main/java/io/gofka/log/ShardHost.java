package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.ReplicasUnusable;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * What a {@link LogShard} needs from where it runs. Everything is called on the shard's thread, and
 * every callback comes back on it, never within the call itself.
 */
interface ShardHost {
  /** Wall clock; may be asked for on any thread. */
  long timestampMs();

  /** Monotonic clock; may be asked for on any thread. */
  long nowMs();

  /** Does work on a worker, after all that was given to this method before. */
  <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed);

  /** Does work on a worker, possibly at the same time as other work. */
  <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed);

  /** Writes or syncs on a worker, at the same time as other work and other writes. */
  <T> void write(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed);

  /** How far the kernel is behind with writing back, for each log directory; for a worker. */
  List<WriteBack> writeBack();

  /**
   * Does work of compaction on a worker that nothing else waits for.
   *
   * @param threads that all shards of the node together have for it
   */
  <T> void cleaning(int threads, Callable<T> work, Consumer<T> done, Consumer<Throwable> failed);

  /**
   * Removes files on a worker that nothing else waits for: a large one takes its time. What has not
   * begun when the node stops is left to the next start, and nobody is told.
   */
  <T> void removing(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed);

  /** Makes the calling worker wait; not for the shard's own thread. */
  void pause(long durationMs);

  /**
   * @return a number for {@link #cancel}
   */
  long after(long delayMs, Runnable action);

  void cancel(long timer);

  /** Once what is going on now has ended. */
  void soon(Runnable action);

  /** The state of the log directories has changed. */
  void onDirectories(LogDirState.Changed states);

  /** Which replicas can't be used because of their disks, as it is now. */
  void onUnusable(ReplicasUnusable replicas);

  /**
   * No log directory can be expected to come back: the node should stop. May be told again.
   *
   * @param why a sentence for people
   */
  void onAllDirectoriesBroken(String why);

  /** Sends messages to the broker that leads, after all before; lost when there is no stream. */
  void toLeader(int leaderId, List<FollowerMessage> messages);

  /**
   * Sends messages to a broker that follows, after all before.
   *
   * @param written follows when they have left; until then the records are needed
   * @param lost follows instead when there is no stream
   */
  void toFollower(int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost);

  /**
   * Asks the controllers for other ISRs.
   *
   * @param answered with one result for each change, in the same order
   * @param failed nobody knows whether the changes have been made
   */
  void changeIsrs(
      List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed);

  /** How many of these bytes to copy at once; see {@link CopyThrottles#piece}. */
  default int piece(CopyThrottles.Side side, int bytes) {
    return bytes;
  }

  /** Takes bytes off this broker's rate for such ones; see {@link CopyThrottles#reserveMs}. */
  default long throttleMs(CopyThrottles.Side side, long bytes) {
    return 0; // Where nobody shares a broker's rates with others.
  }

  /** An id that nobody else has. */
  UUID unique();
}
