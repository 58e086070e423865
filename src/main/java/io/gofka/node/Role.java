package io.gofka.node;

/** What a node does. */
public enum Role {
  /** Agrees with the other controllers on the metadata. */
  CONTROLLER,
  /** Keeps partitions and serves clients. */
  BROKER
}
