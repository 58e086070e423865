package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.log.ShardDirectories.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the logs of a shard's partitions: finds their folders at the start, makes new logs, tries
 * again what has failed. A partition that can't be opened keeps no other from being served.
 */
final class ShardOpening {
  private static final Logger LOG = LoggerFactory.getLogger(ShardOpening.class);

  private final LogShard shard;
  private final ShardHost host;
  private final ShardDirectories directories;
  private final ShardFolders folders;

  ShardOpening(LogShard shard, ShardHost host, ShardDirectories directories) {
    this.shard = shard;
    this.host = host;
    this.directories = directories;
    this.folders = new ShardFolders(shard, host, this::create);
  }

  ShardFolders folders() {
    return folders;
  }

  /** What came of opening a partition: a log or a failure. */
  private record Opened(
      ShardPartition partition, Optional<PartitionLog> log, Optional<Throwable> failure) {}

  /** What a start has found. */
  private record Start(List<Opened> opened, Map<TopicPartition, Long> watermarks) {}

  /**
   * Opens the partitions of a start, and sets aside folders that belong to none of them.
   *
   * @param started told when everything is recovered that can be
   * @param failure told of what is none of the disk's failures
   */
  void openAll(
      Collection<ShardPartition> partitions, Runnable started, Consumer<Throwable> failure) {
    Map<String, List<Place>> found = directories.folders();
    List<ShardPartition> toOpen = new ArrayList<>();
    List<ShardPartition> missing = new ArrayList<>();
    List<Place> strays = new ArrayList<>();
    List<Place> superseded = new ArrayList<>();
    for (ShardPartition partition : partitions) {
      List<Place> places = found.remove(LogDirectory.folderOf(partition.id()));
      if (places != null) {
        folders.take(partition);
        place(partition, places.get(0).directory());
        if (isClear(places)) {
          superseded.addAll(places.subList(1, places.size()));
          toOpen.add(partition);
        } else {
          shard.failures().onUndecided(partition, "it has several folders: " + places);
        }
      } else if (directories.isComplete()) {
        create(partition);
      } else {
        missing.add(partition);
      }
    }
    found.values().forEach(strays::addAll);
    missing.forEach(this::leaveUnopened);
    if (!missing.isEmpty()) {
      LOG.error(
          "{} partitions are not in any log directory that can be used: nothing of them is served,"
              + " their records may lie in {}. {} is one of them",
          missing.size(),
          directories.offline(),
          missing.get(0).id());
    }
    long beganMs = host.nowMs();
    host.inOrder(
        () -> {
          folders.setAside(strays);
          folders.dropSuperseded(superseded, directories.all());
          return new Start(openAll(toOpen), ShardWatermarks.read(directories.all()));
        },
        start -> {
          shard.watermarks().start(start.watermarks());
          List<Opened> outcomes = start.opened();
          outcomes.forEach(this::opened);
          LOG.info(
              "Shard {} has opened {} logs in {} ms",
              shard.number(),
              outcomes.stream().filter(each -> each.log().isPresent()).count(),
              host.nowMs() - beganMs);
          removeLeftovers();
          started.run();
        },
        failure);
  }

  /** Whether it is known which of a partition's folders is the one that counts. */
  private static boolean isClear(List<Place> places) {
    return places.size() == 1
        || (places.get(0).folder().moves() > places.get(1).folder().moves()
            && places.stream().allMatch(each -> each.folder().moves() != MoveCount.UNKNOWN));
  }

  /** To make it anew elsewhere, empty, would lose what it has. */
  private void leaveUnopened(ShardPartition partition) {
    folders.take(partition);
    partition.become(LogState.UNOPENED);
    host.soon(() -> shard.appends().proceed(partition));
  }

  private void place(ShardPartition partition, LogDirectory directory) {
    partition.place(directory);
    directories.added(directory);
  }

  /** On the worker. */
  private List<Opened> openAll(Collection<ShardPartition> toOpen) {
    List<Opened> outcomes = new ArrayList<>(toOpen.size());
    for (ShardPartition partition : toOpen) {
      try {
        outcomes.add(new Opened(partition, Optional.of(open(partition)), Optional.empty()));
      } catch (IOException | RuntimeException failure) {
        outcomes.add(new Opened(partition, Optional.empty(), Optional.of(failure)));
      }
    }
    return outcomes;
  }

  /** On the worker: the log in the partition's folder, or a new one if that is another's. */
  private PartitionLog open(ShardPartition partition) throws IOException {
    TopicIdPartition id = partition.id();
    String folder = LogDirectory.folderOf(id);
    LogDirectory directory = partition.directory();
    Optional<UUID> owner = directory.topicIdOf(folder);
    if (owner.isPresent() && !owner.get().equals(id.topicId())) {
      folders.setAside(directory, folder, owner);
      return newLog(partition);
    }
    return LogRecovery.open(
        directory.disk(), folder, id, partition.config(), host.timestampMs(), jitter(id));
  }

  private PartitionLog newLog(ShardPartition partition) {
    return PartitionLog.create(
        partition.directory().disk(),
        LogDirectory.folderOf(partition.id()),
        partition.id(),
        partition.config(),
        host.timestampMs(),
        jitter(partition.id()));
  }

  /** The same for a partition every time, different from its neighbours'. */
  static double jitter(TopicIdPartition id) {
    return Math.floorMod(id.hashCode() * 0x9e3779b9, 1024) / 1024.0;
  }

  private void opened(Opened outcome) {
    ShardPartition partition = outcome.partition();
    outcome.log().ifPresent(log -> opened(partition, log));
    outcome.failure().ifPresent(failure -> shard.failures().onOpeningFailed(partition, failure));
    shard.appends().proceed(partition);
  }

  private void opened(ShardPartition partition, PartitionLog log) {
    partition.open(log);
    shard.watermarks().restore(partition);
    shard.replication().update(partition);
  }

  /** A partition without records: nothing is written before there is one. */
  void create(ShardPartition partition) {
    if (folders.take(partition) && !partition.isGone()) {
      place(partition, shard.moves().preferred(partition.id()).orElseGet(directories::place));
      opened(partition, newLog(partition));
      shard.appends().proceed(partition);
    }
  }

  /** Puts a partition without records into another directory. */
  void createIn(ShardPartition partition, LogDirectory directory) {
    directories.removed(partition.directory());
    place(partition, directory);
    partition.replaceLog(newLog(partition));
  }

  /** Tries once more to open a partition, then runs {@code tried}. */
  void reopen(ShardPartition partition, Runnable tried) {
    if (folders.isWaiting(partition) || !partition.isPlaced()) {
      tried.run(); // It is opened as soon as its folder is free, or its directory back.
      return;
    }
    shard
        .work()
        .inOrder(
            () -> openAll(List.of(partition)).get(0),
            outcome -> {
              if (partition.state() == LogState.UNOPENED) {
                opened(outcome);
              } else {
                outcome.log().ifPresent(PartitionLog::closeFiles);
              }
              tried.run();
            },
            bug -> {
              shard.failures().onOpeningFailed(partition, bug);
              tried.run();
            });
  }

  /** The partition is this broker's no more: what it has on the disk goes. */
  void remove(ShardPartition partition) {
    if (folders.stopWaiting(partition)) {
      return; // It has never had anything.
    }
    String folder = LogDirectory.folderOf(partition.id());
    if (!partition.isPlaced()) {
      folders.release(folder);
      return;
    }
    directories.removed(partition.directory());
    Optional<PartitionLog> log = partition.anyLog();
    log.ifPresent(PartitionLog::closeFiles);
    if (log.isPresent() && !log.get().isOnDisk()) {
      folders.release(folder);
    } else {
      LogDirectory directory = partition.directory();
      // The write under way may be making the folder.
      partition
          .appends()
          .whenNotWriting(
              () -> folders.remove(directory, folder, partition.config().fileDeleteDelayMs()));
    }
  }

  private void removeLeftovers() {
    if (shard.number() != 0) {
      return;
    }
    for (LogDirectory directory : directories.all()) {
      directory.leftovers().forEach(leftover -> folders.delete(directory, leftover));
    }
  }
}
