package io.gofka.api;

import io.gofka.common.ErrorCode;

/**
 * In what words the members of a group are told that its coordinator is away, is being loaded, or
 * has moved. Each API of a group has its own few errors after which every client tries again by
 * itself; any other surfaces in the application, although nothing is wrong with the group.
 */
final class CoordinatorAbsence {
  private CoordinatorAbsence() {}

  /**
   * Whose coordinator is being loaded is alive and known: sessions begin anew when that is done.
   * Older clients don't expect the error here, and Kafka answers in the same way.
   */
  static ErrorCode inHeartbeat(ErrorCode error) {
    return error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : error;
  }

  /**
   * The rebalance that the member takes part in is lost with the former coordinator. It joins
   * again, without having to look for this one; a client would raise the error itself.
   */
  static ErrorCode inSync(ErrorCode error) {
    return error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
        ? ErrorCode.REBALANCE_IN_PROGRESS
        : error;
  }

  /** Consumers look for the coordinator again after this error only. */
  static ErrorCode inOffsetFetch(ErrorCode error) {
    return error == ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : error;
  }
}
