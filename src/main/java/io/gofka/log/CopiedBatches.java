package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.record.BatchValidator;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordsRefusedException;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** Batches as a leader has sent them, checked before any of them comes near a follower's log. */
final class CopiedBatches {
  private CopiedBatches() {}

  /**
   * The batches in {@code records}, from reader index to writer index.
   *
   * @param logEndOffset where the log ends that they are for: they begin there, or behind what
   *     compaction has taken
   * @param latestEpoch of the log's last record: epochs never go back along a log
   * @param leaderEpoch of who sends them: nobody can have records of a later one
   * @throws ApiException CORRUPT_MESSAGE when they are cut off, a CRC is wrong, or epochs or the
   *     offsets within go back; OFFSET_OUT_OF_RANGE when they begin before the log's end
   */
  static List<RecordBatch> check(
      ByteBuf records, long logEndOffset, int latestEpoch, int leaderEpoch) {
    List<RecordBatch> batches = split(records);
    long offset = logEndOffset;
    int epoch = latestEpoch;
    for (RecordBatch batch : batches) {
      if (batch.baseOffset() < offset) {
        throw new ApiException(
            offset == logEndOffset ? ErrorCode.OFFSET_OUT_OF_RANGE : ErrorCode.CORRUPT_MESSAGE,
            batch + " can't follow what ends at " + offset);
      }
      if (batch.lastOffsetDelta() < 0
          || batch.partitionLeaderEpoch() < epoch
          || batch.partitionLeaderEpoch() > leaderEpoch) {
        throw new ApiException(
            ErrorCode.CORRUPT_MESSAGE,
            batch + " can't come behind epoch " + epoch + " from a leader of " + leaderEpoch);
      }
      if (!batch.crcMatches()) {
        throw new ApiException(ErrorCode.CORRUPT_MESSAGE, "the CRC of " + batch + " is wrong");
      }
      offset = batch.nextOffset();
      epoch = batch.partitionLeaderEpoch();
    }
    return batches;
  }

  private static List<RecordBatch> split(ByteBuf records) {
    try {
      return BatchValidator.batches(records);
    } catch (RecordsRefusedException refused) {
      throw new ApiException(ErrorCode.CORRUPT_MESSAGE, refused.getMessage());
    }
  }
}
