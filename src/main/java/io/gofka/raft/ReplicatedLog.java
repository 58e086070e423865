package io.gofka.raft;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The log that the controllers agree on. What lies beneath, one disk or a quorum, is not seen here:
 * an entry is proposed by the leader and, once it can no longer be lost, delivered to the listener
 * of every node in the same order.
 *
 * <p>Belongs to the event loop it was opened on: it is called there, and calls its listener there.
 */
public interface ReplicatedLog {
  /** What happens to the log, in order. */
  interface Listener {
    /** These entries are committed; each is delivered once, after all before it. */
    void onCommitted(List<LogEntry> entries);

    /**
     * The state is that of a snapshot now, in place of all entries up to {@code meta.index()};
     * those behind it follow.
     *
     * @param content what {@link #takeSnapshot} was given, perhaps on another node; never changed
     */
    void onSnapshot(SnapshotMeta meta, ByteBuf content);

    /**
     * Somebody leads, or nobody does. Told to a new leader only after all entries of the terms
     * before were delivered to it. What this node proposed in an earlier term and was not delivered
     * by then has an unknown fate.
     */
    void onLeadershipChanged(Leadership leadership);
  }

  /**
   * Who may propose.
   *
   * @param term grows with each election
   * @param leaderNodeId name of the leading node, empty when there is none
   * @param self whether that is this node
   */
  record Leadership(long term, String leaderNodeId, boolean self) {}

  /**
   * This replica has failed for good: its node neither votes nor hears of changes any more.
   *
   * @param why a sentence for people, without the full stop
   */
  record LogBroken(String why) {}

  /**
   * Reads what this node has on disk and takes part in the agreement from then on. Completes when
   * it is read; fails with {@link LogDamagedException} when the disk holds something else than what
   * was once written to it.
   */
  CompletionStage<Void> open(Listener listener);

  /** The index that the next proposal gets while this node leads. */
  long nextIndex();

  /**
   * Proposes an entry. Proposals are committed in the order they were made, and never before this
   * has returned.
   *
   * @return the place the entry has in the log if it is ever committed
   * @throws io.gofka.common.ApiException NOT_CONTROLLER when this node doesn't lead or is behind
   *     with what was proposed already; RECORD_LIST_TOO_LARGE when the payload exceeds what one
   *     entry may hold; KAFKA_STORAGE_ERROR after the disk has failed. Nothing was proposed then.
   */
  long propose(ByteBuf payload);

  /**
   * The state after this entry, which was delivered, so that the log can let go of what led to it.
   * A snapshot that is not newer than the last is ignored.
   *
   * @param content on the heap, never changed from now on
   */
  void takeSnapshot(long index, ByteBuf content);

  /**
   * Makes sure that a read of the state sees everything that was committed before now: completes,
   * on every leader that still is one, with an index that was delivered by then. Fails with
   * NOT_CONTROLLER.
   */
  CompletionStage<Long> readIndex();

  /**
   * Gives a replica that follows the log a vote; completes when that is committed. Fails with
   * NOT_CONTROLLER, DUPLICATE_VOTER, INVALID_REQUEST when no such replica follows the log,
   * REQUEST_TIMED_OUT when another change is under way, the replica doesn't catch up in time, or
   * the fate of the change is unknown.
   */
  CompletionStage<Void> addVoter(ReplicaKey replica);

  /** The same, but completes as soon as the change is in this leader's log: it may be lost yet. */
  CompletionStage<Void> beginAddingVoter(ReplicaKey replica);

  /**
   * Takes a vote away; completes when that is committed. Fails with NOT_CONTROLLER,
   * VOTER_NOT_FOUND, INVALID_REQUEST for the last voter, REQUEST_TIMED_OUT as above.
   *
   * @param directoryId of the voter; empty takes any
   */
  CompletionStage<Void> removeVoter(String nodeId, Optional<UUID> directoryId);

  /** Hands the leadership over, if this node leads; to the voter with the longest log if empty. */
  void transferLeadership(Optional<String> toNodeId);

  /**
   * The state behind this log is no longer what the log says, or can't be had: this replica ends as
   * if its disk had failed. The listener is told of no more entries; at most that nobody leads.
   */
  void fail(Throwable cause);

  /** How the quorum does, as this node sees it. Times are in {@link #nowMs}. */
  QuorumState state();

  /** The clock of {@link #state}: monotonic, in milliseconds. */
  long nowMs();

  /**
   * Hands the leadership over if there is somebody to take it, flushes what was proposed, then
   * stops.
   */
  CompletionStage<Void> close();
}
