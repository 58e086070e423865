package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.WriteTransactionMarkers.MarkerEpoch;
import io.gofka.log.WriteTransactionMarkers.PartitionMarker;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.EndTxnMarker;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start after a clean stop takes the logs as they are; after a crash it has to read them. */
class CleanStopTest {
  private static final int PARTITIONS = 5;
  @TempDir Path directory;

  private final TopicImage topic = ShardFixture.topic("topic", PARTITIONS);
  private ShardFixture fixture;
  private ManualShardHost host;
  private long segmentBytesRead;

  @BeforeEach
  void prepare() {
    fixture = new ShardFixture(counting());
    host = fixture.host();
    fixture.change(topic, Map.of("internal.segment.bytes", "2000"));
  }

  /** The disk as it is; what is read of segments is counted. */
  private LogDisk counting() {
    return Interception.of(
        LogDisk.class,
        new FileLogDisk(directory),
        (method, arguments, result) -> {
          boolean ofSegment =
              arguments.length > 0 && arguments[0].toString().endsWith(LogFiles.SEGMENT);
          if (ofSegment && method.startsWith("read")) {
            segmentBytesRead++;
          }
          return ofSegment && result instanceof DiskFile file ? counting(file) : result;
        });
  }

  private DiskFile counting(DiskFile file) {
    return Interception.of(
        DiskFile.class,
        file,
        (method, arguments, result) -> {
          if (method.equals("read")) {
            segmentBytesRead += ((ByteBuffer) arguments[0]).position();
          }
          return result;
        });
  }

  private LogShard start() throws IOException {
    fixture.start();
    return fixture.shard();
  }

  private List<AppendResult> append(LogShard shard, int index, ByteBuf records, Origin origin) {
    List<AppendResult> results = new ArrayList<>();
    shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(topic.partition(index), records)),
                origin,
                (short) 1,
                1000),
            results::addAll);
    host.runAll();
    records.release();
    return results;
  }

  /** Several segments each; idempotent producers, and transactions of which one stays open. */
  private void write(LogShard shard, int index) {
    for (int i = 0; i < 30; i++) {
      append(shard, index, repeated(i), Origin.CLIENT);
      ByteBuf transactional = Batches.transactional(8, 0, i, host.timestampMs(), "t" + i);
      append(shard, index, transactional, Origin.COORDINATOR);
      if (i < 29) {
        end(shard, index);
      }
    }
  }

  private ByteBuf repeated(int sequence) {
    return Batches.produced(7, 0, sequence, ManualShardHost.NOW, "value " + sequence);
  }

  private void end(LogShard shard, int index) {
    List<WriteTransactionMarkers.Written> written = new ArrayList<>();
    TopicIdPartition partition = topic.partition(index);
    PartitionMarker marker =
        new PartitionMarker(partition, 8, (short) 0, MarkerEpoch.SAME, 0, EndTxnMarker.Type.ABORT);
    shard.markers().write(new WriteTransactionMarkers(List.of(marker)), written::addAll);
    host.runAll();
    assertTrue(written.get(0).offset() > 0);
  }

  @Test
  void startAfterACleanStopReadsNothingOfAnySegment() throws IOException {
    LogShard first = start();
    for (int i = 0; i < PARTITIONS; i++) {
      write(first, i);
    }
    assertTrue(fixture.stop());

    segmentBytesRead = 0;
    LogShard second = start();

    assertEquals(0, segmentBytesRead);
    for (int i = 0; i < PARTITIONS; i++) {
      PartitionLog log = second.partition(topic.partition(i)).orElseThrow().log();
      assertEquals(89, log.logEndOffset());
      assertEquals(88, log.lastStableOffset(), "an open transaction stays open");
      assertTrue(log.segmentCount() > 2);
      // The producer is known: what it repeats is no new record.
      assertEquals(87, append(second, i, repeated(29), Origin.CLIENT).get(0).baseOffset());
    }
    fixture.stop();
  }

  @Test
  void startAfterACrashReads() throws IOException {
    write(start(), 0);
    segmentBytesRead = 0;
    start();
    assertTrue(segmentBytesRead > 0, "otherwise the count of the other test proves nothing");
    fixture.stop();
  }
}
