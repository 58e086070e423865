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
 * @param brokerId numeric id of this broker
 * @param image the image this loop has heard of last
 * @param config what holds for this broker under that image
 */
public record BrokerContext(
    Vertx vertx,
    Bus bus,
    int brokerId,
    LogShards shards,
    Supplier<ClusterImage> image,
    Supplier<BrokerConfig> config) {}
