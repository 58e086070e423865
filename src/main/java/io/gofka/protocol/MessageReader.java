package io.gofka.protocol;

import io.netty.buffer.ByteBuf;

/** The {@code read} method of a message class, as in {@code OffsetCommitValue::read}. */
@FunctionalInterface
public interface MessageReader<T extends ApiMessage> {
  /**
   * Reads one message from the reader index on and leaves the reader index behind it.
   *
   * @throws WireException when the bytes are no such message; the reader index is then anywhere
   */
  T read(ByteBuf in, short version);
}
