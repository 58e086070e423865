package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.Optional;

/** What a member was assigned, or why nothing. */
public record SyncGroupResult(
    ErrorCode error,
    Optional<String> protocolType,
    Optional<String> protocolName,
    Bytes assignment) {

  public static SyncGroupResult refused(ErrorCode error) {
    return new SyncGroupResult(error, Optional.empty(), Optional.empty(), Bytes.EMPTY);
  }
}
