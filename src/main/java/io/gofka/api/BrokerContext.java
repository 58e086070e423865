package io.gofka.api;

import io.gofka.bus.Bus;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogShards;
import io.gofka.metadata.image.ClusterImage;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/**
 * What the handlers of one data loop work with.
 *
 * @param brokerId numeric id of this node
 * @param image the image this loop has heard of last
 * @param config what holds for this broker under that image
 * @param endpointType whom clients of these handlers have come to
 */
public record BrokerContext(
    Vertx vertx,
    Bus bus,
    int brokerId,
    LogShards shards,
    Supplier<ClusterImage> image,
    Supplier<BrokerConfig> config,
    EndpointType endpointType) {

  /** For a broker's own listeners. */
  public BrokerContext(
      Vertx vertx,
      Bus bus,
      int brokerId,
      LogShards shards,
      Supplier<ClusterImage> image,
      Supplier<BrokerConfig> config) {
    this(vertx, bus, brokerId, shards, image, config, EndpointType.BROKERS);
  }

  /** The same node behind a listener for controllers. */
  public BrokerContext forControllers() {
    return new BrokerContext(vertx, bus, brokerId, shards, image, config, EndpointType.CONTROLLERS);
  }
}
