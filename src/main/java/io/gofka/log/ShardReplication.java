package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.log.MeasureLogs.ReplicaMeasures;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.StreamChanged;
import java.util.List;
import java.util.Optional;

/**
 * Who leads the partitions of a {@link LogShard} and who follows, as the image says, and what the
 * brokers tell each other about it. Leading is in {@link ShardLeading}, following in {@link
 * ShardFollowing}.
 *
 * <p>Nothing is led or followed before the image knows of this very process: a broker that was
 * restarted may have lost the end of a log, and must not go on in an epoch in which it led with it.
 */
final class ShardReplication {
  private final LogShard shard;
  private final ShardHost host;
  private final int brokerId;
  private final ReplicaSettings settings;
  private final ShardLeading leading;
  private final ShardFollowing following;
  private ClusterImage image = ClusterImage.EMPTY;
  private boolean begins;
  private boolean otherBrokers;

  ShardReplication(LogShard shard, ShardHost host, int brokerId, ReplicaSettings settings) {
    this.shard = shard;
    this.host = host;
    this.brokerId = brokerId;
    this.settings = settings;
    this.leading = new ShardLeading(shard, host, brokerId, settings.lagTimeMaxMs());
    this.following = new ShardFollowing(shard, host, brokerId);
  }

  ShardLeading leading() {
    return leading;
  }

  ShardFollowing following() {
    return following;
  }

  /** What is due from time to time begins. */
  void start() {
    host.after(settings.lagTimeMaxMs() / 2, this::tick);
  }

  ReplicaMeasures measure() {
    int led = 0;
    int followed = 0;
    int underReplicated = 0;
    int underMinIsr = 0;
    long largestLag = 0;
    for (ShardPartition partition : shard.partitions()) {
      PartitionImage state = partition.image();
      if (partition.followed().isPresent()) {
        followed++;
      } else if (state.leader() == brokerId) {
        led++;
        underReplicated += isUnderReplicated(state) ? 1 : 0;
        underMinIsr += state.isr().size() < minInsyncReplicas(partition) ? 1 : 0;
        largestLag = Math.max(largestLag, lag(partition));
      }
    }
    return new ReplicaMeasures(
        led,
        followed,
        underReplicated,
        underMinIsr,
        largestLag,
        leading.push().pushedBytes(),
        following.copiedBytes());
  }

  /** Who is about to get the partition for the first time doesn't count. */
  private static boolean isUnderReplicated(PartitionImage state) {
    return state.replicas().stream()
        .anyMatch(id -> !state.isr().contains(id) && !state.addingReplicas().contains(id));
  }

  private static int minInsyncReplicas(ShardPartition partition) {
    return Math.min(partition.config().minInsyncReplicas(), partition.image().replicas().size());
  }

  private static long lag(ShardPartition partition) {
    if (partition.led().isEmpty() || !partition.isOpen()) {
      return 0;
    }
    long end = partition.log().logEndOffset();
    return partition.led().get().replica().followers().stream()
        .mapToLong(follower -> end - Math.max(0, follower.endOffset()))
        .max()
        .orElse(0);
  }

  private void tick() {
    if (!shard.isStopping()) {
      leading.onTick();
      start();
    }
  }

  /** The broker stops: who waits has to ask others. */
  void stop() {
    shard.partitions().forEach(this::resign);
  }

  // ---- roles

  /** The image that counts from now on; its partitions are told by {@link #update}. */
  void onImage(ClusterImage changed) {
    begins |= !isKnown(image) && isKnown(changed);
    otherBrokers |= !image.brokers().equals(changed.brokers());
    image = changed;
  }

  /** All partitions are as the image says: what concerns all of them is seen to now. */
  void onImageApplied() {
    if (begins) {
      shard.partitions().forEach(this::update);
    } else if (otherBrokers) {
      // Whether a follower may be in sync depends on its broker, too.
      shard.partitions().stream().filter(each -> !each.isAlone()).forEach(this::update);
    }
    begins = false;
    otherBrokers = false;
  }

  /** Whether an image knows that this process has begun. */
  private boolean isKnown(ClusterImage candidate) {
    return candidate.metadataOffset() >= settings.brokerEpoch();
  }

  /** The partition, or what can be done with its log, may have changed. */
  void update(ShardPartition partition) {
    // What is being written now was given its place in the role before, and belongs to it.
    partition
        .appends()
        .whenNotWriting(
            () -> {
              if (partition.appends().isWriting()) {
                update(partition); // Somebody else was quicker.
              } else {
                assume(partition);
              }
            });
  }

  private void assume(ShardPartition partition) {
    if (!partition.isOpen() || shard.isStopping() || !isKnown(image)) {
      resign(partition);
    } else if (partition.image().leader() == brokerId) {
      following.resign(partition);
      leading.lead(partition, image);
    } else if (partition.image().leader() == PartitionImage.NO_LEADER) {
      resign(partition);
    } else if (partition.state() == LogState.SERVING) {
      leading.resign(partition);
      following.follow(partition);
    } else {
      resign(partition); // What can't be written is no replica in sync, however far it had come.
    }
  }

  /** Neither leads nor follows any more. */
  void resign(ShardPartition partition) {
    leading.resign(partition);
    following.resign(partition);
  }

  /** The partition's log is another one with the same records, or more of it counts. */
  void onLogChanged(ShardPartition partition) {
    leading.onLogChanged(partition);
  }

  // ---- what other brokers tell

  /**
   * A follower's broker has sent messages.
   *
   * @param brokerEpoch of the process that has sent them
   */
  void onFollowerMessages(int followerId, long brokerEpoch, List<FollowerMessage> messages) {
    for (FollowerMessage message : messages) {
      Optional<ShardPartition> partition = shard.partition(message.topicId(), message.partition());
      Optional<LedPartition> led = partition.flatMap(ShardPartition::led);
      if (led.isPresent()) {
        leading.onFollower(partition.get(), led.get(), followerId, brokerEpoch, message);
      } else if (message instanceof Follow) {
        leading.push().send(followerId, refused(message, partition.isPresent()));
      }
    }
  }

  private static LeaderMessage refused(FollowerMessage message, boolean isKnown) {
    return new LeaderMessage.Refused(
        message.topicId(),
        message.partition(),
        message.leaderEpoch(),
        message.session(),
        isKnown ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_TOPIC_ID,
        -1);
  }

  /**
   * A leader's broker has sent messages.
   *
   * @param takenIn run when more may come
   */
  void onLeaderMessages(int leaderId, List<LeaderMessage> messages, Runnable takenIn) {
    following.onMessages(leaderId, messages, takenIn);
  }

  void onStream(StreamChanged change) {
    if (change.leading()) {
      following.onStream(change.brokerId(), change.up());
    } else {
      leading.onStream(change.brokerId(), change.up());
    }
  }
}
