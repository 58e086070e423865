package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the active controller for what {@link InternalTopicGrowth} wants. On a control loop. */
public final class InternalTopicGrowthVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(InternalTopicGrowthVerticle.class);
  private static final int TIMEOUT_MS = 30_000;
  private static final long RETRY_MS = 10_000;

  private final Bus bus;
  private final InternalTopicGrowth growth;
  private ClusterImage image = ClusterImage.EMPTY;
  private boolean asking;

  public InternalTopicGrowthVerticle(Bus bus, int brokerId, BrokerConfig config) {
    this.bus = bus;
    this.growth =
        new InternalTopicGrowth(
            brokerId,
            Map.of(
                TopicImage.CONSUMER_OFFSETS,
                (int) config.offsetsTopicReplicationFactor(),
                TopicImage.TRANSACTION_STATE,
                (int) config.transactionStateLogReplicationFactor()));
  }

  @Override
  public Future<?> start() {
    return bus.listen(Addresses.METADATA_CHANGED, change -> onImage(change.image()))
        .compose(listening -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .onSuccess(this::onImage);
  }

  private void onImage(ClusterImage next) {
    if (next.metadataOffset() < image.metadataOffset()) {
      return; // The one asked for at the start may be older than one that was announced.
    }
    image = next;
    maybeGrow();
  }

  private void maybeGrow() {
    if (asking) {
      return; // Whatever comes of it, the image that holds then is looked at.
    }
    List<Move> moves = growth.onImage(image);
    if (moves.isEmpty()) {
      return;
    }
    asking = true;
    LOG.info("{} partitions of the brokers' own topics get more replicas: {}", moves.size(), moves);
    bus.request(
            Addresses.ALTER_PARTITION_REASSIGNMENTS,
            new AlterPartitionReassignments(moves, true, TIMEOUT_MS))
        .onComplete(
            outcomes -> {
              if (outcomes.stream().allMatch(each -> each.error() == ErrorCode.NONE)) {
                asking = false;
                maybeGrow();
              } else {
                LOG.warn("Not all partitions of the brokers' own topics can grow: {}", outcomes);
                tryAgain();
              }
            },
            cause -> {
              LOG.warn("The brokers' own topics can't grow now: {}", cause.getMessage());
              tryAgain();
            });
  }

  private void tryAgain() {
    vertx.setTimer(
        RETRY_MS,
        id -> {
          asking = false;
          maybeGrow();
        });
  }
}
