package io.gofka.log;

/**
 * One aborted transaction in one partition, as the index of aborted transactions keeps it with the
 * segment that has its marker.
 *
 * @param firstOffset of its first record
 * @param lastOffset of its marker
 * @param lastStableOffset where the first transaction began that was still open when this one
 *     ended, else the offset after the marker: whatever begins before it is decided by then, so
 *     that a search for the transactions of a range need not go on behind it
 */
record AbortedTransaction(
    long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
