package io.gofka.log.compact;

/**
 * When a topic's logs are compacted.
 *
 * @param minDirtyRatio share of bytes not compacted yet that makes a log worth it, 0 to 1
 * @param minLagMs age that a segment's last record has at least
 * @param maxLagMs age at which a record at the latest comes under compaction, {@link
 *     Long#MAX_VALUE} for never
 * @param deleteRetentionMs how long tombstones and transaction markers stay after the cleaning that
 *     made them unnecessary
 */
public record CleaningRules(
    double minDirtyRatio, long minLagMs, long maxLagMs, long deleteRetentionMs) {}
