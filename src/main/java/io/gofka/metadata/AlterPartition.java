package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.UUID;

/**
 * Leaders tell who is in sync with them (KIP-497, KIP-903). Answered with one {@link Result} for
 * each partition, in the same order. Refused as a whole with STALE_BROKER_EPOCH or
 * BROKER_ID_NOT_REGISTERED.
 *
 * <p>Whatever is agreed on, even if nothing is different, has the next partition epoch: of all that
 * was asked for on the same one, at most one change is taken.
 *
 * @param brokerId who asks
 * @param brokerEpoch of its registration
 */
public record AlterPartition(int brokerId, long brokerEpoch, List<Change> partitions)
    implements Command<List<AlterPartition.Result>> {
  /**
   * The wanted ISR of one partition.
   *
   * @param leaderEpoch that the leader has
   * @param partitionEpoch that the change rests on
   */
  public record Change(
      UUID topicId,
      int partition,
      int leaderEpoch,
      int partitionEpoch,
      List<InSync> isr,
      LeaderRecoveryState leaderRecoveryState) {
    public Change {
      isr = List.copyOf(isr);
    }
  }

  /**
   * @param brokerEpoch of the process that is in sync: another one of the same broker isn't
   *     (KIP-903); -1 when the leader doesn't know it
   */
  public record InSync(int brokerId, long brokerEpoch) {}

  /**
   * What a partition is now, or why it isn't what the leader wants.
   *
   * @param error NOT_CONTROLLER, FENCED_LEADER_EPOCH, INVALID_UPDATE_VERSION, INELIGIBLE_REPLICA,
   *     INVALID_REQUEST, UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION; NEW_LEADER_ELECTED when the
   *     ISR was taken and the asker leads no more
   * @param leader -1 on error, as the epochs
   * @param isr empty on error
   */
  public record Result(
      UUID topicId,
      int partition,
      ErrorCode error,
      int leader,
      int leaderEpoch,
      int partitionEpoch,
      List<Integer> isr,
      LeaderRecoveryState leaderRecoveryState) {
    public Result {
      isr = List.copyOf(isr);
    }

    static Result of(Change change, PartitionImage state) {
      return new Result(
          change.topicId(),
          change.partition(),
          ErrorCode.NONE,
          state.leader(),
          state.leaderEpoch(),
          state.partitionEpoch(),
          state.isr(),
          state.leaderRecoveryState());
    }

    static Result refused(Change change, ErrorCode error) {
      return new Result(
          change.topicId(),
          change.partition(),
          error,
          PartitionImage.NO_LEADER,
          -1,
          -1,
          List.of(),
          LeaderRecoveryState.RECOVERED);
    }
  }

  public AlterPartition {
    partitions = List.copyOf(partitions);
  }
}
