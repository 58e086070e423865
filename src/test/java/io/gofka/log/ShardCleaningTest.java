package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.DeleteRecordsBefore.Cut;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pcollections.HashTreePMap;

/** Compaction step by step, and what may come between its steps. */
class ShardCleaningTest {
  private static final int BROKER = 1;
  private static final Map<String, String> COMPACT =
      Map.of("cleanup.policy", "compact,delete", "segment.ms", "1000", "retention.ms", "-1");

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final ManualShardHost host = new ManualShardHost();
  private final List<TopicIdPartition> ended = new ArrayList<>();
  private ClusterImage image = ClusterImage.EMPTY;
  private LogShard shard;
  private long nextReadId;

  @BeforeEach
  void start() throws IOException {
    shard =
        new LogShard(
            BROKER,
            0,
            new LogShards(1),
            List.of(LogDirectory.open(disk, (topic, partition) -> true)),
            new TreeMap<>(),
            (current, topic) ->
                LogConfig.of(
                    TopicConfig.of(
                        BrokerConfig.DEFAULTS, current.overrides(ConfigResource.topic(topic))),
                    Long.MAX_VALUE),
            host);
    shard.start(
        image,
        () -> {},
        failure -> {
          throw new AssertionError(failure);
        });
    host.runAll();
  }

  private TopicIdPartition create(String name, Map<String, String> overrides) {
    PartitionImage partition = new PartitionImage(List.of(BROKER), List.of(BROKER), BROKER, 0, 0);
    TopicImage topic = new TopicImage(Uuids.random(), name, List.of(partition));
    ConfigResource resource = ConfigResource.topic(name);
    image =
        new ClusterImage(
            "cluster",
            image.metadataOffset() + 1,
            BROKER,
            image.brokers(),
            image.topicsByName().plus(name, topic),
            image.topicsById().plus(topic.id(), topic),
            image.configs().plus(resource, HashTreePMap.from(overrides)));
    shard.onChange(new ImageChange(image, List.of(topic), List.of(), Set.of(resource)));
    return topic.partition(0);
  }

  private void delete(TopicIdPartition partition) {
    TopicImage topic = image.topicsById().get(partition.topicId());
    image =
        new ClusterImage(
            "cluster",
            image.metadataOffset() + 1,
            BROKER,
            image.brokers(),
            image.topicsByName().minus(topic.name()),
            image.topicsById().minus(topic.id()),
            image.configs());
    shard.onChange(new ImageChange(image, List.of(), List.of(topic), Set.of()));
  }

  /** Records whose key is "key-" and their value, in a segment of their own. */
  private void append(TopicIdPartition partition, String... values) {
    ByteBuf records = Unpooled.copiedBuffer(Batches.plain(host.timestampMs(), values));
    List<AppendResult> answers = new ArrayList<>();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, records)), Origin.CLIENT, (short) 1, 1000),
            answers::addAll);
    host.runAll();
    assertEquals(ErrorCode.NONE, answers.get(0).error());
    host.elapse(2000);
  }

  private TopicIdPartition dirty(String name) {
    TopicIdPartition partition = create(name, COMPACT);
    append(partition, "a", "b");
    append(partition, "b", "c");
    append(partition, "c", "d");
    append(partition, "active");
    return partition;
  }

  private boolean clean(TopicIdPartition partition) {
    return shard.cleanings().clean(new CleanLog(partition, Cleanings.UNLIMITED), ended::add);
  }

  /** Goes through all steps of the cleanings under way. */
  private void finish() {
    do {
      host.runAll();
    } while (host.runCleaning());
  }

  /** Offsets and values, whatever else is in the log. */
  private List<String> read(TopicIdPartition partition) {
    List<String> found = new ArrayList<>();
    PartitionLog log = shard.partition(partition).orElseThrow().log();
    long offset = log.logStartOffset();
    while (offset < log.logEndOffset()) {
      List<ReadResult> answers = new ArrayList<>();
      shard
          .reads()
          .read(
              new ReadRecords(
                  nextReadId++,
                  List.of(new PartitionRead(partition, offset, 1 << 20, -1, -1)),
                  1,
                  1 << 20,
                  0,
                  IsolationLevel.READ_COMMITTED,
                  Form.BUFFER),
              answers::addAll);
      while (answers.isEmpty()) {
        host.runBeside();
      }
      assertEquals(ErrorCode.NONE, answers.get(0).error());
      ByteBuf bytes = (ByteBuf) answers.get(0).records().part();
      for (int at = 0; at < bytes.readableBytes(); ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        try (RecordReader reader = new RecordReader(batch)) {
          while (reader.next()) {
            found.add(
                reader.offset()
                    + "="
                    + reader.record().value().orElseThrow().toString(StandardCharsets.UTF_8));
          }
        }
        at += batch.sizeInBytes();
        offset = batch.nextOffset();
      }
      bytes.release();
    }
    return found;
  }

  private static final List<String> BEFORE =
      List.of("0=a", "1=b", "2=b", "3=c", "4=c", "5=d", "6=active");
  private static final List<String> AFTER = List.of("0=a", "2=b", "4=c", "5=d", "6=active");

  @Test
  void dirtiestLogIsCleanedAndReadAtEveryStep() {
    TopicIdPartition clean = dirty("clean");
    assertTrue(clean(clean));
    finish();
    append(clean, "x");
    TopicIdPartition partition = dirty("dirty");
    assertEquals(partition, shard.cleanings().dirtiest().orElseThrow().partition());
    assertTrue(clean(partition));
    assertFalse(clean(partition), "one at a time");
    Set<List<String>> seen = new java.util.LinkedHashSet<>();
    seen.add(read(partition));
    while (ended.size() < 2) {
      if (host.orderedWork() > 0) {
        host.runOrdered();
      } else if (!host.runCleaning()) {
        host.runAll();
      }
      seen.add(read(partition));
    }
    assertEquals(List.of(BEFORE, AFTER), List.copyOf(seen));
    assertTrue(shard.cleanings().dirtiest().isEmpty());
    assertEquals(List.of(clean, partition), ended);
  }

  @Test
  void restartKnowsWhatIsClean() throws IOException {
    TopicIdPartition partition = dirty("topic");
    clean(partition);
    finish();
    shard.stop(() -> {});
    host.runAll();
    assertEquals(0, disk.openReferences());
    start();
    assertEquals(AFTER, read(partition));
    assertEquals(6, shard.partition(partition).orElseThrow().log().compaction().firstDirtyOffset());
  }

  @Test
  void deletedTopicWaitsForItsCleaningToEndEarly() {
    TopicIdPartition partition = dirty("topic");
    clean(partition);
    delete(partition);
    host.runAll();
    assertFalse(disk.files(".log").isEmpty(), "not under the hands of the cleaner");
    finish();
    host.advance(120_000);
    finish();
    assertEquals(List.of(), disk.files(""));
    assertEquals(List.of(partition), ended);
  }

  @Test
  void recordsDeletedOnRequestEndTheCleaningAndGoAfterwards() {
    TopicIdPartition partition = dirty("topic");
    clean(partition);
    host.runCleaning();
    shard
        .queries()
        .deleteRecords(new DeleteRecordsBefore(List.of(new Cut(partition, 4))), answers -> {});
    host.runAll();
    assertEquals(3, disk.files(LogFiles.INDEX).size(), "none may go yet");
    finish();
    assertEquals(List.of(partition), ended);
    assertEquals(List.of("4=c", "5=d", "6=active"), read(partition));
    assertEquals(List.of(), disk.files(LogFiles.CLEANED));
    assertEquals(1, disk.files(LogFiles.INDEX).size());
  }

  @Test
  void stopEndsCleaningsEarly() throws IOException {
    TopicIdPartition partition = dirty("topic");
    clean(partition);
    host.runCleaning();
    boolean[] stopped = new boolean[1];
    shard.stop(() -> stopped[0] = true);
    host.runAll();
    assertFalse(stopped[0]);
    finish();
    assertTrue(stopped[0]);
    assertEquals(0, disk.openReferences());
    start();
    assertEquals(BEFORE, read(partition));
  }

  @Test
  void damagedLogIsNotCleanedAndEverythingElseGoesOn() {
    TopicIdPartition other = dirty("other");
    TopicIdPartition partition = dirty("topic");
    String segment = "topic-0/" + LogFiles.name(2, LogFiles.SEGMENT);
    byte[] damaged = disk.content(segment).clone();
    damaged[damaged.length - 1] ^= 1;
    disk.put(segment, damaged);
    clean(partition);
    finish();
    assertEquals(List.of(partition), ended);
    assertEquals(List.of(), disk.files(LogFiles.CLEANED));
    append(partition, "more");
    host.advance(10 * ShardCleaning.RETRY_MS);
    assertEquals(other, shard.cleanings().dirtiest().orElseThrow().partition());
    assertFalse(clean(partition));
    assertTrue(clean(other));
    finish();
    assertEquals(AFTER, read(other));
  }

  @Test
  void fullDiskIsTriedAgainLater() {
    TopicIdPartition partition = dirty("topic");
    clean(partition);
    host.runCleaning();
    disk.beforeWrite(
        () -> {
          throw new IOException("no space left");
        });
    finish();
    assertEquals(List.of(partition), ended);
    disk.beforeWrite(() -> {});
    assertTrue(shard.cleanings().dirtiest().isEmpty());
    append(partition, "appends go on");
    host.advance(ShardCleaning.RETRY_MS);
    assertTrue(clean(partition));
    finish();
    Map<String, String> last = new HashMap<>();
    read(partition).forEach(each -> last.put(each.split("=")[1], each));
    assertEquals(6, last.size());
    assertEquals(6, read(partition).size());
  }
}
