package io.gofka.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Keys and values of the records in {@code __consumer_offsets} and {@code __transaction_state}. A
 * key begins with the int16 number of its type, a value with the int16 version it is written in.
 * The numbers are each coordinator's own: 0 is a key of both.
 */
public final class CoordinatorRecords {
  private static final short KEY_VERSION = 0;

  private CoordinatorRecords() {}

  /** The bytes of a key, the caller's. */
  public static ByteBuf writeKey(ByteBufAllocator allocator, ApiMessage key) {
    return write(allocator, key.apiKey(), key, KEY_VERSION);
  }

  /** The bytes of a value in this version, the caller's. */
  public static ByteBuf writeValue(ByteBufAllocator allocator, ApiMessage value, short version) {
    return write(allocator, version, value, version);
  }

  /**
   * The number of a key's type, the {@code apiKey} of its class; reads it off.
   *
   * @throws WireException when there are less than two bytes
   */
  public static short readKeyType(ByteBuf in) {
    return readInt16(in, "the type of a coordinator's key");
  }

  /**
   * The key that follows its type, to its end.
   *
   * @throws WireException when the bytes are no such key
   */
  public static <T extends ApiMessage> T readKey(ByteBuf in, MessageReader<T> reader) {
    return Wire.readFully(in, KEY_VERSION, reader);
  }

  /**
   * A value with the version before it, to its end.
   *
   * @throws WireException when the bytes are no such value
   */
  public static <T extends ApiMessage> T readValue(ByteBuf in, MessageReader<T> reader) {
    return Wire.readFully(in, readInt16(in, "the version of a coordinator's value"), reader);
  }

  private static short readInt16(ByteBuf in, String what) {
    if (in.readableBytes() < Short.BYTES) {
      throw new WireException(what + ": 2 bytes needed, " + in.readableBytes() + " left");
    }
    return in.readShort();
  }

  private static ByteBuf write(
      ByteBufAllocator allocator, short prefix, ApiMessage message, short version) {
    WireWriter out = WireWriter.allocate(allocator, Short.BYTES + message.size(version));
    try {
      out.int16(prefix);
      message.write(out, version);
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
    return out.toByteBuf();
  }
}
