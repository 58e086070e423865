package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.LogEntry;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MetadataFollowerVerticleTest {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @BeforeEach
  void start() throws Exception {
    await(vertx.deployVerticle(new MetadataVerticle(bus)));
    await(vertx.deployVerticle(new MetadataFollowerVerticle(bus)));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void entriesBecomeTheImageOfThisNode() throws Exception {
    assertEquals(0, feed());
    assertEquals(3, feed(start(0), data(1, new ClusterCreated("c")), data(2, topic("t"))));
    ClusterImage image = image();
    assertEquals(2, image.metadataOffset());
    assertEquals("c", image.clusterId());
    assertEquals(1, image.topicsByName().size());
  }

  @Test
  void entriesThatAreKnownArePassedOver() throws Exception {
    feed(start(0), data(1, new ClusterCreated("c")));
    assertEquals(3, feed(start(0), data(1, new ClusterCreated("c")), data(2, topic("t"))));
    assertEquals(3, feed(data(1, new ClusterCreated("c"))));
    assertEquals(2, image().metadataOffset());
  }

  @Test
  void aGapIsRefusedAndChangesNothing() throws Exception {
    feed(start(0));
    assertThrows(ApiException.class, () -> feed(data(2, topic("t"))));
    assertEquals(0, image().metadataOffset());
    assertEquals(2, feed(data(1, new ClusterCreated("c"))));
  }

  @Test
  void theWholeStateTakesThePlaceOfAllBefore() throws Exception {
    feed(start(0), data(1, new ClusterCreated("c")), data(2, topic("gone")));
    ClusterImage later =
        ImageUpdate.apply(ClusterImage.EMPTY, 40, List.of(new ClusterCreated("c"), topic("there")))
            .image();
    MetadataFeed.WholeState state = new MetadataFeed.WholeState(40, MetadataSnapshot.encode(later));
    assertEquals(41, await(bus.request(Addresses.METADATA_FEED, state)));
    assertEquals(List.of("there"), List.copyOf(image().topicsByName().keySet()));
    assertEquals(42, feed(data(41, topic("more"))));
    assertEquals(42, await(bus.request(Addresses.METADATA_FEED, state)), "it is older now");
    assertEquals(2, image().topicsByName().size());
  }

  @Test
  void theActiveControllerIsPartOfTheImage() throws Exception {
    feed(start(0), data(1, Images.broker(7, java.util.Optional.empty(), false)));
    assertEquals(-1, image().controllerId());
    await(bus.request(Addresses.METADATA_FEED, new MetadataFeed.ActiveController("n7")));
    assertEquals(7, image().controllerId());
    await(bus.request(Addresses.METADATA_FEED, new MetadataFeed.ActiveController("")));
    assertEquals(-1, image().controllerId());
  }

  private static LogEntry start(long index) {
    return new LogEntry(1, index, LogEntry.Kind.TERM_START, Unpooled.EMPTY_BUFFER);
  }

  private static LogEntry data(long index, MetadataRecord record) {
    return new LogEntry(1, index, LogEntry.Kind.DATA, MetadataRecordCodec.encode(List.of(record)));
  }

  private static TopicCreated topic(String name) {
    return new TopicCreated(Images.id(name), name);
  }

  private long feed(LogEntry... entries) throws Exception {
    return await(bus.request(Addresses.METADATA_FEED, new MetadataFeed.Entries(List.of(entries))));
  }

  private ClusterImage image() throws Exception {
    return await(bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()));
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ApiException refused) {
        throw refused;
      }
      throw failed;
    }
  }
}
