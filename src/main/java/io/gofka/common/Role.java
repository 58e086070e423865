package io.gofka.common;

/** What a node does. */
public enum Role {
  /** Agrees with the other controllers on the metadata. */
  CONTROLLER,
  /** Keeps partitions and serves clients. */
  BROKER
}
