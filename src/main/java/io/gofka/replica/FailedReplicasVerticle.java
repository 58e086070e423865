package io.gofka.replica;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.TopicIdPartition;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.ReplicasFailed;
import io.gofka.metadata.ReplicasFailed.Replica;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the active controller of replicas whose disk has failed, so that others lead their
 * partitions and nobody waits for them. Says it again as long as they are in an ISR and others are
 * in it, too, or eligible to lead.
 */
public final class FailedReplicasVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FailedReplicasVerticle.class);

  /** Pause before what was said is said again. */
  private static final long RETRY_MS = 2_000;

  private final Bus bus;
  private final int brokerId;
  private final UUID incarnationId;
  private final long retryMs;
  private final SortedMap<Integer, List<TopicIdPartition>> unusable = new TreeMap<>();
  private ClusterImage image = ClusterImage.EMPTY;
  private boolean pausing;

  /**
   * @param incarnationId with which this process has registered
   */
  public FailedReplicasVerticle(Bus bus, int brokerId, UUID incarnationId) {
    this(bus, brokerId, incarnationId, RETRY_MS);
  }

  FailedReplicasVerticle(Bus bus, int brokerId, UUID incarnationId, long retryMs) {
    this.retryMs = retryMs;
    this.bus = bus;
    this.brokerId = brokerId;
    this.incarnationId = incarnationId;
  }

  @Override
  public Future<?> start() {
    return bus.listen(Addresses.METADATA_CHANGED, change -> onImage(change.image()))
        .compose(listening -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .onSuccess(this::onImage)
        .compose(known -> bus.listen(Addresses.REPLICAS_UNUSABLE, this::onUnusable));
  }

  private void onImage(ClusterImage next) {
    if (next.metadataOffset() >= image.metadataOffset()) {
      image = next;
      maybeTell();
    }
  }

  private void onUnusable(ReplicasUnusable told) {
    if (told.partitions().isEmpty()) {
      unusable.remove(told.shard());
    } else {
      unusable.put(told.shard(), told.partitions());
      maybeTell();
    }
  }

  private void maybeTell() {
    Optional<BrokerImage> self =
        image.broker(brokerId).filter(broker -> broker.incarnationId().equals(incarnationId));
    if (pausing || unusable.isEmpty() || self.isEmpty()) {
      return;
    }
    List<Replica> replicas =
        unusable.values().stream()
            .flatMap(List::stream)
            .filter(this::othersMayLead)
            .map(partition -> new Replica(partition.topicId(), partition.partition()))
            .toList();
    if (replicas.isEmpty()) {
      return;
    }
    pausing = true;
    vertx.setTimer(
        retryMs,
        id -> {
          pausing = false;
          maybeTell();
        });
    LOG.info("Broker {} gives up {} replicas: their disk has failed", brokerId, replicas.size());
    ForwardingVerticle.request(
            bus,
            new ReplicasFailed(brokerId, self.get().epoch(), replicas),
            CommandRequest.ANONYMOUS)
        .onFailure(
            cause -> LOG.warn("Failed replicas are not given up yet: {}", cause.getMessage()));
  }

  private boolean othersMayLead(TopicIdPartition partition) {
    return Optional.ofNullable(image.topicsById().get(partition.topicId()))
        .filter(topic -> partition.partition() < topic.partitions().size())
        .map(topic -> topic.partitions().get(partition.partition()))
        .filter(state -> state.isr().contains(brokerId))
        .filter(state -> state.isr().size() > 1 || !state.elr().isEmpty())
        .isPresent();
  }
}
