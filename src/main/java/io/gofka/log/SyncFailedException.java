package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import java.io.IOException;

/**
 * A file could not be synced. The kernel may have marked its pages clean all the same: the next
 * sync then succeeds without having written anything. So no sync of that file proves anything
 * before what is not durable has been checked and written once more, see {@link LogRepair}.
 */
final class SyncFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private SyncFailedException(IOException cause) {
    super("sync: " + cause.getMessage(), cause);
  }

  /** Syncs a file of records. */
  static void sync(DiskFile file) throws SyncFailedException {
    try {
      file.sync();
    } catch (IOException failure) {
      throw new SyncFailedException(failure);
    }
  }
}
