package io.gofka.raft.storage;

import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Reads the entries of a segment from its beginning up to where they end, or end being right. */
final class SegmentReader {
  private static final int WINDOW_BYTES = 256 * 1024;

  private final String name;
  private final Disk.OpenFile file;
  private final long size;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowStart;
  private EntryFormat format;
  private long position;
  private long nextIndex;
  private long lastTerm;

  /**
   * @param name for people
   * @param baseIndex that its first entry must have
   * @param lastTerm of the entry before it
   */
  SegmentReader(String name, Disk.OpenFile file, long baseIndex, long lastTerm) throws IOException {
    this.name = name;
    this.file = file;
    this.size = file.size();
    this.nextIndex = baseIndex;
    this.lastTerm = lastTerm;
  }

  /**
   * Reads how the file begins, before anything else.
   *
   * @return the form of its entries; empty when its creation was cut short, so that nothing was
   *     ever written after it
   */
  Optional<EntryFormat> format() throws IOException {
    for (EntryFormat known : EntryFormat.values()) {
      int length = (int) Math.min(size, known.magicBytes());
      if (read(0, length).equals(known.magic().limit(length))) {
        if (length < known.magicBytes()) {
          return Optional.empty();
        }
        format = known;
        position = length;
        return Optional.of(known);
      }
    }
    // A file whose size reached the disk before its content has zeros there.
    if (size <= EntryFormat.VERSION_2.magicBytes() && isZero(read(0, (int) size))) {
      return Optional.empty();
    }
    throw new LogDamagedException(name + " doesn't begin as a metadata log does, at position 0");
  }

  /** First byte after the entries read so far. */
  long position() {
    return position;
  }

  /** The index that the next entry must have. */
  long nextIndex() {
    return nextIndex;
  }

  long lastTerm() {
    return lastTerm;
  }

  /** Bytes behind the entries read so far. */
  long remaining() {
    return size - position;
  }

  /**
   * The next entry; empty at the end, behind which there may be bytes of entries that were never
   * acknowledged.
   *
   * @throws LogDamagedException when there are acknowledged entries behind the end
   */
  Optional<LogEntry> next() throws IOException {
    Optional<EntryFormat.Decoded> decoded = at(position);
    if (decoded.isEmpty()) {
      refuseIfMoreWasOnDisk();
      return Optional.empty();
    }
    LogEntry entry = decoded.get().entry();
    if (entry.index() != nextIndex || entry.term() < lastTerm) {
      throw new LogDamagedException(
          "%s holds entry %d of term %d at position %d, where entry %d of term %d or later belongs"
              .formatted(name, entry.index(), entry.term(), position, nextIndex, lastTerm));
    }
    position += decoded.get().sizeBytes();
    nextIndex = entry.index() + 1;
    lastTerm = entry.term();
    return Optional.of(entry);
  }

  /**
   * Several entries are flushed together, and the disk may take them in any order, so intact ones
   * behind a bad one prove nothing by themselves. One that knew the bad one to be on disk does.
   */
  private void refuseIfMoreWasOnDisk() throws IOException {
    for (long at = position + 1; at <= size - format.overheadBytes(); at++) {
      Optional<EntryFormat.Decoded> decoded = at(at);
      if (decoded.isPresent() && decoded.get().flushedIndex() >= nextIndex) {
        throw new LogDamagedException(
            "%s is damaged at position %d: entry %d was on disk there, as entry %d at position %d says"
                .formatted(name, position, nextIndex, decoded.get().entry().index(), at));
      }
    }
  }

  private Optional<EntryFormat.Decoded> at(long at) throws IOException {
    if (at > size - format.overheadBytes()) {
      return Optional.empty();
    }
    int length = read(at, EntryFormat.PREFIX_BYTES).getInt(0);
    if (!format.isLength(length) || length > size - at - EntryFormat.PREFIX_BYTES) {
      return Optional.empty();
    }
    return format.decode(read(at, EntryFormat.PREFIX_BYTES + length));
  }

  /** That many bytes of the file, which are there. Valid until the next read. */
  private ByteBuffer read(long from, int length) throws IOException {
    if (from < windowStart || from + length > windowStart + window.limit()) {
      fill(from, length);
    }
    return window.slice((int) (from - windowStart), length);
  }

  private void fill(long from, int length) throws IOException {
    int wanted = (int) Math.min(size - from, Math.max(length, WINDOW_BYTES));
    if (window.capacity() < wanted) {
      window = ByteBuffer.allocate(wanted);
    }
    window.clear().limit(wanted);
    windowStart = from;
    while (window.hasRemaining()) {
      if (file.read(window, from + window.position()) < 0) {
        throw new IOException(
            name + " has become shorter than " + size + " bytes while it was read");
      }
    }
    window.flip();
  }

  private static boolean isZero(ByteBuffer bytes) {
    for (int i = 0; i < bytes.limit(); i++) {
      if (bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
