package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageAssemblerTest {
  private static final int MAX_BYTES = 300_000_000;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final List<ByteBuf> whole = new ArrayList<>();
  private final MessageAssembler assembler = new MessageAssembler(allocator, MAX_BYTES, whole::add);

  private static ByteBuf prefix(int length) {
    return Unpooled.buffer().writeByte(0).writeInt(length);
  }

  @Test
  void messagesComeOutWholeHoweverTheyWereTorn() {
    Random random = new Random(3);
    ByteBuf stream = Unpooled.buffer();
    List<byte[]> sent = new ArrayList<>();
    for (int size : new int[] {0, 1, 5, 4096, 0, 700_000, 3, 2_000_000}) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      sent.add(content);
      stream.writeBytes(prefix(size)).writeBytes(content);
    }
    while (stream.isReadable()) {
      int most = random.nextBoolean() ? 4 : 300_000;
      assembler.onBytes(stream.readSlice(Math.min(stream.readableBytes(), random.nextInt(most))));
    }
    assertEquals(sent.size(), whole.size());
    for (int i = 0; i < sent.size(); i++) {
      assertEquals(Unpooled.wrappedBuffer(sent.get(i)), whole.get(i));
      whole.get(i).release();
    }
    assertEquals(0, allocator.metric().usedDirectMemory());
  }

  @Test
  void memoryIsTakenForWhatCameNotForWhatIsAnnounced() {
    assembler.onBytes(prefix(MAX_BYTES));
    assembler.onBytes(Unpooled.wrappedBuffer(new byte[1000]));
    assertTrue(allocator.metric().usedDirectMemory() < 1_000_000);
    assembler.close();
    assertEquals(0, allocator.metric().usedDirectMemory());
    assembler.onBytes(Unpooled.wrappedBuffer(new byte[1000]));
    assertEquals(0, allocator.metric().usedDirectMemory());
  }

  @Test
  void whatIsTooLargeOrCompressedIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> assembler.onBytes(prefix(MAX_BYTES + 1)));
    assertThrows(IllegalArgumentException.class, () -> assembler.onBytes(prefix(-1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> assembler.onBytes(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("0100000001"))));
    assertEquals(List.of(), whole);
  }

  @Test
  void whoClosesItWhileAMessageIsTakenHearsOfNoOther() {
    MessageAssembler[] closing = new MessageAssembler[1];
    closing[0] =
        new MessageAssembler(
            allocator,
            MAX_BYTES,
            message -> {
              whole.add(message);
              closing[0].close();
            });
    closing[0].onBytes(prefix(1).writeByte(7).writeBytes(prefix(1)).writeByte(8));
    assertEquals(1, whole.size());
    whole.get(0).release();
    assertEquals(0, allocator.metric().usedDirectMemory());
  }
}
