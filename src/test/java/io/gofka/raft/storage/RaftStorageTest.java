package io.gofka.raft.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.HostPort;
import io.gofka.raft.HardState;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LogEntry;
import io.gofka.raft.LogEntry.Kind;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.Snapshot;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import io.gofka.raft.storage.RaftStorage.Recovered;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RaftStorageTest {
  /** A file holds two or three groups. */
  private static final int SEGMENT_BYTES = 250;

  private static final ReplicaKey OTHER = new ReplicaKey("n2", new UUID(1, 2));
  private static final VoterSet VOTERS =
      VoterSet.of(new Voter("n1", Optional.empty(), new HostPort("h", 1)));

  private CrashingDisk disk = new CrashingDisk();
  private long sequence;

  private static ByteBuf payload(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }

  private static LogEntry entry(long term, long index) {
    return switch ((int) (index % 3)) {
      case 0 -> new LogEntry(term, index, Kind.TERM_START, Unpooled.EMPTY_BUFFER);
      case 1 -> new LogEntry(term, index, Kind.DATA, payload("entry " + index + " of " + term));
      default -> new LogEntry(term, index, Kind.CONFIG, VOTERS.encode());
    };
  }

  private static List<LogEntry> entries(long term, long from, long end) {
    return LongStream.range(from, end).mapToObj(index -> entry(term, index)).toList();
  }

  private static Snapshot snapshot(long index, long term) {
    ByteBuf content = payload("all up to " + index);
    return new Snapshot(new SnapshotMeta(index, term, VOTERS, content.readableBytes()), content);
  }

  private Persist append(List<LogEntry> entries) {
    return new Persist(
        sequence++, Optional.empty(), OptionalLong.empty(), entries, Optional.empty());
  }

  private Persist vote(long term) {
    return new Persist(
        sequence++,
        Optional.of(new HardState(term, Optional.of(OTHER))),
        OptionalLong.empty(),
        List.of(),
        Optional.empty());
  }

  private Persist replace(long from, List<LogEntry> entries) {
    return new Persist(
        sequence++, Optional.empty(), OptionalLong.of(from), entries, Optional.empty());
  }

  private Persist install(Snapshot snapshot, OptionalLong truncateFrom, List<LogEntry> entries) {
    return new Persist(sequence++, Optional.empty(), truncateFrom, entries, Optional.of(snapshot));
  }

  private RaftStorage open() throws IOException {
    return RaftStorage.open(disk, SEGMENT_BYTES);
  }

  private Recovered read() throws IOException {
    try (RaftStorage storage = open()) {
      return storage.recovered();
    }
  }

  /** Nobody has anything to write before it has a term. */
  private void persist(Persist... group) throws IOException {
    try (RaftStorage storage = open()) {
      if (storage.recovered().hard().isEmpty()) {
        storage.persist(List.of(vote(1)));
      }
      storage.persist(List.of(group));
    }
  }

  private List<String> segments() {
    return disk.list().stream().filter(name -> name.endsWith(".entries")).toList();
  }

  @Test
  void allThatWasPersistedComesBackOverSeveralStarts() throws IOException {
    persist(vote(1), append(entries(1, 0, 3)));
    persist(append(entries(1, 3, 6)), append(entries(1, 6, 8)));
    persist(vote(7), append(entries(7, 8, 20)));
    persist(append(entries(7, 20, 21)));
    List<LogEntry> all = new ArrayList<>(entries(1, 0, 8));
    all.addAll(entries(7, 8, 21));
    assertEquals(all, read().entries());
    assertEquals(Optional.of(new HardState(7, Optional.of(OTHER))), read().hard());
    assertTrue(segments().size() > 2, segments()::toString);
  }

  @Test
  void emptyDirectoryHoldsNothing() throws IOException {
    assertTrue(read().isEmpty());
    assertTrue(read().isEmpty());
  }

  @Test
  void suffixIsReplacedWhereverItBegins() throws IOException {
    for (int from = 0; from <= 12; from++) {
      disk = new CrashingDisk();
      for (int group = 0; group < 4; group++) {
        persist(append(entries(1, group * 3L, group * 3L + 3)));
      }
      persist(replace(from, entries(2, from, from + 2)));
      persist(append(entries(2, from + 2, from + 9)));
      List<LogEntry> all = new ArrayList<>(entries(1, 0, from));
      all.addAll(entries(2, from, from + 9));
      assertEquals(all, read().entries(), "replaced from " + from);
    }
  }

  @Test
  void installedSnapshotMayLeaveAGapBehindTheLog() throws IOException {
    persist(append(entries(1, 0, 8)));
    Snapshot far = snapshot(500, 3);
    persist(install(far, OptionalLong.of(0), entries(3, 501, 503)));
    persist(append(entries(3, 503, 504)));
    assertEquals(entries(3, 501, 504), read().entries());
    assertEquals(Optional.of(far), read().snapshot());
  }

  /** A follower dies in its very first append, and has fallen behind when it comes back. */
  @Test
  void snapshotIsInstalledBehindAFileWithoutEntries() throws IOException {
    persist(append(entries(1, 0, 1)));
    String name = segments().get(0);
    disk.put(name, Arrays.copyOf(disk.content(name), EntryFormat.VERSION_2.magicBytes()));
    disk.delete(FlushMark.NAME);
    assertEquals(List.of(), read().entries());
    installFarAhead("after a file without entries");
  }

  private void installFarAhead(String where) throws IOException {
    try (RaftStorage storage = open()) {
      storage.persist(List.of(vote(9)));
      storage.persist(List.of(install(snapshot(100, 9), OptionalLong.of(0), entries(9, 101, 103))));
      storage.persist(List.of(append(entries(9, 103, 104))));
    }
    assertEquals(entries(9, 101, 104), read().entries(), where);
    assertEquals(Optional.of(snapshot(100, 9)), read().snapshot(), where);
  }

  /** It may have voted in a later term than that of its last entry. */
  @Test
  void logThatHasLostItsVoteIsNotOpened() throws IOException {
    persist(vote(3), append(entries(1, 0, 2)));
    disk.delete(VoteFile.NAME);
    assertThrows(LogDamagedException.class, this::read);
    disk = new CrashingDisk();
    persist(vote(3), install(snapshot(7, 2), OptionalLong.of(0), List.of()));
    disk.delete(VoteFile.NAME);
    assertThrows(LogDamagedException.class, this::read);
  }

  @Test
  void prefixBehindASnapshotGoesFileByFile() throws IOException {
    for (int group = 0; group < 8; group++) {
      persist(append(entries(1, group * 3L, group * 3L + 3)));
    }
    int before = segments().size();
    Snapshot own = snapshot(17, 1);
    persist(install(own, OptionalLong.empty(), List.of()));
    try (RaftStorage storage = open()) {
      storage.dropPrefix(16);
    }
    List<LogEntry> left = read().entries();
    assertTrue(segments().size() < before, segments()::toString);
    assertTrue(left.get(0).index() > 0 && left.get(0).index() <= 16, left::toString);
    assertEquals(entries(1, left.get(0).index(), 24), left);
    assertEquals(Optional.of(own), read().snapshot());
  }

  @Test
  void laterSnapshotTakesThePlaceOfTheEarlierOne() throws IOException {
    persist(append(entries(1, 0, 9)));
    persist(install(snapshot(4, 1), OptionalLong.empty(), List.of()));
    persist(install(snapshot(7, 1), OptionalLong.empty(), List.of()));
    assertEquals(Optional.of(snapshot(7, 1)), read().snapshot());
    assertEquals(1, disk.list().stream().filter(name -> name.endsWith(".snapshot")).count());
  }

  @Test
  void groupTornAtAnyByteLosesNothingBeforeIt() throws IOException {
    persist(append(entries(1, 0, 2)));
    String name = segments().get(0);
    byte[] before = disk.content(name);
    byte[] markBefore = disk.content(FlushMark.NAME);
    persist(append(entries(1, 2, 4)));
    byte[] whole = disk.content(name);
    for (int length = before.length; length <= whole.length; length++) {
      disk.put(name, Arrays.copyOf(whole, length));
      disk.put(FlushMark.NAME, markBefore);
      int recovered = read().entries().size();
      assertTrue(recovered >= 2 && recovered <= 4, "cut at " + length);
      assertEquals(entries(1, 0, recovered), read().entries());
      persist(append(entries(2, recovered, recovered + 1)));
      assertEquals(recovered + 1, read().entries().size(), "appended after a cut at " + length);
    }
  }

  @Test
  void groupTornIntoGarbageOrZerosIsCutOff() throws IOException {
    persist(append(entries(1, 0, 2)));
    String name = segments().get(0);
    int acknowledged = disk.content(name).length;
    byte[] markBefore = disk.content(FlushMark.NAME);
    persist(append(entries(1, 2, 4)));
    byte[] whole = disk.content(name);
    for (byte garbage : new byte[] {0, (byte) 0xff}) {
      for (int at = acknowledged; at < whole.length; at++) {
        byte[] torn = whole.clone();
        Arrays.fill(torn, at, torn.length, garbage);
        disk.put(name, torn);
        disk.put(FlushMark.NAME, markBefore);
        List<LogEntry> left = read().entries();
        assertTrue(left.size() >= 2 && left.size() <= 4, "garbage from " + at);
        assertEquals(entries(1, 0, left.size()), left);
      }
    }
  }

  @Test
  void acknowledgedEntriesThatAreGoneAreDamage() throws IOException {
    persist(append(entries(1, 0, 2)));
    persist(append(entries(1, 2, 4)));
    String name = segments().get(0);
    byte[] whole = disk.content(name);
    for (int length = 0; length < whole.length; length++) {
      disk.put(name, Arrays.copyOf(whole, length));
      assertThrows(LogDamagedException.class, this::read, "cut at " + length);
      assertEquals(length, disk.content(name).length, "nothing is cut off a damaged log");
    }
    disk.delete(name);
    assertThrows(LogDamagedException.class, this::read);
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    for (int group = 0; group < 4; group++) {
      persist(append(entries(1, group * 3L, group * 3L + 3)), vote(group));
    }
    persist(install(snapshot(2, 1), OptionalLong.empty(), List.of()));
    Recovered right = read();
    for (String name : disk.list()) {
      byte[] whole = disk.content(name);
      for (int at = 0; at < whole.length; at++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << (at % 8));
        disk.put(name, damaged);
        String where = name + " at " + at;
        if (name.equals(FlushMark.NAME)) {
          assertEquals(right, read(), where);
        } else {
          LogDamagedException refused = assertThrows(LogDamagedException.class, this::read, where);
          assertTrue(refused.getMessage().contains("metadata"), refused.getMessage());
        }
        disk.put(name, whole);
      }
    }
  }

  @Test
  void missingFileInTheMiddleIsDamage() throws IOException {
    for (int group = 0; group < 6; group++) {
      persist(append(entries(1, group * 3L, group * 3L + 3)));
    }
    List<String> names = segments();
    disk.delete(names.get(1));
    assertThrows(LogDamagedException.class, this::read);
  }

  @Test
  void nothingIsTakenAfterAFailure() throws IOException {
    RaftStorage storage = open();
    storage.persist(List.of(append(entries(1, 0, 1))));
    disk.failAt(disk.operations() + 2);
    assertThrows(IOException.class, () -> storage.persist(List.of(append(entries(1, 1, 2)))));
    disk.failAt(Integer.MAX_VALUE);
    IOException again =
        assertThrows(IOException.class, () -> storage.persist(List.of(append(entries(1, 1, 2)))));
    assertTrue(again.getMessage().contains("takes nothing more"), again.getMessage());
  }

  // ---- A long life with a crash before and after every operation.

  /**
   * What a disk must hold after each step; a step under way when it crashed may be there or not.
   */
  private record Expected(Optional<HardState> hard, long snapshotIndex, List<LogEntry> entries) {
    Expected after(Persist step) {
      List<LogEntry> changed = new ArrayList<>(entries);
      step.truncateFrom().ifPresent(from -> changed.removeIf(entry -> entry.index() >= from));
      changed.addAll(step.append());
      long snapshot = step.snapshot().map(taken -> taken.meta().index()).orElse(snapshotIndex);
      return new Expected(step.hard().isPresent() ? step.hard() : hard, snapshot, changed);
    }
  }

  private List<Persist> life() {
    return List.of(
        vote(1),
        append(entries(1, 0, 3)),
        append(entries(1, 3, 5)),
        append(entries(1, 5, 9)),
        vote(2),
        replace(4, entries(2, 4, 6)),
        append(entries(2, 6, 12)),
        install(snapshot(7, 2), OptionalLong.empty(), List.of()),
        replace(8, entries(3, 8, 9)),
        append(entries(3, 9, 14)),
        install(snapshot(40, 4), OptionalLong.of(0), entries(4, 41, 43)),
        append(entries(4, 43, 48)),
        new Persist(
            sequence++,
            Optional.of(new HardState(4, Optional.of(OTHER))),
            OptionalLong.empty(),
            List.of(),
            Optional.of(snapshot(44, 4))),
        install(snapshot(45, 4), OptionalLong.empty(), entries(4, 48, 49)),
        replace(47, entries(5, 47, 50)));
  }

  @Test
  void crashAtAnyOperationLeavesWhatWasAcknowledged() throws IOException {
    List<Persist> life = life();
    int operations = live(life, Integer.MAX_VALUE, new ArrayList<>());
    assertTrue(operations > 60, "operations " + operations);
    for (int failing = 1; failing <= operations; failing++) {
      for (int seed = 0; seed < 40; seed++) {
        disk = new CrashingDisk();
        List<Expected> states = new ArrayList<>();
        live(life, failing, states);
        CrashingDisk crashed = disk;
        disk =
            seed == 0 ? crashed.afterKill() : crashed.afterCrash(new SplittableRandom(seed * 31L));
        String where = "operation " + failing + ", seed " + seed;
        Recovered once = check(states, life, where);
        disk = disk.afterCrash(new SplittableRandom(seed));
        assertEquals(once, read(), where + ": what was found once must stay");
        installFarAhead(where);
      }
    }
  }

  /** Runs until the disk fails; states get what is acknowledged after each step. */
  private int live(List<Persist> life, int failing, List<Expected> states) {
    disk.failAt(failing);
    states.add(new Expected(Optional.empty(), -1, List.of()));
    try (RaftStorage storage = open()) {
      for (Persist step : life) {
        storage.persist(List.of(step));
        states.add(states.get(states.size() - 1).after(step));
        if (step.snapshot().isPresent()) {
          storage.dropPrefix(step.snapshot().get().meta().index() - 1);
        }
      }
    } catch (IOException crashed) {
      return disk.operations();
    }
    return disk.operations();
  }

  private Recovered check(List<Expected> states, List<Persist> life, String where)
      throws IOException {
    Recovered found = read();
    Expected acknowledged = states.get(states.size() - 1);
    List<Expected> allowed = new ArrayList<>(List.of(acknowledged));
    if (states.size() <= life.size()) {
      allowed.addAll(parts(acknowledged, life.get(states.size() - 1)));
    }
    boolean right = allowed.stream().anyMatch(expected -> matches(expected, found));
    assertTrue(right, () -> where + ": found " + found + ", expected one of " + allowed);
    return found;
  }

  /** All that a crash in the midst of a step may leave, in the order in which parts are done. */
  private List<Expected> parts(Expected before, Persist step) {
    List<Expected> parts = new ArrayList<>();
    Expected state = before;
    if (step.hard().isPresent()) {
      state = state.after(vote(step.hard().get().term()));
      parts.add(state);
    }
    if (step.snapshot().isPresent()) {
      state = state.after(install(step.snapshot().get(), OptionalLong.empty(), List.of()));
      parts.add(state);
    }
    if (step.truncateFrom().isPresent()) {
      // File after file goes, from the end.
      long from = step.truncateFrom().getAsLong();
      long end = state.entries().isEmpty() ? 0 : last(state.entries()).index();
      for (long part = end; part >= from; part--) {
        parts.add(state.after(replace(part, List.of())));
      }
      state = state.after(replace(from, List.of()));
    }
    for (int count = 1; count <= step.append().size(); count++) {
      parts.add(state.after(append(step.append().subList(0, count))));
    }
    return parts;
  }

  private static boolean matches(Expected expected, Recovered found) {
    long snapshotIndex = found.snapshot().map(snapshot -> snapshot.meta().index()).orElse(-1L);
    List<LogEntry> entries = found.entries();
    long first = entries.isEmpty() ? snapshotIndex + 1 : entries.get(0).index();
    // What the snapshot stands for may be there or not.
    return expected.hard().equals(found.hard())
        && expected.snapshotIndex() == snapshotIndex
        && first <= snapshotIndex + 1
        && entries.stream()
            .filter(entry -> entry.index() >= first)
            .toList()
            .equals(expected.entries().stream().filter(entry -> entry.index() >= first).toList());
  }

  private static LogEntry last(List<LogEntry> entries) {
    return entries.get(entries.size() - 1);
  }
}
