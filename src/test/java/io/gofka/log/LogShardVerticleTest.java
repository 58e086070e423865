package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.FindOffsets.Found;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.Images;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogShardVerticleTest {
  private static final int BROKER = 1;
  private static final long NOW = 1_700_000_000_000L;
  private static final long DEADLINE_SECONDS = 20;

  @TempDir Path base;
  private Path directory;
  private Vertx vertx;
  private Bus bus;
  private String deployment;
  private ClusterImage image = ClusterImage.EMPTY;
  private long nextReadId;

  @BeforeEach
  void startNode() {
    directory = base.resolve(LogDirs.FOLDER);
    startVertx();
  }

  @AfterEach
  void stopNode() {
    await(vertx.close());
  }

  private void startVertx() {
    vertx = Vertx.vertx();
    bus = new Bus(vertx);
    await(
        vertx.deployVerticle(
            new io.vertx.core.VerticleBase() {
              @Override
              public Future<?> start() {
                return bus.serve(Addresses.METADATA_IMAGE, ask -> Future.succeededFuture(image));
              }
            }));
  }

  private void startShard() {
    startShard(Map.of());
  }

  private void startShard(Map<String, String> config) {
    deployment =
        await(
            vertx.deployVerticle(
                new LogShardVerticle(
                    bus,
                    0,
                    new LogShards(1),
                    BROKER,
                    0,
                    LogDirs.of(directory.getParent().toString()),
                    BrokerConfig.of(config),
                    new CopyThrottles(BrokerConfig.DEFAULTS, 0),
                    () -> NOW,
                    () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()))));
  }

  private void restartShard() {
    await(vertx.undeploy(deployment));
    startShard();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  private TopicIdPartition create(String name, Map<String, String> overrides) {
    TopicImage topic =
        new TopicImage(
            Uuids.random(),
            name,
            List.of(new PartitionImage(List.of(BROKER), List.of(BROKER), BROKER, 0, 0)));
    ConfigResource resource = ConfigResource.topic(name);
    image = Images.with(image, topic, overrides);
    bus.announce(
        Addresses.METADATA_CHANGED,
        new ImageChange(image, List.of(topic), List.of(), Set.of(resource)));
    return topic.partition(0);
  }

  private void delete(TopicIdPartition partition) {
    TopicImage topic = image.topicsById().get(partition.topicId());
    image = Images.without(image, topic);
    bus.announce(
        Addresses.METADATA_CHANGED, new ImageChange(image, List.of(), List.of(topic), Set.of()));
  }

  private Future<AppendResult> append(TopicIdPartition partition, ByteBuf records) {
    return bus.request(
            Addresses.LOG_APPEND.at(0),
            new AppendRecords(
                List.of(new PartitionAppend(partition, records)), Origin.CLIENT, (short) 1, 1000))
        .map(results -> results.get(0))
        .onComplete(done -> records.release());
  }

  private Future<ReadResult> read(
      TopicIdPartition partition, long offset, int minBytes, int maxWaitMs, Form form) {
    return bus.request(
            Addresses.LOG_READ.at(0),
            new ReadRecords(
                nextReadId++,
                List.of(new PartitionRead(partition, offset, 1 << 20, -1, -1)),
                minBytes,
                1 << 20,
                maxWaitMs,
                IsolationLevel.READ_UNCOMMITTED,
                form))
        .map(results -> results.get(0));
  }

  private List<String> values(TopicIdPartition partition, long offset) {
    ReadResult result = await(read(partition, offset, 1, 0, Form.BUFFER));
    assertEquals(ErrorCode.NONE, result.error());
    return values((ByteBuf) result.records().part());
  }

  private static List<String> values(ByteBuf records) {
    List<String> values = new ArrayList<>();
    while (records.isReadable()) {
      RecordBatch batch = new RecordBatch(records, records.readerIndex());
      try (RecordReader reader = new RecordReader(batch)) {
        while (reader.next()) {
          values.add(reader.record().value().orElseThrow().toString(StandardCharsets.UTF_8));
        }
      }
      records.skipBytes(batch.sizeInBytes());
    }
    records.release();
    return values;
  }

  @Test
  void whatIsAppendedCanBeReadAndSurvivesARestart() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    assertEquals(0, await(append(topic, Batches.plain(NOW, "a", "b"))).baseOffset());
    assertEquals(2, await(append(topic, Batches.plain(NOW, "c"))).baseOffset());
    assertEquals(List.of("a", "b", "c"), values(topic, 0));
    assertEquals(List.of("c"), values(topic, 2));
    restartShard();
    assertEquals(List.of("a", "b", "c"), values(topic, 0));
    assertEquals(3, await(append(topic, Batches.plain(NOW, "d"))).baseOffset());
  }

  @Test
  void readerIsAnsweredByTheAppendItWaitsFor() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    Future<ReadResult> waiting = read(topic, 0, 1, 60_000, Form.BUFFER);
    await(append(topic, Batches.plain(NOW, "a")));
    assertEquals(List.of("a"), values((ByteBuf) await(waiting).records().part()));
  }

  @Test
  void readerWithoutEnoughIsAnsweredWhenItsTimeIsOver() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    ReadResult result = await(read(topic, 0, 1, 20, Form.BUFFER));
    assertEquals(0, result.records().size());
    assertEquals(0, result.highWatermark());
  }

  @Test
  void parkedReadIsAnsweredWhenItIsToldTo() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    long readId = nextReadId;
    Future<ReadResult> waiting = read(topic, 0, 1, 60_000, Form.BUFFER);
    await(bus.request(Addresses.LOG_COMPLETE_READ.at(0), new ReadRecords.CompleteRead(readId)));
    assertEquals(0, await(waiting).records().size());
  }

  @Test
  void topicCreatedAgainUnderItsNameIsEmptyAndTheOldOneIsGone() throws Exception {
    startShard();
    TopicIdPartition old = create("topic", Map.of());
    await(append(old, Batches.plain(NOW, "old")));
    Future<ReadResult> waiting = read(old, 1, 1, 60_000, Form.BUFFER);
    delete(old);
    TopicIdPartition recreated = create("topic", Map.of());
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, await(waiting).error());
    assertEquals(0, await(append(recreated, Batches.plain(NOW, "new"))).baseOffset());
    assertEquals(List.of("new"), values(recreated, 0));
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        await(append(old, Batches.plain(NOW, "late"))).error());
    restartShard();
    assertEquals(List.of("new"), values(recreated, 0));
    try (var names = Files.list(directory)) {
      assertTrue(names.noneMatch(name -> name.toString().endsWith("-stray")));
    }
  }

  @Test
  void folderOfAnUnknownTopicIsSetAsideAndKept() throws Exception {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    await(append(topic, Batches.plain(NOW, "a")));
    await(vertx.undeploy(deployment));
    image = ClusterImage.EMPTY;
    startShard();
    try (var names = Files.list(directory)) {
      List<Path> left = names.toList();
      assertEquals(1, left.size());
      assertTrue(left.get(0).toString().endsWith("-stray"), left.toString());
      assertTrue(Files.exists(left.get(0).resolve("00000000000000000000.log")));
    }
  }

  @Test
  void clientsMayNotAppendToInternalTopics() {
    startShard();
    TopicIdPartition offsets = create(TopicImage.CONSUMER_OFFSETS, Map.of());
    assertEquals(
        ErrorCode.INVALID_TOPIC_EXCEPTION, await(append(offsets, Batches.plain(NOW, "a"))).error());
  }

  @Test
  void appendThatMustBeSyncedIsAnsweredAndReadable() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of("flush.messages", "1"));
    List<Future<AppendResult>> appends = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      appends.add(append(topic, Batches.plain(NOW, "v" + i)));
    }
    for (int i = 0; i < 20; i++) {
      assertEquals(i, await(appends.get(i)).baseOffset());
    }
    assertEquals(20, values(topic, 0).size());
  }

  @Test
  void appendsKeepTheirOrderWhenOneHasToBeRecompressed() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of("compression.type", "zstd"));
    List<Future<AppendResult>> appends = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      appends.add(append(topic, Batches.plain(NOW, "v" + i)));
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      assertEquals(i, await(appends.get(i)).baseOffset());
      expected.add("v" + i);
    }
    assertEquals(expected, values(topic, 0));
  }

  @Test
  void keylessRecordInACompactedTopicIsNamed() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of("cleanup.policy", "compact"));
    ByteBuf keyless =
        new io.gofka.record.RecordBatchBuilder(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT)
            .add(
                NOW,
                java.util.Optional.of(Batches.utf8("k")),
                java.util.Optional.of(Batches.utf8("v")))
            .add(NOW, java.util.Optional.empty(), java.util.Optional.of(Batches.utf8("v")))
            .build();
    AppendResult result = await(append(topic, keyless));
    assertEquals(ErrorCode.INVALID_RECORD, result.error());
    assertEquals(1, result.recordErrors().get(0).batchIndex());
  }

  @Test
  void largeReadsAreRegionsOfTheFileThatOutliveTheTopic() throws Exception {
    startShard();
    TopicIdPartition topic = create("topic", Map.of("file.delete.delay.ms", "0"));
    String large = "x".repeat(100_000);
    await(append(topic, Batches.plain(NOW, large)));
    ReadResult result = await(read(topic, 0, 1, 0, Form.SENDABLE));
    FileRegion region = (FileRegion) result.records().part();
    delete(topic);
    create("other", Map.of());
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    var channel = Channels.newChannel(sent);
    while (region.transferred() < region.count()) {
      region.transferTo(channel, region.transferred());
    }
    assertEquals(result.records().size(), sent.size());
    assertEquals(
        List.of(large), values(io.netty.buffer.Unpooled.wrappedBuffer(sent.toByteArray())));
    region.release();
  }

  @Test
  void offsetsAreFoundByTimeAndByName() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    await(append(topic, Batches.plain(NOW - 2000, "a")));
    await(append(topic, Batches.plain(NOW - 1000, "b")));
    await(append(topic, Batches.plain(NOW - 1500, "c")));
    assertEquals(0, find(topic, FindOffsets.EARLIEST).offset());
    assertEquals(3, find(topic, FindOffsets.LATEST).offset());
    assertEquals(1, find(topic, FindOffsets.MAX_TIMESTAMP).offset());
    assertEquals(NOW - 1000, find(topic, FindOffsets.MAX_TIMESTAMP).timestamp());
    assertEquals(1, find(topic, NOW - 1800).offset());
    assertEquals(-1, find(topic, NOW).offset());
  }

  private Found find(TopicIdPartition topic, long timestamp) {
    return await(
            bus.request(
                Addresses.LOG_FIND_OFFSETS.at(0),
                new FindOffsets(
                    List.of(new FindOffsets.Query(topic, -1, timestamp)),
                    IsolationLevel.READ_UNCOMMITTED)))
        .get(0);
  }

  @Test
  void recordsBelowTheNewLogStartStayGoneAfterARestart() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    await(append(topic, Batches.plain(NOW, "a")));
    await(append(topic, Batches.plain(NOW, "b")));
    var deleted =
        await(
            bus.request(
                Addresses.LOG_DELETE_RECORDS.at(0),
                new DeleteRecordsBefore(List.of(new DeleteRecordsBefore.Cut(topic, 1)), 30_000)));
    assertEquals(1, deleted.get(0).lowWatermark());
    assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, await(read(topic, 0, 1, 0, Form.BUFFER)).error());
    restartShard();
    assertEquals(ErrorCode.OFFSET_OUT_OF_RANGE, await(read(topic, 0, 1, 0, Form.BUFFER)).error());
    assertEquals(List.of("b"), values(topic, 1));
  }

  @Test
  void fencedAndUnknownEpochsAreTold() {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    assertEquals(ErrorCode.UNKNOWN_LEADER_EPOCH, epochError(topic, 1));
    assertEquals(ErrorCode.NONE, epochError(topic, 0));
  }

  private ErrorCode epochError(TopicIdPartition topic, int epoch) {
    return await(
            bus.request(
                Addresses.LOG_FIND_EPOCH_ENDS.at(0),
                new FindEpochEnds(List.of(new FindEpochEnds.Query(topic, epoch, 0)))))
        .get(0)
        .error();
  }

  @Test
  void partitionWithoutRecordsTakesNoFile() throws Exception {
    startShard();
    TopicIdPartition topic = create("topic", Map.of());
    assertEquals(0, await(read(topic, 0, 1, 0, Form.BUFFER)).logStartOffset());
    try (var names = Files.list(directory)) {
      assertFalse(names.findAny().isPresent());
    }
  }
}
