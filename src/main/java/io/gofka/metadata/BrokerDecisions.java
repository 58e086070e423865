package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who belongs to the cluster, and what brokers get from it. What a change of a broker means for
 * partitions is seen to by the {@link PartitionSweep} that follows it.
 */
final class BrokerDecisions {
  private BrokerDecisions() {}

  /**
   * The first leader of an empty log names the cluster; later ones find it named. Its
   * min.insync.replicas is written down with that, as Kafka does: who is eligible to lead rests on
   * it, so it can't be one thing on this node and another on the next.
   */
  static Decision<String> createCluster(ClusterImage image, String clusterId, BrokerConfig config) {
    if (!image.clusterId().isEmpty()) {
      return Decision.unchanged(image.clusterId());
    }
    List<MetadataRecord> records = new ArrayList<>();
    records.add(new ClusterCreated(clusterId));
    records.addAll(FeatureDecisions.firstLevels());
    records.add(
        new ConfigSet(
            ConfigResource.ALL_BROKERS,
            TopicRules.MIN_INSYNC_REPLICAS,
            Optional.of(Integer.toString(config.minInsyncReplicas()))));
    return new Decision<>(records, clusterId);
  }

  /**
   * @throws ApiException INVALID_REGISTRATION as for brokers
   */
  static Decision<Integer> registerController(ClusterImage image, RegisterController command) {
    int id = NodeIds.idOf(image, command.nodeId(), command.numericId());
    FeatureDecisions.checkSupported(image, command.nodeId(), command.features());
    ControllerImage controller =
        new ControllerImage(
            id,
            command.nodeId(),
            command.incarnationId(),
            command.endpoints(),
            command.address(),
            command.features());
    return controller.equals(image.controllers().get(id))
        ? Decision.unchanged(id)
        : new Decision<>(List.of(new ControllerRegistered(controller)), id);
  }

  /**
   * @throws ApiException BROKER_ID_NOT_REGISTERED for an unknown broker
   */
  static Decision<Void> unregister(ClusterImage image, UnregisterBroker command) {
    BrokerImage broker = registered(image, command.brokerId());
    return new Decision<>(List.of(new BrokerUnregistered(broker.id(), broker.epoch())), null);
  }

  /** Nothing when the broker has registered again since, or is in that state already. */
  static Decision<Void> change(
      ClusterImage image, int brokerId, long epoch, boolean fenced, boolean inControlledShutdown) {
    BrokerImage broker = image.brokers().get(brokerId);
    boolean isSo =
        broker == null
            || broker.epoch() != epoch
            || (broker.fenced() == fenced && broker.inControlledShutdown() == inControlledShutdown);
    return isSo
        ? Decision.unchanged(null)
        : new Decision<>(
            List.of(new BrokerChanged(brokerId, epoch, fenced, inControlledShutdown)), null);
  }

  /**
   * @throws ApiException BROKER_ID_NOT_REGISTERED for an unknown broker; UNKNOWN_SERVER_ERROR when
   *     the ids have run out
   */
  static Decision<ProducerIdBlock> allocateProducerIds(
      ClusterImage image, AllocateProducerIds command) {
    registered(image, command.brokerId());
    long first = image.nextProducerId();
    if (first > Long.MAX_VALUE - AllocateProducerIds.BLOCK_SIZE) {
      throw new ApiException(
          ErrorCode.UNKNOWN_SERVER_ERROR, "there are no producer ids left after " + first);
    }
    ProducerIdBlock block = new ProducerIdBlock(first, AllocateProducerIds.BLOCK_SIZE);
    return new Decision<>(
        List.of(new ProducerIdsAllocated(command.brokerId(), first + block.count())), block);
  }

  private static BrokerImage registered(ClusterImage image, int brokerId) {
    return image
        .broker(brokerId)
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.BROKER_ID_NOT_REGISTERED,
                    "no broker " + brokerId + " is registered"));
  }
}
