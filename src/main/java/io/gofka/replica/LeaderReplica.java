package io.gofka.replica;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.IsrChange.InSync;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Leads one partition through one leader epoch: who follows and how far, what is committed, who is
 * in sync.
 *
 * <p>Confined to its owner's thread, without I/O or clock: the owner passes in each event with the
 * monotonic time (ms) at which it happened, and carries out the effects in order. {@link
 * ReplicaLog} is asked within the events.
 *
 * <p>The rules:
 *
 * <ul>
 *   <li>Committed (below the high watermark) is what all have that are in sync or may be as the
 *       controllers see it: those agreed on, and those that were ever proposed without a definite
 *       answer ({@link IsrAgreement}). Who is to leave the ISR counts until the controllers have
 *       agreed. A follower that just catches up is waited for as well, if it may be in the ISR; it
 *       would never reach a high watermark that is always one step ahead.
 *   <li>The high watermark never falls. It stands still while fewer are in sync than
 *       min.insync.replicas, whatever the producers' acks: whoever is eligible to lead then
 *       (KIP-966) is so because it has all that is committed.
 *   <li>A follower counts from the moment on at which its log was found to be the beginning of this
 *       one, never on the strength of an offset alone (KAFKA-13141).
 *   <li>A follower comes into the ISR when it has everything that is committed and all that was
 *       there when this epoch began, if the process that follows is the one that is registered, and
 *       is neither fenced nor about to stop (KIP-841, KIP-903). It leaves when it was not caught up
 *       for {@code replica.lag.time.max.ms}. Both are the controllers' decision.
 * </ul>
 */
public final class LeaderReplica {
  /** What the owner has to carry out, in the order given. */
  public sealed interface Effect {}

  /** Records below are committed. */
  public record HighWatermarkAdvanced(long highWatermark) implements Effect {}

  /**
   * The controllers are to be asked for another ISR; told by {@link #onIsrAnswer} or {@link
   * #onIsrUnanswered}, one of them, once.
   */
  public record IsrProposed(IsrChange change) implements Effect {}

  /** The controllers have agreed on another ISR. */
  public record IsrChanged(List<Integer> before, List<Integer> after) implements Effect {}

  /** A message for a follower: it has no records. */
  public record Send(int followerId, LeaderMessage message) implements Effect {}

  /**
   * The follower's session has begun: what the log has from there on is to be pushed to it, instead
   * of whatever was pushed before.
   */
  public record SessionBegun(int followerId, long session, long fromOffset) implements Effect {}

  /** Nothing is to be pushed to the follower any more. */
  public record SessionEnded(int followerId) implements Effect {}

  /**
   * How far a follower is, for people and metrics.
   *
   * @param endOffset -1 when it is not known
   */
  public record FollowerState(int brokerId, long endOffset, boolean inSync, boolean following) {}

  /**
   * A follower outside the ISR is waited for if it was caught up so short a while ago. It needs one
   * round trip; were it much longer, one that comes back after a restart would hold up everybody.
   */
  static final long MAX_WAIT_FOR_JOINING_MS = 500;

  private final int brokerId;
  private final UUID topicId;
  private final int partition;
  private final int leaderEpoch;
  private final long lagTimeMaxMs;
  private final ReplicaLog log;
  private final IsrAgreement agreement;
  private final Objections objections;
  private final long epochStartOffset;
  private final Map<Integer, FollowerProgress> followers = new TreeMap<>();
  private ClusterImage cluster;
  private int minInsyncReplicas;
  private long highWatermark;
  private long lastEndOffset;
  private long lastTickMs;

  /**
   * When the log has taken the new leader epoch.
   *
   * @param brokerId this broker, that leads
   * @param state where it does
   * @param minInsyncReplicas of the topic
   * @param lagTimeMaxMs replica.lag.time.max.ms
   */
  public LeaderReplica(
      int brokerId,
      UUID topicId,
      int partition,
      PartitionImage state,
      ClusterImage cluster,
      int minInsyncReplicas,
      long lagTimeMaxMs,
      ReplicaLog log,
      long nowMs) {
    if (state.leader() != brokerId) {
      throw new IllegalArgumentException(
          "%s-%d is led by %d, not by %d".formatted(topicId, partition, state.leader(), brokerId));
    }
    this.brokerId = brokerId;
    this.topicId = topicId;
    this.partition = partition;
    this.leaderEpoch = state.leaderEpoch();
    this.lagTimeMaxMs = lagTimeMaxMs;
    this.log = log;
    this.agreement = new IsrAgreement(state);
    this.objections = new Objections(topicId, partition, leaderEpoch, log);
    this.epochStartOffset = log.logEndOffset();
    this.cluster = cluster;
    this.minInsyncReplicas = minInsyncReplicas;
    this.highWatermark = log.highWatermark();
    this.lastEndOffset = epochStartOffset;
    this.lastTickMs = nowMs;
    updateFollowers();
    trustFollowersFrom(nowMs);
  }

  // ---- events

  /** Once, before all other events. */
  public List<Effect> begin(long nowMs) {
    List<Effect> effects = new ArrayList<>();
    update(nowMs, effects);
    return effects;
  }

  /**
   * Instead of {@link #begin} when this broker has led in this epoch before: of what it proposed
   * then, nothing is known any more.
   */
  public List<Effect> beginAgain(long nowMs) {
    agreement.proposedBefore();
    return begin(nowMs);
  }

  /** The log has grown, or more of it is durable. */
  public List<Effect> onAppended(long nowMs) {
    long endOffset = log.logEndOffset();
    if (endOffset < lastEndOffset) {
      throw new IllegalStateException(
          "the log of %s-%d ends at %d, and did at %d within leader epoch %d"
              .formatted(topicId, partition, endOffset, lastEndOffset, leaderEpoch));
    }
    if (endOffset > lastEndOffset) {
      for (FollowerProgress follower : followers.values()) {
        follower.leaderAppended(lastEndOffset, endOffset, nowMs);
      }
      lastEndOffset = endOffset;
    }
    List<Effect> effects = new ArrayList<>(1);
    maybeAdvance(nowMs, effects);
    return effects;
  }

  /**
   * A follower has sent a message.
   *
   * @param itsBrokerEpoch of the process that has sent it
   */
  public List<Effect> onFollower(
      int followerId, long itsBrokerEpoch, FollowerMessage message, long nowMs) {
    List<Effect> effects = new ArrayList<>(2);
    FollowerProgress follower = followers.get(followerId);
    if (follower != null && itsBrokerEpoch < follower.brokerEpoch()) {
      return effects; // Of a process that has been followed by another one.
    }
    if (message.leaderEpoch() != leaderEpoch || follower == null) {
      if (message instanceof Follow) {
        effects.add(new Send(followerId, objections.refusal(message)));
      }
      return effects;
    }
    if (itsBrokerEpoch > follower.brokerEpoch()) {
      if (follower.isLive()) {
        effects.add(new SessionEnded(followerId));
      }
      follower.restarted(itsBrokerEpoch);
    }
    if (message instanceof Follow follow) {
      onFollow(follower, follow, nowMs, effects);
    } else if (message instanceof Acked acked) {
      onAcked(follower, acked, nowMs, effects);
    } else if (message instanceof Unfollow) {
      if (message.session() == follower.session()) {
        end(follower, effects);
      }
    } else {
      throw new IllegalStateException("nobody understands " + message);
    }
    update(nowMs, effects);
    return effects;
  }

  /** The stream to that broker is gone, or won't take more; what was acknowledged stays true. */
  public List<Effect> onStreamDown(int followerId) {
    List<Effect> effects = new ArrayList<>(1);
    FollowerProgress follower = followers.get(followerId);
    if (follower != null) {
      end(follower, effects);
    }
    return effects;
  }

  /**
   * The image has changed, in this leader epoch: another partition epoch, other brokers, or another
   * min.insync.replicas, taken in at once.
   *
   * @param ofTopic min.insync.replicas under that image
   */
  public List<Effect> onImage(PartitionImage state, ClusterImage image, int ofTopic, long nowMs) {
    if (state.leaderEpoch() != leaderEpoch) {
      throw new IllegalArgumentException(
          "%s-%d has leader epoch %d, not %d"
              .formatted(topicId, partition, state.leaderEpoch(), leaderEpoch));
    }
    cluster = image;
    minInsyncReplicas = ofTopic;
    agreement.retryNow();
    List<Effect> effects = new ArrayList<>(1);
    onAgreed(state, effects);
    update(nowMs, effects);
    return effects;
  }

  /** Due every half of replica.lag.time.max.ms, and at {@link #retryAtMs}. */
  public List<Effect> onTick(long nowMs) {
    List<Effect> effects = new ArrayList<>(1);
    update(nowMs, effects);
    lastTickMs = nowMs;
    return effects;
  }

  /**
   * The controllers have answered a proposal. What they have agreed on is taken from the image
   * alone: there it stands beside the min.insync.replicas that it was agreed under.
   *
   * @param error NONE when they have agreed
   */
  public List<Effect> onIsrAnswer(IsrChange asked, ErrorCode error, long nowMs) {
    switch (error) {
      // Agreed now, or the controllers are ahead of this broker, perhaps because an earlier
      // attempt was taken: the image tells, or has told already.
      case NONE, INVALID_UPDATE_VERSION, FENCED_LEADER_EPOCH, NEW_LEADER_ELECTED ->
          agreement.onUnanswered(asked, nowMs);
      default -> agreement.onRefused(asked, nowMs);
    }
    List<Effect> effects = new ArrayList<>(1);
    update(nowMs, effects);
    return effects;
  }

  /** Nobody knows whether the change has been made, or still will be. */
  public void onIsrUnanswered(IsrChange asked, long nowMs) {
    agreement.onUnanswered(asked, nowMs);
  }

  // ---- questions

  /** When a proposal that came to nothing is to be tried again, by {@link #onTick}. */
  public OptionalLong retryAtMs() {
    return agreement.retryAtMs();
  }

  public int leaderEpoch() {
    return leaderEpoch;
  }

  public long highWatermark() {
    return highWatermark;
  }

  /**
   * Whether the high watermark is at least what an earlier leader may have told; until then the end
   * of what is committed is not known (KIP-207).
   */
  public boolean isHighWatermarkKnown() {
    return highWatermark >= epochStartOffset;
  }

  /** As the controllers have agreed. */
  public List<Integer> isr() {
    return agreement.agreed().isr();
  }

  /** Whether so few are in sync that nothing is committed, and acks=all is refused. */
  public boolean isUnderMinIsr() {
    PartitionImage agreed = agreement.agreed();
    return agreed.isr().size() < Math.min(minInsyncReplicas, agreed.replicas().size());
  }

  /**
   * The smallest log start of the live replicas: what lies before it is deleted everywhere; -1
   * while one of them hasn't told.
   */
  public long lowWatermark() {
    long lowest = log.logStartOffset();
    for (FollowerProgress follower : followers.values()) {
      if (cluster.broker(follower.brokerId()).filter(broker -> !broker.fenced()).isPresent()) {
        lowest = Math.min(lowest, follower.logStartOffset());
      }
    }
    return lowest;
  }

  /**
   * Which of the candidates may answer a client that reads at an offset: in sync and far enough,
   * the most caught-up first, then the smallest id. Source: KIP-392.
   */
  public OptionalInt closest(List<Integer> candidates, long fetchOffset) {
    FollowerProgress best = null;
    for (FollowerProgress follower : followers.values()) {
      if (candidates.contains(follower.brokerId())
          && isr().contains(follower.brokerId())
          && follower.endOffset() >= fetchOffset
          && follower.logStartOffset() <= fetchOffset
          && (best == null || follower.endOffset() > best.endOffset())) {
        best = follower;
      }
    }
    return best == null ? OptionalInt.empty() : OptionalInt.of(best.brokerId());
  }

  /** All replicas but this one, by broker id. */
  public List<FollowerState> followers() {
    return followers.values().stream()
        .map(
            each ->
                new FollowerState(
                    each.brokerId(),
                    each.endOffset(),
                    isr().contains(each.brokerId()),
                    each.isLive()))
        .toList();
  }

  /** First what is committed: who comes into the ISR must have that. */
  private void update(long nowMs, List<Effect> effects) {
    noteStandstill(nowMs);
    maybeAdvance(nowMs, effects);
    maybePropose(nowMs, effects);
  }

  // ---- followers

  private void updateFollowers() {
    List<Integer> replicas = agreement.agreed().replicas();
    followers.keySet().retainAll(replicas);
    for (int id : replicas) {
      if (id != brokerId) {
        followers.computeIfAbsent(id, FollowerProgress::new);
      }
    }
  }

  /** Who is in sync has all the time there is, from now on. */
  private void trustFollowersFrom(long nowMs) {
    for (FollowerProgress follower : followers.values()) {
      if (isr().contains(follower.brokerId())) {
        follower.assumeCaughtUp(nowMs);
      }
    }
  }

  private void onFollow(
      FollowerProgress follower, Follow follow, long nowMs, List<Effect> effects) {
    if (follow.session() <= follower.session()) {
      return; // It arrives twice, or late.
    }
    end(follower, effects);
    follower.asked(follow.session());
    int id = follower.brokerId();
    Optional<LeaderMessage> objection = objections.to(follow);
    if (objection.isPresent()) {
      effects.add(new Send(id, objection.get()));
      return;
    }
    follower.began(follow.fetchOffset(), follow.logStartOffset(), log.logEndOffset(), nowMs);
    effects.add(
        new Send(
            id,
            new LeaderMessage.Watermark(
                topicId,
                partition,
                leaderEpoch,
                follow.session(),
                highWatermark,
                log.logStartOffset())));
    effects.add(new SessionBegun(id, follow.session(), follow.fetchOffset()));
  }

  private void onAcked(FollowerProgress follower, Acked acked, long nowMs, List<Effect> effects) {
    if (acked.session() < follower.session()) {
      return;
    }
    if (acked.session() > follower.session() || !follower.isLive()) {
      // It believes in a session that this leader doesn't have, and would wait for ever.
      effects.add(
          new Send(
              follower.brokerId(),
              objections.refused(acked, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)));
      return;
    }
    if (acked.endOffset() > log.logEndOffset()) {
      // It can't have what doesn't exist: none of its claims counts until it is compared again.
      end(follower, effects);
      follower.asked(follower.session());
      effects.add(
          new Send(
              follower.brokerId(),
              objections.refused(acked, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)));
      return;
    }
    follower.acked(acked.endOffset(), acked.logStartOffset(), log.logEndOffset(), nowMs);
  }

  private static void end(FollowerProgress follower, List<Effect> effects) {
    if (follower.isLive()) {
      follower.ended();
      effects.add(new SessionEnded(follower.brokerId()));
    }
  }

  // ---- who is in sync

  private void onAgreed(PartitionImage state, List<Effect> effects) {
    List<Integer> before = isr();
    if (!agreement.onAgreed(state)) {
      return;
    }
    for (FollowerProgress follower : followers.values()) {
      if (follower.isLive() && !state.replicas().contains(follower.brokerId())) {
        effects.add(new SessionEnded(follower.brokerId()));
      }
    }
    updateFollowers();
    if (!before.equals(state.isr())) {
      effects.add(new IsrChanged(before, state.isr()));
    }
  }

  private void maybePropose(long nowMs, List<Effect> effects) {
    if (!agreement.mayPropose(nowMs) || !(agreement.mustPropose() || isOtherIsrDue(nowMs))) {
      return;
    }
    PartitionImage agreed = agreement.agreed();
    List<InSync> wanted = new ArrayList<>(agreed.replicas().size());
    for (int id : agreed.replicas()) {
      boolean isInSync = agreed.isr().contains(id);
      if (id == brokerId || isToBeInSync(followers.get(id), isInSync, nowMs)) {
        // Who is in the ISR already is so on the controllers' word, whoever runs there now.
        boolean given = id == brokerId || isInSync;
        wanted.add(
            new InSync(id, given ? FollowerProgress.UNKNOWN : followers.get(id).brokerEpoch()));
      }
    }
    IsrChange change =
        new IsrChange(
            topicId,
            partition,
            leaderEpoch,
            agreed.partitionEpoch(),
            wanted,
            LeaderRecoveryState.RECOVERED);
    agreement.proposed(change);
    effects.add(new IsrProposed(change));
  }

  private boolean isOtherIsrDue(long nowMs) {
    for (FollowerProgress follower : followers.values()) {
      boolean isInSync = isr().contains(follower.brokerId());
      if (isToBeInSync(follower, isInSync, nowMs) != isInSync) {
        return true;
      }
    }
    return false;
  }

  /** If this broker itself has stood still, nobody knows what the others did meanwhile. */
  private void noteStandstill(long nowMs) {
    if (nowMs - lastTickMs > lagTimeMaxMs) {
      trustFollowersFrom(nowMs);
      lastTickMs = nowMs;
    }
  }

  private boolean isToBeInSync(FollowerProgress follower, boolean isInSync, long nowMs) {
    if (!follower.isCaughtUp(log.logEndOffset(), nowMs, lagTimeMaxMs)) {
      return false;
    }
    return isInSync || mayJoin(follower);
  }

  private boolean mayJoin(FollowerProgress follower) {
    return follower.isLive()
        && follower.endOffset() >= Math.max(highWatermark, epochStartOffset)
        && isEligible(follower);
  }

  /** Whether the process that follows is the registered one, and may be in an ISR. */
  private boolean isEligible(FollowerProgress follower) {
    BrokerImage broker = cluster.brokers().get(follower.brokerId());
    return broker != null && broker.isActive() && broker.epoch() == follower.brokerEpoch();
  }

  // ---- what is committed

  private void maybeAdvance(long nowMs, List<Effect> effects) {
    if (isUnderMinIsr()) {
      return;
    }
    long committed = log.durableEndOffset();
    for (FollowerProgress follower : followers.values()) {
      if (follower.endOffset() < committed
          && (agreement.mayBeInSync(follower.brokerId()) || isWaitedFor(follower, nowMs))) {
        committed = follower.endOffset();
      }
    }
    if (committed > highWatermark) {
      highWatermark = committed;
      effects.add(new HighWatermarkAdvanced(committed));
    }
  }

  /** Outside the ISR, but about to come into it. */
  private boolean isWaitedFor(FollowerProgress follower, long nowMs) {
    return follower.isLive()
        && isEligible(follower)
        && follower.isCaughtUp(
            log.logEndOffset(), nowMs, Math.min(lagTimeMaxMs, MAX_WAIT_FOR_JOINING_MS));
  }
}
