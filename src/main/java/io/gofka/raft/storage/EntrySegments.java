package io.gofka.raft.storage;

import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LogEntry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of a replica's log in files, each named after the index of its first entry. All
 * methods block, and are called by one thread at a time.
 *
 * <p>A file begins with eight bytes that name the format and its version; entries in the form of
 * {@link EntryFormat} follow without gaps. A file is synced before the next one is made, so that
 * only the last one can have a torn tail. Each entry, and {@link FlushMark}, says how far the log
 * was known to be on disk. That tells two kinds of damage apart: what was being written when the
 * machine stopped was never acknowledged and is cut off; what was acknowledged and isn't there any
 * more is a loss, and the log isn't opened.
 */
final class EntrySegments implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(EntrySegments.class);
  private static final Pattern NAME = Pattern.compile("(\\d{20})\\.entries");

  private final Disk disk;
  private final long segmentBytes;
  private final FlushMark mark;

  /** Names by the index of the first entry; the last one is written to. */
  private final SortedMap<Long, String> names = new TreeMap<>();

  private Disk.OpenFile active;
  private EntryFormat activeFormat;
  private long endPosition;
  private long endIndex;
  private boolean foundVotedFor;

  private EntrySegments(Disk disk, long segmentBytes, FlushMark mark) {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
    this.mark = mark;
  }

  /**
   * Opens the segments on a disk and reads them.
   *
   * @param segmentBytes size after which a new file is begun
   * @param snapshotIndex up to which a snapshot holds the state, -1 for none: earlier entries may
   *     be missing
   * @param entries get what is there, in order and without gaps
   * @throws LogDamagedException when an entry that was once on disk isn't any more
   */
  static EntrySegments open(
      Disk disk, long segmentBytes, long snapshotIndex, List<LogEntry> entries) throws IOException {
    FlushMark mark = FlushMark.open(disk);
    EntrySegments segments = new EntrySegments(disk, segmentBytes, mark);
    try {
      segments.recover(snapshotIndex, entries);
      return segments;
    } catch (IOException | RuntimeException failed) {
      segments.close();
      throw failed;
    }
  }

  /** Whether entries were found in a form that is only written by who has written its vote. */
  boolean foundVotedFor() {
    return foundVotedFor;
  }

  /** The index behind the last entry. */
  long endIndex() {
    return endIndex;
  }

  /**
   * Appends entries and returns when they are on disk. The first has {@link #endIndex}, unless the
   * log is empty.
   */
  void append(List<LogEntry> entries) throws IOException {
    if (names.isEmpty()) {
      endIndex = entries.get(0).index();
    }
    if (entries.get(0).index() != endIndex) {
      throw new IllegalStateException(
          "entry %d is appended at index %d".formatted(entries.get(0).index(), endIndex));
    }
    if (active == null || activeFormat != EntryFormat.VERSION_2 || endPosition >= segmentBytes) {
      beginSegment();
    }
    ByteBuffer bytes = EntryFormat.encode(entries, endIndex - 1);
    int size = bytes.remaining();
    active.write(bytes, endPosition);
    active.sync();
    endPosition += size;
    endIndex = entries.get(entries.size() - 1).index() + 1;
    mark.raise(endIndex - 1);
  }

  /** Removes this entry and all behind it; returns when that is on disk. */
  void truncateFrom(long index) throws IOException {
    if (index >= endIndex) {
      if (!names.isEmpty() && names.firstKey() >= index) {
        reset(index); // A file whose first entry never got there: it has no claim to this index.
      }
      return;
    }
    mark.lower(index - 1);
    // From the last one backward, each for good before the next: never a gap in between.
    while (!names.isEmpty() && names.lastKey() > index) {
      removeLast();
    }
    if (names.isEmpty() || names.firstKey() == index) {
      reset(index); // The next entry may have any index: a snapshot may have come in between.
      return;
    }
    openLast();
    SegmentReader reader = reader(names.lastKey(), 0);
    activeFormat = reader.format().orElseThrow(() -> shorter(names.get(names.lastKey())));
    while (reader.nextIndex() < index) {
      if (reader.next().isEmpty()) {
        throw shorter(names.get(names.lastKey()));
      }
    }
    active.truncate(reader.position());
    // What is written here next must not be taken for a part of what was here before.
    active.sync();
    endPosition = reader.position();
    endIndex = index;
  }

  /** Removes all entries; the next one has this index, and a snapshot holds what was before it. */
  void reset(long index) throws IOException {
    mark.lower(-1);
    while (!names.isEmpty()) {
      removeLast();
    }
    endIndex = index;
  }

  /** Removes the files that hold nothing but entries before this index. */
  void dropBefore(long index) throws IOException {
    boolean dropped = false;
    while (names.size() > 1) {
      long first = names.firstKey();
      if (names.tailMap(first + 1).firstKey() > index) {
        break;
      }
      disk.delete(names.remove(first));
      dropped = true;
    }
    if (dropped) {
      disk.sync();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closeActive();
    } finally {
      mark.close();
    }
  }

  private void recover(long snapshotIndex, List<LogEntry> entries) throws IOException {
    for (String name : disk.list()) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches()) {
        names.put(Long.parseLong(matcher.group(1)), name);
      }
    }
    endIndex = snapshotIndex + 1;
    for (Map.Entry<Long, String> segment : List.copyOf(names.entrySet())) {
      recoverSegment(segment.getKey(), snapshotIndex, entries);
    }
    if (mark.index() >= endIndex) {
      throw new LogDamagedException(
          "%s ends before entry %d, but was on disk up to entry %d"
              .formatted(disk, endIndex, mark.index()));
    }
    // All that was written is in one of two states now: cut off, or on disk.
    mark.raise(endIndex - 1);
  }

  private void recoverSegment(long base, long snapshotIndex, List<LogEntry> entries)
      throws IOException {
    boolean continues = entries.isEmpty() ? base <= snapshotIndex + 1 : base == endIndex;
    if (!continues && base > snapshotIndex + 1) {
      throw new LogDamagedException(
          "%s has entry %d where entry %d belongs; the files between them are missing"
              .formatted(disk, base, endIndex));
    }
    if (!continues) {
      // A snapshot was installed here that reaches beyond the entries before this file.
      dropBefore(base);
      entries.clear();
    }
    boolean last = base == names.lastKey();
    closeActive();
    active = disk.open(names.get(base));
    long lastTerm = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).term();
    SegmentReader reader = reader(base, lastTerm);
    Optional<EntryFormat> format = reader.format();
    if (format.isEmpty()) {
      endIndex = base;
      if (!last || mark.index() >= base) {
        throw shorter(names.get(base));
      }
      beginFile();
      resetBehindSnapshot(snapshotIndex, entries);
      return;
    }
    activeFormat = format.get();
    for (Optional<LogEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      entries.add(entry.get());
    }
    endIndex = reader.nextIndex();
    endPosition = reader.position();
    foundVotedFor |= activeFormat == EntryFormat.VERSION_2 && endIndex > base;
    if (reader.remaining() > 0 && !last) {
      throw shorter(names.get(base));
    }
    if (last) {
      recoverTail(reader, snapshotIndex, entries);
    }
  }

  private void recoverTail(SegmentReader reader, long snapshotIndex, List<LogEntry> entries)
      throws IOException {
    if (reader.remaining() > 0 && mark.index() < endIndex) {
      LOG.warn(
          "{}/{}: cut off {} bytes at {} that were being written when the node stopped",
          disk,
          names.get(names.lastKey()),
          reader.remaining(),
          endPosition);
      active.truncate(endPosition);
    }
    // Even when nothing was cut off: the last run may have died between its write and its fsync,
    // and what is delivered now must not vanish later.
    active.sync();
    resetBehindSnapshot(snapshotIndex, entries);
  }

  /** A snapshot was installed that reaches beyond the log, and the node stopped before this. */
  private void resetBehindSnapshot(long snapshotIndex, List<LogEntry> entries) throws IOException {
    if (endIndex <= snapshotIndex) {
      reset(snapshotIndex + 1);
      entries.clear();
    }
  }

  /** The entries so far are synced; the next one begins a file of its own. */
  private void beginSegment() throws IOException {
    closeActive();
    String name = "%020d.entries".formatted(endIndex);
    names.put(endIndex, name);
    active = disk.open(name);
    beginFile();
  }

  private void beginFile() throws IOException {
    active.truncate(0);
    active.write(EntryFormat.VERSION_2.magic(), 0);
    active.sync();
    disk.sync();
    activeFormat = EntryFormat.VERSION_2;
    endPosition = EntryFormat.VERSION_2.magicBytes();
  }

  private SegmentReader reader(long base, long lastTerm) throws IOException {
    return new SegmentReader(disk + "/" + names.get(base), active, base, lastTerm);
  }

  private void openLast() throws IOException {
    closeActive();
    active = disk.open(names.get(names.lastKey()));
  }

  private void removeLast() throws IOException {
    closeActive();
    disk.delete(names.remove(names.lastKey()));
    disk.sync();
  }

  private void closeActive() throws IOException {
    if (active != null) {
      Disk.OpenFile closing = active;
      active = null;
      closing.close();
    }
  }

  private LogDamagedException shorter(String name) {
    return new LogDamagedException(
        "%s/%s ends at entry %d; what was acknowledged after it is missing"
            .formatted(disk, name, endIndex));
  }
}
