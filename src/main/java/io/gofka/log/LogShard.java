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
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of one shard: which of them this broker has, what may be done with them, and what
 * is due from time to time. Appending, reading and looking things up are in {@link ShardAppends},
 * {@link ShardReads} and {@link ShardQueries}.
 *
 * <p>Confined to one thread; {@link ShardHost} is the world around it. Once the disk has failed,
 * the shard answers everything with KAFKA_STORAGE_ERROR: what a failed write or sync has left
 * behind can't be known.
 */
final class LogShard {
  private static final Logger LOG = LoggerFactory.getLogger(LogShard.class);

  /** Files that nobody has used for so long are closed. */
  static final long IDLE_FILE_MS = 300_000;

  private final int brokerId;
  private final int shard;
  private final LogShards shards;
  private final LogDirectory directory;
  private final BiFunction<ClusterImage, String, LogConfig> configs;
  private final ShardHost host;
  private final ShardWork work;
  private final ShardAppends appends;
  private final ShardReads reads;
  private final ShardQueries queries;
  private final Map<TopicIdPartition, ShardPartition> partitions = new HashMap<>();
  // Folders that are being renamed away; a new partition of the same name has to wait for that.
  private final Map<String, Runnable> waitingForFolder = new HashMap<>();
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
    this.work = new ShardWork(host, directory.disk().description(), this::onFailed);
    this.appends = new ShardAppends(this, host);
    this.reads = new ShardReads(this, host);
    this.queries = new ShardQueries(this);
  }

  ShardWork work() {
    return work;
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

  String directoryName() {
    return directory.disk().description();
  }

  // ---- start and stop

  /**
   * Opens what this broker has of the shard's partitions, and sets aside folders that belong to
   * none of them.
   *
   * @param started told when everything is recovered
   * @param failure told when the disk fails on the way
   */
  void start(ClusterImage current, Runnable started, Consumer<Throwable> failure) {
    image = current;
    Map<ShardPartition, PartitionFolder> toOpen = new HashMap<>();
    List<PartitionFolder> strays = new ArrayList<>();
    Map<String, PartitionFolder> folders = new HashMap<>();
    for (PartitionFolder folder : directory.folders()) {
      folders.put(folder.name(), folder);
    }
    for (TopicImage topic : image.topicsByName().values()) {
      for (ShardPartition partition : assignedHere(topic)) {
        partitions.put(partition.id(), partition);
        PartitionFolder folder = folders.get(LogDirectory.folderOf(partition.id()));
        if (folder != null && folder.holds(partition.id())) {
          folders.remove(folder.name());
          toOpen.put(partition, folder);
        } else {
          create(partition);
        }
      }
    }
    strays.addAll(folders.values());
    long beganMs = host.nowMs();
    host.inOrder(
        () -> {
          strays.forEach(this::setAside);
          return recover(toOpen.keySet());
        },
        logs -> {
          logs.forEach(this::opened);
          LOG.info(
              "Shard {} has opened {} logs in {} ms", shard, logs.size(), host.nowMs() - beganMs);
          removeLeftovers();
          started.run();
        },
        failure);
  }

  /** On the worker. */
  private List<PartitionLog> recover(Collection<ShardPartition> toOpen) throws IOException {
    List<PartitionLog> logs = new ArrayList<>(toOpen.size());
    for (ShardPartition partition : toOpen) {
      logs.add(
          LogRecovery.open(
              directory.disk(),
              LogDirectory.folderOf(partition.id()),
              partition.id(),
              partition.config(),
              host.timestampMs(),
              jitter(partition.id())));
    }
    return logs;
  }

  private void opened(PartitionLog log) {
    ShardPartition partition = partitions.get(log.partition());
    foldersInUse.add(log.folder());
    partition.open(log);
    partition.drain();
  }

  /** On the worker. */
  private void setAside(PartitionFolder folder) {
    String name = LogDirectory.stray(folder.name(), host.unique());
    LOG.warn(
        "{} belongs to no partition of this broker (topic id {}): it is set aside as {}",
        folder.name(),
        folder.topicId().map(Object::toString).orElse("unknown"),
        name);
    try {
      directory.disk().rename(folder.name(), name);
    } catch (IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  private void removeLeftovers() {
    if (shard == 0 && !directory.leftovers().isEmpty()) {
      work.aside(
          () -> {
            for (String leftover : directory.leftovers()) {
              directory.disk().delete(leftover);
            }
            return true;
          },
          removed -> {},
          () -> {});
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
    work.whenIdle(() -> close(stopped));
  }

  private void close(Runnable stopped) {
    for (ShardPartition partition : partitions.values()) {
      partition.openLog().ifPresent(this::close);
    }
    host.inOrder(
        () -> true,
        done -> {
          partitions.values().forEach(each -> each.openLog().ifPresent(PartitionLog::closeFiles));
          stopped.run();
        },
        cause -> stopped.run());
  }

  private void close(PartitionLog log) {
    if (work.hasFailed()) {
      return;
    }
    work.doChores(log);
    try {
      log.close().ifPresent(chore -> work.doInOrder(chore, () -> {}));
    } catch (IOException failure) {
      work.onDiskFailure(failure);
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
    Runnable open =
        () -> {
          if (partition.isGone()) {
            return;
          }
          opened(
              PartitionLog.create(
                  directory.disk(),
                  folder,
                  partition.id(),
                  partition.config(),
                  host.timestampMs(),
                  jitter(partition.id())));
        };
    if (foldersInUse.contains(folder)) {
      waitingForFolder.put(folder, open);
    } else {
      open.run();
    }
  }

  private void delete(TopicIdPartition id) {
    ShardPartition partition = partitions.remove(id);
    if (partition == null) {
      return;
    }
    Optional<PartitionLog> log = partition.openLog();
    partition.leave();
    reads.wake(partition);
    log.ifPresent(this::remove);
  }

  private void remove(PartitionLog log) {
    log.takeChores(); // Nobody will miss what they would have made durable.
    log.closeFiles();
    if (!log.isOnDisk()) {
      releaseFolder(log.folder());
      return;
    }
    String deleted = LogDirectory.deleted(log.folder(), host.unique());
    work.doInOrder(
        () -> directory.disk().rename(log.folder(), deleted),
        () -> {
          releaseFolder(log.folder());
          host.after(
              log.config().fileDeleteDelayMs(),
              () ->
                  work.aside(
                      () -> {
                        directory.disk().delete(deleted);
                        return true;
                      },
                      done -> {},
                      () -> {}));
        });
  }

  private void releaseFolder(String folder) {
    foldersInUse.remove(folder);
    Runnable next = waitingForFolder.remove(folder);
    if (next != null) {
      next.run();
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

  boolean isUsable(ShardPartition partition) {
    return !work.hasFailed() && !stopping && !partition.isGone();
  }

  /**
   * @throws ApiException KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_OR_PARTITION
   */
  void checkUsable(ShardPartition partition) {
    if (work.hasFailed()) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR, "log directory " + directoryName() + " has failed");
    }
    if (stopping) {
      throw new ApiException(ErrorCode.NOT_LEADER_OR_FOLLOWER, "the broker is stopping");
    }
    if (partition.isGone()) {
      throw new ApiException(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partition.id() + " has been deleted");
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
    if (work.hasFailed() || stopping) {
      return;
    }
    long timestampMs = host.timestampMs();
    long idleSinceMs = host.nowMs() - IDLE_FILE_MS;
    for (ShardPartition partition : partitions.values()) {
      if (!partition.isOpen() || partition.isAppending()) {
        continue; // The next round is soon enough; now a worker may be writing to it.
      }
      PartitionLog log = partition.log();
      try {
        log.enforceRetention(timestampMs);
        log.tidy(timestampMs, idleSinceMs);
        work.doChores(log);
      } catch (IOException failure) {
        work.onDiskFailure(failure);
        return;
      }
    }
  }

  private void onFailed() {
    partitions.values().forEach(ShardPartition::fail);
    reads.wakeAll();
  }
}
