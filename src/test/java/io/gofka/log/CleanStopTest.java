package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.WriteTransactionMarkers.MarkerEpoch;
import io.gofka.log.WriteTransactionMarkers.PartitionMarker;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.EndTxnMarker;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start after a clean stop takes the logs as they are; after a crash it has to read them. */
class CleanStopTest {
  private static final int BROKER = 1;
  private static final int PARTITIONS = 5;
  private static final LogConfig CONFIG =
      LogConfig.of(
          TopicConfig.of(BrokerConfig.DEFAULTS, Map.of("internal.segment.bytes", "2000")),
          Long.MAX_VALUE);

  @TempDir Path directory;

  private final TopicImage topic =
      new TopicImage(
          Uuids.random(),
          "topic",
          IntStream.range(0, PARTITIONS)
              .mapToObj(i -> new PartitionImage(List.of(BROKER), List.of(BROKER), BROKER, 0, 0))
              .toList());
  private final ClusterImage image =
      new ClusterImage(
          "cluster",
          1,
          BROKER,
          ClusterImage.EMPTY.brokers(),
          ClusterImage.EMPTY.topicsByName().plus(topic.name(), topic),
          ClusterImage.EMPTY.topicsById().plus(topic.id(), topic),
          ClusterImage.EMPTY.configs());
  private final ManualShardHost host = new ManualShardHost();
  private long segmentBytesRead;

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
    LogShard shard =
        new LogShard(
            BROKER,
            0,
            new LogShards(1),
            List.of(LogDirectory.open(counting(), (name, index) -> true)),
            new TreeMap<>(),
            (current, name) -> CONFIG,
            host);
    List<String> told = new ArrayList<>();
    shard.start(
        image,
        () -> told.add("started"),
        failure -> {
          throw new AssertionError(failure);
        });
    host.runAll();
    assertEquals(List.of("started"), told);
    return shard;
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
    List<String> told = new ArrayList<>();
    first.stop(() -> told.add("stopped"));
    host.runAll();
    assertEquals(List.of("stopped"), told);

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
    second.stop(() -> {});
    host.runAll();
  }

  @Test
  void startAfterACrashReads() throws IOException {
    write(start(), 0);
    segmentBytesRead = 0;
    LogShard second = start();
    assertTrue(segmentBytesRead > 0, "otherwise the count of the other test proves nothing");
    second.stop(() -> {});
    host.runAll();
  }
}
