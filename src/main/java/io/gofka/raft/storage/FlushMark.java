package io.gofka.raft.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * How far the log is known to be on disk: the file {@code flushed}, an index and its CRC-32C.
 *
 * <p>The entries themselves tell it too, but only to the next group of entries: without this file
 * the last group could be damaged long after it was acknowledged, and look like one that was being
 * written when the machine stopped. It is written after each flush and not synced: a machine that
 * stops may forget it, and then no more is known than what the entries say. It never says too much,
 * because it is lowered, and synced, before anything is cut off the log.
 */
final class FlushMark implements Closeable {
  static final String NAME = "flushed";
  private static final int SIZE_BYTES = 16;

  private final Disk.OpenFile file;
  private long index;

  private FlushMark(Disk.OpenFile file, long index) {
    this.file = file;
    this.index = index;
  }

  static FlushMark open(Disk disk) throws IOException {
    Disk.OpenFile file = disk.open(NAME);
    return new FlushMark(file, read(file).orElse(-1));
  }

  /** The last index known to have been on disk; -1 when nothing is known. */
  long index() {
    return index;
  }

  /** Everything up to this index is on disk. */
  void raise(long flushedIndex) throws IOException {
    write(flushedIndex);
  }

  /** What lies behind this index is going to be cut off; returns when no disk says otherwise. */
  void lower(long lastIndex) throws IOException {
    if (lastIndex < index) {
      write(lastIndex);
      file.sync();
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void write(long flushedIndex) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE_BYTES).putLong(flushedIndex);
    bytes.putLong(crc(flushedIndex)).flip();
    file.write(bytes, 0);
    index = flushedIndex;
  }

  private static OptionalLong read(Disk.OpenFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SIZE_BYTES);
    for (int got = 0; bytes.hasRemaining() && got >= 0; ) {
      got = file.read(bytes, bytes.position());
    }
    boolean whole = !bytes.hasRemaining() && bytes.getLong(8) == crc(bytes.getLong(0));
    return whole ? OptionalLong.of(bytes.getLong(0)) : OptionalLong.empty();
  }

  private static long crc(long index) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(index).flip());
    return crc.getValue();
  }
}
