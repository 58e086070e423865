package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A leader epoch that has changed on the disk behind the recovery point, where nothing but the
 * epochs themselves can tell: the batch's CRC leaves it out.
 */
class DamagedEpochTest {
  private static final int EPOCH = 3;
  private static final TopicImage TOPIC = inEpoch(EPOCH);
  private static final TopicIdPartition PARTITION = TOPIC.partition(0);
  private static final Map<String, String> SMALL = Map.of("internal.segment.bytes", "250");

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final ShardFixture fixture = new ShardFixture(disk);

  private static TopicImage inEpoch(int leaderEpoch) {
    TopicImage topic = ShardFixture.topic("topic", 1);
    List<Integer> self = List.of(ShardFixture.BROKER);
    PartitionImage led =
        new PartitionImage(self, self, ShardFixture.BROKER, leaderEpoch, leaderEpoch);
    return new TopicImage(topic.id(), topic.name(), List.of(led));
  }

  @BeforeEach
  void write() throws IOException {
    fixture.change(TOPIC, SMALL);
    fixture.start();
    for (int i = 0; i < 5; i++) {
      fixture.append(PARTITION, "v" + i);
    }
    fixture.host().runAll();
  }

  private Segment last() {
    List<Segment> segments = fixture.log(PARTITION).segments();
    return segments.get(segments.size() - 1);
  }

  private void changeEpoch(int batchAt, int changed) {
    ByteBuffer content = ByteBuffer.wrap(disk.content(last().path()));
    content.putInt(batchAt + RecordBatch.PARTITION_LEADER_EPOCH_AT, changed);
  }

  @Test
  void batchOfAnOlderEpochThanTheSegmentBeforeIsNone() throws IOException {
    long before = last().baseOffset();
    assertTrue(before > 0);
    changeEpoch(0, EPOCH - 1);
    disk.kill();
    fixture.start();
    assertEquals(before, fixture.log(PARTITION).logEndOffset());
  }

  @Test
  void nothingIsAppendedBehindAnEpochThatHasNotBegun() throws IOException {
    List<String> records = fixture.records(PARTITION);
    changeEpoch(last().positionOf(4), EPOCH + 1024);
    disk.kill();
    fixture.start();
    assertEquals(
        ErrorCode.KAFKA_STORAGE_ERROR, fixture.append(PARTITION, "refused").get(0).error());
    assertEquals(records, fixture.records(PARTITION), "reads go on");
    fixture.change(inEpoch(EPOCH + 1024), SMALL);
    assertEquals(ErrorCode.NONE, fixture.append(PARTITION, "taken").get(0).error());
  }
}
