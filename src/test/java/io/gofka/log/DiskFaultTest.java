package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A disk that has changed what was written to it: torn writes, flipped bits, files that are
 * missing, cut, swapped, older or newer than the rest. What was durable is served intact or the log
 * refuses; never wrong bytes, and opening it again gives the same answer.
 */
@ExtendWith(QuietRecovery.class)
class DiskFaultTest {
  private static final int MIN_FLIPS = 40_000;
  private static final int TAIL_BYTES = 64 * 1024;

  private final MemoryLogDisk disk = new MemoryLogDisk();
  private final List<SortedMap<String, byte[]>> stages = new ArrayList<>();
  private final List<Long> synced = new ArrayList<>();

  /** Sealed segments, a recovery point in the last one, records behind it, some deleted. */
  private DamagedLog smallLog(long seed) throws IOException {
    DamagedLog log = new DamagedLog(seed, 4_000);
    for (int i = 0; i < 40; i++) {
      if (i % 9 == 0) {
        log.becomeLeader();
      }
      log.append(100 + 13 * (i % 7));
      if (i % 5 == 0) {
        stages.add(log.image());
        synced.add(log.syncedOffset());
      }
      if (i == 25) {
        log.deleteBefore(3);
      }
    }
    log.flush();
    log.append(200); // Now the recovery point moves to where the flush was.
    log.append(200);
    stages.add(log.image());
    synced.add(log.syncedOffset());
    return log;
  }

  private static SortedMap<String, byte[]> with(
      SortedMap<String, byte[]> image, String name, byte[] content) {
    SortedMap<String, byte[]> changed = new TreeMap<>(image);
    changed.put(name, content);
    return changed;
  }

  private DamagedLog.Outcome check(
      DamagedLog log, SortedMap<String, byte[]> image, long minEnd, String what) {
    disk.restore(image);
    try {
      return log.check(disk, minEnd);
    } catch (IOException | RuntimeException | Error failure) {
      throw new AssertionError(what, failure);
    }
  }

  @Test
  void everyFlippedBitIsFoundOrDoesNoHarm() throws IOException {
    DamagedLog log = smallLog(1);
    SortedMap<String, byte[]> image = log.image();
    assertFalse(check(log, image, log.endOffset(), "intact").offline());
    Random random = new Random(1);
    int total = image.values().stream().mapToInt(content -> content.length).sum();
    int perByte = MIN_FLIPS / total + 1;
    int flips = 0;
    int offline = 0;
    for (Map.Entry<String, byte[]> file : image.entrySet()) {
      for (int at = 0; at < file.getValue().length; at++) {
        for (int i = 0; i < perByte; i++) {
          int bit = (random.nextInt(8) + i) % 8;
          byte[] flipped = file.getValue().clone();
          flipped[at] ^= (byte) (1 << bit);
          String what = file.getKey() + " byte " + at + " bit " + bit;
          flips++;
          if (check(log, with(image, file.getKey(), flipped), log.syncedOffset(), what).offline()) {
            offline++;
          }
        }
      }
    }
    assertTrue(flips >= MIN_FLIPS, flips + " flips");
    assertTrue(offline > flips / 2, "only " + offline + " flips were found in " + flips);
  }

  @Test
  void smallFilesTornAtAnyByteAreMadeAnewOrRefused() throws IOException {
    DamagedLog log = smallLog(2);
    SortedMap<String, byte[]> image = log.image();
    Random random = new Random(2);
    int torn = 0;
    for (Map.Entry<String, byte[]> file : image.entrySet()) {
      if (file.getKey().endsWith(LogFiles.SEGMENT)) {
        continue;
      }
      byte[] content = file.getValue();
      for (int length = 0; length < content.length; length++) {
        String what = file.getKey() + " torn at " + length;
        byte[] cut = Arrays.copyOf(content, length);
        check(log, with(image, file.getKey(), cut), log.syncedOffset(), what);
        byte[] zeros = Arrays.copyOf(cut, content.length);
        check(log, with(image, file.getKey(), zeros), log.syncedOffset(), what + ", zeros");
        byte[] garbage = zeros.clone();
        for (int i = length; i < garbage.length; i++) {
          garbage[i] = (byte) random.nextInt();
        }
        check(log, with(image, file.getKey(), garbage), log.syncedOffset(), what + ", garbage");
        torn++;
      }
    }
    assertTrue(torn > 1_000, torn + " torn files");
  }

  @Test
  void lastBytesOfALogTornAnywhereCostOnlyWhatWasNotDurable() throws IOException {
    DamagedLog log = new DamagedLog(3, 1 << 20);
    for (int i = 0; i < 24; i++) {
      log.append(900);
    }
    log.flush();
    while (log.image().get(segment(0)).length < TAIL_BYTES + 8_000) {
      log.append(900);
    }
    SortedMap<String, byte[]> image = log.image();
    byte[] content = image.get(segment(0));
    long proven = log.syncedOffset();
    Random random = new Random(3);
    byte[] noise = new byte[content.length];
    random.nextBytes(noise);
    int refused = 0;
    for (int length = content.length - TAIL_BYTES; length < content.length; length++) {
      byte[] torn = Arrays.copyOf(content, length);
      refused += tornLog(log, image, torn, length, proven) ? 1 : 0;
      byte[] behind = Arrays.copyOf(torn, content.length);
      if (length % 2 == 0) {
        System.arraycopy(noise, length, behind, length, content.length - length);
      }
      tornLog(log, image, behind, length, proven);
    }
    assertTrue(refused > 1_000, "nothing that was durable was torn");
    assertTrue(refused < TAIL_BYTES - 1_000, "nothing was torn that was not durable");
  }

  /** Opens it twice; it is offline, or ends with the last whole batch. */
  private boolean tornLog(
      DamagedLog log, SortedMap<String, byte[]> image, byte[] torn, int length, long proven)
      throws IOException {
    if (length % 97 == 0) {
      return check(log, with(image, segment(0), torn), proven, "torn at " + length).offline();
    }
    disk.restore(with(image, segment(0), torn));
    long end = log.endOf(disk);
    assertEquals(end, log.endOf(disk), "opened again, torn at " + length);
    byte[] left = disk.content(segment(0));
    if (end < 0) {
      assertTrue(Arrays.equals(torn, left), "a damaged log is changed, torn at " + length);
      return true;
    }
    assertTrue(end >= proven, "torn at " + length + " it ends at " + end);
    assertTrue(
        Arrays.equals(left, 0, left.length, image.get(segment(0)), 0, left.length),
        "other bytes when torn at " + length);
    assertEquals(log.sizeUpTo(end), left.length);
    return false;
  }

  private static String segment(long baseOffset) {
    return LogFiles.segment(DamagedLog.FOLDER, baseOffset);
  }

  @Test
  void missingFilesAreMadeAnewOrRefused() throws IOException {
    DamagedLog log = smallLog(4);
    SortedMap<String, byte[]> image = log.image();
    for (String name : image.keySet()) {
      SortedMap<String, byte[]> without = new TreeMap<>(image);
      without.remove(name);
      DamagedLog.Outcome outcome = check(log, without, log.syncedOffset(), "without " + name);
      assertEquals(name.endsWith(LogFiles.SEGMENT), outcome.offline(), "without " + name);
      if (!outcome.offline()) {
        assertEquals(log.startOffset(), outcome.startOffset(), "deleted records, without " + name);
      }
    }
  }

  @Test
  void filesOfOtherPlacesAreNotTakenForTheRightOnes() throws IOException {
    DamagedLog log = smallLog(5);
    DamagedLog other = smallLog(6);
    SortedMap<String, byte[]> image = log.image();
    SortedMap<String, byte[]> foreign = other.image();
    int swaps = 0;
    for (String name : image.keySet()) {
      if (foreign.containsKey(name)) {
        check(
            log,
            with(image, name, foreign.get(name)),
            log.syncedOffset(),
            name + " of another partition");
        swaps++;
      }
      for (String source : image.keySet()) {
        if (!source.equals(name) && suffix(source).equals(suffix(name))) {
          String what = source + " in the place of " + name;
          check(log, with(image, name, image.get(source)), log.syncedOffset(), what);
          SortedMap<String, byte[]> both = with(image, name, image.get(source));
          check(log, with(both, source, image.get(name)), log.syncedOffset(), what + ", and back");
          swaps++;
        }
      }
    }
    assertTrue(swaps > 50, swaps + " swaps");
  }

  private static String suffix(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Test
  void olderAndNewerCopiesOfAFileAreFound() throws IOException {
    DamagedLog log = smallLog(7);
    int copies = 0;
    for (int now = 0; now < stages.size(); now++) {
      for (int then = 0; then < stages.size(); then++) {
        for (Map.Entry<String, byte[]> file : stages.get(then).entrySet()) {
          if (then != now) {
            String what = file.getKey() + " of stage " + then + " at stage " + now;
            check(
                log, with(stages.get(now), file.getKey(), file.getValue()), synced.get(now), what);
            copies++;
          }
        }
      }
    }
    assertTrue(copies > 500, copies + " copies");
  }
}
