package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.Images;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.StreamChanged;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Some brokers with one shard each, in one thread, and controllers that agree to every ISR. What is
 * sent lies in the broker's outbox until the test lets it go.
 */
final class ReplicatedShards {
  private static final int MAX_ROUNDS = 100_000;

  private final SortedMap<Integer, Broker> brokers = new TreeMap<>();
  private ClusterImage image = ClusterImage.EMPTY;

  /** A broker, the streams to it, and what it has sent. */
  final class Broker {
    private final int id;
    private final MemoryLogDisk disk = new MemoryLogDisk();
    private final Host host = new Host();
    private final Deque<ToFollower> outbox = new ArrayDeque<>();
    private final Deque<Runnable> toLeaders = new ArrayDeque<>();
    private final Set<Integer> streams = new HashSet<>();
    private LogShard shard;

    Broker(int id) {
      this.id = id;
    }

    private void start() throws IOException {
      shard =
          new LogShard(
              id,
              0,
              new LogShards(1),
              List.of(LogDirectory.open(disk, (topic, partition) -> true)),
              new TreeMap<>(),
              ReplicatedShards::configOf,
              new ReplicaSettings(0, 30_000, 5_000),
              host);
      shard.start(
          image,
          () -> {},
          failure -> {
            throw new AssertionError(failure);
          });
      host.runAll();
    }

    LogShard shard() {
      return shard;
    }

    ManualShardHost host() {
      return host;
    }

    MemoryLogDisk disk() {
      return disk;
    }

    /** Stops and starts again, on what the disk has. */
    void restart() throws IOException {
      shard.stop(() -> {});
      host.runAll();
      host.forgetWork();
      start();
    }

    PartitionLog log(TopicIdPartition partition) {
      return shard.partition(partition).orElseThrow().log();
    }

    private byte[] bytes(TopicIdPartition partition) throws IOException {
      ByteBuf all = Unpooled.buffer();
      for (Segment segment : log(partition).segments()) {
        ByteBuf bytes =
            LogSlice.read(segment.file(), 0, segment.sizeBytes(), UnpooledByteBufAllocator.DEFAULT);
        all.writeBytes(bytes);
        bytes.release();
      }
      return ByteBufUtil.getBytes(all);
    }

    /** What has left for followers and has not arrived. */
    Deque<ToFollower> outbox() {
      return outbox;
    }

    /** What has left for leaders; running it is its arrival. */
    Deque<Runnable> toLeaders() {
      return toLeaders;
    }

    /** A host whose messages go to the other brokers. */
    private final class Host extends ManualShardHost {
      @Override
      public void toLeader(int leaderId, List<FollowerMessage> messages) {
        Broker leader = brokers.get(leaderId);
        toLeaders.add(
            () -> {
              if (streams.contains(leaderId)) {
                leader.shard.replication().onFollowerMessages(id, epoch(id), messages);
              }
            });
      }

      @Override
      public void toFollower(
          int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
        outbox.add(new ToFollower(id, followerId, messages, written, lost));
      }

      @Override
      public void changeIsrs(
          List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {
        List<ErrorCode> errors = changes.stream().map(ReplicatedShards.this::agree).toList();
        soon(() -> answered.accept(errors));
      }
    }
  }

  /** Messages on their way to a follower. */
  record ToFollower(
      int leaderId, int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
    long bytes() {
      return messages.stream()
          .mapToLong(each -> each instanceof Pushed pushed ? pushed.records().readableBytes() : 0)
          .sum();
    }
  }

  ReplicatedShards(int count) throws IOException {
    TreeMap<Integer, BrokerImage> registered = new TreeMap<>();
    for (int id = 1; id <= count; id++) {
      registered.put(
          id, new BrokerImage(id, "n" + id, epoch(id), List.of(), Optional.empty(), false));
      brokers.put(id, new Broker(id));
    }
    image = Images.withBrokers(image, registered);
  }

  private static long epoch(int broker) {
    return 1_000L + broker;
  }

  private static LogConfig configOf(ClusterImage image, String topic) {
    return LogConfig.of(
        TopicConfig.of(BrokerConfig.DEFAULTS, image.overrides(ConfigResource.topic(topic))),
        Long.MAX_VALUE);
  }

  // ---- the cluster

  Broker broker(int id) {
    return brokers.get(id);
  }

  void start() throws IOException {
    for (Broker broker : brokers.values()) {
      broker.start();
    }
  }

  /** All brokers hear of this state of a partition. */
  TopicIdPartition change(String topic, PartitionImage state) {
    UUID id = new UUID(7, topic.hashCode());
    TopicImage changed = new TopicImage(id, topic, List.of(state));
    image = Images.with(image, changed);
    for (Broker broker : brokers.values()) {
      broker.shard.onChange(new ImageChange(image, List.of(changed), List.of(), Set.of()));
    }
    return changed.partition(0);
  }

  /** The controllers fence a broker, or trust it again; no partition changes with that. */
  void setFenced(int id, boolean fenced) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>(image.brokers());
    all.put(id, all.get(id).with(fenced, false));
    image = Images.withBrokers(image, all);
    for (Broker broker : brokers.values()) {
      broker.shard.onChange(new ImageChange(image, List.of(), List.of(), Set.of(), Set.of(id)));
    }
  }

  /** All brokers hear of these settings of a topic. */
  void configure(String topic, Map<String, String> settings) {
    ConfigResource resource = ConfigResource.topic(topic);
    image = Images.configured(image, resource, settings);
    for (Broker broker : brokers.values()) {
      broker.shard.onChange(new ImageChange(image, List.of(), List.of(), Set.of(resource)));
    }
  }

  /** A partition of that topic, replicated on all brokers, led by one of them. */
  TopicIdPartition lead(String topic, int leader, int leaderEpoch, Integer... isr) {
    return change(
        topic,
        new PartitionImage(
            List.copyOf(brokers.keySet()),
            List.of(isr),
            leader,
            leaderEpoch,
            partitionEpoch(topic) + 1));
  }

  private int partitionEpoch(String topic) {
    return image.topic(topic).map(each -> each.partitions().get(0).partitionEpoch()).orElse(0);
  }

  PartitionImage state(TopicIdPartition partition) {
    return image.topic(partition.topicId()).orElseThrow().partitions().get(0);
  }

  private ErrorCode agree(IsrChange change) {
    TopicImage topic = image.topic(change.topicId()).orElseThrow();
    PartitionImage state = topic.partitions().get(0);
    if (change.leaderEpoch() != state.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (change.partitionEpoch() != state.partitionEpoch()) {
      return ErrorCode.INVALID_UPDATE_VERSION;
    }
    change(
        topic.name(),
        new PartitionImage(
            state.replicas(),
            change.isr().stream().map(IsrChange.InSync::brokerId).toList(),
            state.leader(),
            state.leaderEpoch(),
            state.partitionEpoch() + 1));
    return ErrorCode.NONE;
  }

  /** The streams in both directions between two brokers are there. */
  void connect(int one, int other) {
    setStream(one, other, true);
    setStream(other, one, true);
  }

  /** They are gone, and what was under way with them. */
  void cut(int one, int other) {
    for (Broker broker : List.of(broker(one), broker(other))) {
      int peer = broker.id == one ? other : one;
      List<ToFollower> gone =
          broker.outbox.stream().filter(each -> each.followerId() == peer).toList();
      broker.outbox.removeAll(gone);
      gone.forEach(each -> each.lost().run());
      broker.toLeaders.clear();
    }
    setStream(one, other, false);
    setStream(other, one, false);
  }

  /** The stream that a follower has to a leader. */
  private void setStream(int follower, int leader, boolean up) {
    Set<Integer> streams = broker(follower).streams;
    if (up ? streams.add(leader) : streams.remove(leader)) {
      broker(leader).shard.replication().onStream(new StreamChanged(follower, false, up));
      broker(follower).shard.replication().onStream(new StreamChanged(leader, true, up));
    }
  }

  /** All stop, and what is under way between them is lost. */
  void stop() {
    brokers.values().forEach(each -> each.shard.stop(() -> {}));
    work();
    while (brokers.values().stream().anyMatch(each -> !each.outbox.isEmpty())) {
      for (Broker broker : brokers.values()) {
        while (!broker.outbox.isEmpty()) {
          broker.outbox.remove().lost().run();
        }
      }
      work();
    }
  }

  // ---- what happens

  /** What is to be done now, is done; nothing arrives anywhere. */
  void work() {
    brokers.values().forEach(each -> each.host.runAll());
  }

  /** One batch of messages that a broker has sent to followers arrives. */
  void deliver(Broker broker) {
    ToFollower next = broker.outbox.remove();
    if (!broker(next.followerId()).streams.contains(next.leaderId())) {
      next.lost().run();
      return;
    }
    broker(next.followerId())
        .shard
        .replication()
        .onLeaderMessages(next.leaderId(), next.messages(), () -> {});
    next.written().run();
  }

  /** Everything arrives and is done, until nothing happens any more. */
  void settle() {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      work();
      boolean idle = true;
      for (Broker broker : brokers.values()) {
        while (!broker.toLeaders.isEmpty()) {
          broker.toLeaders.remove().run();
          idle = false;
        }
        while (!broker.outbox.isEmpty()) {
          deliver(broker);
          idle = false;
        }
      }
      if (idle) {
        return;
      }
    }
    throw new AssertionError("they have not come to rest");
  }

  /** Time passes everywhere, in small steps, and what follows from it happens. */
  void advance(long durationMs) {
    long stepMs = Math.max(1, durationMs / 20);
    for (long passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      brokers.values().forEach(each -> each.host.advance(stepMs));
      settle();
    }
  }

  // ---- clients

  /** The list has the answer as soon as there is one. */
  List<AppendResult> append(TopicIdPartition partition, int acks, String... values) {
    Broker leader = broker(state(partition).leader());
    ByteBuf built = Batches.plain(leader.host.timestampMs(), values);
    ByteBuf heap = Unpooled.copiedBuffer(built);
    built.release();
    List<AppendResult> answer = new ArrayList<>();
    leader
        .shard
        .appends()
        .append(
            new AppendRecords(
                List.of(new PartitionAppend(partition, heap)), Origin.CLIENT, (short) acks, 1_000),
            answer::addAll);
    leader.host.endTurn();
    return answer;
  }

  /** The leader deletes what comes before an offset. */
  void deleteBefore(TopicIdPartition partition, long offset) {
    Broker leader = broker(state(partition).leader());
    leader
        .shard()
        .queries()
        .deleteRecords(
            new DeleteRecordsBefore(List.of(new DeleteRecordsBefore.Cut(partition, offset)), 1_000),
            deleted -> {});
    work();
  }

  /** Appends batches of this size until there are so many bytes. */
  void fill(TopicIdPartition partition, int bytes, int batchBytes) {
    for (int done = 0; done < bytes; done += batchBytes) {
      append(partition, 1, "x".repeat(batchBytes));
      broker(state(partition).leader()).host.runAll();
    }
  }

  /** The replicas' logs are the same, byte for byte. */
  void assertEqualLogs(TopicIdPartition partition) throws IOException {
    Broker leader = broker(state(partition).leader());
    byte[] expected = leader.bytes(partition);
    assertTrue(expected.length > 0, "the leader has records");
    for (Broker broker : brokers.values()) {
      if (broker != leader) {
        assertArrayEquals(expected, broker.bytes(partition), "log of broker " + broker.id);
      }
    }
  }
}
