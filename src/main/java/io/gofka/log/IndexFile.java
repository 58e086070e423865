package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A segment's index as a file of our own, {@code <base offset>.gidx}:
 *
 * <pre>
 *  0 magic             int32  "GIX2"
 *  4 baseOffset        int64
 * 12 sizeBytes         int32  of the segment, as far as the index covers it
 * 16 endOffset         int64
 * 24 firstTimestamp    int64
 * 32 maxTimestamp      int64
 * 40 maxTimestampAt    int32  position of its batch
 * 44 lastEpoch         int32  of the last batch
 * 48 headerHash        int32  of all batches, see {@link HeaderHash}
 * 52 coveredEndOffset  int64  where the next segment begins
 * 60 entries           int32  count
 * 64 crc of entries    int32  CRC-32C
 * 68 aborted           int32  count of aborted transactions
 * 72 crc of aborted    int32  CRC-32C
 * 76 stamp of 0..75    int32  see {@link Stamp}
 * 80 aborted           each: int64 producerId, int64 firstOffset, int64 lastOffset, int64
 *                      lastStableOffset, see {@link AbortedTransaction}; by lastOffset
 *    entries           each: int32 relative offset, int32 position, int64 greatest timestamp before,
 *                      int32 header hash before
 * </pre>
 *
 * <p>The aborted transactions stand before the entries so that they can be read alone: what a
 * search for them may have to read of many segments is the smaller part by far.
 *
 * <p>It is written only after the segment was synced up to {@code sizeBytes}: a valid index is the
 * proof that this part needs no recovery. It is replaced as a whole, so that no crash leaves half
 * of one. Whoever shortens a segment removes its index first.
 */
final class IndexFile {
  static final int HEADER_BYTES = 80;
  private static final int MAGIC = 0x47495832;
  private static final int ENTRY_BYTES = 20;
  private static final int ABORTED_BYTES = 32;
  // A marker and a record take more than three times as much in a segment of 2 GiB.
  private static final int MAX_ABORTED = (1 << 30) / ABORTED_BYTES;
  private static final int ENTRIES_AT = 60;
  private static final int ABORTED_AT = 68;
  private static final int STAMP_AT = 76;

  private IndexFile() {}

  /** An index together with what it says of its segment. */
  record Indexed(SegmentSummary summary, SparseIndex index) {}

  /**
   * @param aborted as many as {@code summary} says
   */
  static byte[] encode(
      TopicIdPartition owner,
      long baseOffset,
      SegmentSummary summary,
      SparseIndex index,
      List<AbortedTransaction> aborted) {
    if (aborted.size() != summary.abortedTransactions()) {
      throw new IllegalStateException(
          aborted.size()
              + " aborted transactions are known of "
              + summary.abortedTransactions()
              + " in the segment at "
              + baseOffset);
    }
    int entriesAt = entriesAt(summary);
    ByteBuffer out = ByteBuffer.allocate(entriesAt + index.count() * ENTRY_BYTES);
    out.position(HEADER_BYTES);
    for (AbortedTransaction transaction : aborted) {
      out.putLong(transaction.producerId())
          .putLong(transaction.firstOffset())
          .putLong(transaction.lastOffset())
          .putLong(transaction.lastStableOffset());
    }
    for (int i = 0; i < index.count(); i++) {
      out.putInt(index.relativeOffset(i))
          .putInt(index.position(i))
          .putLong(index.maxTimestampBefore(i))
          .putInt(index.headerHash(i));
    }
    int entriesCrc = crc(out.array(), entriesAt, out.capacity());
    int abortedCrc = crc(out.array(), HEADER_BYTES, entriesAt);
    out.position(0);
    out.putInt(MAGIC)
        .putLong(baseOffset)
        .putInt(summary.sizeBytes())
        .putLong(summary.endOffset())
        .putLong(summary.firstTimestampMs())
        .putLong(summary.maxTimestampMs())
        .putInt(summary.maxTimestampPosition())
        .putInt(summary.lastEpoch())
        .putInt(summary.headerHash())
        .putLong(summary.coveredEndOffset())
        .putInt(index.count())
        .putInt(entriesCrc)
        .putInt(summary.abortedTransactions())
        .putInt(abortedCrc);
    out.putInt(stamp(owner, baseOffset, out.array()));
    return out.array();
  }

  /** The summary alone; empty when the header is damaged or another segment's. */
  static Optional<SegmentSummary> decodeSummary(
      byte[] file, TopicIdPartition owner, long baseOffset) {
    if (file.length < HEADER_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    if (in.getInt(STAMP_AT) != stamp(owner, baseOffset, file)
        || in.getInt() != MAGIC
        || in.getLong() != baseOffset) {
      return Optional.empty();
    }
    SegmentSummary summary =
        new SegmentSummary(
            in.getInt(),
            in.getLong(),
            in.getLong(),
            in.getLong(),
            in.getInt(),
            in.getInt(),
            in.getInt(),
            in.getLong(),
            in.getInt(ABORTED_AT));
    boolean possible =
        summary.sizeBytes() >= 0
            && summary.endOffset() >= baseOffset
            && summary.coveredEndOffset() >= summary.endOffset()
            && summary.abortedTransactions() >= 0
            && summary.abortedTransactions() <= MAX_ABORTED
            && summary.maxTimestampPosition() >= 0
            && summary.maxTimestampPosition() <= summary.sizeBytes();
    return possible ? Optional.of(summary) : Optional.empty();
  }

  /** How much of a file has to be read for {@code count} aborted transactions. */
  static int abortedBytes(int count) {
    return HEADER_BYTES + count * ABORTED_BYTES;
  }

  private static int entriesAt(SegmentSummary summary) {
    return abortedBytes(summary.abortedTransactions());
  }

  /**
   * The aborted transactions alone; empty when they are damaged.
   *
   * @param file as much of it as {@link #abortedBytes} says, or more
   */
  static Optional<List<AbortedTransaction>> decodeAborted(
      byte[] file, TopicIdPartition owner, long baseOffset) {
    Optional<SegmentSummary> summary = decodeSummary(file, owner, baseOffset);
    if (summary.isEmpty() || file.length < entriesAt(summary.get())) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    in.position(ABORTED_AT);
    int count = in.getInt();
    if (in.getInt() != crc(file, HEADER_BYTES, entriesAt(summary.get()))) {
      return Optional.empty();
    }
    in.position(HEADER_BYTES);
    List<AbortedTransaction> aborted = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      aborted.add(new AbortedTransaction(in.getLong(), in.getLong(), in.getLong(), in.getLong()));
    }
    return Optional.of(aborted);
  }

  /** Summary and index; empty when they are damaged. */
  static Optional<Indexed> decode(byte[] file, TopicIdPartition owner, long baseOffset) {
    Optional<SegmentSummary> summary = decodeSummary(file, owner, baseOffset);
    if (summary.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(file);
    in.position(ENTRIES_AT);
    int count = in.getInt();
    int entriesAt = entriesAt(summary.get());
    if (count < 0
        || file.length != entriesAt + (long) count * ENTRY_BYTES
        || in.getInt() != crc(file, entriesAt, file.length)) {
      return Optional.empty();
    }
    in.position(entriesAt);
    SparseIndex index = new SparseIndex(count);
    for (int i = 0; i < count; i++) {
      index.add(in.getInt(), in.getInt(), in.getLong(), in.getInt());
    }
    return Optional.of(new Indexed(summary.get(), index));
  }

  private static int stamp(TopicIdPartition owner, long baseOffset, byte[] file) {
    return Stamp.of(owner, LogFiles.name(baseOffset, LogFiles.INDEX), file, 0, STAMP_AT);
  }

  private static int crc(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }
}
