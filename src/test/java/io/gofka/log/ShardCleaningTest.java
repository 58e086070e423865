package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.DeleteRecordsBefore.Cut;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compaction step by step, and what may come between its steps. */
class ShardCleaningTest {
  private static final Map<String, String> COMPACT =
      Map.of("cleanup.policy", "compact,delete", "segment.ms", "1000", "retention.ms", "-1");

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final ShardFixture fixture = new ShardFixture(disk);
  private final ManualShardHost host = fixture.host();
  private final List<TopicIdPartition> ended = new ArrayList<>();
  private LogShard shard;

  @BeforeEach
  void start() throws IOException {
    fixture.start();
    shard = fixture.shard();
  }

  /** Records whose key is "key-" and their value, in a segment of their own. */
  private void append(TopicIdPartition partition, String... values) {
    List<AppendResult> answers = fixture.append(partition, values);
    host.runAll();
    assertEquals(ErrorCode.NONE, answers.get(0).error());
    host.elapse(2000);
  }

  private TopicIdPartition dirty(String name) {
    TopicIdPartition partition = fixture.create(name, COMPACT);
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

  private List<String> read(TopicIdPartition partition) {
    return fixture.records(partition);
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
  void lastRecordsStayUntilTheLogGoesOn() {
    TopicIdPartition partition =
        fixture.create(
            "topic", Map.of("cleanup.policy", "compact", "max.compaction.lag.ms", "10000"));
    append(partition, "a");
    append(partition, "a");
    host.elapse(20_000);
    assertTrue(shard.cleanings().dirtiest().isEmpty());
    host.runAll();
    assertEquals(2, fixture.log(partition).segmentCount(), "the active one is overdue");
    assertFalse(clean(partition), "a copy would not know that the log ends at 2");
    append(partition, "b");
    assertTrue(clean(partition));
    finish();
    assertEquals(List.of("1=a", "2=b"), read(partition));
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
    fixture.delete(partition);
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
        .deleteRecords(
            new DeleteRecordsBefore(List.of(new Cut(partition, 4)), 30_000), answers -> {});
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
