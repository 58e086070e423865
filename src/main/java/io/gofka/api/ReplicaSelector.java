package io.gofka.api;

import io.gofka.config.BrokerConfig;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;

/**
 * From which replicas a consumer is to read (KIP-392), by {@code replica.selector.class}. It knows
 * where replicas stand; how far they have come is known to the partition's leader, which chooses
 * among those named here.
 */
enum ReplicaSelector {
  /** Everybody reads from the leader. */
  LEADER {
    @Override
    List<Integer> closeReplicas(
        ClusterImage image, PartitionImage partition, String rack, String listener) {
      return List.of();
    }
  },

  /** Who stands in a rack without the leader reads from a replica in that rack. */
  RACK_AWARE {
    @Override
    List<Integer> closeReplicas(
        ClusterImage image, PartitionImage partition, String rack, String listener) {
      if (rack.isEmpty() || isIn(rack, image.broker(partition.leader()))) {
        return List.of();
      }
      return partition.isr().stream()
          .filter(id -> id != partition.leader())
          .filter(id -> image.isActive(id) && isIn(rack, image.broker(id)))
          .filter(id -> isReachable(image.broker(id).orElseThrow(), listener))
          .toList();
    }
  };

  static ReplicaSelector of(BrokerConfig config) {
    return config
        .replicaSelectorClass()
        .filter(BrokerConfig.RACK_AWARE_REPLICA_SELECTOR::equals)
        .map(rackAware -> RACK_AWARE)
        .orElse(LEADER);
  }

  /**
   * Ids of the in-sync followers that are closer to the client than the leader is.
   *
   * @param rack where the client says it stands, empty when it doesn't
   * @param listener through which the client has come
   */
  abstract List<Integer> closeReplicas(
      ClusterImage image, PartitionImage partition, String rack, String listener);

  private static boolean isIn(String rack, Optional<BrokerImage> broker) {
    return broker.flatMap(BrokerImage::rack).filter(rack::equals).isPresent();
  }

  /** Whom the client can't connect to it can't read from. */
  private static boolean isReachable(BrokerImage broker, String listener) {
    return broker.endpoints().stream().anyMatch(endpoint -> endpoint.listener().equals(listener));
  }
}
