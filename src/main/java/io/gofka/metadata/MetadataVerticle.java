package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Holds the image that this node knows, and tells everybody on it of each change. Deployed before
 * anybody who follows the metadata log.
 */
public final class MetadataVerticle extends VerticleBase {
  /** Askers that may wait for an image; more are refused. */
  static final int MAX_WAITING = 100_000;

  private record Waiting(long metadataOffset, long sequence) implements Comparable<Waiting> {
    @Override
    public int compareTo(Waiting other) {
      int byOffset = Long.compare(metadataOffset, other.metadataOffset);
      return byOffset != 0 ? byOffset : Long.compare(sequence, other.sequence);
    }
  }

  private final Bus bus;
  private final NavigableMap<Waiting, Promise<ClusterImage>> waiting = new TreeMap<>();
  private long nextSequence;
  private ClusterImage image = ClusterImage.EMPTY;

  public MetadataVerticle(Bus bus) {
    this.bus = bus;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        bus.serve(Addresses.METADATA_IMAGE, asked -> Future.succeededFuture(image)),
        bus.serve(Addresses.METADATA_AWAIT, this::await),
        bus.serve(Addresses.METADATA_COMMITTED, this::onCommitted));
  }

  @Override
  public Future<?> stop() {
    return Future.all(
        bus.withdraw(Addresses.METADATA_IMAGE),
        bus.withdraw(Addresses.METADATA_AWAIT),
        bus.withdraw(Addresses.METADATA_COMMITTED));
  }

  private Future<ClusterImage> await(AwaitMetadata asked) {
    if (image.metadataOffset() >= asked.metadataOffset()) {
      return Future.succeededFuture(image);
    }
    if (waiting.size() >= MAX_WAITING) {
      throw new ApiException(
          ErrorCode.REQUEST_TIMED_OUT,
          waiting.size() + " requests wait for metadata on this node already");
    }
    Promise<ClusterImage> reached = Promise.promise();
    Waiting place = new Waiting(asked.metadataOffset(), nextSequence++);
    waiting.put(place, reached);
    long timer =
        vertx.setTimer(
            Math.max(1, asked.timeoutMs()),
            id -> {
              waiting.remove(place);
              reached.tryFail(
                  new ApiException(
                      ErrorCode.REQUEST_TIMED_OUT,
                      "this node has metadata up to %d and not yet up to %d"
                          .formatted(image.metadataOffset(), asked.metadataOffset())));
            });
    return reached.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  private Future<Void> onCommitted(ImageChange change) {
    if (change.image().metadataOffset() < image.metadataOffset()) {
      throw new IllegalStateException(
          "image %d after image %d"
              .formatted(change.image().metadataOffset(), image.metadataOffset()));
    }
    image = change.image();
    bus.announce(Addresses.METADATA_CHANGED, change);
    Waiting reached = new Waiting(image.metadataOffset(), Long.MAX_VALUE);
    while (!waiting.isEmpty() && waiting.firstKey().compareTo(reached) <= 0) {
      waiting.pollFirstEntry().getValue().complete(image);
    }
    return Future.succeededFuture();
  }
}
