package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VoterSetTest {
  private static final VoterSet SET =
      OneReplica.voters("a", "b", "c").with(RaftWorld.unbound("d").voters().get("d"));

  @Test
  void bytesComeBackAsTheSameVoters() {
    VoterSet withSeat = SET.withSeatFor("d");
    assertEquals(SET, VoterSet.decode(SET.encode()));
    assertEquals(withSeat, VoterSet.decode(withSeat.encode()));
    assertEquals(VoterSet.EMPTY, VoterSet.decode(VoterSet.EMPTY.encode()));
  }

  @Test
  void bytesThatAreCutShortOrTooLongAreRefused() {
    ByteBuf bytes = SET.encode();
    for (int length = 0; length < bytes.readableBytes(); length++) {
      ByteBuf cut = bytes.slice(0, length);
      assertThrows(IllegalArgumentException.class, () -> VoterSet.decode(cut));
    }
    ByteBuf longer = Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(new byte[1]));
    assertThrows(IllegalArgumentException.class, () -> VoterSet.decode(longer));
  }

  @Test
  void damagedBytesAreRefusedOrAreOtherVoters() {
    Random random = new Random(5);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[SET.encode().readableBytes()];
      SET.encode().readBytes(bytes);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        VoterSet.decode(Unpooled.wrappedBuffer(bytes));
      } catch (IllegalArgumentException refused) {
        assertTrue(!refused.getMessage().isEmpty()); // Any other exception would be a bug.
      }
    }
  }

  @Test
  void majorityIsMoreThanHalf() {
    assertEquals(1, OneReplica.voters("a").majority());
    assertEquals(2, OneReplica.voters("a", "b").majority());
    assertEquals(2, OneReplica.voters("a", "b", "c").majority());
    assertEquals(3, OneReplica.voters("a", "b", "c", "d").majority());
  }

  @Test
  void thereIsABoundOnVoters() {
    SortedMap<String, Voter> many = new TreeMap<>();
    for (int i = 0; i <= VoterSet.MAX_VOTERS; i++) {
      many.putAll(RaftWorld.unbound("n" + i).voters());
    }
    assertThrows(IllegalArgumentException.class, () -> new VoterSet(many));
  }
}
