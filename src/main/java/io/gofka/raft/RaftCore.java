package io.gofka.raft;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * One replica of the log that the controllers agree on: Raft as in Ongaro's dissertation.
 *
 * <p>Confined to one thread, without I/O, clock or randomness of its own: the owner passes in each
 * event with the monotonic time (ms) and carries out the returned effects in order.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RaftCore {
  /**
   * @param random seeded by the owner; spreads the elections
   */
  public RaftCore(
      RaftSettings settings, RecoveredState recovered, RandomGenerator random, long nowMs) {}

  /** Called once, before anything else: what is known to be committed is delivered. */
  public List<RaftEffect> start(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** When {@link #onTick} has something to do next; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineMs() {
    throw new UnsupportedOperationException();
  }

  /** May be called at any time; does what is due. */
  public List<RaftEffect> onTick(long nowMs) {
    throw new UnsupportedOperationException();
  }

  public List<RaftEffect> onMessage(ReplicaKey from, RaftMessage message, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** Every Persist up to this one is durable. */
  public List<RaftEffect> onPersisted(long sequence, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** Something could not be made durable: this replica promises nothing any more. */
  public List<RaftEffect> onStorageFailed(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The process of this node is gone. A mistake does no harm (pre-vote). */
  public List<RaftEffect> onPeerUnreachable(String nodeId, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The index that the next proposal gets while this node leads. */
  public long nextIndex() {
    throw new UnsupportedOperationException();
  }

  /**
   * @throws io.gofka.common.ApiException NOT_CONTROLLER when this replica doesn't lead, hands over
   *     or is behind with what was proposed already; KAFKA_STORAGE_ERROR after the storage has
   *     failed. Nothing was proposed then.
   */
  public Proposal propose(ByteBuf payload, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /**
   * The state machine has taken a snapshot of its state right after an entry that was delivered.
   * One that is not newer than the last is ignored.
   */
  public List<RaftEffect> snapshotTaken(long index, ByteBuf content, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /**
   * A linearizable read without writing (§6.4): answered by ReadReady or ReadFailed with this id.
   */
  public List<RaftEffect> requestRead(long id, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes an observer a voter once it has caught up (§4.2.1): answered by VoterChangeDone or
   * VoterChangeFailed with this id: NOT_CONTROLLER, DUPLICATE_VOTER, INVALID_REQUEST when no such
   * replica follows the log, REQUEST_TIMED_OUT when another change is under way or it doesn't catch
   * up.
   */
  public List<RaftEffect> addVoter(long id, ReplicaKey replica, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes a voter's vote away; a leader may remove itself (§4.2.2). Answered by VoterChangeDone or
   * VoterChangeFailed with this id: NOT_CONTROLLER, VOTER_NOT_FOUND, INVALID_REQUEST for the last
   * voter, REQUEST_TIMED_OUT when another change is under way.
   *
   * @param directoryId of the voter; empty takes any
   */
  public List<RaftEffect> removeVoter(
      long id, String nodeId, Optional<UUID> directoryId, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /**
   * Hands the leadership over (§3.10), to the voter that has most of the log when none is named.
   * Meanwhile nothing can be proposed; after an election timeout without success this replica leads
   * on. Nothing happens when it doesn't lead or nobody else votes.
   */
  public List<RaftEffect> transferLeadership(Optional<String> toNodeId, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** Nodes that may know the leader, for a replica without a configuration. */
  public List<RaftEffect> onContacts(Set<String> nodeIds, long nowMs) {
    throw new UnsupportedOperationException();
  }

  public QuorumState state(long nowMs) {
    throw new UnsupportedOperationException();
  }
}
