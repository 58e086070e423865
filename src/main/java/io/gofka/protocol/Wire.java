package io.gofka.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Whole messages and frames at once. */
public final class Wire {
  private Wire() {}

  /**
   * Reads a message that fills the input from its reader index to its end.
   *
   * @throws WireException when the bytes are no such message, or some are left over
   */
  public static <T extends ApiMessage> T readFully(
      ByteBuf in, short version, MessageReader<T> reader) {
    T message = reader.read(in, version);
    requireNoneLeft(in, message, version);
    return message;
  }

  /**
   * @throws WireException when bytes are left after the message
   */
  public static void requireNoneLeft(ByteBuf in, ApiMessage message, short version) {
    if (in.isReadable()) {
      throw new WireException(
          message.getClass().getSimpleName()
              + (" v" + version + ": " + in.readableBytes() + " bytes follow the message"));
    }
  }

  /**
   * A message as one buffer, the caller's; its payloads must lie in memory.
   *
   * @throws WireException when the content has no form in this version; no payload is taken over
   *     then
   */
  public static ByteBuf toByteBuf(ByteBufAllocator allocator, ApiMessage message, short version) {
    WireWriter out = WireWriter.allocate(allocator, message.size(version));
    try {
      message.write(out, version);
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
    return out.toByteBuf();
  }

  /**
   * A frame as it goes to the socket: its size (int32), header and body, as buffers and file
   * regions in order, each with one reference that is the caller's. The body's payloads are taken
   * over.
   *
   * @throws WireException when the content has no form in its version; no payload is taken over
   *     then
   */
  public static List<Object> frame(
      ByteBufAllocator allocator,
      ApiMessage header,
      short headerVersion,
      ApiMessage body,
      short version) {
    int size = Math.addExact(header.size(headerVersion), body.size(version));
    WireWriter out = WireWriter.allocate(allocator, Math.addExact(Integer.BYTES, size));
    try {
      out.int32(size);
      header.write(out, headerVersion);
      body.write(out, version);
    } catch (RuntimeException e) {
      out.release();
      throw e;
    }
    return out.parts();
  }
}
