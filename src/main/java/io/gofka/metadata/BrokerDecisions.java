package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Who belongs to the cluster, and what brokers get from it. */
final class BrokerDecisions {
  /** The first broker that is given an id gets this one, as in Kafka's quick start. */
  static final int FIRST_BROKER_ID = 1;

  private BrokerDecisions() {}

  /** The first leader of an empty log names the cluster; later ones find it named. */
  static Decision<String> createCluster(ClusterImage image, String clusterId) {
    return image.clusterId().isEmpty()
        ? new Decision<>(List.of(new ClusterCreated(clusterId)), clusterId)
        : Decision.unchanged(image.clusterId());
  }

  /**
   * @param index of the entry that the records of this decision will stand in
   * @throws ApiException DUPLICATE_BROKER_REGISTRATION when the id it is configured with belongs to
   *     another node; INVALID_REGISTRATION when the node has another id already
   */
  static Decision<Registration> register(ClusterImage image, long index, RegisterBroker command) {
    int brokerId = brokerId(image, command);
    BrokerRegistered record =
        new BrokerRegistered(
            brokerId, command.nodeId(), command.endpoints(), command.rack(), false);
    return new Decision<>(List.of(record), new Registration(brokerId, image.clusterId(), index));
  }

  /**
   * @throws ApiException BROKER_ID_NOT_REGISTERED for an unknown broker; UNKNOWN_SERVER_ERROR when
   *     the ids have run out
   */
  static Decision<ProducerIdBlock> allocateProducerIds(
      ClusterImage image, AllocateProducerIds command) {
    if (!image.brokers().containsKey(command.brokerId())) {
      throw new ApiException(
          ErrorCode.BROKER_ID_NOT_REGISTERED, "no broker " + command.brokerId() + " is registered");
    }
    long first = image.nextProducerId();
    if (first > Long.MAX_VALUE - AllocateProducerIds.BLOCK_SIZE) {
      throw new ApiException(
          ErrorCode.UNKNOWN_SERVER_ERROR, "there are no producer ids left after " + first);
    }
    ProducerIdBlock block = new ProducerIdBlock(first, AllocateProducerIds.BLOCK_SIZE);
    return new Decision<>(
        List.of(new ProducerIdsAllocated(command.brokerId(), first + block.count())), block);
  }

  private static int brokerId(ClusterImage image, RegisterBroker command) {
    Optional<BrokerImage> known =
        image.brokers().values().stream()
            .filter(broker -> broker.nodeId().equals(command.nodeId()))
            .findFirst();
    OptionalInt wanted = command.brokerId();
    if (known.isPresent()) {
      int id = known.get().id();
      if (wanted.isPresent() && wanted.getAsInt() != id) {
        throw new ApiException(
            ErrorCode.INVALID_REGISTRATION,
            "node %s has been broker %d since it was first started; it can't become broker %d"
                .formatted(command.nodeId(), id, wanted.getAsInt()));
      }
      return id;
    }
    if (wanted.isEmpty()) {
      return image.brokers().isEmpty()
          ? FIRST_BROKER_ID
          : Math.max(FIRST_BROKER_ID, image.brokers().lastKey() + 1);
    }
    BrokerImage other = image.brokers().get(wanted.getAsInt());
    if (other != null) {
      throw new ApiException(
          ErrorCode.DUPLICATE_BROKER_REGISTRATION,
          "broker id %d belongs to node %s; %s needs another one"
              .formatted(wanted.getAsInt(), other.nodeId(), command.nodeId()));
    }
    return wanted.getAsInt();
  }
}
