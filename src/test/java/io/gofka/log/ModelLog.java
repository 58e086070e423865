package io.gofka.log;

import io.gofka.log.compact.LastRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/**
 * A log as a list of batches, compacted in the most naive way. What it holds and what a real log
 * holds are compared as text, the real one read by Kafka's own classes.
 */
final class ModelLog {
  final List<Batch> batches = new ArrayList<>();
  final Map<Long, LastRecord> producers = new HashMap<>();

  /** A record; its value is "-" when it has none. */
  record Entry(long offset, long timestampMs, String key, String value, String headers) {
    boolean isTombstone() {
      return value.equals("-");
    }
  }

  /** A batch with what is left of it. */
  static final class Batch {
    final byte[] original;
    final long baseOffset;
    final long nextOffset;
    final long producerId;
    final short producerEpoch;
    final String header;
    final boolean transactional;
    final boolean control;
    final boolean logAppendTime;
    boolean aborted;
    boolean changed;
    String codec;
    long horizonMs = -1;
    long maxTimestampMs;
    List<Entry> entries = new ArrayList<>();

    private Batch(byte[] bytes) {
      MutableRecordBatch batch = kafka(bytes).get(0);
      original = bytes;
      baseOffset = batch.baseOffset();
      nextOffset = batch.nextOffset();
      producerId = batch.producerId();
      producerEpoch = batch.producerEpoch();
      transactional = batch.isTransactional();
      control = batch.isControlBatch();
      logAppendTime =
          batch.timestampType() == org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME;
      header = headerOf(batch);
      codec = batch.compressionType().name;
      maxTimestampMs = batch.maxTimestamp();
      batch.forEach(record -> entries.add(entry(record)));
    }

    @Override
    public String toString() {
      return header + " " + codec + " max " + maxTimestampMs + " horizon " + horizonMs + entries;
    }
  }

  private static String headerOf(MutableRecordBatch batch) {
    return batch.baseOffset()
        + "-"
        + batch.lastOffset()
        + " producer "
        + batch.producerId()
        + "/"
        + batch.producerEpoch()
        + "/"
        + batch.baseSequence()
        + (batch.isTransactional() ? " transactional" : "")
        + (batch.isControlBatch() ? " control" : "")
        + " epoch "
        + batch.partitionLeaderEpoch()
        + " "
        + batch.timestampType();
  }

  private static Entry entry(Record record) {
    return new Entry(
        record.offset(),
        record.timestamp(),
        text(record.key()),
        text(record.value()),
        Arrays.toString(record.headers()));
  }

  private static String text(ByteBuffer bytes) {
    return bytes == null ? "-" : StandardCharsets.ISO_8859_1.decode(bytes).toString();
  }

  private static List<MutableRecordBatch> kafka(byte[] bytes) {
    List<MutableRecordBatch> batches = new ArrayList<>();
    MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches().forEach(batches::add);
    return batches;
  }

  /** What Kafka's classes say of the batches of a real log. */
  static List<String> describe(byte[] log) {
    List<String> lines = new ArrayList<>();
    for (MutableRecordBatch batch : kafka(log)) {
      batch.ensureValid();
      List<Entry> entries = new ArrayList<>();
      batch.forEach(record -> entries.add(entry(record)));
      lines.add(
          headerOf(batch)
              + " "
              + batch.compressionType().name
              + " max "
              + batch.maxTimestamp()
              + " horizon "
              + batch.deleteHorizonMs().orElse(-1)
              + entries);
    }
    return lines;
  }

  List<String> describe() {
    return batches.stream().map(Batch::toString).toList();
  }

  /** The bytes of all batches that nothing was taken from. */
  List<byte[]> unchanged() {
    return batches.stream().filter(batch -> !batch.changed).map(batch -> batch.original).toList();
  }

  /** A batch is appended, with the offsets that it has got. */
  void append(byte[] bytes, boolean abortMarker) {
    Batch added = new Batch(bytes);
    batches.add(added);
    if (added.producerId >= 0) {
      LastRecord known = producers.get(added.producerId);
      boolean sameEpoch = known != null && known.producerEpoch() == added.producerEpoch;
      long dataOffset =
          !added.control
              ? added.nextOffset - 1
              : sameEpoch ? known.dataOffset() : LastRecord.NO_DATA;
      producers.put(added.producerId, new LastRecord(dataOffset, added.producerEpoch));
    }
    if (added.control && abortMarker) {
      for (int i = batches.size() - 2; i >= 0; i--) {
        Batch before = batches.get(i);
        if (before.producerId == added.producerId) {
          if (before.control) {
            break;
          }
          before.aborted |= before.transactional;
        }
      }
    }
  }

  /** A crash has taken what lies there and behind. */
  void truncate(long endOffset) {
    batches.removeIf(batch -> batch.baseOffset >= endOffset);
  }

  /**
   * One round of compaction.
   *
   * @param endOffset how far the round knows the keys
   * @param rewrittenEnd where the last segment ends that was looked at
   */
  void compact(
      long firstDirtyOffset, long endOffset, long rewrittenEnd, long nowMs, long retentionMs) {
    Map<String, Long> last = new HashMap<>();
    for (Batch batch : batches) {
      if (!batch.control && !batch.aborted) {
        for (Entry entry : batch.entries) {
          if (entry.offset() >= firstDirtyOffset && entry.offset() < endOffset) {
            last.put(entry.key(), entry.offset());
          }
        }
      }
    }
    Set<Long> withData = new HashSet<>();
    List<Batch> kept = new ArrayList<>();
    for (Batch batch : batches) {
      if (batch.baseOffset >= rewrittenEnd) {
        kept.add(batch);
        continue;
      }
      boolean pastHorizon = batch.horizonMs >= 0 && batch.horizonMs <= nowMs;
      List<Entry> left;
      boolean getsHorizon;
      if (batch.control) {
        boolean unneeded = batch.entries.isEmpty() || !withData.remove(batch.producerId);
        left = unneeded && pastHorizon ? List.of() : batch.entries;
        getsHorizon = unneeded;
      } else {
        if (batch.transactional && !batch.entries.isEmpty()) {
          withData.add(batch.producerId);
        }
        left =
            batch.aborted
                ? List.of()
                : batch.entries.stream()
                    .filter(
                        entry ->
                            entry.offset() >= endOffset
                                || (entry.offset() >= last.getOrDefault(entry.key(), -1L)
                                    && !(entry.isTombstone() && pastHorizon)))
                    .toList();
        getsHorizon = batch.nextOffset <= endOffset && left.stream().anyMatch(Entry::isTombstone);
      }
      if (left.isEmpty()) {
        if (batch.nextOffset == endOffset || isLastOf(batch)) {
          empty(batch);
          kept.add(batch);
        }
        continue;
      }
      boolean horizonSet = getsHorizon && batch.horizonMs < 0;
      if (horizonSet) {
        batch.horizonMs = nowMs + retentionMs;
      }
      if (horizonSet || left.size() < batch.entries.size()) {
        batch.changed = true;
        batch.entries = left;
        if (!batch.logAppendTime) {
          batch.maxTimestampMs =
              left.stream().mapToLong(Entry::timestampMs).max().orElse(batch.maxTimestampMs);
        }
      }
      kept.add(batch);
    }
    batches.clear();
    batches.addAll(kept);
  }

  private boolean isLastOf(Batch batch) {
    LastRecord last = producers.get(batch.producerId);
    if (batch.producerId < 0 || last == null) {
      return false;
    }
    return last.dataOffset() == LastRecord.NO_DATA
        ? batch.control && batch.producerEpoch == last.producerEpoch()
        : batch.nextOffset - 1 == last.dataOffset();
  }

  private static void empty(Batch batch) {
    if (!batch.entries.isEmpty()) {
      batch.changed = true;
      batch.entries = List.of();
      batch.codec = "none";
      batch.horizonMs = -1;
    }
  }
}
