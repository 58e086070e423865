package io.gofka.raft;

import io.netty.buffer.ByteBuf;
import java.util.List;
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

  /** Flushes what was proposed, then stops. */
  CompletionStage<Void> close();
}
