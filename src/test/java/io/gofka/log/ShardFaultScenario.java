package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.DeleteRecordsBefore.Cut;
import io.gofka.log.DeleteRecordsBefore.Deleted;
import io.gofka.log.FaultyLogDisk.Fault;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A shard's life on a disk that fails once: appends, reads, searches, deletion, retention, idle
 * files, topics that go and come, restarts. What is done follows from the seed alone, so that runs
 * differ in the fault and in nothing else.
 */
final class ShardFaultScenario {
  private static final int STEPS = 330;
  private static final List<String> SYNCED = List.of("a", "b");
  private static final String FREE = "c";
  private static final String SHORT_LIVED = "d";
  private static final Map<String, String> SMALL = Map.of("internal.segment.bytes", "700");

  private final MemoryLogDisk memory = new MemoryLogDisk();
  private final FaultyLogDisk disk = new FaultyLogDisk(memory, "memory");
  private final ShardFixture fixture = new ShardFixture(disk);
  private final ManualShardHost host = fixture.host();
  private final Random random;
  private final Random fate;
  private final Map<TopicIdPartition, Model> models = new HashMap<>();
  private final TreeMap<String, TopicIdPartition> topics = new TreeMap<>();
  private LogShard shard;
  private int nextValue;

  /** What a partition's producers have been told. */
  private static final class Model {
    /** Values by offset. */
    final TreeMap<Long, String> acknowledged = new TreeMap<>();

    /** Refused with an error that leaves open what has become of them. */
    final Set<String> unknown = new TreeSet<>();

    long startOffset;
  }

  ShardFaultScenario(long seed, long fateSeed) {
    this.random = new Random(seed);
    this.fate = new Random(fateSeed);
  }

  // ---- the run

  /** How many operations a run without a fault takes. */
  static long operations(long seed) throws IOException {
    ShardFaultScenario scenario = new ShardFaultScenario(seed, 0);
    scenario.run(Long.MAX_VALUE / 2, Fault.EIO, false);
    return scenario.disk.operations();
  }

  void run(long failAt, Fault fault, boolean lasting) throws IOException {
    restart();
    create("a", Map.of("gofka.durability", "fsync"));
    create("b", Map.of("flush.messages", "1"));
    create("c", Map.of("retention.bytes", "1500", "file.delete.delay.ms", "1000"));
    create("d", Map.of());
    disk.fail(fault, failAt, lasting);
    int healAt = -1;
    for (int step = 0; step < STEPS; step++) {
      if (healAt < 0 && disk.hasFailed()) {
        healAt = step + 1 + fate.nextInt(8);
      }
      if (step == healAt) {
        disk.heal();
      }
      step(step);
      assertAllAnswered();
      if (!lasting) {
        assertAtMostOnePartitionIsConcerned();
      }
    }
    disk.heal();
    assertEverythingIsServedAgain();
    assertRecordsAreThere(true);
    assertTrue(fate.nextBoolean() ? stop() : crash());
    restart();
    assertRecordsAreThere(false);
    assertTrue(stop());
    assertEquals(0, memory.openReferences(), "open files");
  }

  private void step(int step) throws IOException {
    int kind = random.nextInt(100);
    String synced = SYNCED.get(random.nextInt(SYNCED.size()));
    long at = random.nextInt(1 << 16);
    if (kind < 35) {
      append(synced);
    } else if (kind < 50) {
      append(FREE);
    } else if (kind < 56) {
      append(SHORT_LIVED);
    } else if (kind < 70) {
      read(synced, at);
    } else if (kind < 76) {
      find(synced, at);
    } else if (kind < 80) {
      deleteRecords(synced, at);
    } else if (kind < 88) {
      pass(2_000);
      shard.tidy();
      host.runAll();
    } else if (kind < 92) {
      pass(ShardTidying.IDLE_FILE_MS + 1);
      shard.tidy();
      host.runAll();
    } else if (kind < 94) {
      delete(SHORT_LIVED);
      create(SHORT_LIVED, Map.of());
    } else if (kind < 97) {
      stop();
      restart();
    } else {
      memory.kill();
      restart();
    }
    if (step % 3 == 0) {
      pass(50);
    }
  }

  private void pass(long durationMs) {
    host.advance(durationMs);
    host.runAll();
  }

  private boolean stop() {
    return fixture.stop();
  }

  private boolean crash() {
    disk.losePower(fate);
    return true;
  }

  private void restart() throws IOException {
    try {
      fixture.start();
    } catch (IOException failure) {
      disk.heal(); // The node says why it doesn't start; somebody repairs the disk and tries again.
      fixture.start();
    }
    shard = fixture.shard();
  }

  // ---- topics

  private void create(String name, Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(SMALL);
    all.putAll(overrides);
    TopicIdPartition created = fixture.create(name, all);
    topics.put(name, created);
    models.put(created, new Model());
    host.runAll();
  }

  private void delete(String name) {
    fixture.delete(topics.get(name));
    host.runAll();
  }

  // ---- what clients do

  private ErrorCode append(String topic) {
    TopicIdPartition id = topics.get(topic);
    Model model = models.get(id);
    int count = 1 + nextValue % 3;
    String[] values = new String[count];
    for (int i = 0; i < count; i++) {
      values[i] = topic + "-" + nextValue++;
    }
    ByteBuf records = Batches.plain(host.timestampMs(), values);
    List<AppendResult> results = new ArrayList<>();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(id, records)), Origin.CLIENT, (short) -1, 1000),
            results::addAll);
    host.runAll();
    assertEquals(1, results.size(), "answers to an append");
    records.release();
    assertEquals(0, records.refCnt(), "references to appended records");
    AppendResult result = results.get(0);
    if (result.error() == ErrorCode.NONE) {
      for (int i = 0; i < count; i++) {
        String before = model.acknowledged.put(result.baseOffset() + i, values[i]);
        assertEquals(null, before, "offset given out twice");
      }
    } else {
      assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, result.error());
      assertTrue(disk.hasFailed() || disk.operations() > 0);
      model.unknown.addAll(List.of(values));
    }
    return result.error();
  }

  private void read(String topic, long at) {
    TopicIdPartition id = topics.get(topic);
    Model model = models.get(id);
    if (model.acknowledged.isEmpty()) {
      return;
    }
    long offset = Math.max(model.startOffset, at % (model.acknowledged.lastKey() + 1));
    Records records = fetch(id, offset);
    if (records.error == ErrorCode.NONE) {
      check(model, offset, records);
    } else {
      assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, records.error);
    }
  }

  private void find(String topic, long at) {
    TopicIdPartition id = topics.get(topic);
    List<FindOffsets.Found> found = new ArrayList<>();
    shard
        .queries()
        .findOffsets(
            new FindOffsets(
                List.of(new FindOffsets.Query(id, -1, ManualShardHost.NOW + at)),
                IsolationLevel.READ_UNCOMMITTED),
            found::addAll);
    host.runAll();
    assertEquals(1, found.size(), "answers to a search");
  }

  private void deleteRecords(String topic, long at) {
    TopicIdPartition id = topics.get(topic);
    Model model = models.get(id);
    if (model.acknowledged.isEmpty()) {
      return;
    }
    long offset = at % (model.acknowledged.lastKey() + 1);
    List<Deleted> deleted = new ArrayList<>();
    shard
        .queries()
        .deleteRecords(
            new DeleteRecordsBefore(List.of(new Cut(id, offset)), 30_000), deleted::addAll);
    // Even if it is not told to have succeeded: what comes of it is open then.
    model.startOffset = Math.max(model.startOffset, offset);
    host.runAll();
    assertEquals(1, deleted.size(), "answers to a deletion");
  }

  private record Records(ErrorCode error, TreeMap<Long, String> values) {}

  private Records fetch(TopicIdPartition id, long offset) {
    List<ReadResult> results = new ArrayList<>();
    shard
        .reads()
        .read(
            new ReadRecords(
                fixture.nextReadId(),
                List.of(new PartitionRead(id, offset, 1 << 20, -1, -1)),
                1,
                1 << 20,
                0,
                IsolationLevel.READ_UNCOMMITTED,
                Form.BUFFER),
            results::addAll);
    host.runAll();
    assertEquals(1, results.size(), "answers to a read");
    ReadResult result = results.get(0);
    TreeMap<Long, String> values = new TreeMap<>();
    if (result.records().size() > 0) {
      ByteBuf bytes = (ByteBuf) result.records().part();
      int at = bytes.readerIndex();
      while (at < bytes.writerIndex()) {
        RecordBatch batch = new RecordBatch(bytes, at);
        assertTrue(batch.crcMatches(), "CRC of a batch that was served");
        try (RecordReader reader = new RecordReader(batch)) {
          while (reader.next()) {
            values.put(
                reader.offset(),
                reader.record().value().orElseThrow().toString(StandardCharsets.UTF_8));
          }
        }
        at += batch.sizeInBytes();
      }
      result.records().release();
    }
    return new Records(result.error(), values);
  }

  /** What was served from {@code offset} on is right, and begins there. */
  private static void check(Model model, long offset, Records records) {
    for (Map.Entry<Long, String> record : records.values().entrySet()) {
      String known = model.acknowledged.get(record.getKey());
      if (known != null) {
        assertEquals(known, record.getValue(), "record at " + record.getKey());
      } else {
        assertTrue(
            model.unknown.contains(record.getValue()), "nobody has sent " + record.getValue());
      }
    }
    if (model.acknowledged.containsKey(offset)) {
      assertNotNull(records.values().get(offset), "acknowledged record at " + offset);
    }
  }

  // ---- what must hold

  private void assertAllAnswered() {
    assertEquals(0, host.orderedWork() + host.writes(), "work left over");
  }

  private void assertAtMostOnePartitionIsConcerned() {
    long concerned =
        shard.partitions().stream().filter(each -> each.state() != LogState.SERVING).count();
    assertTrue(concerned <= 1, () -> concerned + " partitions are concerned by one failure");
  }

  private void assertEverythingIsServedAgain() {
    for (int i = 0; i < 8; i++) {
      pass(ShardFailures.MAX_TRIAL_MS);
    }
    pass(2 * ShardFolders.REMOVAL_RETRY_MS);
    for (ShardPartition partition : shard.partitions()) {
      assertEquals(LogState.SERVING, partition.state(), () -> "state of " + partition.id());
    }
    for (String topic : topics.keySet()) {
      assertEquals(ErrorCode.NONE, append(topic), () -> "an append to " + topic);
    }
  }

  private void assertRecordsAreThere(boolean alsoUnsynced) {
    for (Map.Entry<String, TopicIdPartition> topic : topics.entrySet()) {
      Model model = models.get(topic.getValue());
      boolean all = alsoUnsynced || SYNCED.contains(topic.getKey());
      ShardPartition partition = shard.partition(topic.getValue()).orElseThrow();
      assertEquals(LogState.SERVING, partition.state(), () -> "state of " + partition.id());
      long start = partition.log().logStartOffset();
      if (SYNCED.contains(topic.getKey())) {
        assertTrue(start <= model.startOffset, "nobody has asked for so much to be deleted");
      }
      TreeMap<Long, String> values = new TreeMap<>();
      long next = start;
      while (next < partition.log().highWatermark()) {
        Records records = fetch(topic.getValue(), next);
        assertEquals(ErrorCode.NONE, records.error());
        if (records.values().isEmpty()) {
          fail("nothing at " + next + " of " + topic.getKey());
        }
        check(model, next, records);
        values.putAll(records.values());
        next = records.values().lastKey() + 1;
      }
      if (all) {
        for (Map.Entry<Long, String> told : model.acknowledged.tailMap(start).entrySet()) {
          assertEquals(told.getValue(), values.get(told.getKey()), "acknowledged " + told);
        }
      }
    }
  }
}
