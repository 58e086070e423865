package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.network.FrameDecoder.InvalidFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
  private static final int MAX_FRAME_BYTES = 1 << 20;
  private static final int LARGE_FRAME_BYTES = 300_000;

  private long bufferedBytes;
  private long mostBufferedBytes;
  private int arrivals;
  private long roomBytes = Long.MAX_VALUE;
  private final FrameDecoder decoder =
      new FrameDecoder(
          MAX_FRAME_BYTES,
          new FrameDecoder.Owner() {
            @Override
            public void onArrived() {
              arrivals++;
            }

            @Override
            public void onBuffered(long bytes) {
              bufferedBytes += bytes;
              mostBufferedBytes = Math.max(mostBufferedBytes, bufferedBytes);
            }

            @Override
            public long roomBytes() {
              return roomBytes;
            }
          });
  private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
  private final ExtendedHandle reads =
      new FrameReadAllocator(decoder, channel.config().getRecvByteBufAllocator()).newHandle();
  private int lastReadBytes;
  private int lastReadCapacity;

  @AfterEach
  void nothingStaysBehind() {
    channel.finishAndReleaseAll();
    assertEquals(0, bufferedBytes, "request memory that was never given back");
  }

  @Test
  void framesComeOutAsTheyWentInHoweverTheStreamIsCut() {
    framesComeOutAsTheyWentIn(channel::writeInbound);
  }

  @Test
  void framesReadIntoTheirBuffersComeOutAsTheyWentInHoweverTheStreamIsCut() {
    framesComeOutAsTheyWentIn(this::read);
  }

  private void framesComeOutAsTheyWentIn(Consumer<ByteBuf> reader) {
    Random random = new Random(42);
    for (int round = 0; round < 200; round++) {
      boolean tiny = random.nextBoolean();
      int maxBytes = tiny ? 50 : 400_000;
      List<byte[]> frames = new ArrayList<>();
      ByteBuf stream = Unpooled.buffer();
      for (int i = 0; i < 5; i++) {
        byte[] frame = new byte[random.nextInt(random.nextBoolean() ? 10 : maxBytes)];
        random.nextBytes(frame);
        frames.add(frame);
        stream.writeInt(frame.length).writeBytes(frame);
      }
      while (stream.isReadable()) {
        int bytes = Math.min(stream.readableBytes(), 1 + random.nextInt(tiny ? 7 : 150_000));
        reader.accept(stream.readBytes(bytes));
      }
      stream.release();
      for (byte[] expected : frames) {
        ByteBuf frame = channel.readInbound();
        assertArrayEquals(expected, ByteBufUtil.getBytes(frame));
        frame.release();
      }
      assertNull(channel.readInbound());
      assertFalse(decoder.midFrame());
      assertEquals(0, bufferedBytes);
    }
  }

  @Test
  void largeFrameStaysWhereItWasReadTo() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES); // Of the first one nothing is known yet.
    for (int bytes : new int[] {LARGE_FRAME_BYTES, LARGE_FRAME_BYTES + 1_000}) {
      int firstBytes = bytes / 3;
      ByteBuf first = read(Unpooled.buffer().writeInt(bytes).writeZero(firstBytes));
      long address = first.memoryAddress() + Integer.BYTES;

      assertEquals(address, finishFrame(bytes, bytes - firstBytes));
    }
  }

  @Test
  void firstLargeFrameIsReadIntoItsBufferOnceItsSizeIsKnown() {
    read(Unpooled.buffer().writeInt(LARGE_FRAME_BYTES).writeZero(60_000));
    ByteBuf second = read(Unpooled.buffer().writeZero(100_000));

    assertEquals(second.memoryAddress(), finishFrame(LARGE_FRAME_BYTES, 140_000));
  }

  @Test
  void smallFramesAreReadSeveralAtATime() {
    sendFrames(100, 16_000);

    sendFrames(3, 16_000);
    assertEquals(3 * 16_004, lastReadBytes);
  }

  @Test
  void connectionThatSendsLargeFramesNoMoreIsReadLikeAnyOther() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES);
    assertTrue(decoder.usuallyLarge());
    sendFrames(20, 10);

    assertFalse(decoder.usuallyLarge());
    sendFrames(1, 10);
    assertTrue(lastReadCapacity < LARGE_FRAME_BYTES, lastReadCapacity + " bytes");
  }

  @Test
  void closedWhileALargeFrameIsBeingReadGivesItBack() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES);
    ByteBuf stays = read(Unpooled.buffer().writeInt(LARGE_FRAME_BYTES).writeZero(1_000));
    ByteBuf reading = decoder.bufferForRead(channel.alloc(), 1_000);
    assertEquals(stays.memoryAddress(), reading.memoryAddress());
    ChannelHandlerContext context = channel.pipeline().context(decoder);

    channel.close();
    decoder.channelRead(context, reading.writeZero(1_000));

    assertEquals(0, reading.refCnt());
    assertEquals(0, bufferedBytes);
  }

  @Test
  void withoutRoomAFrameTakesHardlyMoreThanWhatHasArrivedOfIt() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES);
    roomBytes = 0;

    read(Unpooled.buffer().writeInt(LARGE_FRAME_BYTES).writeZero(10_000));
    assertTrue(lastReadCapacity < LARGE_FRAME_BYTES, "a read took " + lastReadCapacity);
    for (int arrived = 10_000; arrived < 200_000; arrived += 10_000) {
      assertTrue(bufferedBytes <= arrived * 9 / 8 + 4096, arrived + " take " + bufferedBytes);
      read(Unpooled.buffer().writeZero(10_000));
    }
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES - 200_000);
  }

  @Test
  void frameGrowsIntoTheRoomThereIs() {
    roomBytes = 30_000;
    channel.writeInbound(Unpooled.buffer().writeInt(LARGE_FRAME_BYTES).writeZero(10_000));
    assertEquals(30_000, bufferedBytes);
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES - 10_000);
  }

  @Test
  void smallFrameDoesNotKeepTheBufferOfALargeOne() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES);
    ByteBuf readTo = read(Unpooled.buffer().writeInt(100).writeZero(100));
    assertTrue(lastReadCapacity > LARGE_FRAME_BYTES);

    assertEquals(0, readTo.refCnt());
    ByteBuf frame = channel.readInbound();
    assertEquals(100, frame.readableBytes());
    frame.release();
  }

  @Test
  void whatIsHeldBackDoesNotKeepTheBufferOfALargeFrame() {
    finishFrame(LARGE_FRAME_BYTES, LARGE_FRAME_BYTES);
    decoder.hold();
    ByteBuf readTo = read(Unpooled.buffer().writeInt(100).writeZero(100));
    assertTrue(lastReadCapacity > LARGE_FRAME_BYTES);

    assertEquals(0, readTo.refCnt());
    assertEquals(104, bufferedBytes);
    decoder.resume();
    channel.runPendingTasks();
    ByteBuf frame = channel.readInbound();
    assertEquals(100, frame.readableBytes());
    frame.release();
  }

  @Test
  void eachReadIsTold() {
    read(Unpooled.buffer().writeInt(LARGE_FRAME_BYTES).writeZero(100_000));
    long buffered = bufferedBytes;
    int before = arrivals;
    read(Unpooled.buffer().writeZero(1));

    assertEquals(before + 1, arrivals);
    assertEquals(buffered, bufferedBytes, "no other sign of it");
  }

  /** Sends the last bytes of a frame. Returns where its content is. */
  private long finishFrame(int frameBytes, int bytes) {
    ByteBuf rest = Unpooled.buffer();
    if (bytes == frameBytes) {
      rest.writeInt(frameBytes);
    }
    read(rest.writeZero(bytes));
    ByteBuf frame = channel.readInbound();
    assertEquals(frameBytes, frame.readableBytes());
    long address = frame.memoryAddress() + frame.readerIndex();
    frame.release();
    return address;
  }

  private void sendFrames(int count, int frameBytes) {
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      stream.writeInt(frameBytes).writeZero(frameBytes);
    }
    read(stream);
    for (int i = 0; i < count; i++) {
      ByteBuf frame = channel.readInbound();
      assertEquals(frameBytes, frame.readableBytes());
      frame.release();
    }
  }

  /** As a socket does that holds {@code arrived}. Returns what the last read filled. */
  private ByteBuf read(ByteBuf arrived) {
    reads.reset(channel.config());
    ByteBuf buffer = null;
    while (arrived.isReadable()) {
      buffer = reads.allocate(channel.alloc());
      int bytes = Math.min(arrived.readableBytes(), buffer.writableBytes());
      reads.attemptedBytesRead(buffer.writableBytes());
      buffer.writeBytes(arrived, bytes);
      reads.lastBytesRead(bytes);
      lastReadBytes = bytes;
      lastReadCapacity = buffer.capacity();
      reads.incMessagesRead(1);
      channel.pipeline().fireChannelRead(buffer);
    }
    arrived.release();
    reads.readComplete();
    return buffer;
  }

  @Test
  void announcedSizeAllocatesNothingBeforeItArrives() {
    channel.writeInbound(Unpooled.buffer().writeInt(MAX_FRAME_BYTES).writeByte(1));

    assertTrue(decoder.midFrame());
    assertTrue(mostBufferedBytes <= 64 * 1024, "buffered " + mostBufferedBytes);
  }

  @Test
  void frameAboveTheLimitEndsTheStream() {
    ByteBuf stream = Unpooled.buffer().writeInt(MAX_FRAME_BYTES + 1).writeZero(8).writeInt(0);

    InvalidFrameException refused =
        assertThrows(InvalidFrameException.class, () -> channel.writeInbound(stream));
    assertTrue(refused.getMessage().contains("socket.request.max.bytes"));
    assertNull(channel.readInbound());
  }

  @Test
  void negativeSizeEndsTheStream() {
    assertThrows(
        InvalidFrameException.class, () -> channel.writeInbound(Unpooled.buffer().writeInt(-1)));
  }

  @Test
  void unfinishedFrameIsGivenBackWhenTheConnectionCloses() {
    channel.writeInbound(Unpooled.buffer().writeInt(1000).writeZero(999));
    assertTrue(bufferedBytes > 0);

    channel.close().syncUninterruptibly();

    assertEquals(0, bufferedBytes);
    assertFalse(decoder.midFrame(), "nobody waits for the rest of it");
  }

  @Test
  void heldDecoderEmitsNothingOfWhatItHasReadUntilItIsResumed() {
    List<Integer> emitted = new ArrayList<>();
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                emitted.add(((ByteBuf) message).readInt());
                ((ByteBuf) message).release();
                if (emitted.size() % 3 == 0) {
                  decoder.hold();
                }
              }
            });
    ByteBuf stream = Unpooled.buffer();
    for (int i = 0; i < 10; i++) {
      stream.writeInt(Integer.BYTES).writeInt(i);
    }

    channel.writeInbound(stream);
    assertEquals(List.of(0, 1, 2), emitted);
    assertEquals(7 * 8, bufferedBytes, "what is held back counts");
    assertFalse(channel.config().isAutoRead());

    for (int resumed = 6; resumed <= 9; resumed += 3) {
      decoder.resume();
      channel.runPendingTasks();
      assertEquals(resumed, emitted.size());
      assertFalse(channel.config().isAutoRead());
    }
    decoder.resume();
    channel.runPendingTasks();
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), emitted);
    assertTrue(channel.config().isAutoRead());
  }

  @Test
  void whatIsHeldBackIsReleasedWithTheConnection() {
    decoder.hold();
    ByteBuf stream = Unpooled.buffer().writeInt(1_000).writeLong(1);
    channel.writeInbound(stream);
    assertEquals(12, bufferedBytes);
    channel.close();
    assertEquals(0, stream.refCnt());
  }
}
