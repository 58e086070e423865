package io.gofka.metadata;

import io.gofka.common.HostPort;
import java.util.Optional;
import java.util.UUID;

/** Is there a process at this address? Answered with a {@link Result} within a second or two. */
public record ProbeNode(String nodeId, HostPort address) {
  /** What came of it. */
  public enum Outcome {
    /** Somebody answered, and said which process he is. */
    ANSWERED,
    /** The machine is there and nobody listens: the process is dead. */
    REFUSED,
    /** Nothing came back: nobody knows. */
    SILENT
  }

  /**
   * @param incarnationId of the process that answered
   */
  public record Result(Outcome outcome, Optional<UUID> incarnationId) {}
}
