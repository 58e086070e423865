package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileEntryLogTest {
  private static final String NAME = "00000000000000000000.entries";

  @TempDir Path scratch;
  private Path directory;
  private Path file;

  @BeforeEach
  void inANewDirectory() {
    directory = scratch.resolve("metadata");
    file = directory.resolve(NAME);
  }

  private static LogEntry entry(long term, long index) {
    String text = index % 3 == 0 ? "" : "entry " + index + " of term " + term;
    return new LogEntry(term, index, payload(text));
  }

  private static ByteBuf payload(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<LogEntry> entries(long term, long from, long end) {
    return LongStream.range(from, end).mapToObj(index -> entry(term, index)).toList();
  }

  /** Appends groups of entries, each flushed by itself; answers where each group ends. */
  private List<Integer> write(int... groupSizes) throws IOException {
    List<Integer> ends = new ArrayList<>();
    try (FileEntryLog log = FileEntryLog.open(directory, recovered -> {})) {
      for (int size : groupSizes) {
        log.append(entries(1, log.endIndex(), log.endIndex() + size));
        ends.add((int) Files.size(file));
      }
    }
    return ends;
  }

  private List<LogEntry> read() throws IOException {
    List<LogEntry> recovered = new ArrayList<>();
    FileEntryLog.open(directory, recovered::add).close();
    return recovered;
  }

  private void replace(byte[] content) throws IOException {
    Files.createDirectories(directory);
    Files.write(file, content);
  }

  @Test
  void entriesComeBackInOrderOverSeveralStarts() throws IOException {
    write(2, 1);
    try (FileEntryLog log = FileEntryLog.open(directory, recovered -> {})) {
      assertEquals(3, log.endIndex());
      assertEquals(1, log.lastTerm());
      log.append(entries(7, 3, 5));
    }
    List<LogEntry> all = new ArrayList<>(entries(1, 0, 3));
    all.addAll(entries(7, 3, 5));
    assertEquals(all, read());
  }

  @Test
  void entryLargerThanAnyReadAheadComesBack() throws IOException {
    byte[] large = new byte[3_000_000];
    Arrays.fill(large, (byte) 7);
    LogEntry entry = new LogEntry(1, 0, Unpooled.wrappedBuffer(large));
    try (FileEntryLog log = FileEntryLog.open(directory, recovered -> {})) {
      log.append(List.of(entry));
      log.append(entries(1, 1, 2));
    }
    assertEquals(List.of(entry, entry(1, 1)), read());
  }

  @Test
  void tailTornAtAnyByteLosesNothingBeforeIt() throws IOException {
    List<Integer> ends = write(1, 1, 1, 1, 1);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length <= whole.length; length++) {
      replace(Arrays.copyOf(whole, length));
      int end = length;
      int intact = (int) ends.stream().filter(at -> at <= end).count();
      assertEquals(entries(1, 0, intact), read(), "cut at " + length);
      // What follows goes where the torn entry began.
      try (FileEntryLog log = FileEntryLog.open(directory, recovered -> {})) {
        log.append(entries(2, intact, intact + 1));
      }
      assertEquals(intact + 1, read().size(), "appended after a cut at " + length);
    }
  }

  @Test
  void tailOfGarbageIsCutOffWhereverItBegins() throws IOException {
    List<Integer> ends = write(2, 2);
    byte[] whole = Files.readAllBytes(file);
    for (int at = ends.get(0); at < whole.length; at++) {
      byte[] torn = whole.clone();
      Arrays.fill(torn, at, torn.length, (byte) 0xff);
      replace(torn);
      List<LogEntry> recovered = read();
      assertTrue(recovered.size() == 2 || recovered.size() == 3, "garbage from " + at);
      assertEquals(entries(1, 0, recovered.size()), recovered);
    }
  }

  /** The disk may take the pages of one flush in any order. */
  @Test
  void groupThatWasNeverAcknowledgedIsCutOffAtItsFirstHole() throws IOException {
    List<Integer> ends = write(1, 3);
    byte[] torn = Files.readAllBytes(file);
    Arrays.fill(torn, ends.get(0), ends.get(0) + EntryFormat.OVERHEAD_BYTES, (byte) 0);
    replace(torn);
    assertEquals(entries(1, 0, 1), read());
    assertEquals(ends.get(0).longValue(), Files.size(file));
  }

  @Test
  void everyFlippedBitOfAnAcknowledgedEntryIsFound() throws IOException {
    List<Integer> ends = write(1, 1, 2, 1);
    int acknowledgedEnd = ends.get(2); // The last group proves that those before it were on disk.
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < acknowledgedEnd; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        replace(damaged);
        LogDamagedException refused =
            assertThrows(LogDamagedException.class, this::read, "bit " + bit + " of byte " + at);
        assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
        assertTrue(refused.getMessage().contains("position "), refused.getMessage());
        assertEquals(whole.length, Files.size(file), "nothing is cut off a damaged log");
      }
    }
  }

  @Test
  void missingEntryBetweenGoodOnesIsDamage() throws IOException {
    List<Integer> ends = write(1, 1, 1);
    byte[] whole = Files.readAllBytes(file);
    byte[] shorter = new byte[whole.length - (ends.get(1) - ends.get(0))];
    System.arraycopy(whole, 0, shorter, 0, ends.get(0));
    System.arraycopy(whole, ends.get(1), shorter, ends.get(0), whole.length - ends.get(1));
    replace(shorter);
    assertThrows(LogDamagedException.class, this::read);
  }

  @Test
  void creationCutShortBeginsAgain() throws IOException {
    for (int length = 0; length < FileEntryLog.MAGIC.length; length++) {
      replace(Arrays.copyOf(FileEntryLog.MAGIC, length));
      assertEquals(List.of(), read());
      assertEquals(FileEntryLog.MAGIC.length, Files.size(file));
    }
  }

  @Test
  void foreignFileIsLeftAlone() throws IOException {
    replace("something else altogether".getBytes(StandardCharsets.UTF_8));
    assertThrows(LogDamagedException.class, this::read);
    assertEquals("something else altogether", Files.readString(file));
  }

  @Test
  void nothingIsAppendedAfterAFailedWrite() throws IOException {
    FileEntryLog log = FileEntryLog.open(directory, recovered -> {});
    log.close(); // The next write fails as one on a broken disk does.
    assertThrows(IOException.class, () -> log.append(entries(1, 0, 1)));
    IOException again = assertThrows(IOException.class, () -> log.append(entries(1, 0, 1)));
    assertTrue(again.getMessage().contains("takes nothing more"), again.getMessage());
  }
}
