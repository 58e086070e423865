package io.gofka.raft;

import java.util.Objects;

/** A message for another node. It may get lost on the way: the sender doesn't count on it. */
public record RaftSend(String toNodeId, RaftEnvelope envelope) {
  public RaftSend {
    Objects.requireNonNull(toNodeId, "toNodeId");
    Objects.requireNonNull(envelope, "envelope");
  }
}
