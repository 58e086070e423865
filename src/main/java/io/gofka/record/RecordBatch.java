package io.gofka.record;

import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * View of one record batch (magic 2) within a buffer: reads its header in place and patches the
 * fields a broker sets. It neither copies nor owns the bytes, and looks at no record.
 *
 * <pre>
 *  0 baseOffset            int64   outside the CRC
 *  8 batchLength           int32   bytes after this field
 * 12 partitionLeaderEpoch  int32   outside the CRC
 * 16 magic                 int8    2
 * 17 crc                   uint32  CRC-32C of everything that follows
 * 21 attributes            int16   0–2 codec, 3 log append time, 4 transactional, 5 control,
 *                                  6 the base timestamp is the delete horizon
 * 23 lastOffsetDelta       int32
 * 27 baseTimestamp         int64
 * 35 maxTimestamp          int64
 * 43 producerId            int64   -1: not idempotent
 * 51 producerEpoch         int16
 * 53 baseSequence          int32
 * 57 recordsCount          int32
 * 61 records               compressed as a whole
 * </pre>
 *
 * <p>Source: the public description of Kafka's message format, KIP-98; the delete horizon KIP-534.
 */
public final class RecordBatch {
  public static final int BASE_OFFSET_AT = 0;
  public static final int LENGTH_AT = 8;
  public static final int PARTITION_LEADER_EPOCH_AT = 12;
  public static final int MAGIC_AT = 16;
  public static final int CRC_AT = 17;
  public static final int ATTRIBUTES_AT = 21;
  public static final int LAST_OFFSET_DELTA_AT = 23;
  public static final int BASE_TIMESTAMP_AT = 27;
  public static final int MAX_TIMESTAMP_AT = 35;
  public static final int PRODUCER_ID_AT = 43;
  public static final int PRODUCER_EPOCH_AT = 51;
  public static final int BASE_SEQUENCE_AT = 53;
  public static final int RECORDS_COUNT_AT = 57;

  /** Size of the header; the records follow. */
  public static final int HEADER_BYTES = 61;

  /** What {@code batchLength} doesn't count: base offset and the length itself. */
  public static final int LOG_OVERHEAD_BYTES = 12;

  public static final byte MAGIC = 2;
  public static final long NO_PRODUCER_ID = -1;
  public static final short NO_PRODUCER_EPOCH = -1;
  public static final int NO_SEQUENCE = -1;
  public static final long NO_TIMESTAMP = -1;
  public static final int NO_LEADER_EPOCH = -1;

  static final int CODEC_MASK = 0x07;
  static final int LOG_APPEND_TIME_BIT = 0x08;
  static final int TRANSACTIONAL_BIT = 0x10;
  static final int CONTROL_BIT = 0x20;
  static final int DELETE_HORIZON_BIT = 0x40;

  private final ByteBuf bytes;
  private final int start;

  /**
   * @param start index of the batch in {@code bytes}, absolute; at least {@link #HEADER_BYTES} must
   *     be there
   */
  public RecordBatch(ByteBuf bytes, int start) {
    this.bytes = bytes;
    this.start = start;
  }

  /** The buffer it lies in. */
  public ByteBuf bytes() {
    return bytes;
  }

  /** Where in the buffer it begins. */
  public int start() {
    return start;
  }

  public long baseOffset() {
    return bytes.getLong(start + BASE_OFFSET_AT);
  }

  /** Bytes from the beginning of the header to the end of the records; not checked. */
  public int sizeInBytes() {
    return LOG_OVERHEAD_BYTES + bytes.getInt(start + LENGTH_AT);
  }

  public int partitionLeaderEpoch() {
    return bytes.getInt(start + PARTITION_LEADER_EPOCH_AT);
  }

  public byte magic() {
    return bytes.getByte(start + MAGIC_AT);
  }

  /** The checksum that the header carries. */
  public long crc() {
    return bytes.getUnsignedInt(start + CRC_AT);
  }

  /** The checksum that it should carry. */
  public long computedCrc() {
    return Crc32c.of(bytes, start + ATTRIBUTES_AT, sizeInBytes() - ATTRIBUTES_AT);
  }

  public boolean crcMatches() {
    return crc() == computedCrc();
  }

  public short attributes() {
    return bytes.getShort(start + ATTRIBUTES_AT);
  }

  public int lastOffsetDelta() {
    return bytes.getInt(start + LAST_OFFSET_DELTA_AT);
  }

  public long lastOffset() {
    return baseOffset() + lastOffsetDelta();
  }

  /** The first offset after the batch. */
  public long nextOffset() {
    return lastOffset() + 1;
  }

  public long baseTimestamp() {
    return bytes.getLong(start + BASE_TIMESTAMP_AT);
  }

  public long maxTimestamp() {
    return bytes.getLong(start + MAX_TIMESTAMP_AT);
  }

  public long producerId() {
    return bytes.getLong(start + PRODUCER_ID_AT);
  }

  public boolean hasProducerId() {
    return producerId() != NO_PRODUCER_ID;
  }

  public short producerEpoch() {
    return bytes.getShort(start + PRODUCER_EPOCH_AT);
  }

  public int baseSequence() {
    return bytes.getInt(start + BASE_SEQUENCE_AT);
  }

  /** Sequence of the last record; after 2³¹-1 comes 0. */
  public int lastSequence() {
    int base = baseSequence();
    return base == NO_SEQUENCE ? NO_SEQUENCE : (base + lastOffsetDelta()) & Integer.MAX_VALUE;
  }

  public int recordsCount() {
    return bytes.getInt(start + RECORDS_COUNT_AT);
  }

  /** Empty when the attributes name a codec that nobody has defined. */
  public Optional<Codec> codec() {
    return Codec.ofId(attributes() & CODEC_MASK);
  }

  public boolean isCompressed() {
    return (attributes() & CODEC_MASK) != 0;
  }

  public TimestampType timestampType() {
    return (attributes() & LOG_APPEND_TIME_BIT) == 0
        ? TimestampType.CREATE_TIME
        : TimestampType.LOG_APPEND_TIME;
  }

  public boolean isTransactional() {
    return (attributes() & TRANSACTIONAL_BIT) != 0;
  }

  public boolean isControl() {
    return (attributes() & CONTROL_BIT) != 0;
  }

  /** Whether compaction has said when its tombstones, or its transaction's marker, may go. */
  public boolean hasDeleteHorizon() {
    return (attributes() & DELETE_HORIZON_BIT) != 0;
  }

  /**
   * Wall clock from which compaction may remove its tombstones; good only if {@link
   * #hasDeleteHorizon}.
   */
  public long deleteHorizonMs() {
    return baseTimestamp();
  }

  /** Gives the batch its place in the log. Neither field is covered by the CRC. */
  public void assign(long baseOffset, int partitionLeaderEpoch) {
    bytes.setLong(start + BASE_OFFSET_AT, baseOffset);
    bytes.setInt(start + PARTITION_LEADER_EPOCH_AT, partitionLeaderEpoch);
  }

  /** Stamps every record with the broker's clock and makes the CRC right again. */
  public void stampLogAppendTime(long timestampMs) {
    bytes.setShort(start + ATTRIBUTES_AT, attributes() | LOG_APPEND_TIME_BIT);
    bytes.setLong(start + MAX_TIMESTAMP_AT, timestampMs);
    updateCrc();
  }

  void updateCrc() {
    bytes.setInt(start + CRC_AT, (int) computedCrc());
  }

  @Override
  public String toString() {
    return "RecordBatch[offsets "
        + baseOffset()
        + ".."
        + lastOffset()
        + ", "
        + sizeInBytes()
        + " bytes, epoch "
        + partitionLeaderEpoch()
        + ", producer "
        + producerId()
        + "/"
        + producerEpoch()
        + " from "
        + baseSequence()
        + "]";
  }
}
