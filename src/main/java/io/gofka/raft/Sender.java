package io.gofka.raft;

import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.SnapshotChunk;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A leader's sending: entries ahead of their acknowledgement (pipelining, §10.2.2), heartbeats,
 * snapshots. It may send what it has not made durable itself (§10.2.1): it counts itself only
 * later.
 *
 * <p>A heartbeat to a replica in REPLICATE names the last entry that was sent, so that a lost
 * append is noticed by its rejection; one to a replica in PROBE is a probe; one to a replica that
 * gets a snapshot names no entry at all, nor does one to a voter whose node came back without its
 * disk.
 */
final class Sender {
  /** A chunk that is not answered for this many heartbeats is sent again. */
  private static final int CHUNK_RETRY_HEARTBEATS = 3;

  private final ReplicaState state;
  private final Replicas replicas;
  private long round;
  private long nextHeartbeatMs;

  Sender(ReplicaState state, Replicas replicas, long nowMs) {
    this.state = state;
    this.replicas = replicas;
    this.nextHeartbeatMs = nowMs;
  }

  boolean heartbeatDue(long nowMs) {
    return nowMs >= nextHeartbeatMs;
  }

  long nextHeartbeatMs() {
    return nextHeartbeatMs;
  }

  /**
   * To all.
   *
   * @return the round that it begins: who answers it takes this replica for the leader after now
   */
  long heartbeat(long nowMs) {
    round++;
    nextHeartbeatMs = nowMs + state.settings.heartbeatMs();
    for (Progress progress : replicas.all()) {
      progress.retryProbe();
      heartbeat(progress, nowMs);
    }
    return round;
  }

  void heartbeat(Progress progress, long nowMs) {
    if (progress.mode() == Progress.Mode.SNAPSHOT || replicas.isReplaced(progress, nowMs)) {
      state.out.send(
          progress.nodeId,
          new AppendRequest(state.term(), -1, RaftLog.NO_TERM, List.of(), -1, round));
      maybeSendChunk(progress, nowMs);
    } else if (!send(progress, nowMs)) {
      append(progress, List.of(), nowMs);
    }
  }

  void sendAll(long nowMs) {
    for (Progress progress : replicas.all()) {
      send(progress, nowMs);
    }
  }

  /** At once to all who follow closely, not with the next heartbeat: they apply it, too. */
  void tellCommit(long nowMs) {
    for (Progress progress : replicas.all()) {
      boolean follows = progress.mode() == Progress.Mode.REPLICATE;
      if (follows && progress.commitSent() < state.commitIndex() && !send(progress, nowMs)) {
        append(progress, List.of(), nowMs);
      }
    }
  }

  /** Sends what may leave now; false if that is nothing. */
  boolean send(Progress progress, long nowMs) {
    if (replicas.isReplaced(progress, nowMs)) {
      return false;
    }
    boolean sent = false;
    int bound = state.settings.maxInflightAppends();
    while (progress.maySend(bound) && progress.next() <= state.log.lastIndex()) {
      List<LogEntry> entries =
          progress.next() < state.log.firstIndex()
              ? List.of() // Becomes a snapshot.
              : state.log.from(progress.next(), state.settings.maxAppendBytes());
      append(progress, entries, nowMs);
      sent = true;
    }
    if (progress.mode() == Progress.Mode.SNAPSHOT) {
      maybeSendChunk(progress, nowMs);
    }
    return sent;
  }

  private void append(Progress progress, List<LogEntry> entries, long nowMs) {
    long prev = progress.next() - 1;
    if (prev < state.log.firstIndex() - 1) {
      progress.becomeSnapshot(state.log.snapshot().orElseThrow());
      maybeSendChunk(progress, nowMs);
      return;
    }
    AppendRequest request =
        new AppendRequest(
            state.term(),
            prev,
            state.log.termAt(prev).orElseThrow(),
            entries,
            state.commitIndex(),
            round);
    state.out.send(progress.nodeId, request);
    progress.onSent(request);
  }

  private void maybeSendChunk(Progress progress, long nowMs) {
    long retryMs = CHUNK_RETRY_HEARTBEATS * state.settings.heartbeatMs();
    if (!progress.chunkDue(retryMs, nowMs) || replicas.isReplaced(progress, nowMs)) {
      return;
    }
    Snapshot snapshot = progress.sending();
    long offset = progress.chunkOffset();
    int length =
        (int) Math.min(state.settings.snapshotChunkBytes(), snapshot.meta().sizeBytes() - offset);
    ByteBuf content = snapshot.content();
    ByteBuf bytes = content.slice(content.readerIndex() + (int) offset, length);
    state.out.send(
        progress.nodeId, new SnapshotChunk(state.term(), snapshot.meta(), offset, bytes, round));
    progress.onChunkSent(nowMs);
  }
}
