package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.gofka.record.LogRecord;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** The list of batches that a log has to be; everything that can be asked of it agrees with it. */
final class WrittenBatches {
  private final List<WrittenBatch> batches = new ArrayList<>();

  void add(RecordBatch batch) {
    batches.add(WrittenBatch.of(batch));
  }

  void addAll(List<WrittenBatch> copied) {
    batches.addAll(copied);
  }

  void clear() {
    batches.clear();
  }

  /** Those with a record at or above {@code offset} are gone; false if there are none. */
  @CanIgnoreReturnValue
  boolean cutFrom(long offset) {
    return batches.removeIf(batch -> batch.lastOffset() >= offset);
  }

  /** The first of those that begin at or above {@code offset}. */
  List<WrittenBatch> from(long offset, int limit) {
    return batches.stream().filter(batch -> batch.baseOffset() >= offset).limit(limit).toList();
  }

  /** The offset after the last batch, if there is any. */
  Optional<Long> nextOffset() {
    return batches.isEmpty()
        ? Optional.empty()
        : Optional.of(batches.get(batches.size() - 1).nextOffset());
  }

  /** The offset after the last batch that lies below {@code offset} as a whole; 0 without any. */
  long nextOffsetBelow(long offset) {
    return batches.stream()
        .filter(batch -> batch.lastOffset() < offset)
        .mapToLong(WrittenBatch::nextOffset)
        .max()
        .orElse(0);
  }

  /** What each producer sends next to a log that ends there, by producer id. */
  Map<Long, Integer> nextSequences(long logEndOffset) {
    Map<Long, Integer> next = new HashMap<>();
    for (WrittenBatch batch : batches) {
      if (batch.producerId() >= 0 && batch.baseOffset() < logEndOffset) {
        next.put(batch.producerId(), batch.view().lastSequence() + 1);
      }
    }
    return next;
  }

  // ---- reads

  /** What a reader has got is the batches from {@code offset} on, as many as have room. */
  void checkRead(LogReader reader, long offset, int maxBytes, byte[] bytes) {
    Optional<WrittenBatch> first =
        batches.stream().filter(batch -> batch.lastOffset() >= offset).findFirst();
    if (first.isEmpty()) {
      assertEquals(0, bytes.length);
      return;
    }
    int index = batches.indexOf(first.get());
    int at = 0;
    while (at < bytes.length) {
      byte[] expected = batches.get(index).bytes();
      assertTrue(at + expected.length <= bytes.length, "a batch is cut");
      assertTrue(
          Arrays.equals(expected, 0, expected.length, bytes, at, at + expected.length),
          "bytes read");
      at += expected.length;
      index++;
    }
    assertTrue(bytes.length > 0, "at least one batch");
    assertTrue(bytes.length <= Math.max(maxBytes, first.get().size()), "not more than asked for");
    if (index < batches.size()) {
      WrittenBatch next = batches.get(index);
      boolean nextSegment =
          reader.segmentFor(next.baseOffset())
              != reader.segmentFor(batches.get(index - 1).baseOffset());
      assertTrue(
          nextSegment || bytes.length + next.size() > maxBytes, "as much as there is room for");
    }
  }

  // ---- compaction

  /**
   * The log has been compacted up to {@code cleanEnd}: what is left must be the last of each key,
   * and is the list from now on.
   */
  void compact(PartitionLog log, long cleanEnd) throws IOException {
    List<WrittenBatch> left = WrittenBatch.allIn(log);
    checkCompacted(left, cleanEnd, log.logStartOffset());
    batches.clear();
    batches.addAll(left);
  }

  /** Offset, key and value of each record. */
  private static Map<Long, String> records(List<WrittenBatch> of) {
    Map<Long, String> records = new TreeMap<>();
    for (WrittenBatch batch : of) {
      try (RecordReader reader = new RecordReader(batch.view())) {
        while (reader.next()) {
          LogRecord record = reader.record();
          String key = record.key().map(ByteBufUtil::hexDump).orElse("");
          String value = record.value().map(ByteBufUtil::hexDump).orElse("-");
          records.put(reader.offset(), key + "=" + value);
        }
      }
    }
    return records;
  }

  private void checkCompacted(List<WrittenBatch> left, long cleanEnd, long logStartOffset) {
    Map<Long, String> before = records(batches);
    Map<Long, String> after = records(left);
    Map<String, Long> last = new HashMap<>();
    before.forEach(
        (offset, record) -> {
          if (offset < cleanEnd) {
            last.put(record.substring(0, record.indexOf('=')), offset);
          }
        });
    after.forEach((offset, record) -> assertEquals(before.get(offset), record, "at " + offset));
    before.forEach(
        (offset, record) -> {
          String key = record.substring(0, record.indexOf('='));
          boolean mustStay = offset >= cleanEnd || (!key.isEmpty() && last.get(key).equals(offset));
          if (mustStay && offset >= logStartOffset) {
            assertTrue(after.containsKey(offset), "the last of a key is gone, at " + offset);
          }
        });
  }

  // ---- everything that can be asked

  /** The log has these batches and no others, to the byte, each in its epoch. */
  void checkContent(PartitionLog log) throws IOException {
    List<WrittenBatch> found = WrittenBatch.allIn(log);
    assertEquals(batches.size(), found.size(), "batches");
    for (int i = 0; i < found.size(); i++) {
      WrittenBatch expected = batches.get(i);
      assertArrayEquals(expected.bytes(), found.get(i).bytes(), "at " + expected.baseOffset());
    }
    checkEpochs(log, batches);
  }

  /** The log knows the last batch of each producer. */
  void checkProducers(PartitionLog log) {
    checkProducers(log, batches);
  }

  void check(LogProcess process, Random random, long nowMs) throws IOException {
    PartitionLog log = process.log;
    List<WrittenBatch> live =
        batches.stream().filter(batch -> batch.lastOffset() >= log.logStartOffset()).toList();
    checkBytes(process, live, nowMs);
    checkProducers(log, live);
    checkEpochs(log, live);
    checkTimestamps(process, live, random);
  }

  private static void checkBytes(LogProcess process, List<WrittenBatch> live, long nowMs)
      throws IOException {
    PartitionLog log = process.log;
    long offset = log.logStartOffset();
    int index = 0;
    while (offset < log.logEndOffset()) {
      byte[] bytes = process.read(offset, 700, log.logEndOffset(), nowMs);
      if (bytes.length == 0) {
        break; // Compaction has taken what was there, and nothing has come since.
      }
      for (int at = 0; at < bytes.length; index++) {
        WrittenBatch expected = live.get(index);
        assertTrue(
            Arrays.equals(expected.bytes(), 0, expected.size(), bytes, at, at + expected.size()),
            "bytes at " + offset);
        at += expected.size();
        offset = expected.nextOffset();
      }
    }
    assertEquals(live.size(), index, "batches up to " + offset);
  }

  private static void checkProducers(PartitionLog log, List<WrittenBatch> live) {
    Map<Long, WrittenBatch> last = new HashMap<>();
    live.stream()
        .filter(batch -> batch.producerId() >= 0)
        .forEach(batch -> last.put(batch.producerId(), batch));
    for (WrittenBatch batch : last.values()) {
      assertEquals(
          batch.baseOffset(),
          log.duplicateOf(batch.view()).orElseThrow().baseOffset(),
          "a repeated batch is known by its first offset");
    }
  }

  private static void checkEpochs(PartitionLog log, List<WrittenBatch> live) {
    for (WrittenBatch batch : live) {
      long offset = Math.max(batch.baseOffset(), log.logStartOffset());
      assertEquals(batch.epoch(), log.epochAt(offset));
    }
  }

  private static void checkTimestamps(LogProcess process, List<WrittenBatch> live, Random random)
      throws IOException {
    PartitionLog log = process.log;
    List<WrittenBatch> dated = live.stream().filter(batch -> batch.timestamp() >= 0).toList();
    if (dated.isEmpty()) {
      return;
    }
    long wanted = dated.get(random.nextInt(dated.size())).timestamp();
    TimestampSearch.Found found = new TimestampSearch.Found(-1, -1);
    long from = log.logStartOffset();
    while (found.offset() < 0 && log.reader().segmentForTimestamp(wanted, from).isPresent()) {
      Segment segment = log.reader().segmentForTimestamp(wanted, from).get();
      process.loadIndex(segment.baseOffset());
      found =
          new TimestampSearch(
                  segment.file(),
                  segment.index().positionForTimestamp(wanted),
                  segment.sizeBytes(),
                  segment.baseOffset(),
                  wanted,
                  log.logStartOffset())
              .run()
              .orElse(found);
      from = segment.endOffset(); // The late record may lie before the log's start.
    }
    WrittenBatch expected =
        live.stream().filter(batch -> batch.timestamp() >= wanted).findFirst().orElseThrow();
    if (expected.baseOffset() >= log.logStartOffset()) {
      assertTrue(found.timestampMs() >= wanted, found + " is as late as " + wanted);
      assertTrue(
          found.offset() >= expected.baseOffset() && found.offset() <= expected.lastOffset(),
          found + " is in " + expected);
    }
  }
}
