package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RequestMemoryTest {
  private static final long LIMIT = 100;

  private final RequestMemory memory = new RequestMemory(LIMIT);

  private static final class FakeReader implements RequestMemory.Reader {
    private boolean paused;
    private boolean midFrame;

    @Override
    public void pauseForMemory() {
      assertFalse(paused, "paused twice");
      paused = true;
    }

    @Override
    public void resumeFromMemory() {
      assertTrue(paused, "resumed without a pause");
      paused = false;
    }

    @Override
    public boolean midFrame() {
      return midFrame;
    }
  }

  @Test
  void whoeverGoesAboveTheBoundPausesUntilEnoughIsGivenBack() {
    FakeReader first = new FakeReader();
    FakeReader second = new FakeReader();
    memory.changed(first, LIMIT);
    assertFalse(first.paused);

    memory.changed(second, 1);
    assertTrue(second.paused);

    memory.changed(first, -LIMIT);
    assertFalse(second.paused);
    assertEquals(1, memory.usedBytes());
  }

  @Test
  void oldestUnfinishedFrameGoesOnAboveTheBound() {
    FakeReader oldest = new FakeReader();
    FakeReader younger = new FakeReader();
    oldest.midFrame = true;
    younger.midFrame = true;
    memory.changed(oldest, 60);
    memory.changed(younger, 60);
    assertTrue(younger.paused);

    memory.changed(oldest, 60);
    assertFalse(oldest.paused, "nobody could ever finish");

    oldest.midFrame = false;
    memory.changed(oldest, 0);
    assertFalse(younger.paused, "now it is the oldest");
  }

  @Test
  void nextOldestGoesOnWhenTheOldestIsGone() {
    FakeReader oldest = new FakeReader();
    FakeReader younger = new FakeReader();
    oldest.midFrame = true;
    younger.midFrame = true;
    memory.changed(oldest, 10);
    memory.changed(younger, LIMIT + 1);
    assertTrue(younger.paused);

    memory.changed(oldest, -10);
    memory.forget(oldest);

    assertFalse(younger.paused);
  }

  @Test
  void onlyTheOldestUnfinishedFrameTakesMoreThanThereIsRoomFor() {
    FakeReader oldest = new FakeReader();
    FakeReader younger = new FakeReader();
    memory.changed(younger, 30);
    assertEquals(LIMIT - 30, memory.roomBytes(oldest), "nothing of it has arrived");

    oldest.midFrame = true;
    memory.changed(oldest, 60);
    younger.midFrame = true;
    memory.changed(younger, 60);

    assertEquals(Long.MAX_VALUE, memory.roomBytes(oldest));
    assertEquals(0, memory.roomBytes(younger));
  }

  @Test
  void givingBackMoreThanWasTakenIsABug() {
    assertThrows(IllegalStateException.class, () -> memory.changed(new FakeReader(), -1));
  }
}
