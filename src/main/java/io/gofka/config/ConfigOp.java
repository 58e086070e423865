package io.gofka.config;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import java.util.Objects;
import java.util.Optional;

/**
 * One change that IncrementalAlterConfigs asks for (KIP-339).
 *
 * @param value what is set, or the items that a list gains or loses; unused for DELETE
 */
public record ConfigOp(String name, Type type, Optional<String> value) {
  /** Kinds of changes; the order is that of their wire codes. */
  public enum Type {
    SET(0),
    DELETE(1),
    APPEND(2),
    SUBTRACT(3);

    private final byte code;

    Type(int code) {
      this.code = (byte) code;
    }

    public byte code() {
      return code;
    }
  }

  public ConfigOp {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }

  /**
   * From the parts of a request.
   *
   * @param value may be null
   * @throws ApiException INVALID_REQUEST for an unknown operation, or one whose value is missing
   */
  public static ConfigOp of(String name, byte typeCode, String value) {
    if (typeCode < 0 || typeCode >= Type.values().length) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "no operation " + typeCode + " for configuration " + name);
    }
    Type type = Type.values()[typeCode];
    if (value == null && type != Type.DELETE) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, type + " of configuration " + name + " needs a value");
    }
    return new ConfigOp(name, type, Optional.ofNullable(value));
  }
}
