package io.gofka.log;

import java.io.IOException;
import java.util.List;

/** Frees the space of files that have been renamed out of the way, after a while. */
final class FileRemoval implements Chore {
  private final LogDisk disk;
  private final List<String> files;
  private final long delayMs;

  FileRemoval(LogDisk disk, List<String> files, long delayMs) {
    this.disk = disk;
    this.files = List.copyOf(files);
    this.delayMs = Math.max(1, delayMs); // Never among the chores that others wait for.
  }

  @Override
  public void run() throws IOException {
    for (String file : files) {
      disk.delete(file);
    }
  }

  @Override
  public long delayMs() {
    return delayMs;
  }
}
