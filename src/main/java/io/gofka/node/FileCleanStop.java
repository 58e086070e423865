package io.gofka.node;

import io.gofka.log.FileLogDisk;
import io.gofka.log.LogDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers that the broker was let go at its last stop, and by which epoch: so the controllers
 * know that its logs lack nothing (KIP-966). Kept beside the logs in each of their directories, and
 * in the data directory, from the stop to the next start, not longer: a directory that was emptied
 * or given back an older content meanwhile has lost it, or tells of another epoch.
 */
final class FileCleanStop {
  static final String NAME = "clean-stop";
  private static final Logger LOG = LoggerFactory.getLogger(FileCleanStop.class);
  private static final int MAX_BYTES = 100;

  private final List<FileLogDisk> directories;
  private final boolean complete;

  /**
   * @param dataDirectory of the node
   * @param logs where its logs lie; what they miss isn't known to be there
   */
  FileCleanStop(Path dataDirectory, LogDirs logs) {
    List<FileLogDisk> all = new ArrayList<>();
    all.add(new FileLogDisk(dataDirectory));
    logs.usable()
        .forEach(directory -> all.add(new FileLogDisk(Path.of(directory).resolve(LogDirs.FOLDER))));
    directories = List.copyOf(all);
    complete = logs.offline().isEmpty();
  }

  /** What was kept everywhere, if it was; it is gone then. */
  OptionalLong take() {
    List<String> kept = new ArrayList<>();
    boolean everywhere = complete;
    for (FileLogDisk directory : directories) {
      try {
        Optional<String> here =
            directory
                .read(NAME, MAX_BYTES)
                .map(content -> new String(content, StandardCharsets.UTF_8).trim())
                .filter(text -> text.matches("\\d{1,18}"));
        if (here.isPresent()) {
          directory.replace(NAME, new byte[0]);
          kept.add(here.get());
        }
        everywhere &= here.isPresent();
      } catch (IOException failure) {
        LOG.warn("It is not known how the broker was stopped", failure);
        everywhere = false;
      }
    }
    return everywhere && new HashSet<>(kept).size() == 1
        ? OptionalLong.of(Long.parseLong(kept.get(0)))
        : OptionalLong.empty();
  }

  /** The broker was let go, if there is an epoch. */
  void keep(OptionalLong epoch) {
    if (epoch.isEmpty()) {
      return;
    }
    byte[] content = Long.toString(epoch.getAsLong()).getBytes(StandardCharsets.UTF_8);
    try {
      for (FileLogDisk directory : directories) {
        directory.replace(NAME, content);
      }
    } catch (IOException failure) {
      LOG.warn("The clean stop of the broker can't be noted", failure);
    }
  }
}
