package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartition.Change;
import io.gofka.metadata.AlterPartition.InSync;
import io.gofka.metadata.ElectLeaders.ElectionType;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.PartitionChange.Election;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Who leads partitions and who is in sync with the leader. */
final class LeaderDecisions {
  private final TopicRules topicRules;

  LeaderDecisions(TopicRules topicRules) {
    this.topicRules = topicRules;
  }

  /**
   * What leaders tell of their ISRs.
   *
   * @throws ApiException STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED
   */
  Decision<List<AlterPartition.Result>> alter(ClusterImage image, AlterPartition command) {
    checkProcess(image, command.brokerId(), command.brokerEpoch());
    List<MetadataRecord> records = new ArrayList<>();
    List<AlterPartition.Result> results = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    for (Change change : command.partitions()) {
      ErrorCode error =
          seen.add(List.of(change.topicId(), change.partition()))
              ? mistake(image, command.brokerId(), change)
              : ErrorCode.INVALID_REQUEST;
      if (error != ErrorCode.NONE) {
        results.add(AlterPartition.Result.refused(change, error));
        continue;
      }
      TopicImage topic = image.topicsById().get(change.topicId());
      PartitionImage state = topic.partitions().get(change.partition());
      // A leader that wants what is so already makes an attempt void of which it doesn't know what
      // has become: the partition epoch grows all the same.
      PartitionImage now =
          new PartitionChange(state, topicRules.of(image, topic.name()))
              .withIsr(
                  change.isr().stream().map(InSync::brokerId).toList(),
                  change.leaderRecoveryState())
              .result()
              .orElseGet(() -> PartitionChange.withNextPartitionEpoch(state));
      records.add(new PartitionChanged(topic.id(), change.partition(), now));
      results.add(
          now.leader() == command.brokerId()
              ? AlterPartition.Result.of(change, now)
              : AlterPartition.Result.refused(change, ErrorCode.NEW_LEADER_ELECTED));
    }
    return new Decision<>(records, results);
  }

  /**
   * Replicas that their broker can't use.
   *
   * @throws ApiException STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED
   */
  Decision<Void> giveUp(ClusterImage image, ReplicasFailed command) {
    checkProcess(image, command.brokerId(), command.brokerEpoch());
    List<MetadataRecord> records = new ArrayList<>();
    for (ReplicasFailed.Replica replica : command.replicas().stream().distinct().toList()) {
      TopicImage topic = image.topicsById().get(replica.topicId());
      if (topic == null
          || replica.partition() < 0
          || replica.partition() >= topic.partitions().size()) {
        continue;
      }
      PartitionImage state = topic.partitions().get(replica.partition());
      if (state.isr().contains(command.brokerId()) && hasHeir(image, state, command.brokerId())) {
        new PartitionChange(state, topicRules.of(image, topic.name()))
            .withUnusable(command.brokerId())
            .result()
            .ifPresent(
                next -> records.add(new PartitionChanged(topic.id(), replica.partition(), next)));
      }
    }
    return new Decision<>(records, null);
  }

  /** Whether another broker is there that has all that is committed. */
  private static boolean hasHeir(ClusterImage image, PartitionImage state, int brokerId) {
    Stream<Integer> eligible =
        TopicRules.isElrEnabled(image) ? state.elr().stream() : Stream.empty();
    return Stream.concat(state.isr().stream(), eligible)
        .anyMatch(id -> id != brokerId && image.isActive(id));
  }

  private static void checkProcess(ClusterImage image, int brokerId, long brokerEpoch) {
    BrokerImage broker = image.brokers().get(brokerId);
    if (broker == null) {
      throw new ApiException(
          ErrorCode.BROKER_ID_NOT_REGISTERED, "no broker " + brokerId + " is registered");
    }
    if (broker.epoch() != brokerEpoch) {
      throw new ApiException(
          ErrorCode.STALE_BROKER_EPOCH,
          "broker %d has epoch %d, not %d".formatted(brokerId, broker.epoch(), brokerEpoch));
    }
  }

  private static ErrorCode mistake(ClusterImage image, int brokerId, Change change) {
    TopicImage topic = image.topicsById().get(change.topicId());
    if (topic == null) {
      return ErrorCode.UNKNOWN_TOPIC_ID;
    }
    if (change.partition() < 0 || change.partition() >= topic.partitions().size()) {
      return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }
    PartitionImage state = topic.partitions().get(change.partition());
    if (change.leaderEpoch() > state.leaderEpoch()
        || change.partitionEpoch() > state.partitionEpoch()) {
      return ErrorCode.NOT_CONTROLLER; // The broker knows more than this node.
    }
    if (change.leaderEpoch() < state.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (brokerId != state.leader()) {
      return ErrorCode.INVALID_REQUEST;
    }
    if (change.partitionEpoch() < state.partitionEpoch()) {
      return ErrorCode.INVALID_UPDATE_VERSION;
    }
    Set<Integer> ids = new HashSet<>();
    change.isr().forEach(inSync -> ids.add(inSync.brokerId()));
    boolean recovering = change.leaderRecoveryState() == LeaderRecoveryState.RECOVERING;
    if (ids.size() < change.isr().size()
        || !state.replicas().containsAll(ids)
        || !ids.contains(state.leader())
        || (recovering && ids.size() > 1)
        || (recovering && state.leaderRecoveryState() == LeaderRecoveryState.RECOVERED)) {
      return ErrorCode.INVALID_REQUEST;
    }
    for (InSync inSync : change.isr()) {
      boolean sameProcess =
          inSync.brokerEpoch() == -1
              || image
                  .broker(inSync.brokerId())
                  .filter(broker -> broker.epoch() == inSync.brokerEpoch())
                  .isPresent();
      if (!image.isActive(inSync.brokerId()) || !sameProcess) {
        return ErrorCode.INELIGIBLE_REPLICA; // KIP-841, KIP-903
      }
    }
    return ErrorCode.NONE;
  }

  /**
   * Elections that somebody asked for.
   *
   * @throws ApiException POLICY_VIOLATION when too many partitions are named
   */
  Steps<List<PartitionOutcome>> elect(ElectLeaders command) {
    command.partitions().ifPresent(named -> RequestLimits.check(named.size()));
    return command.partitions().isPresent()
        ? (image, index) -> electNamed(image, command.type(), command.partitions().get())
        : new ElectionsEverywhere(command.type());
  }

  private Steps.Step<List<PartitionOutcome>> electNamed(
      ClusterImage image, ElectionType type, List<TopicPartition> partitions) {
    List<MetadataRecord> records = new ArrayList<>();
    List<PartitionOutcome> results = new ArrayList<>();
    Set<TopicPartition> seen = new HashSet<>();
    for (TopicPartition partition : partitions) {
      try {
        if (!seen.add(partition)) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, partition + " stands twice in the request");
        }
        TopicImage topic = TopicRules.topicOf(image, partition);
        ElectionRules rules = topicRules.of(image, topic.name());
        PartitionImage state = elect(topic, partition.partition(), type, rules);
        records.add(new PartitionChanged(topic.id(), partition.partition(), state));
        results.add(PartitionOutcome.done(partition));
      } catch (ApiException refused) {
        results.add(PartitionOutcome.refused(partition, refused.errorCode(), refused.getMessage()));
      }
    }
    return Steps.Step.last(records, results);
  }

  private static PartitionImage elect(
      TopicImage topic, int partition, ElectionType type, ElectionRules rules) {
    PartitionImage state = topic.partitions().get(partition);
    boolean notNeeded =
        type == ElectionType.PREFERRED
            ? state.leader() == state.preferredLeader()
            : state.hasLeader();
    if (notNeeded) {
      throw new ApiException(
          ErrorCode.ELECTION_NOT_NEEDED,
          "%s is led by %d already".formatted(topic.partition(partition), state.leader()));
    }
    Election election = type == ElectionType.PREFERRED ? Election.PREFERRED : Election.UNCLEAN;
    Optional<PartitionImage> next = new PartitionChange(state, rules).with(election).result();
    boolean elected =
        next.isPresent()
            && (type == ElectionType.PREFERRED
                ? next.get().leader() == state.preferredLeader()
                : next.get().hasLeader());
    if (!elected) {
      throw type == ElectionType.PREFERRED
          ? new ApiException(
              ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
              "the preferred leader %d of %s is not in sync; in sync are %s"
                  .formatted(state.preferredLeader(), topic.partition(partition), state.isr()))
          : new ApiException(
              ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
              "no replica of %s is alive, of %s"
                  .formatted(topic.partition(partition), state.replicas()));
    }
    return next.get();
  }

  /** All partitions, slice by slice; those that need none are passed over. */
  private final class ElectionsEverywhere implements Steps<List<PartitionOutcome>> {
    private final List<PartitionOutcome> results = new ArrayList<>();
    private final PartitionSweep sweep;

    ElectionsEverywhere(ElectionType type) {
      this.sweep =
          new PartitionSweep(
              topicRules,
              (topic, partition, rules) -> {
                TopicPartition name = new TopicPartition(topic.name(), partition);
                try {
                  PartitionImage next = elect(topic, partition, type, rules);
                  results.add(PartitionOutcome.done(name));
                  return Optional.of(next);
                } catch (ApiException refused) {
                  if (refused.errorCode() != ErrorCode.ELECTION_NOT_NEEDED) {
                    results.add(
                        PartitionOutcome.refused(name, refused.errorCode(), refused.getMessage()));
                  }
                  return Optional.empty();
                }
              });
    }

    @Override
    public Step<List<PartitionOutcome>> next(ClusterImage image, long index) {
      List<MetadataRecord> records = sweep.next(image);
      return sweep.isDone() ? Step.last(records, List.copyOf(results)) : Step.more(records);
    }
  }

  /** Gives the lead back to preferred leaders that are in sync (auto.leader.rebalance.enable). */
  PartitionSweep preferredLeaders() {
    return new PartitionSweep(
        topicRules,
        (topic, partition, rules) -> {
          PartitionImage state = topic.partitions().get(partition);
          return state.leader() == state.preferredLeader()
                  || !state.isr().contains(state.preferredLeader())
              ? Optional.empty()
              : new PartitionChange(state, rules).with(Election.PREFERRED).result();
        });
  }
}
