package io.gofka.raft;

import java.util.Objects;

/**
 * What a snapshot stands for (dissertation §5.1).
 *
 * @param index of the last entry whose effect it contains
 * @param term of that entry
 * @param voters the configuration at that entry: the entry that brought it may be gone from the log
 * @param sizeBytes of the content
 */
public record SnapshotMeta(long index, long term, VoterSet voters, long sizeBytes) {
  public SnapshotMeta {
    Objects.requireNonNull(voters, "voters");
    if (index < 0 || term < 0 || sizeBytes < 0) {
      throw new IllegalArgumentException(
          "no snapshot of %d bytes at entry %d of term %d".formatted(sizeBytes, index, term));
    }
  }
}
