package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Holds the image that this node knows, and tells everybody on it of each change. Deployed before
 * anybody who follows the metadata log.
 */
public final class MetadataVerticle extends VerticleBase {
  private final Bus bus;
  private ClusterImage image = ClusterImage.EMPTY;

  public MetadataVerticle(Bus bus) {
    this.bus = bus;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        bus.serve(Addresses.METADATA_IMAGE, asked -> Future.succeededFuture(image)),
        bus.serve(Addresses.METADATA_COMMITTED, this::onCommitted));
  }

  @Override
  public Future<?> stop() {
    return Future.all(
        bus.withdraw(Addresses.METADATA_IMAGE), bus.withdraw(Addresses.METADATA_COMMITTED));
  }

  private Future<Void> onCommitted(ImageChange change) {
    if (change.image().metadataOffset() < image.metadataOffset()) {
      throw new IllegalStateException(
          "image %d after image %d"
              .formatted(change.image().metadataOffset(), image.metadataOffset()));
    }
    image = change.image();
    bus.announce(Addresses.METADATA_CHANGED, change);
    return Future.succeededFuture();
  }
}
