package io.gofka.raft;

import io.gofka.raft.RaftMessage.AppendAccepted;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.SnapshotChunk;
import io.gofka.raft.RaftMessage.SnapshotReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/**
 * A follower's side of the log: takes in what the leader of its term sends (dissertation §3.5, §5).
 *
 * <p>Two marks lie between the commit index and the end of the log: up to {@code proven} the log is
 * known to be this leader's, and up to {@link Outbox#durableIndex} it is on disk. Nothing beyond
 * the first is committed, whatever the leader's commit index; nothing beyond either is
 * acknowledged.
 */
final class LogReceiver {
  private final ReplicaState state;
  private long proven;
  private long round;
  private boolean acknowledgementOwed;
  private SnapshotMeta receiving;
  private ByteBuf received = Unpooled.EMPTY_BUFFER;

  LogReceiver(ReplicaState state) {
    this.state = state;
    this.proven = state.commitIndex();
  }

  /** What was known of the last leader's log says nothing about the next one's. */
  void onNewTerm() {
    // Leader completeness (§3.6.3): what is committed is in every later leader's log.
    proven = state.commitIndex();
    round = 0;
    acknowledgementOwed = false;
    receiving = null;
    received = Unpooled.EMPTY_BUFFER;
  }

  void onAppend(ReplicaKey leader, AppendRequest request) {
    round = Math.max(round, request.round());
    RaftLog log = state.log;
    long prev = request.prevIndex();
    if (prev > log.lastIndex()) {
      reject(leader, prev, 0, log.lastIndex() + 1);
      return;
    }
    if (prev > state.commitIndex() && !log.hasTermAt(prev, request.prevTerm())) {
      // All entries of the conflicting term are skipped in one go (§3.5, end).
      long conflictTerm = log.termAt(prev).orElseThrow();
      reject(leader, prev, conflictTerm, log.firstOfTerm(prev, state.commitIndex() + 1));
      return;
    }
    if (log.termAt(prev).isPresent() && !log.hasTermAt(prev, request.prevTerm()) && prev >= 0) {
      throw contradiction(prev, request.prevTerm());
    }
    take(request.entries());
    proven = Math.max(proven, request.lastIndex());
    state.commitUpTo(Math.min(request.commitIndex(), proven));
    // A heartbeat is answered even while the disk is busy: slow is not gone.
    if (request.entries().isEmpty() || state.out.durableIndex() >= request.lastIndex()) {
      acknowledge(leader);
    } else {
      acknowledgementOwed = true;
    }
  }

  /** Only a real conflict truncates: a shorter append may simply be late (§3.5). */
  private void take(List<LogEntry> entries) {
    RaftLog log = state.log;
    for (LogEntry entry : entries) {
      long index = entry.index();
      if (index > log.lastIndex()) {
        log.append(entry);
        state.out.persist(entry);
      } else if (log.termAt(index).isPresent() && !log.hasTermAt(index, entry.term())) {
        if (index <= Math.max(state.commitIndex(), proven)) {
          throw contradiction(index, entry.term());
        }
        log.truncateFrom(index);
        state.out.truncate(index);
        log.append(entry);
        state.out.persist(entry);
      }
    }
  }

  /** State machine safety (§3.6.3) doesn't hold: better no replica than one that forgets. */
  private IllegalStateException contradiction(long index, long leadersTerm) {
    return new IllegalStateException(
        "%s has entry %d of term %s, is committed up to %d and proven up to %d; %s has one of term %d"
            .formatted(
                state.self(),
                index,
                state.log.termAt(index),
                state.commitIndex(),
                proven,
                state.leader(),
                leadersTerm));
  }

  private void acknowledge(ReplicaKey leader) {
    long match = Math.min(proven, state.out.durableIndex());
    acknowledgementOwed = acknowledgementOwed && match < proven;
    state.out.sendAfterTerm(
        leader.nodeId(), new AppendAccepted(state.term(), match, round, state.formed));
  }

  private void reject(ReplicaKey leader, long prev, long conflictTerm, long conflictIndex) {
    state.out.sendAfterTerm(
        leader.nodeId(),
        new AppendRejected(state.term(), prev, conflictTerm, conflictIndex, round, state.formed));
  }

  /** More is durable now. */
  void onPersisted() {
    if (acknowledgementOwed) {
      state.leader().ifPresent(this::acknowledge);
    }
  }

  void onChunk(ReplicaKey leader, SnapshotChunk chunk) {
    round = Math.max(round, chunk.round());
    SnapshotMeta meta = chunk.meta();
    if (meta.sizeBytes() > state.settings.maxSnapshotBytes()) {
      return;
    }
    if (meta.index() <= state.commitIndex()) {
      replyWhenDurable(leader, meta);
      return;
    }
    if (!meta.equals(receiving)) {
      receiving = meta;
      received = Unpooled.buffer((int) Math.min(meta.sizeBytes(), chunk.bytes().readableBytes()));
    }
    if (chunk.offset() == received.readableBytes()) {
      received.writeBytes(chunk.bytes().duplicate());
      if (chunk.last()) {
        install(leader, new Snapshot(meta, received.asReadOnly()));
        return;
      }
    }
    state.out.sendAfterTerm(
        leader.nodeId(),
        new SnapshotReply(
            state.term(), meta.index(), received.readableBytes(), round, state.formed));
  }

  private void install(ReplicaKey leader, Snapshot snapshot) {
    SnapshotMeta meta = snapshot.meta();
    receiving = null;
    received = Unpooled.EMPTY_BUFFER;
    if (state.log.hasTermAt(meta.index(), meta.term())) {
      // This log has it all (§5.2, "retain log entries following it"): the entries are as good.
      proven = Math.max(proven, meta.index());
      state.commitUpTo(meta.index());
    } else {
      state.log.replaceBy(snapshot);
      state.out.truncate(0);
      state.out.persist(snapshot);
      proven = meta.index();
      state.commitSnapshot(snapshot);
    }
    replyWhenDurable(leader, meta);
  }

  private void replyWhenDurable(ReplicaKey leader, SnapshotMeta meta) {
    state.out.sendAfterAll(
        leader.nodeId(),
        new SnapshotReply(state.term(), meta.index(), meta.sizeBytes(), round, state.formed));
  }
}
