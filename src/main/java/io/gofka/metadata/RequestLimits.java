package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;

/** How much one request may ask of the controller, which nobody else gets a word from meanwhile. */
final class RequestLimits {
  /** Topics, new partitions or resources in one request; Kafka has the same limit. */
  static final int MAX_CHANGES_PER_REQUEST = 10_000;

  private RequestLimits() {}

  /**
   * @throws ApiException POLICY_VIOLATION when that is too many
   */
  static void check(long count) {
    if (count > MAX_CHANGES_PER_REQUEST) {
      throw new ApiException(
          ErrorCode.POLICY_VIOLATION,
          "one request may ask for %d changes, not %d".formatted(MAX_CHANGES_PER_REQUEST, count));
    }
  }
}
