package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;

/** Folders below {@code target/it} (system property {@code gofka.it}), one for each who asks. */
public final class TestFolders {
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static final Path ROOT =
      Path.of(System.getProperty("gofka.it", "target/it"))
          .toAbsolutePath()
          .resolve(Long.toString(ProcessHandle.current().pid()));

  private TestFolders() {}

  /** A new folder whose name starts with {@code name}. */
  public static Path create(String name) {
    try {
      return Files.createDirectories(ROOT.resolve(name + "-" + NEXT.incrementAndGet()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a folder and all below it. */
  public static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
