package io.gofka.network;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Has a socket read into the large frame that its {@link FrameDecoder} has yet to fill, so that
 * nothing of what was read is copied to make a frame of it. Connections whose frames are small are
 * read as Netty reads them.
 *
 * <p>For sockets that nothing stands between and the decoder: what TLS reads are no frames.
 */
final class FrameReadAllocator implements RecvByteBufAllocator {
  /**
   * While a read brings so much of large frames, their sender is likely to be at it still. To wait
   * for the rest costs more than to ask once too often.
   */
  private static final int BUSY_READ_BYTES = 16 * 1024;

  /** Then the turn of the loop goes on to what is to be done with it. */
  private static final int MAX_TURN_BYTES = 1 << 20;

  private final FrameDecoder decoder;
  private final RecvByteBufAllocator netty;

  /**
   * @param netty the channel's own: how many reads there are in a turn, and how large small ones
   *     are
   */
  FrameReadAllocator(FrameDecoder decoder, RecvByteBufAllocator netty) {
    this.decoder = decoder;
    this.netty = netty;
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Reads((ExtendedHandle) netty.newHandle());
  }

  private final class Reads extends DelegatingHandle implements ExtendedHandle {
    private final ExtendedHandle netty;
    private int turnBytes;

    Reads(ExtendedHandle netty) {
      super(netty);
      this.netty = netty;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return decoder.bufferForRead(allocator, guess());
    }

    @Override
    public void reset(ChannelConfig config) {
      turnBytes = 0;
      super.reset(config);
    }

    @Override
    public void lastBytesRead(int bytes) {
      turnBytes += Math.max(0, bytes);
      super.lastBytesRead(bytes);
    }

    @Override
    public boolean continueReading() {
      return continueReading(() -> lastBytesRead() == attemptedBytesRead());
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return turnBytes < MAX_TURN_BYTES
          && netty.continueReading(() -> senderIsBusy() || maybeMoreData.get());
    }

    private boolean senderIsBusy() {
      return decoder.usuallyLarge() && lastBytesRead() >= BUSY_READ_BYTES;
    }
  }
}
