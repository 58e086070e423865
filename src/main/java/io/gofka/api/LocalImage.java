package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.vertx.core.Future;
import java.util.Set;

/**
 * The image that one event loop has heard of last, and what holds for this broker under it. A loop
 * hears of a change before anybody who asked for it gets an answer, so that a client sees what it
 * has done through any connection.
 *
 * <p>Confined to its loop.
 */
public final class LocalImage {
  private final Bus bus;
  private final int brokerId;
  private ClusterImage image = ClusterImage.EMPTY;
  private BrokerConfig config;

  /**
   * @param config what this node is configured with before its start
   */
  public LocalImage(Bus bus, int brokerId, BrokerConfig config) {
    this.bus = bus;
    this.brokerId = brokerId;
    this.config = config;
  }

  /** Begins to follow the metadata; completes when there is an image. Call it on the loop. */
  public Future<Void> follow() {
    return bus.listen(Addresses.METADATA_CHANGED, this::onChange)
        .compose(listening -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .map(
            current -> {
              if (current.metadataOffset() >= image.metadataOffset()) {
                hold(current);
              }
              return null;
            });
  }

  private void onChange(ImageChange change) {
    Set<ConfigResource> changed = change.changedConfigs();
    image = change.image();
    if (changed.contains(ConfigResource.ALL_BROKERS)
        || changed.contains(ConfigResource.broker(brokerId))) {
      hold(image);
    }
  }

  private void hold(ClusterImage current) {
    image = current;
    config =
        config.withDynamic(
            current.overrides(ConfigResource.ALL_BROKERS),
            current.overrides(ConfigResource.broker(brokerId)));
  }

  public ClusterImage image() {
    return image;
  }

  public BrokerConfig config() {
    return config;
  }
}
