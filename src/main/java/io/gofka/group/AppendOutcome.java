package io.gofka.group;

import io.gofka.common.ErrorCode;

/**
 * What the result of an append means for the coordinator whose records they were.
 *
 * @param told what those who wait are told: an error that lets a client try again where that helps
 */
record AppendOutcome(Fate fate, ErrorCode told) {
  enum Fate {
    /** The records are in the log for good. */
    COMMITTED,
    /** The records are not in the log and never will be. */
    REFUSED,
    /** The records may be in the log, now or after the next change of leader. */
    UNKNOWN
  }

  static AppendOutcome of(ErrorCode error) {
    return switch (error) {
      case NONE -> new AppendOutcome(Fate.COMMITTED, ErrorCode.NONE);
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE ->
          new AppendOutcome(Fate.REFUSED, ErrorCode.MESSAGE_TOO_LARGE);
      // Too few replicas are in sync, or nobody serves the log: nothing was even tried.
      case NOT_ENOUGH_REPLICAS, COORDINATOR_NOT_AVAILABLE ->
          new AppendOutcome(Fate.REFUSED, ErrorCode.COORDINATOR_NOT_AVAILABLE);
      case CORRUPT_MESSAGE,
          INVALID_RECORD,
          INVALID_TIMESTAMP,
          INVALID_REQUIRED_ACKS,
          INVALID_TOPIC_EXCEPTION,
          POLICY_VIOLATION,
          UNSUPPORTED_COMPRESSION_TYPE,
          UNSUPPORTED_FOR_MESSAGE_FORMAT ->
          new AppendOutcome(Fate.REFUSED, ErrorCode.UNKNOWN_SERVER_ERROR);
      // Leadership may have been lost before the append or while it waited for the replicas.
      case NOT_LEADER_OR_FOLLOWER,
          FENCED_LEADER_EPOCH,
          UNKNOWN_LEADER_EPOCH,
          UNKNOWN_TOPIC_OR_PARTITION,
          UNKNOWN_TOPIC_ID,
          KAFKA_STORAGE_ERROR ->
          new AppendOutcome(Fate.UNKNOWN, ErrorCode.NOT_COORDINATOR);
      default -> new AppendOutcome(Fate.UNKNOWN, ErrorCode.COORDINATOR_NOT_AVAILABLE);
    };
  }
}
