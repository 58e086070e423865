package io.gofka.network;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Cuts the byte stream of a connection into frames: a size (int32), then that many bytes. Emits
 * each frame without its size as one buffer.
 *
 * <p>A frame that has arrived whole is a slice of what was read. One that spans several reads is
 * gathered. Of a large one nothing is copied to do so: the socket is read straight into what it has
 * yet to fill ({@link FrameReadAllocator}). The buffer grows with what arrives and with what this
 * connection has sent before, never by what was announced, so that an announced size costs nobody
 * memory; and it grows ahead of what arrives only while its {@link Owner} has room for that.
 *
 * <p>A size that is negative, or above {@code maxFrameBytes}, ends the stream with an {@link
 * InvalidFrameException}; what follows can't be understood.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
  /** Whose frames they are. */
  interface Owner {
    /** Something has come from the socket, be it no whole frame. */
    void onArrived();

    /**
     * The unfinished frame and what is held back take up {@code bytes} more, or less when negative:
     * they were emitted or dropped.
     */
    void onBuffered(long bytes);

    /** How many bytes may be taken for what has not arrived yet. */
    long roomBytes();
  }

  private static final int SIZE_BYTES = 4;
  private static final int FIRST_CAPACITY_BYTES = 4 * 1024;

  /**
   * From here on a frame is worth reads of its own. Those of smaller ones bring several frames at a
   * time, of which at most one has to be copied.
   */
  private static final int LARGE_FRAME_BYTES = 128 * 1024;

  /** An unfinished frame takes at most so many times the memory of what has arrived of it. */
  private static final int GROWTH = 8;

  /** Without room it grows by one of so many of its bytes: each time it may have to be copied. */
  private static final int LEAST_GROWTH_DIVISOR = 8;

  /** A large buffer is kept for no less than one of so many of its bytes. */
  private static final int MAX_WASTE = 4;

  /** Nobody is given more for having sent large frames before. */
  private static final int MAX_EXPECTED_BYTES = 1 << 20;

  /**
   * Keeps the memory of large buffers. The adaptive allocator, Netty's default, asks the system for
   * most of them, which hands out zeroed pages.
   */
  private static final ByteBufAllocator FRAMES = PooledByteBufAllocator.DEFAULT;

  private final int maxFrameBytes;
  private final Owner owner;

  private int sizeBytesRead;
  private int sizeBits;
  private int frameBytes;
  private ByteBuf partial;
  private boolean failed;

  /** The largest frame of late: each smaller one lets it shrink a little. */
  private int usualFrameBytes;

  /** What {@link #bufferForRead} gave last: nobody else writes behind what was read into it. */
  private ByteBuf fresh;

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
   */
  FrameDecoder(int maxFrameBytes, Owner owner) {
    this.maxFrameBytes = maxFrameBytes;
    this.owner = owner;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    owner.onArrived();
    if (message == partial) {
      onPartialFilled();
    } else {
      unread.add((ByteBuf) message);
      decode();
    }
    fresh = null; // Netty uses the objects of released buffers again.
  }

  /**
   * What the next read of the socket should fill: the rest of a large frame, or a new buffer, which
   * is large enough for such a one if they are what usually comes.
   *
   * @param guessBytes what the last reads found in the socket
   */
  ByteBuf bufferForRead(ByteBufAllocator allocator, int guessBytes) {
    if (partial != null && frameBytes >= LARGE_FRAME_BYTES && unread.isEmpty()) {
      ensureWritable(1);
      return partial.retain();
    }
    int usualBytes = expectedBytes() + SIZE_BYTES;
    boolean large = usualBytes > guessBytes && usualBytes <= owner.roomBytes();
    fresh = large ? FRAMES.directBuffer(usualBytes) : allocator.ioBuffer(guessBytes);
    return fresh;
  }

  /** Whether large frames are what this connection has sent of late. */
  boolean usuallyLarge() {
    return usualFrameBytes >= LARGE_FRAME_BYTES;
  }

  private void onPartialFilled() {
    partial.release(); // The reader's reference.
    if (partial.readableBytes() >= frameBytes) {
      ByteBuf whole = partial;
      partial = null;
      owner.onBuffered(-whole.capacity());
      unread.add(whole);
      decode();
    }
  }

  /** A large frame as they usually come, and a sixteenth more: hardly any two are of one size. */
  private int expectedBytes() {
    int usualBytes = Math.min(MAX_EXPECTED_BYTES, usualFrameBytes);
    return usuallyLarge() ? Math.min(MAX_EXPECTED_BYTES, usualBytes + usualBytes / 16) : 0;
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
    fitUnread();
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

  /** What is held back may stay for long. */
  private void fitUnread() {
    for (int left = unread.size(); left > 0; left--) {
      ByteBuf in = unread.removeFirst();
      if (wastes(in, in.readableBytes())) {
        unread.add(copy(in, in.readableBytes()));
        in.release();
      } else {
        unread.add(in);
      }
    }
  }

  /** Whether a large buffer would be kept for a few bytes, which are all that is counted. */
  private static boolean wastes(ByteBuf in, int bytes) {
    return in.capacity() > LARGE_FRAME_BYTES && in.capacity() / MAX_WASTE > bytes;
  }

  private static ByteBuf copy(ByteBuf in, int bytes) {
    ByteBuf copy = FRAMES.directBuffer(bytes, bytes);
    in.readBytes(copy);
    return copy;
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
      owner.onBuffered(change);
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
      emit(ctx, wastes(in, frameBytes) ? copy(in, frameBytes) : in.readRetainedSlice(frameBytes));
      return;
    }
    if (!in.isReadable()) {
      return;
    }
    if (partial == null && mayStayIn(in)) {
      partial = in.retainedDuplicate();
      in.skipBytes(in.readableBytes());
      owner.onBuffered(partial.capacity());
      return;
    }
    if (partial == null) {
      int capacity = Math.min(frameBytes, allowedBytes(in.readableBytes(), 0));
      partial = FRAMES.directBuffer(capacity, frameBytes);
      owner.onBuffered(capacity);
    }
    int bytes = Math.min(in.readableBytes(), frameBytes - partial.readableBytes());
    ensureWritable(bytes);
    partial.writeBytes(in, bytes);
    if (partial.readableBytes() == frameBytes) {
      ByteBuf frame = partial;
      partial = null;
      owner.onBuffered(-frame.capacity());
      emit(ctx, frame);
    }
  }

  /** Whether the rest of the frame fits behind what was read, and costs no more than is due. */
  @SuppressWarnings("ReferenceEquality") // The very buffer, not one with equal bytes.
  private boolean mayStayIn(ByteBuf in) {
    return in == fresh
        && in.capacity() - in.readerIndex() >= frameBytes
        && in.capacity() <= allowedBytes(in.readableBytes(), 0);
  }

  /**
   * How large the buffer of a frame may be of which {@code arrivedBytes} are there.
   *
   * @param countedBytes the owner knows of already
   */
  private int allowedBytes(int arrivedBytes, int countedBytes) {
    long usual = Math.max(FIRST_CAPACITY_BYTES, expectedBytes() + SIZE_BYTES);
    long wanted = Math.max(usual, (long) GROWTH * arrivedBytes);
    long least =
        (long) arrivedBytes + Math.max(FIRST_CAPACITY_BYTES, arrivedBytes / LEAST_GROWTH_DIVISOR);
    long affordable = countedBytes + Math.min(Integer.MAX_VALUE, owner.roomBytes());
    return (int) Math.min(Integer.MAX_VALUE, Math.max(least, Math.min(wanted, affordable)));
  }

  private void ensureWritable(int bytes) {
    if (partial.writableBytes() < bytes) {
      int before = partial.capacity();
      int allowed = allowedBytes(partial.readableBytes() + bytes, before);
      partial.capacity(Math.min(frameBytes, allowed));
      owner.onBuffered(partial.capacity() - before);
    }
  }

  private void emit(ChannelHandlerContext ctx, ByteBuf frame) {
    usualFrameBytes = Math.max(frameBytes, usualFrameBytes - usualFrameBytes / 8);
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

  /** Whether a frame has begun that may still be finished. */
  boolean midFrame() {
    return !closed && (partial != null || sizeBytesRead > 0);
  }

  private void dropPartial() {
    failed = true;
    closed = true;
    if (!decoding) {
      releaseUnread();
      countUnread();
    }
    if (partial != null) {
      owner.onBuffered(-partial.capacity());
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
