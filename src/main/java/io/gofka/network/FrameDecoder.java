package io.gofka.network;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Deque;
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
  private static final int FIRST_CAPACITY_BYTES = 4 * 1024;

  private final int maxFrameBytes;
  private final LongConsumer onBuffered;

  private int sizeBytesRead;
  private int sizeBits;
  private int frameBytes;
  private ByteBuf partial;
  private boolean failed;

  /** What was read from the socket and not looked at, while held. */
  private final Deque<ByteBuf> unread = new ArrayDeque<>();

  private ChannelHandlerContext context;
  private long countedUnreadBytes;
  private boolean held;
  private boolean autoRead = true;
  private boolean decoding;
  private boolean closed;

  /**
   * @param maxFrameBytes {@code socket.request.max.bytes}
   * @param onBuffered told by how many bytes the unfinished frame and what is held back have grown
   *     (or shrunk, when they are emitted or dropped)
   */
  FrameDecoder(int maxFrameBytes, LongConsumer onBuffered) {
    this.maxFrameBytes = maxFrameBytes;
    this.onBuffered = onBuffered;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    unread.add((ByteBuf) message);
    decode();
  }

  /**
   * Emits no more frames, not even those that have been read from the socket, and reads nothing:
   * what comes in one read may be thousands of requests.
   */
  void hold() {
    held = true;
    autoRead = false;
    context.channel().config().setAutoRead(false);
  }

  /** Goes on after {@link #hold}, with what was left over first. */
  void resume() {
    held = false;
    context.executor().execute(this::decode);
  }

  private void decode() {
    if (decoding) {
      return; // A frame's receiver resumed us: the loop below is still there.
    }
    decoding = true;
    try {
      while (!held && !unread.isEmpty()) {
        ByteBuf in = unread.peekFirst();
        decode(in);
        if (failed || !in.isReadable()) {
          unread.removeFirst().release();
        }
      }
    } finally {
      decoding = false;
    }
    if (closed) {
      releaseUnread();
    }
    countUnread();
    if (!held && !autoRead) {
      autoRead = true;
      context.channel().config().setAutoRead(true);
    }
  }

  private void decode(ByteBuf in) {
    while (in.isReadable() && !failed && !held) {
      if (sizeBytesRead < SIZE_BYTES) {
        readSize(context, in);
      }
      if (sizeBytesRead == SIZE_BYTES && !failed) {
        readFrame(context, in);
      }
    }
  }

  private void countUnread() {
    if (unread.isEmpty() && countedUnreadBytes == 0) {
      return;
    }
    long bytes = 0;
    for (ByteBuf in : unread) {
      bytes += in.readableBytes();
    }
    long change = bytes - countedUnreadBytes;
    if (change != 0) {
      countedUnreadBytes = bytes;
      onBuffered.accept(change);
    }
  }

  private void releaseUnread() {
    unread.forEach(ByteBuf::release);
    unread.clear();
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
    closed = true;
    if (!decoding) {
      releaseUnread();
      countUnread();
    }
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
