package io.gofka.log;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The log directories of a node, as they were found at its start.
 *
 * @param usable absolute paths; the folders of partitions lie in {@link #FOLDER} below each
 * @param offline why each of the others can't be used, by path
 */
public record LogDirs(List<String> usable, SortedMap<String, String> offline) {
  /** The folder of a log directory in which those of the partitions lie. */
  public static final String FOLDER = "logs";

  public LogDirs {
    usable = List.copyOf(usable);
    offline = Collections.unmodifiableSortedMap(new TreeMap<>(offline));
  }

  /** One that can be used. */
  public static LogDirs of(String directory) {
    return new LogDirs(List.of(directory), new TreeMap<>());
  }
}
