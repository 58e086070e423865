package io.gofka.raft;

import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@link RaftCore} wants done. Its owner carries effects out in the order given; only a {@link
 * Persist} takes time, and the owner goes on with what follows while it is under way.
 */
public sealed interface RaftEffect {
  /**
   * To be made durable, all of it, after every earlier one; then the owner calls {@link
   * RaftCore#onPersisted}. Several may share an fsync. After a crash the disk may hold any part of
   * it as if it was done in this order: the snapshot, the hard state, the truncation, the entries
   * one after the other.
   *
   * @param sequence grows by one with each
   * @param truncateFrom entries from this index on are to be forgotten. Below the log's first entry
   *     it empties the log: a snapshot has come in its place, and the next entry may leave a gap.
   * @param snapshot takes the place of an earlier one
   */
  record Persist(
      long sequence,
      Optional<HardState> hard,
      OptionalLong truncateFrom,
      List<LogEntry> append,
      Optional<Snapshot> snapshot)
      implements RaftEffect {
    public Persist {
      Objects.requireNonNull(hard, "hard");
      Objects.requireNonNull(truncateFrom, "truncateFrom");
      Objects.requireNonNull(snapshot, "snapshot");
      append = List.copyOf(append);
    }
  }

  /**
   * To be sent at once; it may get lost. What depends on something being durable is not handed out
   * before that is.
   */
  record Send(String toNodeId, RaftMessage message) implements RaftEffect {}

  /** These entries are committed. Each index is delivered once, in order, entries of all kinds. */
  record Deliver(List<LogEntry> committed) implements RaftEffect {
    public Deliver {
      committed = List.copyOf(committed);
    }
  }

  /** The state is that of the snapshot now; entries behind it follow. */
  record DeliverSnapshot(Snapshot snapshot) implements RaftEffect {}

  /**
   * Somebody leads, or nobody does. Told to a new leader only after all entries of earlier terms
   * were delivered to it.
   *
   * @param leaderNodeId empty when there is none
   * @param self whether it is this node: only then proposals are taken
   */
  record LeadershipChanged(long term, String leaderNodeId, boolean self) implements RaftEffect {}

  /**
   * Who votes has changed (or is known after the start), committed or not: nodes are reached at
   * these addresses.
   */
  record VotersChanged(VoterSet voters) implements RaftEffect {}

  /** Another replica said where a node is reached that is not among the voters known here. */
  record AddressLearnt(String nodeId, HostPort address) implements RaftEffect {}

  /** A read that sees everything delivered by now is linearizable (§6.4). */
  record ReadReady(long id, long index) implements RaftEffect {}

  /** This node doesn't lead (any more), or too many reads wait: ask the one that does, later. */
  record ReadFailed(long id) implements RaftEffect {}

  /** The change of voters with this id is committed. */
  record VoterChangeDone(long id) implements RaftEffect {}

  /**
   * The change of voters with this id was not made. With REQUEST_TIMED_OUT the message says whether
   * that is certain: a leader that loses its office doesn't learn the fate of what it proposed.
   */
  record VoterChangeFailed(long id, ErrorCode errorCode, String message) implements RaftEffect {}

  /** Entries before this index are no longer needed on disk. A hint: they may stay. */
  record DropPrefix(long beforeIndex) implements RaftEffect {}
}
