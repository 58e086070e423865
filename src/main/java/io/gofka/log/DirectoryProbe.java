package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Optional;

/** Tries whether a log directory takes writes. Blocks on the disk. */
final class DirectoryProbe {
  /** What must fit into a directory before it counts as usable again: room for some batches. */
  static final int PROBE_BYTES = 1 << 20;

  private DirectoryProbe() {}

  /**
   * What came of it.
   *
   * @param failure empty when the directory takes writes
   * @param broken whether it is more than a lack of space or of permission
   */
  record Verdict(Optional<IOException> failure, boolean broken) {}

  static Verdict verdict(LogDisk disk, String name) {
    try {
      run(disk, name);
      return new Verdict(Optional.empty(), false);
    } catch (IOException failure) {
      return new Verdict(Optional.of(failure), !disk.refusesWrites(PROBE_BYTES));
    }
  }

  /**
   * @param name a file that nobody else has
   * @throws IOException when the directory can't be read, or a file can't be made, synced, removed
   */
  static void run(LogDisk disk, String name) throws IOException {
    disk.list(LogDisk.ROOT);
    ByteBuf zeros = Unpooled.wrappedBuffer(new byte[PROBE_BYTES]);
    try {
      DiskFile file = disk.open(name);
      try {
        file.write(zeros, 0, PROBE_BYTES, 0);
        file.sync();
      } finally {
        file.release();
      }
      disk.syncFolder(LogDisk.ROOT);
    } finally {
      disk.delete(name);
    }
  }
}
