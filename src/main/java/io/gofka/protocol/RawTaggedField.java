package io.gofka.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * A tagged field nobody here knows (KIP-482), kept so that it is written back as it came.
 *
 * @param tag its number, not negative
 * @param data its bytes, from reader to writer index; a slice of the input when it was read
 */
public record RawTaggedField(int tag, ByteBuf data) {
  public RawTaggedField {
    Objects.requireNonNull(data, "data");
    if (tag < 0) {
      throw new IllegalArgumentException("tag " + tag + " is negative");
    }
  }
}
