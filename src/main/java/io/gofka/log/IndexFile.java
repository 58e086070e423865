package io.gofka.log;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A segment's index as a file of our own, {@code <base offset>.gidx}:
 *
 * <pre>
 *  0 magic             int32  "GIX1"
 *  4 baseOffset        int64
 * 12 sizeBytes         int32  of the segment, as far as the index covers it
 * 16 endOffset         int64
 * 24 firstTimestamp    int64
 * 32 maxTimestamp      int64
 * 40 maxTimestampAt    int32  position of its batch
 * 44 entries           int32  count
 * 48 crc of entries    int32  CRC-32C
 * 52 crc of 0..51      int32  CRC-32C
 * 56 entries           each: int32 relative offset, int32 position, int64 greatest timestamp before
 * </pre>
 *
 * <p>It is written only after the segment was synced up to {@code sizeBytes}: a valid index is the
 * proof that this part needs no recovery. Whoever shortens a segment removes its index first.
 */
final class IndexFile {
  static final int HEADER_BYTES = 56;
  private static final int MAGIC = 0x47495831;
  private static final int ENTRY_BYTES = 16;
  private static final int HEADER_CRC_AT = 52;

  private IndexFile() {}

  /** An index together with what it says of its segment. */
  record Indexed(SegmentSummary summary, SparseIndex index) {}

  static byte[] encode(long baseOffset, SegmentSummary summary, SparseIndex index) {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + index.count() * ENTRY_BYTES);
    out.position(HEADER_BYTES);
    for (int i = 0; i < index.count(); i++) {
      out.putInt(index.relativeOffset(i))
          .putInt(index.position(i))
          .putLong(index.maxTimestampBefore(i));
    }
    int entriesCrc = crc(out.array(), HEADER_BYTES, out.capacity());
    out.position(0);
    out.putInt(MAGIC)
        .putLong(baseOffset)
        .putInt(summary.sizeBytes())
        .putLong(summary.endOffset())
        .putLong(summary.firstTimestampMs())
        .putLong(summary.maxTimestampMs())
        .putInt(summary.maxTimestampPosition())
        .putInt(index.count())
        .putInt(entriesCrc);
    out.putInt(crc(out.array(), 0, HEADER_CRC_AT));
    return out.array();
  }

  /** The summary alone; empty when the header is damaged or another segment's. */
  static Optional<SegmentSummary> decodeSummary(byte[] file, long baseOffset) {
    if (file.length < HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    if (in.getInt(HEADER_CRC_AT) != crc(file, 0, HEADER_CRC_AT)
        || in.getInt() != MAGIC
        || in.getLong() != baseOffset) {
      return Optional.empty();
    }
    SegmentSummary summary =
        new SegmentSummary(in.getInt(), in.getLong(), in.getLong(), in.getLong(), in.getInt());
    boolean possible =
        summary.sizeBytes() >= 0
            && summary.endOffset() >= baseOffset
            && summary.maxTimestampPosition() >= 0
            && summary.maxTimestampPosition() <= summary.sizeBytes();
    return possible ? Optional.of(summary) : Optional.empty();
  }

  /** Everything; empty when anything is damaged. */
  static Optional<Indexed> decode(byte[] file, long baseOffset) {
    Optional<SegmentSummary> summary = decodeSummary(file, baseOffset);
    if (summary.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    int count = in.getInt(44);
    if (count < 0
        || file.length != HEADER_BYTES + (long) count * ENTRY_BYTES
        || in.getInt(48) != crc(file, HEADER_BYTES, file.length)) {
      return Optional.empty();
    }
    in.position(HEADER_BYTES);
    SparseIndex index = new SparseIndex(count);
    for (int i = 0; i < count; i++) {
      index.add(in.getInt(), in.getInt(), in.getLong());
    }
    return Optional.of(new Indexed(summary.get(), index));
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }
}
