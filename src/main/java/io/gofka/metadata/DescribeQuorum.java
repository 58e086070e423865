package io.gofka.metadata;

import java.util.List;
import java.util.UUID;

/**
 * How the controllers do (KIP-595). Answered by the active one from what it knows of the others;
 * nothing is written to the log.
 */
public record DescribeQuorum() implements Command<DescribeQuorum.Quorum> {
  /** Below what those wait who ask: they are to hear why nobody answers. */
  private static final int TIMEOUT_MS = 10_000;

  /** For a replica that the leader has not heard of yet. */
  public static final long UNKNOWN_OFFSET = -1;

  /** For a replica that the leader has not heard of yet. */
  public static final long UNKNOWN_TIMESTAMP_MS = -1;

  @Override
  public int timeoutMs() {
    return TIMEOUT_MS;
  }

  /**
   * @param leaderId numeric id of the active controller
   * @param leaderEpoch its term
   * @param highWatermark first offset of the metadata log that is not committed
   * @param voters by their ids
   * @param observers nodes that only follow the log, by their ids
   */
  public record Quorum(
      int leaderId,
      int leaderEpoch,
      long highWatermark,
      List<Replica> voters,
      List<Replica> observers) {
    public Quorum {
      voters = List.copyOf(voters);
      observers = List.copyOf(observers);
    }
  }

  /**
   * @param id numeric id of the node; -1 as long as it has none
   * @param nodeId its name in the configuration
   * @param directoryId of its metadata directory; all zeros as long as the leader doesn't know it
   * @param logEndOffset or {@link #UNKNOWN_OFFSET}
   * @param lastFetchTimestampMs wall clock of the leader when it last heard of the replica; for the
   *     leader itself, now; or {@link #UNKNOWN_TIMESTAMP_MS}
   * @param lastCaughtUpTimestampMs wall clock of the leader when the replica last had all that the
   *     leader had; for the leader itself, now; or {@link #UNKNOWN_TIMESTAMP_MS}
   */
  public record Replica(
      int id,
      String nodeId,
      UUID directoryId,
      long logEndOffset,
      long lastFetchTimestampMs,
      long lastCaughtUpTimestampMs) {}
}
