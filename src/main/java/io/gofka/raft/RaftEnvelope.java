package io.gofka.raft;

import java.util.Objects;

/** A message of a replica, and who sends it. */
public record RaftEnvelope(ReplicaKey from, RaftMessage message) {
  public RaftEnvelope {
    Objects.requireNonNull(from, "from");
    Objects.requireNonNull(message, "message");
  }
}
