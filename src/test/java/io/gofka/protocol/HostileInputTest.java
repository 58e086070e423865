package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Message;
import org.junit.jupiter.api.Test;

/**
 * Frames that were valid once, of every message in every version, mutilated in all the ways that
 * have brought down brokers. Whatever comes: the answer is a message or a {@link WireException},
 * what is allocated stays in proportion to the frame, and nobody keeps a reference to it. A failure
 * names the seed and the frame; {@code -Dgofka.protocol.seed=} runs it again.
 */
class HostileInputTest {
  private static final long SEED = Long.getLong("gofka.protocol.seed", 20_261_122L);

  private static final int MIN_INPUTS = 200_000;

  /**
   * What reading a frame may allocate: objects are larger than the bytes they are read from, but
   * not by any factor.
   */
  private static final int BYTES_PER_FRAME = 8 * 1024;

  private static final int BYTES_PER_BYTE = 40;

  /**
   * Lengths, counts and varints that a reader must not believe, in the forms they have on the wire.
   */
  private static final List<byte[]> LENGTHS =
      List.of(
          hex("fffe"),
          hex("ffff"),
          hex("0000"),
          hex("7fff"),
          hex("fffffffe"),
          hex("ffffffff"),
          hex("00000000"),
          hex("7fffffff"),
          hex("80000000"),
          hex("00"),
          hex("7f"),
          hex("ffffffff07"), // 2^31 - 1 as varint
          hex("ffffffff0f"), // 2^32 - 1
          hex("8080808010"), // 2^32
          hex("8080808000"), // a long zero
          hex("ffffffffffffffffff01")); // ten bytes

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Class<? extends ApiMessage> type;
  private MessageReader<? extends ApiMessage> reader;
  private short version;
  private boolean lastWasRead;
  private int inputs;
  private int refused;
  private double mostPerByte;

  @Test
  void mutilatedFramesAreRefusedOrReadWithinTheirMeans() throws Exception {
    for (Class<? extends ApiMessage> message : GofkaObjects.messageClasses()) {
      var kafkas = KafkaObjects.classOf(message.getSimpleName());
      if (kafkas.isPresent()) {
        type = message;
        reader = GofkaObjects.reader(message);
        attackAllVersions(kafkas.get());
      }
    }
    assertTrue(inputs >= MIN_INPUTS, inputs + " inputs only");
    assertTrue(refused > inputs / 4 && refused < inputs, refused + " of " + inputs + " refused");
    System.out.printf(
        "%d hostile inputs, %d refused, at most %.1f bytes allocated per byte%n",
        inputs, refused, mostPerByte);
  }

  private void attackAllVersions(Class<? extends Message> kafkas) throws Exception {
    ApiMessage empty = type.getConstructor().newInstance();
    for (int v = empty.lowestSupportedVersion(); v <= empty.highestSupportedVersion(); v++) {
      version = (short) v;
      Random random = new Random(SEED * 31 + type.getSimpleName().hashCode() * 1009L + v);
      Shape shape = KafkaObjects.shape(kafkas, v);
      byte[] frame =
          GofkaObjects.write(GofkaObjects.create(type, Content.random(shape, random, 1)), version);
      attack(frame, random);
    }
  }

  private void attack(byte[] frame, Random random) {
    assertTrue(reads(frame), "the valid frame is refused");
    for (int length = 0; length < frame.length; length++) {
      assertTrue(!reads(Arrays.copyOf(frame, length)), "read from " + length + " bytes of it");
    }
    for (int i = 0; i < 60 && frame.length > 0; i++) {
      byte[] flipped = frame.clone();
      flipped[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
      reads(flipped);
    }
    for (byte[] length : LENGTHS) {
      for (int i = 0; i < 8; i++) {
        reads(overwritten(frame, random.nextInt(frame.length + 1), length));
      }
    }
    for (int i = 0; i < 4; i++) {
      reads(flood(frame, random.nextInt(frame.length + 1), random));
      reads(filled(frame, random.nextInt(frame.length + 1), (byte) random.nextInt(3)));
    }
    reads(
        flood(
            frame,
            Math.max(0, frame.length - 1),
            random)); // Where most flexible ones have their tags.
    for (int i = 0; i < 20; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      reads(noise);
    }
  }

  private static byte[] overwritten(byte[] frame, int offset, byte[] bytes) {
    byte[] result = Arrays.copyOf(frame, Math.max(frame.length, offset + bytes.length));
    System.arraycopy(bytes, 0, result, offset, bytes.length);
    return result;
  }

  /**
   * From there on only tagged fields: many, empty, their number true or boundless, sometimes one
   * twice.
   */
  private static byte[] flood(byte[] frame, int offset, Random random) {
    int count = 1 + random.nextInt(1500);
    ByteBuf out = Unpooled.buffer();
    out.writeBytes(frame, 0, offset);
    varint(out, random.nextInt(4) == 0 ? Integer.MAX_VALUE : count);
    boolean twice = random.nextInt(4) == 0;
    for (int tag = 0; tag < count; tag++) {
      varint(out, twice ? tag / 2 : tag);
      varint(out, tag % 2);
      out.writeZero(tag % 2);
    }
    byte[] result = new byte[out.readableBytes()];
    out.readBytes(result);
    return result;
  }

  private static void varint(ByteBuf out, int value) {
    int rest = value;
    while (rest > 0x7f) {
      out.writeByte(rest | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  /**
   * A large count, then as much of one byte as it announces: the most elements that can be had for
   * the bytes.
   */
  private static byte[] filled(byte[] frame, int offset, byte filling) {
    byte[] result = Arrays.copyOf(frame, offset + 3000);
    Arrays.fill(result, offset, result.length, filling);
    result[offset] = (byte) 0x80;
    result[offset + 1] = 0x08;
    return result;
  }

  private boolean reads(byte[] frame) {
    inputs++;
    long allocated = allocatedByReading(frame);
    if (perByte(allocated, frame) > mostPerByte) {
      allocated = allocatedByReading(frame); // The first time, classes may have been loaded.
      mostPerByte = Math.max(mostPerByte, perByte(allocated, frame));
    }
    if (allocated > limit(frame)) {
      throw new AssertionError(allocated + " bytes allocated for " + describe(frame));
    }
    return lastWasRead;
  }

  private long allocatedByReading(byte[] frame) {
    ByteBuf in = Unpooled.wrappedBuffer(frame);
    long before = thread.getCurrentThreadAllocatedBytes();
    try {
      Wire.readFully(in, version, reader);
      lastWasRead = true;
    } catch (WireException e) {
      lastWasRead = false;
      refused++;
      assertTrue(e.getMessage().contains(type.getSimpleName() + " v" + version), e.getMessage());
    } catch (RuntimeException | Error e) {
      throw new AssertionError("not a WireException for " + describe(frame), e);
    }
    long allocated = thread.getCurrentThreadAllocatedBytes() - before;
    assertEquals(1, in.refCnt(), "references to the frame");
    return allocated;
  }

  private static double perByte(long allocated, byte[] frame) {
    return (double) (allocated - BYTES_PER_FRAME) / Math.max(1, frame.length);
  }

  private static long limit(byte[] frame) {
    return BYTES_PER_FRAME + (long) BYTES_PER_BYTE * frame.length;
  }

  private String describe(byte[] frame) {
    return (type.getSimpleName() + " v" + version + " of seed " + SEED + ", frame ")
        + HexFormat.of().formatHex(frame);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
