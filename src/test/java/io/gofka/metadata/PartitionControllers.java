package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.Images;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.IsrChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Controllers that never fail, and all that they have ever decided about one partition. */
final class PartitionControllers {
  static final int MIN_ISR = 2;

  private final List<Image> agreed = new ArrayList<>();
  private final Consumer<PartitionImage> onAgreed;
  private int joins;

  /** What they have decided. */
  record Image(PartitionImage state, ClusterImage cluster) {}

  /**
   * All brokers are there, in the ISR, and the first one leads.
   *
   * @param brokerEpochs of the replicas, by broker
   * @param onAgreed told of each decision from then on
   */
  PartitionControllers(SortedMap<Integer, Long> brokerEpochs, Consumer<PartitionImage> onAgreed) {
    this.onAgreed = onAgreed;
    List<Integer> ids = List.copyOf(brokerEpochs.keySet());
    TreeMap<Integer, BrokerImage> registered = new TreeMap<>();
    brokerEpochs.forEach((id, epoch) -> registered.put(id, image(id, epoch, false)));
    agreed.add(new Image(new PartitionImage(ids, ids, ids.get(0), 0, 0), cluster(registered)));
  }

  private static BrokerImage image(int id, long epoch, boolean fenced) {
    return new BrokerImage(id, "n" + id, epoch, List.of(), Optional.empty(), fenced);
  }

  private static ClusterImage cluster(SortedMap<Integer, BrokerImage> registered) {
    return Images.withBrokers(ClusterImage.EMPTY, registered);
  }

  // ---- what they have agreed on

  int decisions() {
    return agreed.size();
  }

  Image decision(int index) {
    return agreed.get(index);
  }

  PartitionImage state() {
    return agreed.get(agreed.size() - 1).state();
  }

  ClusterImage cluster() {
    return agreed.get(agreed.size() - 1).cluster();
  }

  /** How often the ISR has grown. */
  int joins() {
    return joins;
  }

  // ---- decisions

  private static ElectionRules rules(ClusterImage cluster) {
    return new ElectionRules(
        cluster::isActive, cluster.brokers()::containsKey, true, MIN_ISR, false);
  }

  private void agree(ClusterImage cluster, PartitionImage state) {
    agreed.add(new Image(state, cluster));
    onAgreed.accept(state);
  }

  /** The broker's registration is so now; what follows for the partition, follows. */
  void register(int id, long epoch, boolean fenced, boolean unclean) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>(cluster().brokers());
    all.put(id, image(id, epoch, fenced));
    ClusterImage cluster = cluster(all);
    PartitionChange change = new PartitionChange(state(), rules(cluster));
    if (unclean) {
      change.withUncleanRestart(id);
    }
    agree(cluster, change.result().orElse(state()));
  }

  void preferredElection() {
    new PartitionChange(state(), rules(cluster()))
        .with(PartitionChange.Election.PREFERRED)
        .result()
        .ifPresent(state -> agree(cluster(), state));
  }

  /** The answer to the leader's wish for another ISR. */
  ErrorCode decide(IsrChange change, int leaderId, long brokerEpoch) {
    PartitionImage state = state();
    if (change.leaderEpoch() < state.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (cluster().brokers().get(leaderId).epoch() != brokerEpoch) {
      return ErrorCode.STALE_BROKER_EPOCH;
    }
    if (change.partitionEpoch() < state.partitionEpoch()) {
      return ErrorCode.INVALID_UPDATE_VERSION;
    }
    for (IsrChange.InSync each : change.isr()) {
      BrokerImage known = cluster().brokers().get(each.brokerId());
      if (!known.isActive() || (each.brokerEpoch() != -1 && each.brokerEpoch() != known.epoch())) {
        return ErrorCode.INELIGIBLE_REPLICA;
      }
    }
    List<Integer> isr = change.isr().stream().map(IsrChange.InSync::brokerId).toList();
    joins += isr.size() > state.isr().size() ? 1 : 0;
    agree(
        cluster(),
        new PartitionChange(state, rules(cluster()))
            .withIsr(isr, change.leaderRecoveryState())
            .result()
            .orElseGet(() -> PartitionChange.withNextPartitionEpoch(state)));
    return ErrorCode.NONE;
  }
}
