package io.gofka.raft;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a replica finds on its disk when it starts.
 *
 * @param snapshot the latest complete one
 * @param entries without gaps; they may begin before the end of the snapshot, and may contradict it
 *     when the node died between storing another's snapshot and dropping its log
 * @param formedWith the first configuration, when this directory took part in forming the quorum;
 *     it holds until the log or the snapshot has a configuration. Empty for a replica that came to
 *     a cluster which was there already.
 */
public record RecoveredState(
    HardState hard,
    Optional<Snapshot> snapshot,
    List<LogEntry> entries,
    Optional<VoterSet> formedWith) {
  public RecoveredState {
    Objects.requireNonNull(hard, "hard");
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(formedWith, "formedWith");
    entries = List.copyOf(entries);
  }

  /** An empty directory on which a quorum is formed. */
  public static RecoveredState formed(VoterSet voters) {
    return new RecoveredState(HardState.NONE, Optional.empty(), List.of(), Optional.of(voters));
  }

  /** An empty directory of a node that comes to a cluster which is there already. */
  public static RecoveredState joining() {
    return new RecoveredState(HardState.NONE, Optional.empty(), List.of(), Optional.empty());
  }
}
