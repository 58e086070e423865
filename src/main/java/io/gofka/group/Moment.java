package io.gofka.group;

/**
 * When an event happened, on both clocks.
 *
 * @param nowMs monotonic: sessions and rebalances are measured with it
 * @param timestampMs wall clock: what is stored with offsets and groups
 */
record Moment(long nowMs, long timestampMs) {}
