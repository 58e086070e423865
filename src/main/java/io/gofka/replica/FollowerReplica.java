package io.gofka.replica;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Follows the leader of one partition through one leader epoch: makes this log the beginning of the
 * leader's, and keeps up with it.
 *
 * <p>Confined to its owner's thread, without I/O or clock: the owner passes in each event with the
 * monotonic time (ms) at which it happened, and carries out the effects in order. {@link
 * ReplicaLog} is asked within the events.
 *
 * <p>The rules:
 *
 * <ul>
 *   <li>The log is cut by leader epochs alone, never to the high watermark (KIP-101, KIP-279), and
 *       only when the leader has answered the very session that asked.
 *   <li>A leader's high watermark counts only once it has found this log to be the beginning of its
 *       own, and only as far as this log goes (KAFKA-14704).
 *   <li>What is acknowledged was part of the log, and durable if the topic wants that, under this
 *       leader epoch.
 *   <li>A log that knows of a later epoch than the image isn't touched: the image is old.
 * </ul>
 *
 * <p>States: DISCONNECTED → PREPARING as soon as there is a stream; PREPARING (earlier appends end,
 * records are synced) → JOINING when the leader is asked; JOINING → FOLLOWING when it accepts, →
 * TRUNCATING when it doesn't, → PAUSING when it refuses; TRUNCATING → PREPARING; FOLLOWING →
 * PREPARING when something doesn't fit, → PAUSING when it is refused or the disk fails; PAUSING →
 * PREPARING after a while. All but TRUNCATING go to DISCONNECTED when the stream breaks.
 */
public final class FollowerReplica {
  /** What the owner has to carry out, in the order given. */
  public sealed interface Effect {}

  /** A message for the leader. */
  public record Send(FollowerMessage message) implements Effect {}

  /**
   * The records are to be appended, after all that was given before; told by {@link #onAppended}
   * when they are part of the log and as durable as the topic wants, else by {@link
   * #onAppendFailed}.
   */
  public record Append(Pushed pushed) implements Effect {}

  /** Everything in the log is to be made durable; told by {@link #onSynced}. */
  public record Sync() implements Effect {}

  /**
   * The log is to end at {@code offset} or before, epochs that begin there or later are to be
   * forgotten even when no record goes (KAFKA-10706); told by {@link #onTruncated}.
   *
   * @param belowHighWatermark records go that were taken to be committed: only an unclean election
   *     can have lost them
   */
  public record TruncateTo(long offset, boolean belowHighWatermark) implements Effect {}

  /** The whole log goes, and begins anew at {@code offset}; told by {@link #onTruncated}. */
  public record TruncateFullyAndStartAt(long offset) implements Effect {}

  /** Records below are committed. */
  public record HighWatermarkAdvanced(long highWatermark) implements Effect {}

  /** The leader's log begins there: what lies before may go. */
  public record LogStartAdvanced(long logStartOffset) implements Effect {}

  static final long FIRST_BACKOFF_MS = 20;
  static final long MAX_BACKOFF_MS = 1_000;

  /** For a leader to answer, the first time; it doubles with each. */
  static final long FIRST_JOIN_TIMEOUT_MS = 2_000;

  /** Pushes that are under way to this broker may be before the answer. */
  static final long MAX_JOIN_TIMEOUT_MS = 16_000;

  /**
   * A silent follower says so often where it is, so that leader and follower can't misunderstand.
   */
  static final long ACK_AT_LEAST_EVERY_MS = 5_000;

  private enum State {
    DISCONNECTED,
    PREPARING,
    JOINING,
    TRUNCATING,
    FOLLOWING,
    PAUSING
  }

  private final UUID topicId;
  private final int partition;
  private final int leaderEpoch;
  private final ReplicaLog log;
  private final LongSupplier sessions;
  private State state = State.DISCONNECTED;
  private boolean connected;
  private boolean syncing;
  private long session;
  private int appending;
  private long nextOffset;
  private long leaderHighWatermark = -1;
  private long leaderLogStartOffset = -1;
  private long highWatermark;
  private long logStartTold;
  private long backoffMs = FIRST_BACKOFF_MS;
  private long joinTimeoutMs = FIRST_JOIN_TIMEOUT_MS;
  private OptionalLong deadlineMs = OptionalLong.empty();
  private Optional<OffsetAndEpoch> unfitAt = Optional.empty();

  /**
   * When nothing is being appended to the log any more that came under another role or epoch, and
   * it has forgotten epochs that begin at its end: in one that wrote nothing, other replicas may
   * have heard of another leader's records only.
   *
   * @param sessions a new number above all before, for as long as the process lives
   */
  public FollowerReplica(
      UUID topicId, int partition, int leaderEpoch, ReplicaLog log, LongSupplier sessions) {
    this.topicId = topicId;
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.log = log;
    this.sessions = sessions;
    this.highWatermark = log.highWatermark();
    this.logStartTold = log.logStartOffset();
  }

  // ---- events

  /** Whether the leader's broker can be reached. At first it can't. */
  public List<Effect> onStream(boolean up, long nowMs) {
    List<Effect> effects = new ArrayList<>(1);
    connected = up;
    if (state != State.TRUNCATING) {
      become(State.DISCONNECTED, OptionalLong.empty());
      maybePrepare(nowMs, effects);
    }
    return effects;
  }

  /** The leader has sent a message. */
  public List<Effect> onLeader(LeaderMessage message, long nowMs) {
    List<Effect> effects = new ArrayList<>(2);
    boolean inSession = state == State.JOINING || state == State.FOLLOWING;
    if (message.leaderEpoch() != leaderEpoch || message.session() != session || !inSession) {
      return effects; // Left over from what is over.
    }
    if (message instanceof Pushed pushed) {
      accepted(nowMs);
      onPushed(pushed, nowMs, effects);
    } else if (message instanceof Watermark watermark) {
      accepted(nowMs);
      onMarks(watermark.highWatermark(), watermark.logStartOffset(), nowMs, effects);
    } else if (message instanceof Diverged diverged) {
      onDiverged(diverged, effects);
    } else if (message instanceof Refused refused) {
      onRefused(refused, nowMs, effects);
    } else {
      throw new IllegalStateException("nobody understands " + message);
    }
    return effects;
  }

  /** The oldest {@link Append} is done. */
  public List<Effect> onAppended(long nowMs) {
    if (appending == 0) {
      throw new IllegalStateException("nothing is being appended to " + name());
    }
    appending--;
    List<Effect> effects = new ArrayList<>(2);
    if (state == State.FOLLOWING) {
      acknowledge(nowMs, effects);
    }
    advance(nowMs, effects);
    prepare(nowMs, effects);
    return effects;
  }

  /**
   * An {@link Append} or a truncation was refused or has failed; all that were given after it are
   * void.
   */
  public List<Effect> onAppendFailed(long nowMs) {
    List<Effect> effects = new ArrayList<>(1);
    appending = 0;
    if (state == State.TRUNCATING) {
      backoffMs = MAX_BACKOFF_MS;
      pause(nowMs);
    } else if (state == State.FOLLOWING) {
      effects.add(new Send(new Unfollow(topicId, partition, leaderEpoch, session)));
      backoffMs = MAX_BACKOFF_MS; // What is pushed again may well fail again.
      pause(nowMs);
    }
    prepare(nowMs, effects);
    return effects;
  }

  /** The log has been cut, and is the one that {@link ReplicaLog} now shows. */
  public List<Effect> onTruncated(long nowMs) {
    if (state != State.TRUNCATING) {
      throw new IllegalStateException(name() + " is not being cut, it is " + state);
    }
    List<Effect> effects = new ArrayList<>(1);
    highWatermark = log.highWatermark();
    logStartTold = log.logStartOffset();
    become(State.DISCONNECTED, OptionalLong.empty());
    if (unfitAt.filter(position()::equals).isPresent()) {
      pause(nowMs); // Nothing is gained by asking the same at once.
    } else {
      maybePrepare(nowMs, effects);
    }
    return effects;
  }

  /** What {@link Sync} asked for is done, or could not be. */
  public List<Effect> onSynced(long nowMs) {
    syncing = false;
    List<Effect> effects = new ArrayList<>(1);
    if (state == State.PREPARING && log.durableEndOffset() < log.logEndOffset()) {
      pause(nowMs);
    }
    prepare(nowMs, effects);
    return effects;
  }

  /** Due at {@link #deadlineMs}. */
  public List<Effect> onTick(long nowMs) {
    List<Effect> effects = new ArrayList<>(1);
    if (deadlineMs.isEmpty() || nowMs < deadlineMs.getAsLong()) {
      return effects;
    }
    switch (state) {
      case FOLLOWING -> acknowledge(nowMs, effects);
      case JOINING, PAUSING -> {
        become(State.DISCONNECTED, OptionalLong.empty());
        maybePrepare(nowMs, effects);
      }
      case DISCONNECTED, PREPARING, TRUNCATING -> deadlineMs = OptionalLong.empty();
    }
    return effects;
  }

  /** When {@link #onTick} is due. */
  public OptionalLong deadlineMs() {
    return deadlineMs;
  }

  /** This broker follows no more, or under another epoch; no event may come after this. */
  public List<Effect> stop() {
    List<Effect> effects = new ArrayList<>(1);
    if (state == State.JOINING || state == State.FOLLOWING) {
      effects.add(new Send(new Unfollow(topicId, partition, leaderEpoch, session)));
    }
    become(State.DISCONNECTED, OptionalLong.empty());
    return effects;
  }

  // ---- questions

  public int leaderEpoch() {
    return leaderEpoch;
  }

  /** Whether the leader has accepted this log as the beginning of its own. */
  public boolean isFollowing() {
    return state == State.FOLLOWING;
  }

  /** The leader's high watermark when it was last heard of, -1 if it wasn't. */
  public long leaderHighWatermark() {
    return leaderHighWatermark;
  }

  // ---- into a session

  private void become(State next, OptionalLong deadline) {
    state = next;
    deadlineMs = deadline;
  }

  private void pause(long nowMs) {
    become(
        connected ? State.PAUSING : State.DISCONNECTED,
        connected ? OptionalLong.of(nowMs + backoffMs) : OptionalLong.empty());
    backoffMs = Math.min(MAX_BACKOFF_MS, 2 * backoffMs);
  }

  private void maybePrepare(long nowMs, List<Effect> effects) {
    if (connected && log.latestEpoch() <= leaderEpoch) {
      become(State.PREPARING, OptionalLong.empty());
      prepare(nowMs, effects);
    }
  }

  /** Asks the leader as soon as the log stands still and is durable. */
  private void prepare(long nowMs, List<Effect> effects) {
    if (state != State.PREPARING || appending > 0 || syncing) {
      return;
    }
    if (log.durableEndOffset() < log.logEndOffset()) {
      syncing = true;
      effects.add(new Sync());
      return;
    }
    session = sessions.getAsLong();
    nextOffset = log.logEndOffset();
    leaderHighWatermark = -1;
    leaderLogStartOffset = -1;
    become(State.JOINING, OptionalLong.of(nowMs + joinTimeoutMs));
    joinTimeoutMs = Math.min(MAX_JOIN_TIMEOUT_MS, 2 * joinTimeoutMs);
    effects.add(
        new Send(
            new Follow(
                topicId,
                partition,
                leaderEpoch,
                session,
                nextOffset,
                log.lastRecordEpoch(),
                log.logStartOffset())));
  }

  private void accepted(long nowMs) {
    if (state == State.JOINING) {
      backoffMs = FIRST_BACKOFF_MS;
      joinTimeoutMs = FIRST_JOIN_TIMEOUT_MS;
      unfitAt = Optional.empty();
      become(State.FOLLOWING, OptionalLong.of(nowMs + ACK_AT_LEAST_EVERY_MS));
    }
  }

  // ---- the log is cut

  private void onDiverged(Diverged diverged, List<Effect> effects) {
    if (state != State.JOINING) {
      return; // What was accepted isn't taken back within a session.
    }
    becomeTruncating();
    long offset = cutAt(diverged.end());
    effects.add(new TruncateTo(offset, offset < log.highWatermark()));
  }

  /** Behind the last record that both logs can have in common. Source: KIP-279. */
  private long cutAt(OffsetAndEpoch leaderEnd) {
    long offset = leaderEnd.offset();
    Optional<OffsetAndEpoch> own = log.epochEnd(leaderEnd.leaderEpoch());
    if (own.isPresent()) {
      offset =
          own.get().leaderEpoch() == leaderEnd.leaderEpoch()
              ? Math.min(offset, own.get().offset())
              // This log lacks that epoch: what it has of earlier ones is compared next.
              : own.get().offset();
    }
    return Math.min(offset, log.logEndOffset());
  }

  private void becomeTruncating() {
    unfitAt = Optional.of(position());
    become(State.TRUNCATING, OptionalLong.empty());
  }

  private OffsetAndEpoch position() {
    return new OffsetAndEpoch(log.logEndOffset(), log.lastRecordEpoch());
  }

  private void onRefused(Refused refused, long nowMs, List<Effect> effects) {
    boolean beginsElsewhere =
        refused.error() == ErrorCode.OFFSET_OUT_OF_RANGE
            && state == State.JOINING
            && refused.logStartOffset() >= 0
            // A log with records is given up only if the leader has none of them any more.
            && (refused.logStartOffset() >= log.logEndOffset() || log.lastRecordEpoch() < 0);
    if (beginsElsewhere) {
      becomeTruncating();
      effects.add(new TruncateFullyAndStartAt(refused.logStartOffset()));
    } else {
      pause(nowMs);
    }
  }

  // ---- in a session

  private void onPushed(Pushed pushed, long nowMs, List<Effect> effects) {
    boolean known = pushed.endOffset() <= nextOffset;
    if (!known && (pushed.fromOffset() != nextOffset || !pushed.records().isReadable())) {
      // Something is missing. What is being appended is right all the same.
      become(State.PREPARING, OptionalLong.empty());
      prepare(nowMs, effects);
      return;
    }
    if (!known) {
      nextOffset = pushed.endOffset();
      appending++;
      effects.add(new Append(pushed));
    }
    onMarks(pushed.highWatermark(), pushed.logStartOffset(), nowMs, effects);
  }

  private void onMarks(
      long itsHighWatermark, long itsLogStartOffset, long nowMs, List<Effect> effects) {
    leaderHighWatermark = Math.max(leaderHighWatermark, itsHighWatermark);
    leaderLogStartOffset = Math.max(leaderLogStartOffset, itsLogStartOffset);
    advance(nowMs, effects);
  }

  private void advance(long nowMs, List<Effect> effects) {
    long committed = Math.min(leaderHighWatermark, log.logEndOffset());
    if (committed > highWatermark) {
      highWatermark = committed;
      effects.add(new HighWatermarkAdvanced(committed));
    }
    // Told once; what is still being appended may be what it waits for.
    if (state == State.FOLLOWING
        && leaderLogStartOffset > logStartTold
        && leaderLogStartOffset <= highWatermark) {
      logStartTold = leaderLogStartOffset;
      effects.add(new LogStartAdvanced(leaderLogStartOffset));
      acknowledge(nowMs, effects);
    }
  }

  private void acknowledge(long nowMs, List<Effect> effects) {
    deadlineMs = OptionalLong.of(nowMs + ACK_AT_LEAST_EVERY_MS);
    effects.add(
        new Send(
            new Acked(
                topicId,
                partition,
                leaderEpoch,
                session,
                log.durableEndOffset(),
                Math.max(logStartTold, log.logStartOffset()))));
  }

  private String name() {
    return topicId + "-" + partition;
  }
}
