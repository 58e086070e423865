package io.gofka.record;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.RecordsRefusedException.Fault;
import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether a producer's batch may enter a topic. The header is always checked; the records
 * are only looked at when the topic's rules can't be judged by the header ({@link #needsRecords}),
 * because that may mean to inflate them.
 *
 * <p>Deviations from Kafka, which walks through every record: the header's {@code maxTimestamp} is
 * believed, and so are the offset deltas within the batch. Whoever lies there breaks his own topic
 * and nothing else.
 */
public final class BatchValidator {
  /** How many records at fault are named; a producer can't do anything with more. */
  static final int MAX_FAULTS = 100;

  private BatchValidator() {}

  /**
   * The one batch that a producer may send for a partition.
   *
   * @throws RecordsRefusedException CORRUPT_MESSAGE when it is cut off or its CRC is wrong,
   *     INVALID_RECORD when it is not exactly one batch of magic 2, or can't be one at all
   */
  public static RecordBatch singleBatch(ByteBuf records) throws RecordsRefusedException {
    RecordBatch batch = first(records);
    int trailing = records.readableBytes() - batch.sizeInBytes();
    if (trailing > 0) {
      throw refused(
          ErrorCode.INVALID_RECORD,
          "exactly one record batch is allowed for a partition, " + trailing + " bytes follow it");
    }
    return batch;
  }

  /**
   * Batches one after the other, as a coordinator writes them.
   *
   * @throws RecordsRefusedException as {@link #singleBatch}
   */
  public static List<RecordBatch> batches(ByteBuf records) throws RecordsRefusedException {
    List<RecordBatch> batches = new ArrayList<>();
    ByteBuf rest = records.slice();
    do {
      RecordBatch batch = first(rest);
      rest.skipBytes(batch.sizeInBytes());
      int start = records.readerIndex() + batch.start();
      batches.add(new RecordBatch(records, start));
    } while (rest.isReadable());
    return batches;
  }

  private static RecordBatch first(ByteBuf records) throws RecordsRefusedException {
    int available = records.readableBytes();
    if (available == 0) {
      throw refused(
          ErrorCode.INVALID_RECORD, "at least one record batch is needed for a partition");
    }
    if (available <= RecordBatch.MAGIC_AT) {
      throw refused(ErrorCode.CORRUPT_MESSAGE, available + " bytes are no record batch");
    }
    RecordBatch batch = new RecordBatch(records, records.readerIndex());
    byte magic = batch.magic();
    if (magic == 0 || magic == 1) {
      throw refused(ErrorCode.INVALID_RECORD, "magic " + magic + " is not supported, only 2 is");
    }
    if (magic != RecordBatch.MAGIC) {
      throw refused(ErrorCode.CORRUPT_MESSAGE, "there is no magic " + magic);
    }
    long size =
        RecordBatch.LOG_OVERHEAD_BYTES
            + (long) records.getInt(records.readerIndex() + RecordBatch.LENGTH_AT);
    if (size < RecordBatch.HEADER_BYTES || size > available) {
      throw refused(
          ErrorCode.CORRUPT_MESSAGE,
          "the record batch claims " + size + " bytes, " + available + " are there");
    }
    return batch;
  }

  /**
   * Checks what the header tells.
   *
   * @param nowMs wall clock
   * @throws RecordsRefusedException MESSAGE_TOO_LARGE, CORRUPT_MESSAGE, INVALID_RECORD,
   *     INVALID_TIMESTAMP, UNSUPPORTED_COMPRESSION_TYPE
   */
  public static void checkHeader(RecordBatch batch, RecordRules rules, long nowMs)
      throws RecordsRefusedException {
    checkSize(batch, rules);
    if (!batch.crcMatches()) {
      throw refused(
          ErrorCode.CORRUPT_MESSAGE,
          "the record batch's CRC is " + batch.computedCrc() + ", its header says " + batch.crc());
    }
    if (batch.baseOffset() != 0) {
      throw refused(
          ErrorCode.INVALID_RECORD,
          "the base offset of a producer's batch is 0, not " + batch.baseOffset());
    }
    checkCounts(batch);
    if (batch.isControl()) {
      throw refused(ErrorCode.INVALID_RECORD, "clients may not write control records");
    }
    if (batch.hasProducerId() && (batch.baseSequence() < 0 || batch.producerEpoch() < 0)) {
      throw refused(
          ErrorCode.INVALID_RECORD,
          "producer "
              + batch.producerId()
              + " sends epoch "
              + batch.producerEpoch()
              + " and sequence "
              + batch.baseSequence());
    }
    if (batch.codec().isEmpty()) {
      throw refused(
          ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
          "codec " + (batch.attributes() & RecordBatch.CODEC_MASK));
    }
    checkTimestamp(batch, rules, nowMs);
  }

  /** Whether the rules can't be judged, or the batch not be stored, without going through it. */
  public static boolean needsRecords(RecordBatch batch, RecordRules rules) {
    return rules.keysRequired()
        || needsRecompression(batch, rules)
        || (rules.timestampType() == TimestampType.CREATE_TIME
            && rules.timestampBeforeMaxMs() != Long.MAX_VALUE);
  }

  /** Whether the topic stores batches in another codec than this one's. */
  public static boolean needsRecompression(RecordBatch batch, RecordRules rules) {
    return rules.compression().isPresent()
        && rules.compression().get().codec() != batch.codec().orElse(Codec.NONE);
  }

  /**
   * Goes through the records. Only reads the batch, so it may run on any thread.
   *
   * @param nowMs wall clock
   * @throws RecordsRefusedException INVALID_RECORD or INVALID_TIMESTAMP with the records at fault
   */
  public static void checkRecords(RecordBatch batch, RecordRules rules, long nowMs)
      throws RecordsRefusedException {
    List<Fault> keyless = new ArrayList<>();
    List<Fault> mistimed = new ArrayList<>();
    boolean createTime = rules.timestampType() == TimestampType.CREATE_TIME;
    try (RecordReader reader = new RecordReader(batch)) {
      while (reader.next()) {
        if (rules.keysRequired() && !reader.hasKey() && keyless.size() < MAX_FAULTS) {
          keyless.add(new Fault(reader.index(), "a compacted topic takes no record without a key"));
        }
        if (createTime
            && mistimed.size() < MAX_FAULTS
            && outOfRange(reader.timestampMs(), rules, nowMs)) {
          mistimed.add(
              new Fault(reader.index(), describeRange(reader.timestampMs(), rules, nowMs)));
        }
      }
    } catch (ApiException broken) {
      throw refused(broken.errorCode(), broken.getMessage());
    }
    if (!mistimed.isEmpty()) {
      throw new RecordsRefusedException(
          ErrorCode.INVALID_TIMESTAMP, mistimed.get(0).message(), mistimed);
    }
    if (!keyless.isEmpty()) {
      throw new RecordsRefusedException(
          ErrorCode.INVALID_RECORD, keyless.get(0).message(), keyless);
    }
  }

  /** Checks the size that the batch would have on disk. */
  public static void checkSize(RecordBatch batch, RecordRules rules)
      throws RecordsRefusedException {
    if (batch.sizeInBytes() > rules.maxMessageBytes()) {
      throw refused(
          ErrorCode.MESSAGE_TOO_LARGE,
          "the record batch has "
              + batch.sizeInBytes()
              + " bytes, the topic takes "
              + rules.maxMessageBytes());
    }
  }

  private static void checkCounts(RecordBatch batch) throws RecordsRefusedException {
    int count = batch.recordsCount();
    if (count <= 0 || count - 1 != batch.lastOffsetDelta()) {
      throw refused(
          ErrorCode.INVALID_RECORD,
          "the record batch claims "
              + count
              + " records and a last offset delta of "
              + batch.lastOffsetDelta());
    }
  }

  private static void checkTimestamp(RecordBatch batch, RecordRules rules, long nowMs)
      throws RecordsRefusedException {
    if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return;
    }
    if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
      throw refused(
          ErrorCode.INVALID_TIMESTAMP,
          "a producer may not claim that the broker set its timestamps");
    }
    if (outOfRange(batch.maxTimestamp(), rules, nowMs)) {
      // Which records are at fault is worth the work only now; the header's word is enough to
      // refuse.
      if (batch.codec().orElse(Codec.NONE) == Codec.NONE) {
        checkRecords(batch, rules, nowMs);
      }
      throw refused(ErrorCode.INVALID_TIMESTAMP, describeRange(batch.maxTimestamp(), rules, nowMs));
    }
  }

  private static boolean outOfRange(long timestampMs, RecordRules rules, long nowMs) {
    return timestampMs != RecordBatch.NO_TIMESTAMP
        && (nowMs - timestampMs > rules.timestampBeforeMaxMs()
            || timestampMs - nowMs > rules.timestampAfterMaxMs());
  }

  private static String describeRange(long timestampMs, RecordRules rules, long nowMs) {
    return "timestamp "
        + timestampMs
        + " is more than "
        + rules.timestampBeforeMaxMs()
        + " ms before or "
        + rules.timestampAfterMaxMs()
        + " ms after the broker's "
        + nowMs;
  }

  private static RecordsRefusedException refused(ErrorCode error, String message) {
    return new RecordsRefusedException(error, message);
  }
}
