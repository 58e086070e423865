package io.gofka.log;

import io.gofka.log.ShardDirectories.Place;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions' folders in a shard's directories: who has which, and how they go. A folder goes
 * by being renamed; a new partition of the same name has to wait for that. On the shard's thread,
 * apart from what says otherwise.
 */
final class ShardFolders {
  private static final Logger LOG = LoggerFactory.getLogger(ShardFolders.class);

  /** What can't be removed from the disk is tried again so much later. */
  static final long REMOVAL_RETRY_MS = 60_000;

  /** A name that can't be taken away is tried again so much later: somebody may wait for it. */
  static final long RENAME_RETRY_MS = 5_000;

  private final LogShard shard;
  private final ShardHost host;
  private final Consumer<ShardPartition> onFree;
  private final Map<String, ShardPartition> waiting = new HashMap<>();
  private final Set<String> inUse = new HashSet<>();
  private final Map<String, Throwable> stuck = new HashMap<>();

  /**
   * @param onFree told of a partition that has waited for its folder
   */
  ShardFolders(LogShard shard, ShardHost host, Consumer<ShardPartition> onFree) {
    this.shard = shard;
    this.host = host;
    this.onFree = onFree;
  }

  /** Whether the partition has its folder's name for itself; otherwise it waits for it. */
  boolean take(ShardPartition partition) {
    String folder = LogDirectory.folderOf(partition.id());
    if (inUse.add(folder)) {
      return true;
    }
    waiting.put(folder, partition);
    if (stuck.containsKey(folder)) {
      shard.failures().onOpeningFailed(partition, stuck.get(folder));
    }
    return false;
  }

  boolean isWaiting(ShardPartition partition) {
    return waiting.get(LogDirectory.folderOf(partition.id())) == partition;
  }

  /** The partition waits no more; whether it did. */
  boolean stopWaiting(ShardPartition partition) {
    return waiting.remove(LogDirectory.folderOf(partition.id()), partition);
  }

  void release(String folder) {
    stuck.remove(folder);
    inUse.remove(folder);
    ShardPartition next = waiting.remove(folder);
    if (next != null) {
      onFree.accept(next);
    }
  }

  /** The folder goes out of the way at once, and from the disk after a while. */
  void remove(LogDirectory directory, String folder, long delayMs) {
    String deleted = LogDirectory.deleted(folder, host.unique());
    shard
        .work()
        .inOrder(
            () -> {
              if (directory.disk().isFolder(folder)) {
                directory.disk().rename(folder, deleted);
                directory.disk().syncFolder(LogDisk.ROOT);
              }
              return true;
            },
            renamed -> {
              release(folder);
              host.after(delayMs, () -> delete(directory, deleted));
            },
            failure -> {
              LOG.error(
                  "{} in {} is deleted, but can't be renamed", folder, directory.name(), failure);
              stuck.put(folder, failure);
              Optional.ofNullable(waiting.get(folder))
                  .ifPresent(next -> shard.failures().onOpeningFailed(next, failure));
              host.after(RENAME_RETRY_MS, () -> remove(directory, folder, delayMs));
            });
  }

  /** A copy of a log that is served from another directory goes; the name stays taken. */
  void discard(LogDirectory directory, String folder) {
    if (shard.isStopping()) {
      return; // The next start knows which copy is the one to keep.
    }
    String deleted = LogDirectory.deleted(folder, host.unique());
    shard
        .work()
        .inOrder(
            () -> {
              directory.disk().rename(folder, deleted);
              directory.disk().syncFolder(LogDisk.ROOT);
              return true;
            },
            renamed -> delete(directory, deleted),
            failure -> {
              LOG.error(
                  "{} in {} was moved, but can't be renamed", folder, directory.name(), failure);
              host.after(REMOVAL_RETRY_MS, () -> discard(directory, folder));
            });
  }

  /** Removes a folder that is renamed already. */
  void delete(LogDirectory directory, String deleted) {
    if (shard.isStopping()) {
      return; // The next start does it.
    }
    host.removing(
        () -> {
          directory.disk().delete(deleted);
          return true;
        },
        done -> {},
        failure -> {
          LOG.warn("{} in {} can't be removed", deleted, directory.name(), failure);
          host.after(REMOVAL_RETRY_MS, () -> delete(directory, deleted));
        });
  }

  /**
   * On the worker: older copies of moved partitions go, the next start removes them. The names of
   * those that stay may not be durable yet: a process may have died between a rename and its sync.
   *
   * @param directories all that there are
   */
  void dropSuperseded(List<Place> superseded, List<LogDirectory> directories) {
    if (superseded.isEmpty()) {
      return;
    }
    try {
      for (LogDirectory directory : directories) {
        directory.disk().syncFolder(LogDisk.ROOT);
      }
    } catch (IOException failure) {
      LOG.warn("{} were moved: they stay until the next start", superseded, failure);
      return;
    }
    for (Place place : superseded) {
      String folder = place.folder().name();
      String deleted = LogDirectory.deleted(folder, host.unique());
      try {
        place.directory().disk().rename(folder, deleted);
        LOG.warn("{} in {} was moved: it is dropped", folder, place.directory().name());
      } catch (IOException failure) {
        LOG.warn("{} in {} was moved: it can't be dropped", folder, place.directory().name());
      }
    }
  }

  /** On the worker. What can't be moved stays where it is, until the next start. */
  void setAside(List<Place> strays) {
    for (Place stray : strays) {
      try {
        setAside(stray.directory(), stray.folder().name(), stray.folder().topicId());
      } catch (IOException failure) {
        LOG.warn(
            "{} in {} belongs to no partition, but can't be set aside",
            stray.folder().name(),
            stray.directory().name(),
            failure);
      }
    }
  }

  /** On the worker. */
  void setAside(LogDirectory directory, String folder, Optional<UUID> owner) throws IOException {
    String stray = LogDirectory.stray(folder, host.unique());
    LOG.warn(
        "{} in {} belongs to no partition of this broker (topic id {}): it is set aside as {}",
        folder,
        directory.name(),
        owner.map(Object::toString).orElse("unknown"),
        stray);
    directory.disk().rename(folder, stray);
  }
}
