package io.gofka.config;

/** Whether a setting of a broker can be changed while it runs, and for whom. */
public enum UpdateMode {
  /** Only in the file or the environment, before the start. */
  READ_ONLY,
  /** Also while the node runs, for one broker at a time. */
  PER_BROKER,
  /** Also while the node runs, for one broker or for all of them. */
  CLUSTER_WIDE
}
