package io.gofka.replica;

import io.gofka.metadata.image.LeaderRecoveryState;
import java.util.List;
import java.util.UUID;

/**
 * The ISR that a leader wants for one partition.
 *
 * @param leaderEpoch that the leader has
 * @param partitionEpoch that the change rests on
 */
public record IsrChange(
    UUID topicId,
    int partition,
    int leaderEpoch,
    int partitionEpoch,
    List<InSync> isr,
    LeaderRecoveryState leaderRecoveryState) {
  /**
   * @param brokerEpoch of the process that is in sync: another one of the same broker isn't
   *     (KIP-903)
   */
  public record InSync(int brokerId, long brokerEpoch) {}

  public IsrChange {
    isr = List.copyOf(isr);
  }
}
