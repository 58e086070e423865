package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
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
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A shard with the world around it: its disks, the topics of an image, a host in the test's hands,
 * and the plain requests that most tests need. It may be started again, on what the disks have.
 */
final class ShardFixture {
  static final int BROKER = 1;

  private static final int PLENTY = 1 << 20;

  private final List<LogDisk> disks;
  private final ManualShardHost host = new ManualShardHost();
  private ClusterImage image = ClusterImage.EMPTY;
  private LogShard shard;
  private long nextReadId;
  private int topicIds;

  ShardFixture(LogDisk... disks) {
    this.disks = List.of(disks);
  }

  ManualShardHost host() {
    return host;
  }

  LogShard shard() {
    return shard;
  }

  ClusterImage image() {
    return image;
  }

  // ---- start and stop

  void start() throws IOException {
    start(disks, new TreeMap<>());
  }

  /**
   * Starts it with the topics there are. What one before it had still to do is not done any more.
   *
   * @param offline why other directories can't be used, by name
   */
  void start(List<? extends LogDisk> usable, SortedMap<String, String> offline) throws IOException {
    host.forgetWork();
    List<LogDirectory> found = new ArrayList<>();
    for (LogDisk disk : usable) {
      found.add(LogDirectory.open(disk, (topic, partition) -> true));
    }
    shard =
        new LogShard(
            BROKER,
            0,
            new LogShards(1),
            found,
            offline,
            ShardFixture::configOf,
            ReplicaSettings.ALONE,
            host);
    boolean[] started = new boolean[1];
    shard.start(
        image,
        () -> started[0] = true,
        failure -> {
          throw new AssertionError(failure);
        });
    host.runAll();
    assertEquals(true, started[0], "started");
  }

  /** Whether it has come to its end. */
  boolean stop() {
    boolean[] stopped = new boolean[1];
    shard.stop(() -> stopped[0] = true);
    host.runAll();
    return stopped[0];
  }

  private static LogConfig configOf(ClusterImage image, String topic) {
    return config(image.overrides(ConfigResource.topic(topic)));
  }

  static LogConfig config(Map<String, String> settings) {
    return LogConfig.of(TopicConfig.of(BrokerConfig.DEFAULTS, settings), Long.MAX_VALUE);
  }

  // ---- topics

  /** A partition that this broker alone has. */
  static PartitionImage led() {
    return new PartitionImage(List.of(BROKER), List.of(BROKER), BROKER, 0, 0);
  }

  /** A topic with an id that follows from its name, so that runs are alike. */
  static TopicImage topic(String name, int partitions) {
    return new TopicImage(
        new UUID(8, name.hashCode()), name, Collections.nCopies(partitions, led()));
  }

  /** Creates a topic with one partition, even if there was one of this name. */
  TopicIdPartition create(String name, Map<String, String> settings) {
    TopicImage topic = new TopicImage(new UUID(7, ++topicIds), name, List.of(led()));
    change(topic, settings);
    return topic.partition(0);
  }

  /** The topic is so from now on, whether there was one before or not. */
  void change(TopicImage topic, Map<String, String> settings) {
    ConfigResource resource = ConfigResource.topic(topic.name());
    image = Images.with(image, topic, settings);
    if (shard != null) {
      shard.onChange(new ImageChange(image, List.of(topic), List.of(), Set.of(resource)));
    }
  }

  /** The only partition of a topic is so from now on. */
  void change(TopicIdPartition partition, PartitionImage state) {
    change(new TopicImage(partition.topicId(), partition.topic(), List.of(state)), Map.of());
  }

  void configure(TopicIdPartition partition, Map<String, String> settings) {
    change(image.topicsById().get(partition.topicId()), settings);
  }

  void delete(TopicIdPartition partition) {
    TopicImage topic = image.topicsById().get(partition.topicId());
    image = Images.without(image, topic);
    shard.onChange(new ImageChange(image, List.of(), List.of(topic), Set.of()));
  }

  ShardPartition partition(TopicIdPartition partition) {
    return shard.partition(partition).orElseThrow();
  }

  PartitionLog log(TopicIdPartition partition) {
    return partition(partition).log();
  }

  LogState state(TopicIdPartition partition) {
    return partition(partition).state();
  }

  // ---- what clients ask

  /** The list has the answer as soon as there is one. The records are given back at once. */
  List<AppendResult> append(
      TopicIdPartition partition, ByteBuf records, Origin origin, int requiredAcks) {
    List<AppendResult> answer = arrive(partition, records, origin, requiredAcks);
    host.endTurn();
    return answer;
  }

  /** The same, with more to come in the same turn of the loop. */
  List<AppendResult> arrive(
      TopicIdPartition partition, ByteBuf records, Origin origin, int requiredAcks) {
    List<AppendResult> answer = new ArrayList<>();
    ByteBuf heap = Unpooled.copiedBuffer(records); // A process that dies gives nothing back.
    records.release();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, heap)), origin, (short) requiredAcks, 1000),
            answer::addAll);
    return answer;
  }

  List<AppendResult> append(TopicIdPartition partition, String... values) {
    List<AppendResult> answer = arrive(partition, values);
    host.endTurn();
    return answer;
  }

  /** The same, with more to come in the same turn of the loop. */
  List<AppendResult> arrive(TopicIdPartition partition, String... values) {
    return arrive(partition, Batches.plain(host.timestampMs(), values), Origin.CLIENT, 1);
  }

  /** The list has the answer as soon as there is one; its records are to be given back. */
  List<ReadResult> read(
      TopicIdPartition partition,
      long offset,
      int minBytes,
      int maxWaitMs,
      IsolationLevel isolationLevel) {
    List<ReadResult> answer = new ArrayList<>();
    shard
        .reads()
        .read(
            new ReadRecords(
                nextReadId++,
                List.of(new PartitionRead(partition, offset, PLENTY, -1, -1)),
                minBytes,
                PLENTY,
                maxWaitMs,
                isolationLevel,
                Form.BUFFER),
            answer::addAll);
    return answer;
  }

  long nextReadId() {
    return nextReadId++;
  }

  /** All records from the log's start on: offset, "=" and value of each. */
  List<String> records(TopicIdPartition partition) {
    List<String> found = new ArrayList<>();
    PartitionLog log = log(partition);
    long offset = log.logStartOffset();
    while (offset < log.logEndOffset()) {
      List<ReadResult> answer = read(partition, offset, 1, 0, IsolationLevel.READ_UNCOMMITTED);
      while (answer.isEmpty()) {
        host.runBeside();
      }
      assertEquals(ErrorCode.NONE, answer.get(0).error());
      ByteBuf bytes = (ByteBuf) answer.get(0).records().part();
      for (int at = bytes.readerIndex(); at < bytes.writerIndex(); ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        try (RecordReader reader = new RecordReader(batch)) {
          while (reader.next()) {
            ByteBuf value = reader.record().value().orElseThrow();
            found.add(reader.offset() + "=" + value.toString(StandardCharsets.UTF_8));
          }
        }
        offset = batch.nextOffset();
        at += batch.sizeInBytes();
      }
      answer.get(0).records().release();
    }
    return found;
  }
}
