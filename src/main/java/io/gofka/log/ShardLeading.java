package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.log.DeleteRecordsBefore.Deleted;
import io.gofka.log.LedPartition.Cut;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderReplica;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link LogShard} does for the partitions that this broker leads: carries out what {@link
 * LeaderReplica} decides, and answers those who wait until records are committed or deleted
 * everywhere. The pushing is {@link ShardPush}.
 *
 * <p>A partition with a single replica is committed where it is written: nothing of all this stands
 * in its way.
 */
final class ShardLeading {
  private static final Logger LOG = LoggerFactory.getLogger(ShardLeading.class);

  /** How exactly timeouts of those who wait are kept. */
  static final long DEADLINE_STEP_MS = 50;

  /** Partitions named in one line when many get other in-sync replicas at once. */
  private static final int MAX_ISRS_TOLD = 5;

  private final LogShard shard;
  private final ShardHost host;
  private final ShardPush push;
  private final int brokerId;
  private final long lagTimeMaxMs;
  private final IsrRequests isrRequests;
  private final Set<ShardPartition> waitedFor = new LinkedHashSet<>();
  private final List<String> isrsToTell = new ArrayList<>();
  private int isrsChanged;
  private boolean deadlineDue;
  private long appendedBytes;

  /**
   * @param lagTimeMaxMs replica.lag.time.max.ms
   */
  ShardLeading(LogShard shard, ShardHost host, int brokerId, long lagTimeMaxMs) {
    this.shard = shard;
    this.host = host;
    this.brokerId = brokerId;
    this.lagTimeMaxMs = lagTimeMaxMs;
    this.push = new ShardPush(shard, host, this::onSessionLost);
    this.isrRequests = new IsrRequests(host, this::onIsrAnswer, this::onIsrUnanswered);
  }

  ShardPush push() {
    return push;
  }

  /** Bytes of record batches that producers and coordinators have appended since the start. */
  long appendedBytes() {
    return appendedBytes;
  }

  // ---- the role

  /** This broker leads the partition, as the image says, or still does under another image. */
  void lead(ShardPartition partition, ClusterImage image) {
    PartitionImage state = partition.image();
    Optional<LedPartition> led = partition.led();
    if (led.isPresent() && led.get().leaderEpoch() == state.leaderEpoch()) {
      // As long as it was alone, nobody has told of appends.
      perform(partition, led.get(), led.get().replica().onAppended(host.nowMs()));
      perform(
          partition,
          led.get(),
          led.get()
              .replica()
              .onImage(state, image, partition.config().minInsyncReplicas(), host.nowMs()));
      return;
    }
    resign(partition);
    partition.beginEpoch();
    LeaderReplica replica =
        new LeaderReplica(
            brokerId,
            partition.id().topicId(),
            partition.id().partition(),
            state,
            image,
            partition.config().minInsyncReplicas(),
            lagTimeMaxMs,
            partition.replicaLog(),
            host.nowMs());
    LedPartition next = new LedPartition(replica);
    partition.lead(next);
    // Who is alone has nobody to propose.
    boolean again = !partition.isAlone() && partition.hasLedIn(state.leaderEpoch());
    perform(
        partition, next, again ? replica.beginAgain(host.nowMs()) : replica.begin(host.nowMs()));
  }

  /** This broker leads it no more, or under another epoch: who waits has to ask somebody else. */
  void resign(ShardPartition partition) {
    Optional<LedPartition> led = partition.led();
    if (led.isEmpty()) {
      return;
    }
    partition.leadNoMore();
    waitedFor.remove(partition);
    push.endAll(partition);
    String why = partition.id() + " is not led by this broker in epoch " + led.get().leaderEpoch();
    led.get().parked().takeAll().forEach(each -> each.refuse(lost(partition), why));
    List<Cut> cuts = List.copyOf(led.get().cuts());
    led.get().cuts().clear();
    cuts.forEach(each -> each.outcome().tell(lost(partition), -1));
  }

  /** A partition that has gone to other brokers is none that nobody knows. */
  ErrorCode lost(ShardPartition partition) {
    return partition.isGone()
        ? shard.unknown(partition.id()).errorCode()
        : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  // ---- events

  /**
   * Records are in the log.
   *
   * @param led the role in which they were given their place
   */
  void onAppended(ShardPartition partition, Optional<LedPartition> led, LogAppend append) {
    appendedBytes += append.sizeBytes();
    if (led.isEmpty() || !partition.led().equals(led)) {
      return; // They came in under a role that has ended since.
    }
    if (partition.isAlone()) {
      shard.onReadable(partition, append.endOffset(), append.sizeBytes());
      return;
    }
    push.onAppended(partition, append);
    perform(partition, led.get(), led.get().replica().onAppended(host.nowMs()));
  }

  /** More of the log is durable, or it is another copy of the same. */
  void onLogChanged(ShardPartition partition) {
    if (partition.led().isEmpty()) {
      return;
    }
    if (partition.isAlone()) {
      shard.onReadable(partition, partition.log().logEndOffset(), 0);
    }
    LedPartition led = partition.led().get();
    perform(partition, led, led.replica().onAppended(host.nowMs()));
  }

  /**
   * @param brokerEpoch of the process that has sent it
   */
  void onFollower(
      ShardPartition partition,
      LedPartition led,
      int followerId,
      long brokerEpoch,
      FollowerMessage message) {
    perform(
        partition, led, led.replica().onFollower(followerId, brokerEpoch, message, host.nowMs()));
    if (message instanceof FollowerMessage.Acked acked) {
      push.onAcked(partition, followerId, acked.session(), acked.endOffset());
    }
    if (!led.cuts().isEmpty()) {
      tellCuts(led);
    }
  }

  /** What was to be pushed to the follower is lost, or isn't there any more. */
  private void onSessionLost(ShardPartition partition, int followerId) {
    partition.led().ifPresent(led -> endSession(partition, led, followerId));
  }

  private void endSession(ShardPartition partition, LedPartition led, int followerId) {
    perform(partition, led, led.replica().onStreamDown(followerId));
  }

  /** The stream to that follower's broker is there, or gone. */
  void onStream(int followerId, boolean up) {
    for (ShardPartition partition : shard.partitions()) {
      if (!up && !partition.isAlone() && partition.led().isPresent()) {
        endSession(partition, partition.led().get(), followerId);
      }
    }
  }

  /** Due every half of replica.lag.time.max.ms. */
  void onTick() {
    for (ShardPartition partition : shard.partitions()) {
      if (!partition.isAlone()) {
        partition.led().ifPresent(led -> tick(partition, led));
      }
    }
  }

  private void tick(ShardPartition partition, LedPartition led) {
    perform(partition, led, led.replica().onTick(host.nowMs()));
  }

  private void onIsrAnswer(IsrRequests.Asker asker, IsrChange change, ErrorCode error) {
    if (asker.isCurrent()) {
      LedPartition led = asker.led();
      perform(asker.partition(), led, led.replica().onIsrAnswer(change, error, host.nowMs()));
      retryLater(asker.partition(), led);
    }
  }

  private void onIsrUnanswered(IsrRequests.Asker asker, IsrChange change) {
    if (asker.isCurrent()) {
      asker.led().replica().onIsrUnanswered(change, host.nowMs());
      retryLater(asker.partition(), asker.led());
    }
  }

  private void retryLater(ShardPartition partition, LedPartition led) {
    OptionalLong retryAtMs = led.replica().retryAtMs();
    if (retryAtMs.isPresent() && led.takeRetryTimer()) {
      host.after(
          Math.max(1, retryAtMs.getAsLong() - host.nowMs()),
          () -> {
            led.retryTimerFired();
            if (isCurrent(partition, led)) {
              tick(partition, led);
            }
          });
    }
  }

  private static boolean isCurrent(ShardPartition partition, LedPartition led) {
    return partition.led().filter(each -> each == led).isPresent();
  }

  // ---- effects

  private void perform(
      ShardPartition partition, LedPartition led, List<LeaderReplica.Effect> effects) {
    for (int i = 0; i < effects.size(); i++) {
      LeaderReplica.Effect effect = effects.get(i);
      if (effect instanceof LeaderReplica.HighWatermarkAdvanced advanced) {
        onCommitted(partition, led, advanced.highWatermark());
      } else if (effect instanceof LeaderReplica.Send send) {
        push.send(send.followerId(), send.message());
      } else if (effect instanceof LeaderReplica.SessionBegun begun) {
        push.begin(
            partition, begun.followerId(), led.leaderEpoch(), begun.session(), begun.fromOffset());
      } else if (effect instanceof LeaderReplica.SessionEnded ended) {
        push.end(partition, ended.followerId());
      } else if (effect instanceof LeaderReplica.IsrProposed proposed) {
        isrRequests.add(new IsrRequests.Asker(partition, led), proposed.change());
      } else if (effect instanceof LeaderReplica.IsrChanged changed) {
        onIsrChanged(partition, led, changed);
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
  }

  private void onCommitted(ShardPartition partition, LedPartition led, long highWatermark) {
    shard.onCommitted(partition, highWatermark);
    if (!led.parked().isEmpty()) {
      long logStartOffset = partition.log().logStartOffset();
      led.parked().takeBelow(highWatermark).forEach(each -> each.succeed(logStartOffset));
    }
    push.onWatermark(partition);
  }

  private void onIsrChanged(
      ShardPartition partition, LedPartition led, LeaderReplica.IsrChanged changed) {
    LOG.debug(
        "{}: in sync are {} after {}, leader epoch {}",
        partition.id(),
        changed.after(),
        changed.before(),
        led.leaderEpoch());
    if (isrsToTell.size() < MAX_ISRS_TOLD) {
      isrsToTell.add(partition.id() + " " + changed.after() + " after " + changed.before());
    }
    if (isrsChanged++ == 0) {
      host.soon(this::tellIsrs); // A broker that comes or goes changes thousands in one turn.
    }
    if (led.replica().isUnderMinIsr()) {
      String why =
          partition.id() + " has only " + changed.after() + " in sync since this was written";
      led.parked()
          .takeFromClients()
          .forEach(each -> each.refuse(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, why));
    }
  }

  private void tellIsrs() {
    String more = isrsChanged > isrsToTell.size() ? " and others" : "";
    LOG.info(
        "In sync are other replicas of {} partition(s): {}{}",
        isrsChanged,
        String.join(", ", isrsToTell),
        more);
    isrsToTell.clear();
    isrsChanged = 0;
  }

  // ---- who waits

  /** Answers the append once the in-sync replicas have it. */
  void park(ShardPartition partition, Optional<LedPartition> led, Parked parked) {
    if (led.isEmpty() || !isCurrent(partition, led.get())) {
      parked.refuse(
          ErrorCode.NOT_LEADER_OR_FOLLOWER,
          partition.id() + " has another leader epoch since this was written");
      return;
    }
    led.get().parked().add(parked, host.nowMs() + parked.append().timeoutMs());
    watch(partition);
  }

  /** Replies once all live replicas have deleted what lies before the offset. */
  void awaitDeletion(
      ShardPartition partition, long offset, int timeoutMs, Consumer<Deleted> reply) {
    Optional<LedPartition> led = partition.led();
    if (led.isEmpty()) {
      reply.accept(new Deleted(partition.id(), lost(partition), -1));
      return;
    }
    Cut cut =
        new Cut(
            offset,
            host.nowMs() + timeoutMs,
            (error, low) -> reply.accept(new Deleted(partition.id(), error, low)));
    led.get().cuts().add(cut);
    push.onWatermark(partition);
    tellCuts(led.get());
    if (!led.get().cuts().isEmpty()) {
      watch(partition);
    }
  }

  private void watch(ShardPartition partition) {
    waitedFor.add(partition);
    if (!deadlineDue) {
      deadlineDue = true;
      host.after(DEADLINE_STEP_MS, this::onDeadlines);
    }
  }

  private void onDeadlines() {
    deadlineDue = false;
    long nowMs = host.nowMs();
    for (ShardPartition partition : List.copyOf(waitedFor)) {
      partition.led().ifPresent(led -> giveUpOverdue(partition, led, nowMs));
      if (!partition.led().map(LedPartition::isWaitedFor).orElse(false)) {
        waitedFor.remove(partition);
      }
    }
    if (!waitedFor.isEmpty() && !deadlineDue) {
      deadlineDue = true;
      host.after(DEADLINE_STEP_MS, this::onDeadlines);
    }
  }

  private static void giveUpOverdue(ShardPartition partition, LedPartition led, long nowMs) {
    for (Parked each : led.parked().takeOverdue(nowMs)) {
      each.refuse(
          ErrorCode.REQUEST_TIMED_OUT,
          partition.id() + " is written, but not all in-sync replicas have it in time");
    }
    List<Cut> overdue = led.cuts().stream().filter(each -> each.deadlineMs() <= nowMs).toList();
    led.cuts().removeAll(overdue);
    overdue.forEach(each -> each.outcome().tell(ErrorCode.REQUEST_TIMED_OUT, -1));
  }

  private static void tellCuts(LedPartition led) {
    long lowWatermark = led.replica().lowWatermark();
    List<Cut> done = new ArrayList<>();
    for (Cut cut : led.cuts()) {
      if (cut.offset() <= lowWatermark) {
        done.add(cut);
      }
    }
    led.cuts().removeAll(done);
    done.forEach(each -> each.outcome().tell(ErrorCode.NONE, lowWatermark));
  }
}
