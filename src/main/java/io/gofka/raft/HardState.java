package io.gofka.raft;

import java.util.Objects;
import java.util.Optional;

/**
 * What a replica must not forget (dissertation §3.8): else it could vote twice in a term.
 *
 * @param term the latest it knows; 0 before the first
 * @param votedFor whom it gave its vote in this term
 */
public record HardState(long term, Optional<ReplicaKey> votedFor) {
  /** Of a replica that has seen nothing yet. */
  public static final HardState NONE = new HardState(0, Optional.empty());

  public HardState {
    Objects.requireNonNull(votedFor, "votedFor");
    if (term < 0) {
      throw new IllegalArgumentException("no term: " + term);
    }
  }
}
