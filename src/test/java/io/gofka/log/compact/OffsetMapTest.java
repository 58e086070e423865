package io.gofka.log.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetMapTest {
  private static byte[] key(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  private static boolean put(OffsetMap map, int key, long offset) {
    return map.put(key(key), 0, 4, offset);
  }

  private static long get(OffsetMap map, int key) {
    return map.get(key(key), 0, 4);
  }

  @Test
  void lastOffsetOfEachKeyIsKeptAsInAnyMap() {
    Random random = new Random(5);
    OffsetMap map = new OffsetMap(1 << 20, 2000, 0.9, random.nextLong(), random.nextLong());
    Map<Integer, Long> expected = new HashMap<>();
    for (long offset = 0; offset < 10_000; offset++) {
      int key = random.nextInt(2000);
      assertTrue(put(map, key, offset));
      expected.put(key, offset);
    }
    assertEquals(expected.size(), map.size());
    for (int key = 0; key < 3000; key++) {
      assertEquals(expected.getOrDefault(key, -1L), get(map, key));
    }
  }

  @Test
  void fullMapRefusesNewKeysAndStillTakesThoseItHas() {
    OffsetMap map = new OffsetMap(10 * OffsetMap.SLOT_BYTES, 1000, 0.8, 1, 2);
    assertEquals(8, map.maxKeys());
    for (int key = 0; key < 8; key++) {
      assertTrue(put(map, key, key));
    }
    assertFalse(put(map, 8, 8));
    assertEquals(-1, get(map, 8));
    assertTrue(put(map, 3, 9));
    assertEquals(9, get(map, 3));
  }

  @Test
  void loadOfOneStillLeavesASlotForTheSearchToEndAt() {
    OffsetMap map = new OffsetMap(4 * OffsetMap.SLOT_BYTES, 1000, 1, 1, 2);
    for (int key = 0; key < map.maxKeys(); key++) {
      assertTrue(put(map, key, key));
    }
    assertEquals(-1, get(map, 1000));
  }

  @Test
  void smallestMapTakesOneKey() {
    OffsetMap map = new OffsetMap(0, 0, 0, 1, 2);
    assertTrue(put(map, 7, 0));
    assertFalse(put(map, 8, 1));
    assertEquals(0, get(map, 7));
  }
}
