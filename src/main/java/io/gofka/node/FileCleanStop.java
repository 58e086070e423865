package io.gofka.node;

import io.gofka.log.FileLogDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers that the broker was let go at its last stop, and by which epoch: so the controllers
 * know that its logs lack nothing (KIP-966). Kept in the data directory from the stop to the next
 * start, not longer.
 */
final class FileCleanStop {
  static final String NAME = "clean-stop";
  private static final Logger LOG = LoggerFactory.getLogger(FileCleanStop.class);
  private static final int MAX_BYTES = 100;

  private final FileLogDisk directory;

  FileCleanStop(Path directory) {
    this.directory = new FileLogDisk(directory);
  }

  /** What was kept, if anything was; it is gone then. */
  OptionalLong take() {
    try {
      Optional<String> kept =
          directory
              .read(NAME, MAX_BYTES)
              .map(content -> new String(content, StandardCharsets.UTF_8).trim())
              .filter(text -> text.matches("\\d{1,18}"));
      if (kept.isEmpty()) {
        return OptionalLong.empty();
      }
      directory.replace(NAME, new byte[0]);
      return OptionalLong.of(Long.parseLong(kept.get()));
    } catch (IOException failure) {
      LOG.warn("It is not known how the broker was stopped", failure);
      return OptionalLong.empty();
    }
  }

  /** The broker was let go, if there is an epoch. */
  void keep(OptionalLong epoch) {
    if (epoch.isEmpty()) {
      return;
    }
    try {
      directory.replace(NAME, Long.toString(epoch.getAsLong()).getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      LOG.warn("The clean stop of the broker can't be noted", failure);
    }
  }
}
