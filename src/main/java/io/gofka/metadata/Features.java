package io.gofka.metadata;

import io.gofka.metadata.image.VersionRange;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The features of the cluster (KIP-584, KIP-1022) that this release has, with the ranges that a
 * Kafka 4.3 broker tells. What isn't built isn't in the table: a client that reads a level here
 * counts on it.
 */
public final class Features {
  /** The form of what the controllers agree on. Records here have their own; the level is told. */
  public static final String METADATA_VERSION = "metadata.version";

  /** 1: controllers can be added and removed (KIP-853). */
  public static final String KRAFT_VERSION = "kraft.version";

  /** 1: eligible leader replicas are kept (KIP-966). */
  public static final String ELIGIBLE_LEADER_REPLICAS = "eligible.leader.replicas.version";

  /** The first metadata.version that has room for eligible leader replicas: 4.0-IV1. */
  static final short FIRST_METADATA_VERSION_WITH_ELR = 23;

  private static final SortedMap<String, VersionRange> SUPPORTED =
      Collections.unmodifiableSortedMap(supportedRanges());

  private Features() {}

  private static SortedMap<String, VersionRange> supportedRanges() {
    SortedMap<String, VersionRange> ranges = new TreeMap<>();
    ranges.put(METADATA_VERSION, new VersionRange((short) 7, (short) 30)); // 3.3-IV3 to 4.3-IV0
    ranges.put(KRAFT_VERSION, new VersionRange((short) 0, (short) 1));
    ranges.put(ELIGIBLE_LEADER_REPLICAS, new VersionRange((short) 0, (short) 1));
    return ranges;
  }

  /** What a node of this release works with, by name. */
  public static SortedMap<String, VersionRange> supported() {
    return SUPPORTED;
  }
}
