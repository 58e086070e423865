package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
  private static final int LIMIT = 3;

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final OpenFiles openFiles = new OpenFiles(LIMIT);
  private final List<Segment> segments = new ArrayList<>();

  private Segment segment(int number) {
    while (segments.size() <= number) {
      Segment segment = Segment.empty(disk, "topic-" + segments.size(), 0, 0);
      segment.track(openFiles);
      segments.add(segment);
    }
    return segments.get(number);
  }

  @Test
  void noMoreFilesAreOpenThanAllowed() throws IOException {
    for (int i = 0; i < 100; i++) {
      segment(i).file();
      assertTrue(disk.openReferences() <= LIMIT, disk.openReferences() + " open files");
    }
    assertEquals(LIMIT, openFiles.count());
  }

  @Test
  void fileThatIsUsedAgainAndAgainStaysOpen() throws IOException {
    for (int i = 1; i < 20; i++) {
      segment(0).file();
      segment(i).file();
      assertTrue(segment(0).isOpen(), "closed with the opening of " + i);
    }
  }

  @Test
  void closedFileIsOpenedAgainWhenItIsNeeded() throws IOException {
    for (int i = 0; i < 10; i++) {
      segment(i).file();
    }
    assertFalse(segment(0).isOpen());
    segment(0).file();
    assertTrue(segment(0).isOpen());
    assertEquals(LIMIT, disk.openReferences());
  }

  @Test
  void fileThatSomebodyHoldsStaysReadable() throws IOException {
    DiskFile held = segment(0).file().retain();
    for (int i = 1; i < 10; i++) {
      segment(i).file();
    }
    assertFalse(segment(0).isOpen());
    assertEquals(LIMIT + 1, disk.openReferences());
    held.release();
    assertEquals(LIMIT, disk.openReferences());
  }
}
