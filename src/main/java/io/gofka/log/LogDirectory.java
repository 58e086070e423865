package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;

/**
 * A directory with the folders of partitions, {@code topic-N} each, as it was found at the start.
 *
 * @param folders those of partitions, sorted by name
 * @param leftovers folders of deleted partitions whose removal was not finished, and copies of
 *     moved ones that were not
 */
public record LogDirectory(LogDisk disk, List<PartitionFolder> folders, List<String> leftovers) {
  static final String DELETE_SUFFIX = "-delete";
  static final String STRAY_SUFFIX = "-stray";
  static final String FUTURE_SUFFIX = "-future";

  /** Longest name that file systems take; a long topic's name is shortened when it is set aside. */
  private static final int MAX_NAME_LENGTH = 255;

  /**
   * @param topicId as the folder itself says, empty when it doesn't
   * @param moves how often the partition has been moved to another directory before it came here
   */
  public record PartitionFolder(
      String name, String topic, int partition, Optional<UUID> topicId, long moves) {}

  public LogDirectory {
    folders = List.copyOf(folders);
    leftovers = List.copyOf(leftovers);
  }

  /**
   * Blocks on the disk.
   *
   * @param wanted the topics' partitions to look for
   * @throws IOException when the directory can't be read or made
   */
  public static LogDirectory open(LogDisk disk, BiPredicate<String, Integer> wanted)
      throws IOException {
    disk.createFolder(LogDisk.ROOT);
    List<PartitionFolder> folders = new ArrayList<>();
    List<String> leftovers = new ArrayList<>();
    for (String name : disk.list(LogDisk.ROOT)) {
      if (name.endsWith(DELETE_SUFFIX) || name.endsWith(FUTURE_SUFFIX)) {
        leftovers.add(name);
      } else if (!name.endsWith(STRAY_SUFFIX)) {
        partitionFolder(disk, name, wanted).ifPresent(folders::add);
      }
    }
    return new LogDirectory(disk, folders, leftovers);
  }

  private static Optional<PartitionFolder> partitionFolder(
      LogDisk disk, String name, BiPredicate<String, Integer> wanted) throws IOException {
    int dash = name.lastIndexOf('-');
    if (dash <= 0 || !disk.isFolder(name)) {
      return Optional.empty();
    }
    int partition;
    try {
      partition = Integer.parseInt(name, dash + 1, name.length(), 10);
    } catch (NumberFormatException other) {
      return Optional.empty();
    }
    if (partition < 0 || !wanted.test(name.substring(0, dash), partition)) {
      return Optional.empty();
    }
    Optional<UUID> topicId = Optional.empty();
    long moves = MoveCount.UNKNOWN;
    try {
      topicId = topicIdOf(disk, name);
      moves = MoveCount.read(disk, name);
    } catch (IOException unreadable) {
      // Whoever opens the folder will meet this failure.
    }
    return Optional.of(
        new PartitionFolder(name, name.substring(0, dash), partition, topicId, moves));
  }

  /**
   * The topic whose partition a folder holds, as the folder says; one that names none may be of any
   * topic of that name.
   */
  Optional<UUID> topicIdOf(String folder) throws IOException {
    return topicIdOf(disk, folder);
  }

  private static Optional<UUID> topicIdOf(LogDisk disk, String folder) throws IOException {
    return disk.readStart(
            LogFiles.in(folder, LogFiles.PARTITION_METADATA), PartitionMetadata.MAX_BYTES)
        .flatMap(content -> PartitionMetadata.decode(content, folder));
  }

  /** Where a partition's folder is or will be. */
  static String folderOf(TopicIdPartition partition) {
    return partition.toString();
  }

  /** The directory as people know it. */
  String name() {
    return disk.description();
  }

  /** A name for the folder of a copy that is not finished. */
  static String future(String folder, UUID unique) {
    return renamed(folder, unique, FUTURE_SUFFIX);
  }

  /** A name for a folder that is deleted, unlike any other. */
  static String deleted(String folder, UUID unique) {
    return renamed(folder, unique, DELETE_SUFFIX);
  }

  /** A name for a folder whose partition nobody knows. */
  static String stray(String folder, UUID unique) {
    return renamed(folder, unique, STRAY_SUFFIX);
  }

  private static String renamed(String folder, UUID unique, String suffix) {
    String ending = "." + unique.toString().replace("-", "") + suffix;
    int kept = Math.min(folder.length(), MAX_NAME_LENGTH - ending.length());
    return folder.substring(0, kept) + ending;
  }
}
