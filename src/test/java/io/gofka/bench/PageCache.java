package io.gofka.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The pages of files that the machine keeps in memory. Once they fill it, each new one costs its
 * writer the eviction of another, or on a virtual machine the first touch of memory that the host
 * has yet to give: up to ten times the copy itself, and nothing that a broker could help. So each
 * pass begins with an empty cache, for every broker alike.
 */
final class PageCache {
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

  private PageCache() {}

  /** Writes out and forgets what is cached; does nothing where only root may. */
  static void empty() {
    if (!Files.isWritable(DROP)) {
      return;
    }
    try {
      new ProcessBuilder("sync").inheritIO().start().waitFor();
      Files.writeString(DROP, "3");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the machine wrote out its files", e);
    }
  }
}
