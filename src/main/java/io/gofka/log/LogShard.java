package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.ConfigResource;
import io.gofka.log.LogDirectory.PartitionFolder;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of one shard: which of them this broker has, what may be done with them, and what
 * is due from time to time. Appending, reading and looking things up are in {@link ShardAppends},
 * {@link ShardReads} and {@link ShardQueries}.
 *
 * <p>Confined to one thread; {@link ShardHost} is the world around it. What a failure of the disk
 * means for the partition it was for, and for nobody else, is in {@link ShardFailures}.
 */
final class LogShard {
  private static final Logger LOG = LoggerFactory.getLogger(LogShard.class);

  /** Files that nobody has used for so long are closed. */
  static final long IDLE_FILE_MS = 300_000;

  /** What can't be removed from the disk is tried again so much later. */
  static final long REMOVAL_RETRY_MS = 60_000;

  private final int brokerId;
  private final int shard;
  private final LogShards shards;
  private final LogDirectory directory;
  private final BiFunction<ClusterImage, String, LogConfig> configs;
  private final ShardHost host;
  private final ShardFailures failures;
  private final ShardWork work;
  private final ShardAppends appends;
  private final ShardReads reads;
  private final ShardQueries queries;
  private final ShardCleaning cleanings;
  private final Map<TopicIdPartition, ShardPartition> partitions = new HashMap<>();
  // Folders that are being renamed away; a new partition of the same name has to wait for that.
  private final Map<String, ShardPartition> waitingForFolder = new HashMap<>();
  private final Set<String> foldersInUse = new HashSet<>();
  private ClusterImage image = ClusterImage.EMPTY;
  private boolean stopping;

  /**
   * @param configs the settings of a topic under an image
   */
  LogShard(
      int brokerId,
      int shard,
      LogShards shards,
      LogDirectory directory,
      BiFunction<ClusterImage, String, LogConfig> configs,
      ShardHost host) {
    this.brokerId = brokerId;
    this.shard = shard;
    this.shards = shards;
    this.directory = directory;
    this.configs = configs;
    this.host = host;
    this.failures = new ShardFailures(this, host);
    this.work = new ShardWork(host, failures);
    this.appends = new ShardAppends(this, host);
    this.reads = new ShardReads(this, host);
    this.queries = new ShardQueries(this);
    this.cleanings = new ShardCleaning(this, host);
  }

  ShardWork work() {
    return work;
  }

  ShardFailures failures() {
    return failures;
  }

  ShardAppends appends() {
    return appends;
  }

  ShardReads reads() {
    return reads;
  }

  ShardQueries queries() {
    return queries;
  }

  ShardCleaning cleanings() {
    return cleanings;
  }

  String directoryName() {
    return directory.disk().description();
  }

  // ---- start and stop

  /**
   * Opens what this broker has of the shard's partitions, and sets aside folders that belong to
   * none of them. A partition that can't be opened keeps no other from being served.
   *
   * @param started told when everything is recovered that can be
   * @param failure told of what is none of the disk's failures
   */
  void start(ClusterImage current, Runnable started, Consumer<Throwable> failure) {
    image = current;
    Map<String, ShardPartition> toOpen = new HashMap<>();
    Map<String, PartitionFolder> folders = new HashMap<>();
    for (PartitionFolder folder : directory.folders()) {
      folders.put(folder.name(), folder);
    }
    for (TopicImage topic : image.topicsByName().values()) {
      for (ShardPartition partition : assignedHere(topic)) {
        partitions.put(partition.id(), partition);
        String folder = LogDirectory.folderOf(partition.id());
        if (folders.remove(folder) == null) {
          create(partition);
        } else {
          foldersInUse.add(folder);
          toOpen.put(folder, partition);
        }
      }
    }
    List<PartitionFolder> strays = List.copyOf(folders.values());
    long beganMs = host.nowMs();
    host.inOrder(
        () -> {
          strays.forEach(stray -> setAside(stray.name(), stray.topicId()));
          return openAll(toOpen.values());
        },
        outcomes -> {
          outcomes.forEach(this::opened);
          LOG.info(
              "Shard {} has opened {} logs in {} ms",
              shard,
              outcomes.stream().filter(each -> each.log().isPresent()).count(),
              host.nowMs() - beganMs);
          removeLeftovers();
          started.run();
        },
        failure);
  }

  /** What came of opening a partition: a log or a failure. */
  private record Opened(
      ShardPartition partition, Optional<PartitionLog> log, Optional<Throwable> failure) {}

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
    Optional<UUID> owner = directory.topicIdOf(folder);
    if (owner.isPresent() && !owner.get().equals(id.topicId())) {
      directory.disk().rename(folder, LogDirectory.stray(folder, host.unique()));
      tellSetAside(folder, owner);
      return newLog(partition);
    }
    return LogRecovery.open(
        directory.disk(), folder, id, partition.config(), host.timestampMs(), jitter(id));
  }

  private PartitionLog newLog(ShardPartition partition) {
    return PartitionLog.create(
        directory.disk(),
        LogDirectory.folderOf(partition.id()),
        partition.id(),
        partition.config(),
        host.timestampMs(),
        jitter(partition.id()));
  }

  private void opened(Opened outcome) {
    ShardPartition partition = outcome.partition();
    outcome.log().ifPresent(partition::open);
    outcome.failure().ifPresent(failure -> failures.onOpeningFailed(partition, failure));
    appends.proceed(partition);
  }

  /** Tries once more to open a partition, then runs {@code tried}. */
  void reopen(ShardPartition partition, Runnable tried) {
    if (waitingForFolder.containsValue(partition)) {
      tried.run(); // It is opened as soon as the folder is free.
      return;
    }
    work.inOrder(
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
          failures.onOpeningFailed(partition, bug);
          tried.run();
        });
  }

  /** On the worker: tries whether the directory takes writes. */
  void probe() throws IOException {
    DirectoryProbe.run(directory.disk(), ".probe-" + shard);
  }

  boolean isStopping() {
    return stopping;
  }

  /** On the worker. What can't be moved stays where it is, until the next start. */
  private void setAside(String folder, Optional<UUID> owner) {
    try {
      directory.disk().rename(folder, LogDirectory.stray(folder, host.unique()));
      tellSetAside(folder, owner);
    } catch (IOException failure) {
      LOG.warn("{} belongs to no partition, but can't be set aside", folder, failure);
    }
  }

  private static void tellSetAside(String folder, Optional<UUID> owner) {
    LOG.warn(
        "{} belongs to no partition of this broker (topic id {}): it is set aside",
        folder,
        owner.map(Object::toString).orElse("unknown"));
  }

  private void removeLeftovers() {
    if (shard == 0 && !directory.leftovers().isEmpty()) {
      host.removing(
          () -> {
            for (String leftover : directory.leftovers()) {
              directory.disk().delete(leftover);
            }
            return true;
          },
          removed -> {},
          failure -> LOG.warn("A deleted partition's folder can't be removed", failure));
    }
  }

  /**
   * Answers who waits, makes everything durable and closes the files.
   *
   * @param stopped told at the end, whatever has happened
   */
  void stop(Runnable stopped) {
    stopping = true;
    reads.wakeAll();
    cleanings.stop(() -> work.whenIdle(() -> close(stopped)));
  }

  private void close(Runnable stopped) {
    partitions.values().forEach(this::close);
    work.whenIdle(
        () -> {
          partitions.values().forEach(work::abandon);
          partitions.values().forEach(each -> each.openLog().ifPresent(PartitionLog::closeFiles));
          stopped.run();
        });
  }

  private void close(ShardPartition partition) {
    if (partition.state() != LogState.SERVING) {
      return;
    }
    work.doChores(partition);
    try {
      partition
          .log()
          .close()
          .ifPresent(chore -> work.doInOrder(partition, chore, () -> {}, () -> {}));
    } catch (IOException failure) {
      failures.onFailure(partition, failure);
    }
  }

  // ---- what the image says

  void onChange(ImageChange change) {
    if (change.image().metadataOffset() <= image.metadataOffset()) {
      return;
    }
    image = change.image();
    change.deletedTopics().forEach(this::onDeleted);
    change.changedTopics().forEach(this::onChanged);
    for (ConfigResource resource : change.changedConfigs()) {
      if (resource.type() != ConfigResource.Type.TOPIC) {
        partitions.values().forEach(this::updateConfig);
        return;
      }
      image.topic(resource.name()).ifPresent(this::updateConfigs);
    }
  }

  private void onDeleted(TopicImage topic) {
    for (int i = 0; i < topic.partitions().size(); i++) {
      delete(topic.partition(i));
    }
  }

  private void onChanged(TopicImage topic) {
    for (int i = 0; i < topic.partitions().size(); i++) {
      TopicIdPartition id = topic.partition(i);
      if (shards.of(id) != shard) {
        continue;
      }
      PartitionImage current = topic.partitions().get(i);
      ShardPartition known = partitions.get(id);
      if (!current.replicas().contains(brokerId)) {
        delete(id);
      } else if (known != null) {
        known.updateImage(current);
        reads.wake(known);
      } else {
        ShardPartition added =
            new ShardPartition(id, brokerId, current, configs.apply(image, topic.name()));
        partitions.put(id, added);
        create(added);
      }
    }
  }

  private void updateConfigs(TopicImage topic) {
    for (int i = 0; i < topic.partitions().size(); i++) {
      ShardPartition partition = partitions.get(topic.partition(i));
      if (partition != null) {
        updateConfig(partition);
      }
    }
  }

  private void updateConfig(ShardPartition partition) {
    partition.updateConfig(configs.apply(image, partition.id().topic()));
  }

  private List<ShardPartition> assignedHere(TopicImage topic) {
    List<ShardPartition> assigned = new ArrayList<>();
    for (int i = 0; i < topic.partitions().size(); i++) {
      TopicIdPartition id = topic.partition(i);
      PartitionImage partition = topic.partitions().get(i);
      if (shards.of(id) == shard && partition.replicas().contains(brokerId)) {
        assigned.add(
            new ShardPartition(id, brokerId, partition, configs.apply(image, topic.name())));
      }
    }
    return assigned;
  }

  /** A partition without records: nothing is written before there is one. */
  private void create(ShardPartition partition) {
    String folder = LogDirectory.folderOf(partition.id());
    if (foldersInUse.contains(folder)) {
      waitingForFolder.put(folder, partition);
    } else if (!partition.isGone()) {
      foldersInUse.add(folder);
      partition.open(newLog(partition));
      appends.proceed(partition);
    }
  }

  private void delete(TopicIdPartition id) {
    ShardPartition partition = partitions.remove(id);
    if (partition == null) {
      return;
    }
    Optional<PartitionLog> log = partition.anyLog();
    String folder = LogDirectory.folderOf(id);
    boolean ownsNoFolder = waitingForFolder.remove(folder, partition);
    partition.leave();
    appends.proceed(partition);
    reads.wake(partition);
    work.abandon(partition);
    log.ifPresent(PartitionLog::closeFiles);
    if (ownsNoFolder) {
      return;
    }
    cleanings.afterCleaning(
        id,
        () -> {
          if (log.isPresent() && !log.get().isOnDisk()) {
            releaseFolder(folder);
          } else {
            // The write under way may be making the folder.
            partition
                .appends()
                .whenNotWriting(() -> remove(folder, partition.config().fileDeleteDelayMs()));
          }
        });
  }

  /** The folder goes out of the way at once, and from the disk after a while. */
  private void remove(String folder, long delayMs) {
    String deleted = LogDirectory.deleted(folder, host.unique());
    host.inOrder(
        () -> {
          if (directory.disk().isFolder(folder)) {
            directory.disk().rename(folder, deleted);
          }
          return true;
        },
        renamed -> {
          releaseFolder(folder);
          host.after(delayMs, () -> removeAside(deleted));
        },
        failure -> {
          LOG.error("{} is deleted, but can't be renamed", folder, failure);
          Optional.ofNullable(waitingForFolder.get(folder))
              .ifPresent(waiting -> failures.onOpeningFailed(waiting, failure));
          host.after(REMOVAL_RETRY_MS, () -> remove(folder, delayMs));
        });
  }

  private void removeAside(String deleted) {
    host.removing(
        () -> {
          directory.disk().delete(deleted);
          return true;
        },
        done -> {},
        failure -> {
          LOG.warn("{} can't be removed", deleted, failure);
          host.after(REMOVAL_RETRY_MS, () -> removeAside(deleted));
        });
  }

  private void releaseFolder(String folder) {
    foldersInUse.remove(folder);
    ShardPartition next = waitingForFolder.remove(folder);
    if (next != null) {
      create(next);
    }
  }

  /** The same for a partition every time, different from its neighbours'. */
  private static double jitter(TopicIdPartition id) {
    return Math.floorMod(id.hashCode() * 0x9e3779b9, 1024) / 1024.0;
  }

  // ---- what others ask of it

  Optional<ShardPartition> partition(TopicIdPartition id) {
    return Optional.ofNullable(partitions.get(id));
  }

  Collection<ShardPartition> partitions() {
    return partitions.values();
  }

  /** Why there is no such partition. */
  ApiException unknown(TopicIdPartition id) {
    boolean elsewhere =
        image
            .topic(id.topicId())
            .filter(topic -> id.partition() >= 0 && id.partition() < topic.partitions().size())
            .isPresent();
    return elsewhere
        ? new ApiException(
            ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " has no replica on broker " + brokerId)
        : new ApiException(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            "there is no " + id + " with topic id " + id.topicId());
  }

  boolean isReadable(ShardPartition partition) {
    return !stopping && partition.isOpen();
  }

  /**
   * @throws ApiException KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION
   */
  void checkReadable(ShardPartition partition) {
    if (stopping) {
      throw new ApiException(ErrorCode.NOT_LEADER_OR_FOLLOWER, "the broker is stopping");
    }
    switch (partition.state()) {
      case GONE ->
          throw new ApiException(
              ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partition.id() + " has been deleted");
      case OFFLINE ->
          throw new ApiException(
              ErrorCode.KAFKA_STORAGE_ERROR, "the log of " + partition.id() + " is damaged");
      case UNOPENED ->
          throw new ApiException(
              ErrorCode.KAFKA_STORAGE_ERROR, "the disk of " + partition.id() + " has failed");
      case OPENING, SERVING, WRITES_REFUSED -> {}
    }
  }

  /**
   * @throws ApiException the same, KAFKA_STORAGE_ERROR also while writes are refused
   */
  void checkWritable(ShardPartition partition) {
    checkReadable(partition);
    if (partition.state() == LogState.WRITES_REFUSED) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR, "the disk of " + partition.id() + " takes no writes now");
    }
  }

  /** Records below {@code endOffset} may be read now, {@code bytes} more than before. */
  void onReadable(ShardPartition partition, long endOffset, int bytes) {
    partition.log().onCommitted(endOffset);
    reads.onReadable(partition, bytes);
  }

  // ---- from time to time

  /** Retention, silent producers, idle files. */
  void tidy() {
    if (stopping) {
      return;
    }
    long timestampMs = host.timestampMs();
    long idleSinceMs = host.nowMs() - IDLE_FILE_MS;
    for (ShardPartition partition : partitions.values()) {
      // A write under way has its place at the end of the log: that must not be rolled under it.
      partition.appends().whenNotWriting(() -> tidy(partition, timestampMs, idleSinceMs));
    }
  }

  private void tidy(ShardPartition partition, long timestampMs, long idleSinceMs) {
    if (stopping || !partition.isOpen()) {
      return;
    }
    if (partition.state() == LogState.WRITES_REFUSED) {
      makeRoom(partition, timestampMs);
      return;
    }
    PartitionLog log = partition.log();
    try {
      log.enforceRetention(timestampMs);
      log.tidy(timestampMs, idleSinceMs);
      work.doChores(partition);
    } catch (IOException failure) {
      failures.onFailure(partition, failure);
    }
  }

  /** Space may come back only through this, so it can't wait for what waits for space. */
  private void makeRoom(ShardPartition partition, long timestampMs) {
    if (partition.chores().isRunning()) {
      return;
    }
    partition.log().makeRoom(timestampMs);
    List<Chore> chores = partition.log().takeChores();
    if (chores.isEmpty()) {
      return;
    }
    work.inOrder(
        () -> {
          for (Chore chore : chores) {
            chore.run();
          }
          return true;
        },
        done -> {
          chores.forEach(Chore::done);
          if (partition.isOpen()) {
            work.doChores(partition);
          }
        },
        failure -> {
          LOG.debug("{}: can't delete old segments", partition.id(), failure);
          chores.forEach(each -> partition.chores().add(each, () -> {}, () -> {}));
        });
  }
}
