package io.gofka.raft;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of one node's replicated log in a file, named after the index of its first entry. All
 * methods block, and are called by one thread at a time.
 *
 * <p>The file begins with eight bytes that name the format and its version; entries in the form of
 * {@link EntryFormat} follow without gaps. Each entry says how far the log was known to be on disk
 * when it was written. That tells two kinds of damage apart: what was being written when the
 * machine stopped was never acknowledged and is cut off; a bad entry that a later one knows to have
 * been on disk is a loss, and the log isn't opened.
 *
 * <p>After a failed write or fsync nobody knows what the disk holds (a second fsync may succeed
 * without having written anything), so all later ones fail too.
 */
public final class FileEntryLog implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(FileEntryLog.class);

  static final byte[] MAGIC = "GOFKARL1".getBytes(StandardCharsets.US_ASCII);
  private static final String SUFFIX = ".entries";

  private final Path file;
  private final FileChannel channel;
  private long endPosition;
  private long endIndex;
  private long lastTerm;
  private IOException failure;

  private FileEntryLog(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens the log in a directory, both created when missing, and reads it.
   *
   * @param entries is given every entry in order
   * @throws LogDamagedException when an entry that was once on disk isn't any more
   */
  public static FileEntryLog open(Path directory, Consumer<LogEntry> entries) throws IOException {
    createDirectory(directory);
    Path file = directory.resolve(String.format("%020d", 0) + SUFFIX);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FileEntryLog log = new FileEntryLog(file, channel);
      log.recover(directory, entries);
      return log;
    } catch (IOException | RuntimeException failed) {
      channel.close();
      throw failed;
    }
  }

  /** The index that the next entry gets. */
  public long endIndex() {
    return endIndex;
  }

  /** Term of the last entry, 0 when there is none. */
  public long lastTerm() {
    return lastTerm;
  }

  /**
   * Appends entries and returns when they are on disk.
   *
   * @throws IOException when that is unknown; this log takes nothing more then
   */
  public void append(List<LogEntry> entries) throws IOException {
    if (failure != null) {
      throw new IOException(file + " takes nothing more after: " + failure.getMessage(), failure);
    }
    try {
      ByteBuffer bytes = EntryFormat.encode(entries, endIndex - 1);
      int size = bytes.remaining();
      writeFully(bytes, endPosition);
      channel.force(false);
      endPosition += size;
      LogEntry last = entries.get(entries.size() - 1);
      endIndex = last.index() + 1;
      lastTerm = last.term();
    } catch (IOException failed) {
      failure = failed;
      throw failed;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void recover(Path directory, Consumer<LogEntry> entries) throws IOException {
    FileEntryReader reader = new FileEntryReader(file, channel);
    if (!reader.startsWith(MAGIC)) {
      begin(directory, reader);
      return;
    }
    LogEntry entry = reader.next();
    while (entry != null) {
      entries.accept(entry);
      endIndex = entry.index() + 1;
      lastTerm = entry.term();
      entry = reader.next();
    }
    endPosition = reader.position();
    if (endPosition < channel.size()) {
      LOG.warn(
          "{}: cut off {} bytes at {} that were being written when the node stopped",
          file,
          channel.size() - endPosition,
          endPosition);
      channel.truncate(endPosition);
    }
    // Even when nothing was cut off: the last run may have died between its write and its fsync,
    // and what is delivered now must not vanish later.
    channel.force(true);
  }

  /** A new file; or one whose creation was cut short, so that nothing was ever written after it. */
  private void begin(Path directory, FileEntryReader reader) throws IOException {
    if (!reader.isPrefixOf(MAGIC)) {
      throw new LogDamagedException(file + " doesn't begin as a metadata log does, at position 0");
    }
    channel.truncate(0);
    writeFully(ByteBuffer.wrap(MAGIC), 0);
    channel.force(true);
    syncDirectory(directory);
    endPosition = MAGIC.length;
  }

  private void writeFully(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  private static void createDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        syncDirectory(parent);
      }
    }
  }

  /** A new name is on disk only when its directory is. */
  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }
}
