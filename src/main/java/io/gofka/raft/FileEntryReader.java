package io.gofka.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the entries of a file from its beginning up to where they end, or end being right. */
final class FileEntryReader {
  private static final int WINDOW_BYTES = 256 * 1024;

  private final Path file;
  private final FileChannel channel;
  private final long size;
  private ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
  private long windowStart;
  private long position;
  private long nextIndex;
  private long lastTerm;

  FileEntryReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.size = channel.size();
  }

  /** First byte after the entries read so far. */
  long position() {
    return position;
  }

  /** Whether the file begins with these bytes; the entries begin after them then. */
  boolean startsWith(byte[] magic) throws IOException {
    if (size < magic.length || !read(0, magic.length).equals(ByteBuffer.wrap(magic))) {
      return false;
    }
    position = magic.length;
    return true;
  }

  /** Whether the file is shorter than these bytes and holds nothing else. */
  boolean isPrefixOf(byte[] magic) throws IOException {
    int length = (int) Math.min(size, magic.length);
    return length < magic.length
        && read(0, length).equals(ByteBuffer.wrap(magic, 0, length).slice());
  }

  /**
   * The next entry; null at the end, behind which there may be bytes of entries that were never
   * acknowledged.
   *
   * @throws LogDamagedException when there are acknowledged entries behind the end
   */
  LogEntry next() throws IOException {
    Optional<EntryFormat.Decoded> decoded = at(position);
    if (decoded.isEmpty()) {
      refuseIfMoreWasOnDisk();
      return null;
    }
    LogEntry entry = decoded.get().entry();
    if (entry.index() != nextIndex || entry.term() < lastTerm) {
      throw new LogDamagedException(
          "%s holds entry %d of term %d at position %d, where entry %d of term %d or later belongs"
              .formatted(file, entry.index(), entry.term(), position, nextIndex, lastTerm));
    }
    position += EntryFormat.OVERHEAD_BYTES + entry.payload().readableBytes();
    nextIndex = entry.index() + 1;
    lastTerm = entry.term();
    return entry;
  }

  /**
   * Several entries are flushed together, and the disk may take them in any order, so intact ones
   * behind a bad one prove nothing by themselves. One that knew the bad one to be on disk does.
   */
  private void refuseIfMoreWasOnDisk() throws IOException {
    for (long at = position + 1; at <= size - EntryFormat.OVERHEAD_BYTES; at++) {
      Optional<EntryFormat.Decoded> decoded = at(at);
      if (decoded.isPresent() && decoded.get().flushedIndex() >= nextIndex) {
        throw new LogDamagedException(
            "%s is damaged at position %d: entry %d was on disk there, as entry %d at position %d says"
                .formatted(file, position, nextIndex, decoded.get().entry().index(), at));
      }
    }
  }

  private Optional<EntryFormat.Decoded> at(long at) throws IOException {
    if (at > size - EntryFormat.OVERHEAD_BYTES) {
      return Optional.empty();
    }
    int length = read(at, EntryFormat.OVERHEAD_BYTES).getInt(0);
    if (!EntryFormat.isLength(length) || length > size - at - EntryFormat.PREFIX_BYTES) {
      return Optional.empty();
    }
    return EntryFormat.decode(read(at, EntryFormat.PREFIX_BYTES + length));
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
      if (channel.read(window, from + window.position()) < 0) {
        throw new IOException(
            file + " has become shorter than " + size + " bytes while it was read");
      }
    }
    window.flip();
  }
}
