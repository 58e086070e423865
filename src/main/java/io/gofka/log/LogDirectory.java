package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A directory with the folders of partitions, {@code topic-N} each. It is read once, before the
 * shards start, and doesn't change afterwards: each shard takes the folders of its own partitions.
 *
 * @param folders those of partitions, sorted by name
 * @param leftovers folders of deleted partitions whose removal was not finished
 */
public record LogDirectory(
    LogDisk disk, Path path, List<PartitionFolder> folders, List<Path> leftovers) {
  static final String DELETE_SUFFIX = "-delete";
  static final String STRAY_SUFFIX = "-stray";

  /** Longest name that file systems take; a long topic's name is shortened when it is set aside. */
  private static final int MAX_NAME_LENGTH = 255;

  /**
   * @param topicId as the folder itself says, empty when it doesn't
   */
  public record PartitionFolder(Path path, String topic, int partition, Optional<UUID> topicId) {
    /** Whether it may hold this partition: a folder that names no topic id has any. */
    boolean holds(TopicIdPartition wanted) {
      return topic.equals(wanted.topic())
          && partition == wanted.partition()
          && topicId.map(wanted.topicId()::equals).orElse(true);
    }
  }

  public LogDirectory {
    folders = List.copyOf(folders);
    leftovers = List.copyOf(leftovers);
  }

  /** Reads a directory of this machine's disk; it is made when it is missing. */
  public static LogDirectory open(Path path) throws IOException {
    return open(new FileLogDisk(), path);
  }

  /**
   * Blocks on the disk.
   *
   * @throws IOException when the directory can't be read or made
   */
  public static LogDirectory open(LogDisk disk, Path path) throws IOException {
    disk.createFolder(path);
    List<PartitionFolder> folders = new ArrayList<>();
    List<Path> leftovers = new ArrayList<>();
    for (String name : disk.list(path)) {
      Path folder = path.resolve(name);
      if (name.endsWith(DELETE_SUFFIX)) {
        leftovers.add(folder);
      } else if (!name.endsWith(STRAY_SUFFIX)) {
        partitionFolder(disk, folder, name).ifPresent(folders::add);
      }
    }
    return new LogDirectory(disk, path, folders, leftovers);
  }

  private static Optional<PartitionFolder> partitionFolder(LogDisk disk, Path folder, String name)
      throws IOException {
    int dash = name.lastIndexOf('-');
    if (dash <= 0 || !disk.isFolder(folder)) {
      return Optional.empty();
    }
    int partition;
    try {
      partition = Integer.parseInt(name, dash + 1, name.length(), 10);
    } catch (NumberFormatException other) {
      return Optional.empty();
    }
    if (partition < 0) {
      return Optional.empty();
    }
    Optional<UUID> topicId =
        disk.readStart(folder.resolve(LogFiles.PARTITION_METADATA), PartitionMetadata.MAX_BYTES)
            .flatMap(PartitionMetadata::decode);
    return Optional.of(new PartitionFolder(folder, name.substring(0, dash), partition, topicId));
  }

  /** Where a partition's folder is or will be. */
  Path folderOf(TopicIdPartition partition) {
    return path.resolve(partition.toString());
  }

  /** A name for a folder that is deleted, unlike any other. */
  Path deleted(Path folder, UUID unique) {
    return renamed(folder, unique, DELETE_SUFFIX);
  }

  /** A name for a folder whose partition nobody knows. */
  Path stray(Path folder, UUID unique) {
    return renamed(folder, unique, STRAY_SUFFIX);
  }

  private Path renamed(Path folder, UUID unique, String suffix) {
    String ending = "." + unique.toString().replace("-", "") + suffix;
    String name = folder.getFileName().toString();
    int kept = Math.min(name.length(), MAX_NAME_LENGTH - ending.length());
    return path.resolve(name.substring(0, kept) + ending);
  }
}
