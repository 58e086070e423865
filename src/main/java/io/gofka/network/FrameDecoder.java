package io.gofka.network;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.LongConsumer;

/**
 * Cuts the byte stream of a connection into frames: a size (int32), then that many bytes. Emits
 * each frame without its size as one buffer.
 *
 * <p>A frame that has arrived whole is a slice of what was read. One that spans several reads is
 * gathered in a buffer that grows with what arrives, never by what was announced, so that an
 * announced size costs nobody memory.
 *
 * <p>A size that is negative, or above {@code maxFrameBytes}, ends the stream with an {@link
 * InvalidFrameException}; what follows can't be understood.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
  private static final int SIZE_BYTES = 4;
  private static final int FIRST_CAPACITY_BYTES = 64 * 1024;

  private final int maxFrameBytes;
  private final LongConsumer onBuffered;

  private int sizeBytesRead;
  private int sizeBits;
  private int frameBytes;
  private ByteBuf partial;
  private boolean failed;

  /**
   * @param maxFrameBytes {@code socket.request.max.bytes}
   * @param onBuffered told by how many bytes the unfinished frame has grown (or shrunk, when it is
   *     emitted or dropped)
   */
  FrameDecoder(int maxFrameBytes, LongConsumer onBuffered) {
    this.maxFrameBytes = maxFrameBytes;
    this.onBuffered = onBuffered;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      while (in.isReadable() && !failed) {
        if (sizeBytesRead < SIZE_BYTES) {
          readSize(ctx, in);
        }
        if (sizeBytesRead == SIZE_BYTES && !failed) {
          readFrame(ctx, in);
        }
      }
    } finally {
      in.release();
    }
  }

  private void readSize(ChannelHandlerContext ctx, ByteBuf in) {
    if (sizeBytesRead == 0 && in.readableBytes() >= SIZE_BYTES) {
      sizeBits = in.readInt();
      sizeBytesRead = SIZE_BYTES;
    } else {
      while (sizeBytesRead < SIZE_BYTES && in.isReadable()) {
        sizeBits = (sizeBits << Byte.SIZE) | in.readUnsignedByte();
        sizeBytesRead++;
      }
    }
    if (sizeBytesRead == SIZE_BYTES) {
      frameBytes = sizeBits;
      if (frameBytes < 0 || frameBytes > maxFrameBytes) {
        failed = true;
        ctx.fireExceptionCaught(new InvalidFrameException(frameBytes, maxFrameBytes));
      }
    }
  }

  private void readFrame(ChannelHandlerContext ctx, ByteBuf in) {
    if (partial == null && in.readableBytes() >= frameBytes) {
      emit(ctx, in.readRetainedSlice(frameBytes));
      return;
    }
    if (!in.isReadable()) {
      return;
    }
    if (partial == null) {
      int capacity = Math.min(frameBytes, Math.max(FIRST_CAPACITY_BYTES, in.readableBytes()));
      partial = ctx.alloc().directBuffer(capacity, frameBytes);
      onBuffered.accept(capacity);
    }
    int bytes = Math.min(in.readableBytes(), frameBytes - partial.readableBytes());
    ensureWritable(bytes);
    partial.writeBytes(in, bytes);
    if (partial.readableBytes() == frameBytes) {
      ByteBuf frame = partial;
      partial = null;
      onBuffered.accept(-frame.capacity());
      emit(ctx, frame);
    }
  }

  private void ensureWritable(int bytes) {
    if (partial.writableBytes() < bytes) {
      int before = partial.capacity();
      long wanted = Math.max(2L * before, (long) partial.readableBytes() + bytes);
      partial.capacity((int) Math.min(frameBytes, wanted));
      onBuffered.accept(partial.capacity() - before);
    }
  }

  private void emit(ChannelHandlerContext ctx, ByteBuf frame) {
    sizeBytesRead = 0;
    sizeBits = 0;
    ctx.fireChannelRead(frame);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    dropPartial();
    super.channelInactive(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    dropPartial();
  }

  /** Whether a frame has begun and not ended. */
  boolean midFrame() {
    return partial != null || sizeBytesRead > 0;
  }

  private void dropPartial() {
    failed = true;
    if (partial != null) {
      onBuffered.accept(-partial.capacity());
      partial.release();
      partial = null;
    }
  }

  /** The stream announces a frame that nobody may send. */
  static final class InvalidFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidFrameException(int frameBytes, int maxFrameBytes) {
      super(
          "announces a frame of "
              + frameBytes
              + " bytes, allowed are 0 to "
              + maxFrameBytes
              + " (socket.request.max.bytes)",
          null,
          false,
          false);
    }
  }
}
