package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.config.TopicConfig;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.tools.DumpLogSegments;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log on a real disk: what Kafka makes of its files, and what a crash leaves of them. */
class FileLogTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final String FIRST_SEGMENT = "00000000000000000000.log";

  @TempDir Path directory;
  private final TopicIdPartition partition = new TopicIdPartition(Uuids.random(), "topic", 0);
  private FileLogDisk disk;
  private Path folder;

  @BeforeEach
  void open() {
    disk = new FileLogDisk(directory);
    folder = directory.resolve("topic-0");
  }

  private static LogConfig config(Map<String, String> settings) {
    return LogConfig.of(TopicConfig.of(BrokerConfig.DEFAULTS, settings), Long.MAX_VALUE);
  }

  private PartitionLog create(LogConfig config) {
    return PartitionLog.create(disk, "topic-0", partition, config, NOW, 0);
  }

  private PartitionLog reopen() throws IOException {
    return LogRecovery.open(disk, "topic-0", partition, LogConfig.DEFAULT, NOW, 0);
  }

  private static void append(PartitionLog log, ByteBuf records) throws IOException {
    LogAppend append = log.begin(Batches.view(records), records.readableBytes(), 3, NOW);
    append.write();
    log.commit(append, NOW, 0);
    log.onCommitted(log.logEndOffset());
    records.release();
  }

  private static void close(PartitionLog log) throws IOException {
    for (Chore chore : log.takeChores()) {
      chore.run();
      chore.done();
    }
    var last = log.close();
    if (last.isPresent()) {
      last.get().run();
      last.get().done();
    }
    log.closeFiles();
  }

  private void writeInEveryCodec() throws IOException {
    PartitionLog log = create(LogConfig.DEFAULT);
    for (Codec codec : Codec.values()) {
      append(log, Batches.compressed(codec, NOW, codec + "-a", codec + "-b"));
    }
    append(log, Batches.produced(77, 2, 5, NOW, "idempotent"));
    close(log);
  }

  private String dump() throws IOException {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      DumpLogSegments.main(
          new String[] {
            "--deep-iteration",
            "--print-data-log",
            "--files",
            folder.resolve(FIRST_SEGMENT).toString()
          });
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void kafkasDumpToolReadsASegment() throws IOException {
    writeInEveryCodec();
    String dump = dump();
    for (Codec codec : Codec.values()) {
      assertTrue(dump.contains("compresscodec: " + codec.configName()), dump);
      assertTrue(dump.contains("payload: " + codec + "-b"), dump);
    }
    assertTrue(dump.contains("producerId: 77 producerEpoch: 2"), dump);
    assertTrue(dump.contains("partitionLeaderEpoch: 3"), dump);
    assertEquals(6, dump.split("isvalid: true", -1).length - 1, dump);
    assertFalse(dump.contains("isvalid: false"), dump);
  }

  private void writeTransactions() throws IOException {
    PartitionLog log = create(LogConfig.DEFAULT);
    append(log, Batches.transactional(7, 0, 0, NOW, "committed"));
    append(log, Batches.transactional(8, 4, 0, NOW, "aborted-1", "aborted-2"));
    append(log, Batches.marker(EndTxnMarker.Type.COMMIT, 7, 1, 5, NOW));
    append(log, Batches.marker(EndTxnMarker.Type.ABORT, 8, 5, 6, NOW));
    close(log);
  }

  @Test
  void kafkasDumpToolReadsTransactions() throws IOException {
    writeTransactions();
    String dump = dump();
    assertEquals(4, dump.split("isTransactional: true", -1).length - 1, dump);
    assertEquals(2, dump.split("isControl: true", -1).length - 1, dump);
    assertEquals(4, dump.split("isvalid: true", -1).length - 1, dump);
    assertTrue(dump.contains("endTxnMarker: COMMIT coordinatorEpoch: 5"), dump);
    assertTrue(dump.contains("endTxnMarker: ABORT coordinatorEpoch: 6"), dump);
    assertTrue(dump.contains("payload: aborted-2"), dump);
  }

  @Test
  void kafkaReadsTheTransactionsOfASegment() throws IOException {
    writeTransactions();
    List<String> found = new ArrayList<>();
    try (FileRecords records = FileRecords.open(folder.resolve(FIRST_SEGMENT).toFile())) {
      for (RecordBatch batch : records.batches()) {
        batch.ensureValid();
        assertTrue(batch.isTransactional());
        Record first = batch.iterator().next();
        found.add(
            batch.producerId()
                + "/"
                + batch.producerEpoch()
                + " "
                + (batch.isControlBatch()
                    ? ControlRecordType.parse(first.key())
                        + " by "
                        + EndTransactionMarker.deserialize(first).coordinatorEpoch()
                    : "sequence " + batch.baseSequence()));
      }
    }
    assertEquals(
        List.of("7/0 sequence 0", "8/4 sequence 0", "7/1 COMMIT by 5", "8/5 ABORT by 6"), found);
  }

  @Test
  void kafkaReadsTheSegmentsFileAsItsOwn() throws IOException {
    writeInEveryCodec();
    List<String> values = new ArrayList<>();
    long expectedOffset = 0;
    try (FileRecords records = FileRecords.open(folder.resolve(FIRST_SEGMENT).toFile())) {
      for (Record record : records.records()) {
        assertEquals(expectedOffset++, record.offset());
        values.add(StandardCharsets.UTF_8.decode(record.value()).toString());
      }
    }
    assertEquals("NONE-a", values.get(0));
    assertEquals("ZSTD-b", values.get(9));
    assertEquals("idempotent", values.get(10));
  }

  @Test
  void tailTornAtAnyByteCostsTheLastBatchOnly() throws IOException {
    PartitionLog log = create(LogConfig.DEFAULT);
    append(log, Batches.plain(NOW, "a", "b"));
    append(log, Batches.produced(5, 0, 0, NOW, "c"));
    long whole = log.sizeBytes();
    append(log, Batches.plain(NOW, "the last batch"));
    log.closeFiles();
    Path segment = folder.resolve(FIRST_SEGMENT);
    byte[] bytes = Files.readAllBytes(segment);
    for (int length = (int) whole; length < bytes.length; length++) {
      Files.write(segment, java.util.Arrays.copyOf(bytes, length));
      PartitionLog recovered = reopen();
      assertEquals(3, recovered.logEndOffset(), "torn at " + length);
      assertEquals(whole, Files.size(segment));
      recovered.closeFiles();
    }
  }

  @Test
  void batchWithAFlippedBitEndsTheLogAfterACrash() throws IOException {
    PartitionLog log = create(LogConfig.DEFAULT);
    append(log, Batches.plain(NOW, "a"));
    long whole = log.sizeBytes();
    append(log, Batches.plain(NOW, "b"));
    log.closeFiles();
    Path segment = folder.resolve(FIRST_SEGMENT);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length - 3] ^= 1;
    Files.write(segment, bytes);
    PartitionLog recovered = reopen();
    assertEquals(1, recovered.logEndOffset());
    assertEquals(whole, recovered.sizeBytes());
    recovered.closeFiles();
  }

  @Test
  void cleanStopNeedsNoScan() throws IOException {
    writeInEveryCodec();
    // A scan would cut here: the checksum of the last batch is wrong now.
    Path segment = folder.resolve(FIRST_SEGMENT);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length - 3] ^= 1;
    Files.write(segment, bytes);
    PartitionLog log = reopen();
    assertEquals(11, log.logEndOffset());
    log.closeFiles();
  }

  @Test
  void repeatedBatchIsKnownAfterACrash() throws IOException {
    PartitionLog log = create(LogConfig.DEFAULT);
    append(log, Batches.plain(NOW, "a"));
    append(log, Batches.produced(5, 0, 0, NOW, "b"));
    log.closeFiles();
    PartitionLog recovered = reopen();
    ByteBuf repeated = Batches.produced(5, 0, 0, NOW, "b");
    assertEquals(
        1, recovered.duplicateOf(Batches.view(repeated).get(0)).orElseThrow().baseOffset());
    repeated.release();
    recovered.closeFiles();
  }

  @Test
  void segmentDeletedUnderAReaderStaysReadable() throws IOException {
    LogConfig small =
        config(Map.of("internal.segment.bytes", "80000", "file.delete.delay.ms", "0"));
    PartitionLog log = create(small);
    append(log, Batches.plain(NOW, "x".repeat(35_000)));
    append(log, Batches.plain(NOW, "y".repeat(35_000)));
    var region = log.reader().find(0, 1 << 20, true, 2, 0).sendable();
    log.deleteBefore(1);
    for (int round = 0; round < 3; round++) {
      for (Chore chore : log.takeChores()) {
        chore.run();
        chore.done();
      }
    }
    assertFalse(Files.exists(folder.resolve(FIRST_SEGMENT)));
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    var part = (io.netty.channel.FileRegion) region.part();
    var channel = java.nio.channels.Channels.newChannel(sent);
    while (part.transferred() < part.count()) {
      part.transferTo(channel, part.transferred());
    }
    assertEquals(region.size(), sent.size());
    region.release();
    log.closeFiles();
  }

  @Test
  void bytesJustWrittenAreResident() throws IOException {
    writeInEveryCodec();
    LogDisk.DiskFile file = disk.open("topic-0/" + FIRST_SEGMENT);
    assertTrue(file.isResident(0, (int) file.size()));
    file.release();
  }
}
