package io.gofka.log.compact;

/**
 * What compaction has to know of a segment before it reads it.
 *
 * @param endOffset first offset after its last batch
 * @param createdMs wall clock at which it was begun
 * @param firstTimestampMs greatest timestamp of its first batch, -1 when there is none
 * @param maxTimestampMs of all its batches, -1 when there is none
 * @param headerHash of what the CRC of its batches leaves out
 */
public record SegmentShape(
    long baseOffset,
    long endOffset,
    int sizeBytes,
    long createdMs,
    long firstTimestampMs,
    long maxTimestampMs,
    int headerHash) {}
