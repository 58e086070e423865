package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigResource;

/**
 * Which resources' settings a broker speaks for: those of a broker only the broker itself, which
 * alone knows its file and its loggers. Others are refused with INVALID_REQUEST.
 */
final class OwnConfigResource {
  private OwnConfigResource() {}

  /** An empty name stands for all brokers. */
  static void requireOwnOrAll(int brokerId, String name) {
    if (!name.isEmpty()) {
      requireOwn(brokerId, name);
    }
  }

  static void requireOwn(int brokerId, String name) {
    int asked;
    try {
      asked = Integer.parseInt(name);
    } catch (NumberFormatException notANumber) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "a broker's id is a number, not '" + name + "'");
    }
    if (asked != brokerId) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST,
          "this is broker %d; what concerns broker %d must be asked there"
              .formatted(brokerId, asked));
    }
  }

  static void requireName(ConfigResource resource) {
    if (resource.name().isEmpty()) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "a resource of type " + resource.type() + " needs a name");
    }
  }
}
