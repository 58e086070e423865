package io.gofka.log.compact;

/**
 * A transaction that was aborted.
 *
 * @param firstOffset of its first record in this log
 * @param lastOffset of its marker
 * @param lastStableOffset of the log when it ended
 */
public record Aborted(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
