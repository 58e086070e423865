package io.gofka.raft.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.raft.HardState;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LogEntry;
import io.gofka.raft.LogEntry.Kind;
import io.gofka.raft.RaftEffect.Persist;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What a quorum of one wrote before there were kinds of entries, votes and snapshots. */
class OldLogTest {
  private static final String NAME = "00000000000000000000.entries";
  private static final List<LogEntry> OLD =
      List.of(
          new LogEntry(1, 0, Kind.TERM_START, Unpooled.EMPTY_BUFFER),
          data(1, 1),
          data(1, 2),
          new LogEntry(2, 3, Kind.TERM_START, Unpooled.EMPTY_BUFFER),
          data(2, 4));

  private final CrashingDisk disk = new CrashingDisk();

  private static LogEntry data(long term, long index) {
    byte[] text = ("entry " + index).getBytes(StandardCharsets.UTF_8);
    return new LogEntry(term, index, Kind.DATA, Unpooled.wrappedBuffer(text));
  }

  private static byte[] file(List<LogEntry> entries) {
    ByteBuffer out = ByteBuffer.allocate(10_000);
    out.put("GOFKARL1".getBytes(StandardCharsets.US_ASCII));
    for (LogEntry entry : entries) {
      int start = out.position();
      out.putInt(24 + entry.payload().readableBytes()).putInt(0);
      out.putLong(entry.term()).putLong(entry.index()).putLong(entry.index() - 1);
      out.put(entry.payload().nioBuffer());
      CRC32C crc = new CRC32C();
      crc.update(out.array(), start + 8, out.position() - start - 8);
      out.putInt(start + 4, (int) crc.getValue());
    }
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  private static Persist persist(OptionalLong truncateFrom, LogEntry... entries) {
    HardState vote = new HardState(3, Optional.empty());
    return new Persist(1, Optional.of(vote), truncateFrom, List.of(entries), Optional.empty());
  }

  private List<LogEntry> read() throws IOException {
    try (RaftStorage storage = RaftStorage.open(disk)) {
      return storage.recovered().entries();
    }
  }

  @Test
  void oldLogIsReadAndGoesOnInANewFile() throws IOException {
    disk.put(NAME, file(OLD));
    try (RaftStorage storage = RaftStorage.open(disk)) {
      assertEquals(OLD, storage.recovered().entries());
      assertEquals(Optional.empty(), storage.recovered().hard());
      storage.persist(List.of(persist(OptionalLong.empty(), data(3, 5))));
    }
    List<LogEntry> all = new ArrayList<>(OLD);
    all.add(data(3, 5));
    assertEquals(all, read());
    assertEquals(file(OLD).length, disk.content(NAME).length);
  }

  @Test
  void oldLogThatWentOnIsNotOpenedWithoutItsVote() throws IOException {
    disk.put(NAME, file(OLD));
    try (RaftStorage storage = RaftStorage.open(disk)) {
      storage.persist(List.of(persist(OptionalLong.empty(), data(3, 5))));
    }
    disk.delete(VoteFile.NAME);
    LogDamagedException refused = assertThrows(LogDamagedException.class, this::read);
    assertTrue(refused.getMessage().contains("metadata/vote"), refused.getMessage());
  }

  @Test
  void oldEntriesCanBeReplaced() throws IOException {
    for (int from = 0; from < OLD.size(); from++) {
      disk.put(NAME, file(OLD));
      try (RaftStorage storage = RaftStorage.open(disk)) {
        storage.persist(List.of(persist(OptionalLong.of(from), data(3, from))));
      }
      List<LogEntry> all = new ArrayList<>(OLD.subList(0, from));
      all.add(data(3, from));
      assertEquals(all, read(), "from " + from);
      for (String name : disk.list()) {
        disk.delete(name);
      }
    }
  }

  @Test
  void emptyOldLogBecomesANewOne() throws IOException {
    disk.put(NAME, file(List.of()));
    try (RaftStorage storage = RaftStorage.open(disk)) {
      storage.persist(List.of(persist(OptionalLong.empty(), data(1, 0))));
    }
    assertEquals(List.of(data(1, 0)), read());
  }

  @Test
  void creationCutShortBeginsAgain() throws IOException {
    for (int length = 0; length < 8; length++) {
      disk.put(NAME, "GOFKARL1".substring(0, length).getBytes(StandardCharsets.US_ASCII));
      assertEquals(List.of(), read(), "length " + length);
    }
  }

  @Test
  void foreignFileIsLeftAlone() {
    byte[] foreign = "something else altogether".getBytes(StandardCharsets.UTF_8);
    disk.put(NAME, foreign);
    assertThrows(LogDamagedException.class, this::read);
    assertEquals(foreign.length, disk.content(NAME).length);
  }
}
