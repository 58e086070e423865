package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.raft.LogEntry;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class EntryTailTest {
  private final EntryTail tail = new EntryTail(4, 1_000);

  private static LogEntry entry(long index, int size) {
    return new LogEntry(1, index, LogEntry.Kind.DATA, Unpooled.wrappedBuffer(new byte[size]));
  }

  @Test
  void theOldestGoesWhenThereAreTooMany() {
    for (int i = 10; i < 16; i++) {
      tail.add(entry(i, 1));
    }
    assertEquals(12, tail.first());
    assertEquals(16, tail.end());
    assertNull(tail.get(11));
    assertEquals(entry(12, 1), tail.get(12));
  }

  @Test
  void theOldestGoWhenTheyAreTooLargeButTheLatestStays() {
    tail.add(entry(0, 600));
    tail.add(entry(1, 600));
    assertEquals(1, tail.first());
    tail.add(entry(2, 5_000));
    assertEquals(2, tail.first());
    assertEquals(3, tail.end());
  }

  @Test
  void whatComesAgainIsNotAdded() {
    tail.add(entry(0, 1));
    tail.add(entry(1, 1));
    tail.add(entry(0, 1));
    assertEquals(0, tail.first());
    assertEquals(2, tail.end());
  }

  @Test
  void behindAGapItBeginsAnew() {
    assertTrue(tail.isEmpty());
    tail.add(entry(0, 1));
    tail.add(entry(7, 1));
    assertEquals(7, tail.first());
    assertEquals(8, tail.end());
    assertNull(tail.get(0));
  }
}
