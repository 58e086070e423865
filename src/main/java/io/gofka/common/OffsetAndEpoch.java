package io.gofka.common;

/**
 * An offset together with the leader epoch of the record there; the epoch is -1 when it is not
 * known.
 */
public record OffsetAndEpoch(long offset, int leaderEpoch) {}
