package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * What a leader knows of one other replica in its term. Modes and how they follow each other:
 *
 * <ul>
 *   <li>PROBE: where the logs part is not known. One append at a time; its rejection moves {@link
 *       #next} back. An acceptance up to there leads to REPLICATE.
 *   <li>REPLICATE: appends are sent ahead without waiting for answers, up to a bound. A rejection
 *       (something got lost) leads back to PROBE.
 *   <li>SNAPSHOT: it needs entries that are gone, and gets the snapshot chunk by chunk. When that
 *       is durable there, on to PROBE.
 * </ul>
 *
 * <p>{@link #match} never falls: within a term the leader only appends, and a follower neither
 * truncates what matches nor acknowledges what isn't durable. So replies may come late, twice and
 * in any order.
 */
final class Progress {
  enum Mode {
    PROBE,
    REPLICATE,
    SNAPSHOT
  }

  final String nodeId;

  private Mode mode = Mode.PROBE;
  private long match = -1;
  private long next;
  private boolean probing;
  private final Deque<Long> inflight = new ArrayDeque<>();
  private Optional<ReplicaKey> key;
  private Optional<HostPort> address = Optional.empty();
  private boolean formed;
  private long lastContactMs;
  private boolean heard;
  private long caughtUpMs = QuorumState.NEVER_MS;
  private long leaderEndAtLastContact;
  private long round;
  private long commitSent = -1;
  private Snapshot sending;
  private long chunkOffset;
  private long chunkSentMs;
  private boolean chunkInFlight;

  /**
   * @param nowMs from when on its silence counts
   */
  Progress(String nodeId, Optional<ReplicaKey> key, long next, long nowMs) {
    this.nodeId = nodeId;
    this.key = key;
    this.next = next;
    this.lastContactMs = nowMs;
  }

  Mode mode() {
    return mode;
  }

  /** Last entry that it certainly has on its disk, and that is the leader's; -1 for none. */
  long match() {
    return match;
  }

  /** First entry to be sent. */
  long next() {
    return next;
  }

  /** Empty for a voter that is not bound to a directory and was not heard yet. */
  Optional<ReplicaKey> key() {
    return key;
  }

  Optional<HostPort> address() {
    return address;
  }

  /** Whether the directory it spoke from took part in forming the quorum. */
  boolean formed() {
    return formed;
  }

  long lastContactMs() {
    return lastContactMs;
  }

  boolean heard() {
    return heard;
  }

  long caughtUpMs() {
    return caughtUpMs;
  }

  /** Latest round of the leader that it has confirmed. */
  long round() {
    return round;
  }

  void at(HostPort newAddress) {
    address = Optional.of(newAddress);
  }

  /**
   * It answered.
   *
   * @param leaderEnd index that the leader's next entry gets
   */
  void onContact(ReplicaKey from, boolean fromFormed, long leaderEnd, long nowMs) {
    key = Optional.of(from);
    formed = fromFormed;
    if (match + 1 >= leaderEnd) {
      caughtUpMs = nowMs;
    } else if (heard && match + 1 >= leaderEndAtLastContact) {
      // Under steady proposals nobody ever has all; all there was the last time is enough.
      caughtUpMs = Math.max(caughtUpMs, lastContactMs);
    }
    leaderEndAtLastContact = leaderEnd;
    lastContactMs = nowMs;
    heard = true;
  }

  void onRound(long confirmed) {
    round = Math.max(round, confirmed);
  }

  /** It has everything up to an entry. Late and repeated acknowledgements change nothing. */
  void onMatch(long index) {
    match = Math.max(match, index);
    next = Math.max(next, match + 1);
    while (!inflight.isEmpty() && inflight.element() <= match) {
      inflight.remove();
    }
    if (mode == Mode.SNAPSHOT && match >= sending.meta().index()) {
      becomeProbe(match + 1);
    }
    if (mode == Mode.PROBE) {
      probing = false;
      if (match + 1 >= next) {
        mode = Mode.REPLICATE;
        inflight.clear();
      }
    }
  }

  /**
   * Whether a rejection tells something new: it may be late, when more is known already; or without
   * a round, when it rejects the term of the append and says nothing of the log.
   */
  boolean isNews(RaftMessage.AppendRejected rejected) {
    boolean late = rejected.prevIndex() <= match || rejected.round() == 0;
    if (late || mode == Mode.SNAPSHOT) {
      return false;
    }
    return mode == Mode.REPLICATE || rejected.prevIndex() == next - 1;
  }

  /** Starts over from an entry, behind what is known to match. */
  void becomeProbe(long from) {
    mode = Mode.PROBE;
    next = Math.max(match + 1, from);
    probing = false;
    inflight.clear();
    sending = null;
  }

  void becomeSnapshot(Snapshot snapshot) {
    mode = Mode.SNAPSHOT;
    sending = snapshot;
    chunkOffset = 0;
    chunkInFlight = false;
    inflight.clear();
  }

  /** Whether an append may leave now. */
  boolean maySend(int maxInflight) {
    return mode == Mode.REPLICATE ? inflight.size() < maxInflight : mode == Mode.PROBE && !probing;
  }

  /** The next append may go although the last probe was not answered: it is lost, perhaps. */
  void retryProbe() {
    probing = false;
  }

  void onSent(RaftMessage.AppendRequest request) {
    commitSent = Math.max(commitSent, request.commitIndex());
    if (mode == Mode.PROBE) {
      probing = true;
    } else if (mode == Mode.REPLICATE && !request.entries().isEmpty()) {
      next = request.lastIndex() + 1;
      inflight.add(request.lastIndex());
    }
  }

  /** Commit index that was last sent to it. */
  long commitSent() {
    return commitSent;
  }

  Snapshot sending() {
    return sending;
  }

  /** Offset of the chunk to be sent, while none is on its way or that one is taken for lost. */
  boolean chunkDue(long retryMs, long nowMs) {
    return mode == Mode.SNAPSHOT && (!chunkInFlight || nowMs - chunkSentMs >= retryMs);
  }

  long chunkOffset() {
    return chunkOffset;
  }

  void onChunkSent(long nowMs) {
    chunkInFlight = true;
    chunkSentMs = nowMs;
  }

  /** It asks for what begins here; an answer about another snapshot is late. */
  void onChunkWanted(long snapshotIndex, long offset) {
    boolean ours = mode == Mode.SNAPSHOT && sending.meta().index() == snapshotIndex;
    if (ours && offset <= sending.meta().sizeBytes() && offset != chunkOffset) {
      chunkOffset = offset;
      chunkInFlight = false;
    }
  }
}
