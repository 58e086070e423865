package io.gofka.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;

/**
 * Puts the messages of a gRPC stream together from the pieces in which they come in: each one into
 * a direct buffer of its own, so that all of it lies in one piece, is written to a file as it is,
 * and goes when nobody needs it any more.
 */
final class MessageAssembler {
  /** Compressed or not, and the length. */
  private static final int PREFIX_BYTES = 5;

  /** Memory for what is announced is taken at once up to here, for more only as it comes in. */
  private static final int FIRST_BYTES = 512 * 1024;

  private final ByteBufAllocator allocator;
  private final int maxMessageBytes;
  private final Consumer<ByteBuf> messages;
  private final byte[] prefix = new byte[PREFIX_BYTES];
  private int prefixBytes;
  private int missingBytes;
  private ByteBuf message;
  private boolean closed;

  /**
   * @param messages is handed each message as soon as it is whole; it belongs to it
   */
  MessageAssembler(ByteBufAllocator allocator, int maxMessageBytes, Consumer<ByteBuf> messages) {
    this.allocator = allocator;
    this.maxMessageBytes = maxMessageBytes;
    this.messages = messages;
  }

  /**
   * The next piece; it is copied.
   *
   * @throws IllegalArgumentException when a message is compressed or too large
   */
  void onBytes(ByteBuf piece) {
    while (!closed && piece.isReadable()) {
      if (message == null) {
        readPrefix(piece);
      } else {
        readMessage(piece);
      }
      if (message != null && missingBytes == 0) {
        ByteBuf whole = message;
        message = null;
        messages.accept(whole);
      }
    }
  }

  private void readPrefix(ByteBuf piece) {
    int size = Math.min(PREFIX_BYTES - prefixBytes, piece.readableBytes());
    piece.readBytes(prefix, prefixBytes, size);
    prefixBytes += size;
    if (prefixBytes < PREFIX_BYTES) {
      return;
    }
    prefixBytes = 0;
    int length = 0;
    for (int i = 1; i < PREFIX_BYTES; i++) {
      length = (length << 8) | (prefix[i] & 0xFF);
    }
    if (prefix[0] != 0) {
      throw new IllegalArgumentException("a message is compressed");
    }
    if (length < 0 || length > maxMessageBytes) {
      throw new IllegalArgumentException(
          "a message of %d bytes; %d are allowed"
              .formatted(Integer.toUnsignedLong(length), maxMessageBytes));
    }
    missingBytes = length;
    message = allocator.directBuffer(Math.min(length, FIRST_BYTES), Math.max(1, length));
  }

  private void readMessage(ByteBuf piece) {
    int size = Math.min(missingBytes, piece.readableBytes());
    int wanted = message.writerIndex() + size;
    if (wanted > message.capacity()) {
      long doubled = Math.max(wanted, 2L * message.capacity());
      message.capacity((int) Math.min(doubled, message.maxCapacity()));
    }
    message.writeBytes(piece, size);
    missingBytes -= size;
  }

  /** What hasn't come in as a whole won't. */
  void close() {
    closed = true;
    if (message != null) {
      message.release();
      message = null;
    }
  }
}
