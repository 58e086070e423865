package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link LogShard} leaves to its workers: the chores of its logs, syncs, and work beside
 * them. The first failure ends the shard's trust in the disk.
 */
final class ShardWork {
  private static final Logger LOG = LoggerFactory.getLogger(ShardWork.class);

  private final ShardHost host;
  private final String directory;
  private final Runnable onFailed;
  private boolean failed;
  private int besideCount;
  private Runnable whenIdle = () -> {};

  /**
   * @param directory as people know it
   * @param onFailed run once, after the disk has failed
   */
  ShardWork(ShardHost host, String directory, Runnable onFailed) {
    this.host = host;
    this.directory = directory;
    this.onFailed = onFailed;
  }

  boolean hasFailed() {
    return failed;
  }

  /** Runs {@code action} once nothing is under way beside the ordered work. */
  void whenIdle(Runnable action) {
    whenIdle = action;
    checkIdle();
  }

  /** Gives what the log wants done to a worker. */
  void doChores(PartitionLog log) {
    doChores(log, () -> {}, () -> {});
  }

  /**
   * The same.
   *
   * @param done run after them all but those that have to wait
   * @param otherwise run instead when the disk has failed
   */
  void doChores(PartitionLog log, Runnable done, Runnable otherwise) {
    List<Chore> due = new ArrayList<>();
    for (Chore chore : log.takeChores()) {
      if (chore.delayMs() > 0) {
        host.after(chore.delayMs(), () -> doAside(chore));
      } else {
        due.add(chore);
      }
    }
    if (due.isEmpty()) {
      done.run();
      return;
    }
    host.inOrder(
        () -> {
          for (Chore chore : due) {
            chore.run();
          }
          return true;
        },
        ran -> {
          due.forEach(Chore::done);
          doChores(log);
          done.run();
        },
        failure -> {
          onDiskFailure(failure);
          otherwise.run();
        });
  }

  private void doAside(Chore chore) {
    aside(
        () -> {
          chore.run();
          return true;
        },
        done -> chore.done(),
        () -> {});
  }

  /** One chore after all that was given out before; {@code done} follows when it succeeds. */
  void doInOrder(Chore chore, Runnable done) {
    host.inOrder(
        () -> {
          chore.run();
          return true;
        },
        ran -> {
          chore.done();
          done.run();
        },
        this::onDiskFailure);
  }

  /**
   * Work beside the ordered; when it fails with an {@link IOException}, so has the disk. Anything
   * else, a lack of memory above all, is the misfortune of this work alone.
   */
  <T> void aside(Callable<T> work, Consumer<T> done, Runnable otherwise) {
    besideCount++;
    host.aside(
        work,
        result -> {
          besideCount--;
          done.accept(result);
          checkIdle();
        },
        failure -> {
          besideCount--;
          if (failure instanceof IOException) {
            onDiskFailure(failure);
          } else {
            LOG.error("Work in log directory {} has failed", directory, failure);
          }
          otherwise.run();
          checkIdle();
        });
  }

  private void checkIdle() {
    if (besideCount == 0) {
      Runnable action = whenIdle;
      whenIdle = () -> {};
      action.run();
    }
  }

  /** Syncs what is written; everybody who waits for it is told. */
  void flush(ShardPartition partition) {
    if (!partition.isOpen() || failed) {
      return;
    }
    if (partition.isFlushing()) {
      partition.flushAgain(true); // That one doesn't reach what was written since it began.
      return;
    }
    partition.flushing(true);
    partition.flushAgain(false);
    try {
      Chore flush = partition.log().flush();
      doInOrder(
          flush,
          () -> {
            partition.flushing(false);
            boolean waiting = partition.flushed(partition.log().flushedOffset());
            if (waiting || partition.mustFlushAgain()) {
              flush(partition);
            }
          });
    } catch (IOException failure) {
      onDiskFailure(failure);
    }
  }

  /** Syncs once {@code flush.ms} are over. */
  void flushLater(ShardPartition partition) {
    if (partition.takeFlushTimer()) {
      host.after(
          partition.config().flushMs(),
          () -> {
            partition.flushTimerFired();
            flush(partition);
          });
    }
  }

  /** From now on nothing in this directory is believed any more. */
  void onDiskFailure(Throwable failure) {
    if (failed) {
      return;
    }
    failed = true;
    LOG.error("Log directory {} has failed: its partitions are served no more", directory, failure);
    host.soon(onFailed);
  }
}
