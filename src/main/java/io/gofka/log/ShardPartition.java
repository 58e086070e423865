package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.ReplicaLog;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition in its shard: its log, what may be done with it ({@link LogState}), who leads it, and
 * what waits for it. At most one append is on its way; the others wait in order, so that no worker
 * can change it.
 */
final class ShardPartition {
  private static final Logger LOG = LoggerFactory.getLogger(ShardPartition.class);

  /** Failed reads of a partition are told on the node's log this often, and no oftener. */
  static final long READ_FAILURE_TOLD_EVERY_MS = 60_000;

  private final TopicIdPartition id;
  private final int brokerId;
  private PartitionImage image;
  private LogConfig config;
  private final OpenFiles openFiles;
  private Optional<PartitionLog> log = Optional.empty();
  private Optional<LogDirectory> directory = Optional.empty();
  private LogState state = LogState.OPENING;
  private long readFailureToldAtMs = Long.MIN_VALUE;
  private boolean syncFailed;
  private boolean held;
  private boolean flushing;
  private boolean flushAgain;
  private boolean flushTimerSet;
  private final AppendQueue appends = new AppendQueue();
  private final RefusedSequences refusedSequences = new RefusedSequences();
  private final ChoreQueue chores = new ChoreQueue();
  private Set<ActiveRead> parkedReads = Set.of();
  private Optional<LedPartition> led = Optional.empty();
  private int lastLedEpoch = LeaderEpochs.NONE;
  private Optional<FollowedPartition> followed = Optional.empty();

  ShardPartition(
      TopicIdPartition id,
      int brokerId,
      PartitionImage image,
      LogConfig config,
      OpenFiles openFiles) {
    this.openFiles = openFiles;
    this.id = id;
    this.brokerId = brokerId;
    this.image = image;
    this.config = config;
  }

  TopicIdPartition id() {
    return id;
  }

  LogConfig config() {
    return config;
  }

  void updateConfig(LogConfig changed) {
    config = changed;
    log.ifPresent(open -> open.updateConfig(changed));
  }

  /** Who leads and follows is told by {@link ShardReplication#update}. */
  void updateImage(PartitionImage changed) {
    image = changed;
  }

  PartitionImage image() {
    return image;
  }

  /** What is appended from now on is of the image's leader epoch. */
  void beginEpoch() {
    PartitionLog open = log();
    if (open.latestEpoch() > image.leaderEpoch()) {
      LOG.error(
          "{}: nothing can be appended in leader epoch {}: the log in {} has records of epoch {}."
              + " Either that is damage, or the leadership has changed and this broker will hear of"
              + " it",
          id,
          image.leaderEpoch(),
          directoryName(),
          open.latestEpoch());
    }
    open.becomeLeader(image.leaderEpoch());
  }

  void open(PartitionLog opened) {
    opened.track(openFiles);
    log = Optional.of(opened);
    become(LogState.SERVING);
    opened.updateConfig(config);
  }

  /** Its log lies there, or will. */
  void place(LogDirectory chosen) {
    directory = Optional.of(chosen);
  }

  boolean isPlaced() {
    return directory.isPresent();
  }

  boolean isIn(LogDirectory other) {
    return directory.filter(own -> own.name().equals(other.name())).isPresent();
  }

  /** Where its log lies. */
  LogDirectory directory() {
    return directory.orElseThrow(() -> new IllegalStateException(id + " is in no directory"));
  }

  /** Where its log lies, as people know it. */
  String directoryName() {
    return directory.map(LogDirectory::name).orElse("no directory");
  }

  /** Its log lies elsewhere from now on, with the same records. */
  void replaceLog(PartitionLog other) {
    log.ifPresent(PartitionLog::closeFiles);
    other.track(openFiles);
    log.ifPresent(before -> other.onCommitted(before.highWatermark()));
    log = Optional.of(other);
    other.updateConfig(config);
    led.ifPresent(role -> other.becomeLeader(role.leaderEpoch()));
  }

  /** Whether nothing of it is served because of its disk. */
  boolean isDown() {
    return state == LogState.UNOPENED || state == LogState.OFFLINE;
  }

  LogState state() {
    return state;
  }

  /** The only way from one state to another. Who waits is told by {@link ShardAppends#proceed}. */
  void become(LogState next) {
    if (!state.canBecome(next)) {
      throw new IllegalStateException(id + " can't go from " + state + " to " + next);
    }
    state = next;
  }

  /** It is not this shard's any more; nothing may be done with its log. */
  void leave() {
    become(LogState.GONE);
  }

  /**
   * Whether the node's log should say that a read has failed; then not again for a while.
   *
   * @param nowMs monotonic
   */
  boolean takeReadFailureToTell(long nowMs) {
    if (readFailureToldAtMs != Long.MIN_VALUE
        && nowMs - readFailureToldAtMs < READ_FAILURE_TOLD_EVERY_MS) {
      return false;
    }
    readFailureToldAtMs = nowMs;
    return true;
  }

  /** Whether a sync has failed since the log was last repaired. */
  boolean hasSyncFailed() {
    return syncFailed;
  }

  void syncFailed(boolean has) {
    syncFailed = has;
  }

  boolean isGone() {
    return state == LogState.GONE;
  }

  /** Whether it has a log that can be read. */
  boolean isOpen() {
    return state.isReadable();
  }

  boolean leads() {
    return image.leader() == brokerId;
  }

  int leaderEpoch() {
    return image.leaderEpoch();
  }

  /** Whether it has no other replica, and what is written is committed. */
  boolean isAlone() {
    return image.replicas().size() == 1;
  }

  /** In-sync replicas, as the controllers have agreed. */
  int isrSize() {
    return led.map(role -> role.replica().isr().size()).orElse(image.isr().size());
  }

  boolean hasTooManyParked() {
    return led.filter(role -> role.parked().isFull()).isPresent();
  }

  // ---- its role, see ShardReplication

  /** Leading it, since the log has taken the leader epoch. */
  Optional<LedPartition> led() {
    return led;
  }

  void lead(LedPartition role) {
    led = Optional.of(role);
  }

  void leadNoMore() {
    led.ifPresent(role -> lastLedEpoch = role.leaderEpoch());
    led = Optional.empty();
  }

  /** Whether this process has led it in this epoch, and then did not for a while. */
  boolean hasLedIn(int leaderEpoch) {
    return lastLedEpoch == leaderEpoch;
  }

  /** Copying it from its leader. */
  Optional<FollowedPartition> followed() {
    return followed;
  }

  /** Whether that is still its role. */
  boolean isFollowedAs(FollowedPartition role) {
    return followed.filter(each -> each == role).isPresent();
  }

  void follow(FollowedPartition role) {
    followed = Optional.of(role);
  }

  void followNoMore() {
    followed = Optional.empty();
  }

  /** The log it has at the moment of each question. */
  ReplicaLog replicaLog() {
    return new PartitionReplicaLog(this);
  }

  /** The log, if it can be read. */
  Optional<PartitionLog> openLog() {
    return state.isReadable() ? log : Optional.empty();
  }

  /** The log that was opened, whatever has become of it; for who removes it. */
  Optional<PartitionLog> anyLog() {
    return log;
  }

  /** The log of an open partition. */
  PartitionLog log() {
    return log.orElseThrow(() -> new IllegalStateException(id + " is not open"));
  }

  /**
   * The log, for a request that only the leader may answer.
   *
   * @param currentLeaderEpoch the epoch that the asker knows, -1 when none
   * @throws ApiException FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, NOT_LEADER_OR_FOLLOWER
   */
  PartitionLog leaderLog(int currentLeaderEpoch) {
    checkEpoch(currentLeaderEpoch);
    if (!leads()) {
      throw new ApiException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is led by broker " + image.leader());
    }
    if (led.isEmpty() || led.get().leaderEpoch() != leaderEpoch()) {
      throw new ApiException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER,
          id + " is not yet led by this broker in epoch " + leaderEpoch());
    }
    return openLog()
        .orElseThrow(
            () -> new ApiException(ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is being opened"));
  }

  /**
   * The log, for a request that a follower may answer, too, once it has what the leader of the
   * image's epoch has.
   *
   * @throws ApiException as {@link #leaderLog}
   */
  PartitionLog replicaLog(int currentLeaderEpoch) {
    if (leads()) {
      return leaderLog(currentLeaderEpoch);
    }
    checkEpoch(currentLeaderEpoch);
    boolean follows =
        followed
            .filter(role -> role.leaderEpoch() == leaderEpoch() && role.replica().isFollowing())
            .isPresent();
    return openLog()
        .filter(open -> follows)
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " doesn't follow its leader now"));
  }

  private void checkEpoch(int currentLeaderEpoch) {
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch != leaderEpoch()) {
      throw new ApiException(
          currentLeaderEpoch < leaderEpoch()
              ? ErrorCode.FENCED_LEADER_EPOCH
              : ErrorCode.UNKNOWN_LEADER_EPOCH,
          id + " has leader epoch " + leaderEpoch() + ", not " + currentLeaderEpoch);
    }
  }

  /** Whether its chores have to wait: its log is just being moved. */
  boolean isHeld() {
    return held;
  }

  void held(boolean now) {
    held = now;
  }

  /** What its log has given out for a worker. */
  ChoreQueue chores() {
    return chores;
  }

  // ---- appends

  /** Those that wait for their turn. */
  AppendQueue appends() {
    return appends;
  }

  /** Producers whose batches were refused a short while ago. */
  RefusedSequences refusedSequences() {
    return refusedSequences;
  }

  // ---- flushes beside the appends, one at a time

  boolean isFlushing() {
    return flushing;
  }

  void flushing(boolean now) {
    flushing = now;
  }

  /** Whether a flush was asked for while another was under way. */
  boolean mustFlushAgain() {
    return flushAgain;
  }

  void flushAgain(boolean needed) {
    flushAgain = needed;
  }

  /** True for the first who asks: that one sets the timer of {@code flush.ms}. */
  boolean takeFlushTimer() {
    boolean take = !flushTimerSet;
    flushTimerSet = true;
    return take;
  }

  void flushTimerFired() {
    flushTimerSet = false;
  }

  // ---- reads that wait for appends

  void park(ActiveRead read) {
    if (parkedReads.isEmpty()) {
      parkedReads = new LinkedHashSet<>();
    }
    parkedReads.add(read);
  }

  void unpark(ActiveRead read) {
    parkedReads.remove(read);
    if (parkedReads.isEmpty()) {
      parkedReads = Set.of();
    }
  }

  Set<ActiveRead> parkedReads() {
    return parkedReads;
  }
}
