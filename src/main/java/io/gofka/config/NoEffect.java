package io.gofka.config;

/**
 * Why this release takes a setting, keeps and shows it, and doesn't act on it. Each reason is half
 * a sentence; it stands in the documentation of the setting and in a line at the start.
 */
final class NoEffect {
  static final String THREADS = "Gofka has one event loop for two cores in place of these threads";
  static final String PURGATORY =
      "requests that wait are woken by what they wait for, not by polls";
  static final String AT_ONCE = "the controllers hear of a failed folder when it fails";
  static final String PUSHED = "leaders push to their followers, nobody fetches";
  static final String OTHER_NODES = "nodes talk to each other by rules of their own";
  static final String TRANSACTIONS = "this release has no transactions yet";
  static final String CLASSIC_ONLY = "this release has the classic group protocol only";
  static final String QUOTAS = "this release has no quotas yet";
  static final String TIERED_STORAGE = "this release keeps all segments on the broker's disk";
  static final String OTHER_METRICS = "Gofka measures without Kafka's metrics library";
  static final String NO_CLIENT_METRICS = "this release takes no metrics from clients yet";
  static final String GROWING_FILES = "segments and their indexes grow as they are written";
  static final String NOT_NEEDED = "Gofka has no use for it";

  private NoEffect() {}
}
