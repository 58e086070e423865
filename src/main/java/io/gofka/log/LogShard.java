package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.replica.ReplicasUnusable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * The partitions of one shard: which of them this broker has, what may be done with them, and what
 * is due from time to time. Appending, reading and looking things up are in {@link ShardAppends},
 * {@link ShardReads} and {@link ShardQueries}.
 *
 * <p>Confined to one thread; {@link ShardHost} is the world around it. What a failure of the disk
 * means for the partition it was for, and for nobody else, is in {@link ShardFailures}.
 */
final class LogShard {
  private final int brokerId;
  private final int shard;
  private final LogShards shards;
  private final ShardDirectories directories;
  private final BiFunction<ClusterImage, String, LogConfig> configs;
  private final ShardHost host;
  private final ShardFailures failures;
  private final ShardWork work;
  private final ShardWrites writes;
  private final ShardReplication replication;
  private final ShardWatermarks watermarks;
  private final ShardAppends appends;
  private final ShardMarkers markers;
  private final ShardReads reads;
  private final ShardQueries queries;
  private final ShardCleaning cleanings;
  private final ShardOpening opening;
  private final ShardMoves moves;
  private final ShardTidying tidying;
  private final Map<TopicIdPartition, ShardPartition> partitions = new HashMap<>();
  private final OpenFiles openFiles;
  private ClusterImage image = ClusterImage.EMPTY;
  private boolean stopping;
  private boolean allDurable;
  private boolean announcementDue;

  /**
   * @param directories those that could be opened, at least one
   * @param offline why the others could not, by name
   * @param configs the settings of a topic under an image
   */
  LogShard(
      int brokerId,
      int shard,
      LogShards shards,
      List<LogDirectory> directories,
      SortedMap<String, String> offline,
      BiFunction<ClusterImage, String, LogConfig> configs,
      ReplicaSettings replicas,
      ShardHost host) {
    this.brokerId = brokerId;
    this.shard = shard;
    this.shards = shards;
    this.openFiles = OpenFiles.ofShard(shards.count());
    this.directories = new ShardDirectories(directories, offline, shard);
    this.configs = configs;
    this.host = host;
    this.failures = new ShardFailures(this, host);
    this.work = new ShardWork(host, failures);
    this.writes = new ShardWrites(this, host);
    this.replication = new ShardReplication(this, host, brokerId, replicas);
    this.watermarks = new ShardWatermarks(this, host, replicas.checkpointIntervalMs());
    this.appends = new ShardAppends(this, host);
    this.markers = new ShardMarkers(appends, host);
    this.reads = new ShardReads(this, host);
    this.queries = new ShardQueries(this);
    this.cleanings = new ShardCleaning(this, host);
    this.opening = new ShardOpening(this, host, this.directories);
    this.moves = new ShardMoves(this, host, this.directories);
    this.tidying = new ShardTidying(this, host);
  }

  int number() {
    return shard;
  }

  ShardWork work() {
    return work;
  }

  ShardFailures failures() {
    return failures;
  }

  ShardWrites writes() {
    return writes;
  }

  ShardReplication replication() {
    return replication;
  }

  ShardWatermarks watermarks() {
    return watermarks;
  }

  ShardAppends appends() {
    return appends;
  }

  ShardMarkers markers() {
    return markers;
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

  ShardOpening opening() {
    return opening;
  }

  ShardMoves moves() {
    return moves;
  }

  ShardDirectories directories() {
    return directories;
  }

  boolean isStopping() {
    return stopping;
  }

  // ---- start and stop

  /**
   * Opens what this broker has of the shard's partitions, and sets aside folders that belong to
   * none of them.
   *
   * @param started told when everything is recovered that can be
   * @param failure told of what is none of the disk's failures
   */
  void start(ClusterImage current, Runnable started, Consumer<Throwable> failure) {
    image = current;
    replication.onImage(image);
    replication.onImageApplied();
    replication.start();
    for (TopicImage topic : image.topicsByName().values()) {
      assignedHere(topic).forEach(partition -> partitions.put(partition.id(), partition));
    }
    opening.openAll(
        List.copyOf(partitions.values()),
        () -> {
          announceDirectories();
          started.run();
        },
        failure);
  }

  int brokerId() {
    return brokerId;
  }

  /** Tells the node how the directories do; what happens at the same time is told together. */
  void announceDirectories() {
    if (!announcementDue) {
      announcementDue = true;
      host.soon(
          () -> {
            announcementDue = false;
            host.onDirectories(
                new LogDirState.Changed(shard, directories.states(partitions.values())));
            host.onUnusable(new ReplicasUnusable(shard, unusable()));
          });
    }
  }

  /** The partitions whose disk has failed. */
  private List<TopicIdPartition> unusable() {
    return partitions.values().stream()
        .filter(each -> each.isDown() || each.state() == LogState.WRITES_REFUSED)
        .map(ShardPartition::id)
        .sorted()
        .toList();
  }

  /**
   * Answers who waits, makes everything durable and closes the files.
   *
   * @param stopped told at the end, whatever has happened
   */
  void stop(Runnable stopped) {
    stopping = true;
    reads.wakeAll();
    replication.stop();
    cleanings.stop(() -> work.whenIdle(() -> close(stopped)));
  }

  /** After the stop: whether all that was ever acknowledged here is on the disk. */
  boolean isAllDurable() {
    return allDurable;
  }

  private void close(Runnable stopped) {
    watermarks.store();
    partitions.values().forEach(this::close);
    work.whenIdle(
        () -> {
          // A flush that failed just now has taken the partition out of service.
          allDurable =
              partitions.values().stream().allMatch(each -> each.state() == LogState.SERVING);
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
    replication.onImage(image);
    change.deletedTopics().forEach(this::onDeleted);
    updateConfigs(change); // An ISR goes with the min.insync.replicas under which it was agreed on.
    change.changedTopics().forEach(this::onChanged);
    replication.onImageApplied();
  }

  private void updateConfigs(ImageChange change) {
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
        replication.update(known);
        reads.wake(known);
      } else {
        ShardPartition added =
            new ShardPartition(
                id, brokerId, current, configs.apply(image, topic.name()), openFiles);
        partitions.put(id, added);
        opening.create(added);
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
    if (!partition.isAlone()) {
      replication.update(partition); // How many have to be in sync is among them.
    }
  }

  private List<ShardPartition> assignedHere(TopicImage topic) {
    List<ShardPartition> assigned = new ArrayList<>();
    for (int i = 0; i < topic.partitions().size(); i++) {
      TopicIdPartition id = topic.partition(i);
      PartitionImage partition = topic.partitions().get(i);
      if (shards.of(id) == shard && partition.replicas().contains(brokerId)) {
        assigned.add(
            new ShardPartition(
                id, brokerId, partition, configs.apply(image, topic.name()), openFiles));
      }
    }
    return assigned;
  }

  private void delete(TopicIdPartition id) {
    ShardPartition partition = partitions.remove(id);
    if (partition == null) {
      return;
    }
    moves.cancel(partition);
    partition.leave();
    replication.resign(partition);
    appends.proceed(partition);
    reads.wake(partition);
    work.abandon(partition);
    cleanings.afterCleaning(id, () -> opening.remove(partition));
  }

  /** What is due from time to time. */
  void tidy() {
    tidying.tidy();
  }

  // ---- what others ask of it

  Optional<ShardPartition> partition(TopicIdPartition id) {
    return Optional.ofNullable(partitions.get(id));
  }

  /** The partition with that index of the topic with that id. */
  Optional<ShardPartition> partition(UUID topicId, int index) {
    return image
        .topic(topicId)
        .filter(topic -> index >= 0 && index < topic.partitions().size())
        .flatMap(topic -> partition(topic.partition(index)));
  }

  /** The partition of that name, whatever its topic's id. */
  Optional<ShardPartition> partition(TopicPartition name) {
    return image
        .topic(name.topic())
        .filter(topic -> name.partition() >= 0 && name.partition() < topic.partitions().size())
        .flatMap(topic -> partition(topic.partition(name.partition())));
  }

  /** Whether there is such a partition, though not on this broker. */
  boolean isElsewhere(TopicPartition name) {
    return partition(name).isEmpty()
        && image
            .topic(name.topic())
            .filter(topic -> name.partition() >= 0 && name.partition() < topic.partitions().size())
            .isPresent();
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
      case GONE -> throw unknown(partition.id());
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
    PartitionLog log = partition.log();
    boolean wasHeldBack = log.lastStableOffset() < log.highWatermark();
    long stableBefore = log.lastStableOffset();
    log.onCommitted(endOffset);
    boolean heldBack = log.lastStableOffset() < log.highWatermark();
    reads.onReadable(partition, bytes, !wasHeldBack && !heldBack);
    if ((wasHeldBack || heldBack) && log.lastStableOffset() > stableBefore) {
      reads.onReleased(partition);
    }
  }

  /** So much is committed, as the replicas agree; how many bytes that is nobody has counted. */
  void onCommitted(ShardPartition partition, long endOffset) {
    partition.log().onCommitted(endOffset);
    reads.onCommitted(partition);
  }
}
