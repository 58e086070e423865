package io.gofka.simulation;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.SimulatedShard;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A cluster whose brokers hold records: each has a real shard of logs on a disk of its own, streams
 * to the others, and producers and consumers.
 */
final class ReplicationWorkload extends MetadataWorkload {
  static final String TOPIC = "data";
  static final int PARTITIONS = 2;

  /** When wall clocks began. */
  private static final long EPOCH_MS = 1_700_000_000_000L;

  /** By so much a wall clock may be wrong. */
  private static final long MAX_WALL_CLOCK_ERROR_MS = 3_600_000;

  private final World world;
  private final Map<SimulatedBroker, SimulatedShard.Disk> disks = new HashMap<>();
  private final Map<SimulatedBroker, SimulatedReplicas> replicas = new HashMap<>();
  private final Map<SimulatedBroker, Integer> ids = new HashMap<>();
  private final Map<SimulatedBroker, Long> slowUntil = new HashMap<>();
  private final Set<SimulatedBroker> unclean = new HashSet<>();
  private ClusterImage watchedIn;
  private List<Watched> watched = List.of();
  private Optional<SimulatedBroker> lossy = Optional.empty();
  private final Map<String, List<CommittedRecords>> records = new TreeMap<>();
  private final Map<SimulatedBroker, Long> wallClockErrorsMs = new HashMap<>();
  private final ReplicaStreams streams;
  private final DataClients dataClients;
  private final GroupClients groupClients;
  private final long lagTimeMaxMs;
  private final int minInsyncReplicas;
  private final long strikeGapMicros;
  private final int segmentBytes;

  ReplicationWorkload(Cluster cluster) {
    super(cluster);
    this.world = cluster.world();
    this.streams = new ReplicaStreams(this);
    this.lagTimeMaxMs = sessionTimeoutMs() * world.between(1, 3);
    this.minInsyncReplicas = world.chance(0.2) ? 1 : 2;
    this.segmentBytes = world.chance(0.5) ? 3_000 : 1_000_000_000;
    this.strikeGapMicros = sessionTimeoutMs() * World.MILLIS * world.between(1, 5);
    for (SimulatedBroker broker : brokers()) {
      disks.put(broker, new SimulatedShard.Disk());
    }
    List<CommittedRecords> data = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      data.add(new CommittedRecords(TOPIC + "-" + i, batch -> {}));
    }
    records.put(TOPIC, data);
    this.dataClients = new DataClients(this);
    this.groupClients = new GroupClients(dataClients);
    records.put(
        TopicImage.CONSUMER_OFFSETS,
        List.of(
            new CommittedRecords(
                TopicImage.CONSUMER_OFFSETS, groupClients.offsets()::onCommitted)));
  }

  ReplicaStreams streams() {
    return streams;
  }

  long lagTimeMaxMs() {
    return lagTimeMaxMs;
  }

  long checkpointIntervalMs() {
    return 1000;
  }

  /**
   * Of each topic: of few replicas, and small, since what is rare in large segments isn't there.
   */
  Map<String, String> topicConfigs() {
    return Map.of(
        "min.insync.replicas",
        String.valueOf(minInsyncReplicas),
        "internal.segment.bytes",
        String.valueOf(segmentBytes));
  }

  int minInsyncReplicas() {
    return minInsyncReplicas;
  }

  CommittedRecords records(String topic, int partition) {
    return records.get(topic).get(partition);
  }

  DataClients dataClients() {
    return dataClients;
  }

  GroupClients groupClients() {
    return groupClients;
  }

  /** What the clock on a broker's wall shows: it jumps. */
  long timestampMs(SimulatedBroker broker) {
    return EPOCH_MS + world.nowMicros() / World.MILLIS + wallClockErrorsMs.getOrDefault(broker, 0L);
  }

  @Override
  void begin(SimulatedBroker broker, Runnable whenReady) {
    ids.put(broker, broker.registration().brokerId());
    SimulatedReplicas begun = new SimulatedReplicas(this, broker, disks.get(broker));
    replicas.put(broker, begun);
    begun.start(whenReady);
  }

  /** Those of a broker that is up and has opened its logs. */
  Optional<SimulatedReplicas> replicas(SimulatedBroker broker) {
    return Optional.ofNullable(replicas.get(broker))
        .filter(each -> broker.isUp() && each.isStarted());
  }

  Optional<SimulatedBroker> broker(int id) {
    return brokers().stream().filter(each -> ids.getOrDefault(each, -1) == id).findFirst();
  }

  /** Of all brokers that have ever been there. */
  Collection<Integer> knownIds() {
    return new TreeSet<>(ids.values());
  }

  int idOf(SimulatedBroker broker) {
    return ids.get(broker);
  }

  /** Epoch of a process as it knows it, -1 when it doesn't know one. */
  long epochOf(SimulatedBroker broker) {
    BrokerImage own = broker.services().image().brokers().get(idOf(broker));
    return own != null && own.incarnationId().equals(broker.incarnationId()) ? own.epoch() : -1;
  }

  /** A topic as the controllers have agreed on it. */
  Optional<TopicImage> topic(String name) {
    return agreed().image().topic(name);
  }

  /** A partition that is watched. */
  private record Watched(TopicIdPartition id, CommittedRecords records, int leaderEpoch) {}

  @SuppressWarnings("ReferenceEquality") // An image that is another object may have changed.
  private List<Watched> watched() {
    ClusterImage image = agreed().image();
    if (image != watchedIn) {
      watchedIn = image;
      watched = new ArrayList<>();
      for (TopicImage topic : topics()) {
        for (int i = 0; i < topic.partitions().size(); i++) {
          int leaderEpoch = topic.partitions().get(i).leaderEpoch();
          watched.add(new Watched(topic.partition(i), records(topic.name(), i), leaderEpoch));
        }
      }
    }
    return watched;
  }

  /**
   * Whether the controllers have had another lead, though the broker is well, and it may not have
   * heard of that yet: until then it doesn't know better, with Kafka as here.
   */
  boolean isRelieved(SimulatedBroker coordinator) {
    TopicImage topic = topic(TopicImage.CONSUMER_OFFSETS).orElseThrow();
    int id = idOf(coordinator);
    boolean isWell = agreed().image().broker(id).filter(broker -> !broker.fenced()).isPresent();
    return isWell && topic.partitions().get(0).leader() != id;
  }

  /** All that there are by now. */
  List<TopicImage> topics() {
    return records.keySet().stream().flatMap(name -> topic(name).stream()).toList();
  }

  long workMicros(SimulatedBroker broker, boolean onDisk) {
    boolean slow = onDisk && isDiskSlow(broker);
    return world.about(slow ? 100 * World.MILLIS : onDisk ? 1000 : 100);
  }

  @Override
  boolean holdsBack() {
    long longest = 10 * sessionTimeoutMs() * World.MILLIS;
    return world.nowMicros() + longest < cluster().mix().faultPhaseMicros() && world.chance(0.05);
  }

  boolean isDiskSlow(SimulatedBroker broker) {
    return world.nowMicros() < slowUntil.getOrDefault(broker, 0L);
  }

  /** Something in the logs of a broker may have changed. */
  void onTouched(SimulatedBroker broker) {
    SimulatedReplicas here = replicas.get(broker);
    if (here == null || !broker.isUp()) {
      return;
    }
    for (Watched each : watched()) {
      each.records().look(broker, here.shard(), each.id(), each.leaderEpoch());
    }
    if (unclean.contains(broker) && isBack(broker)) {
      unclean.remove(broker);
      lossy = lossy.filter(each -> each != broker);
    }
  }

  /** Whether it is in sync again everywhere. */
  private boolean isBack(SimulatedBroker broker) {
    int id = idOf(broker);
    boolean newProcess =
        agreed()
            .image()
            .broker(id)
            .filter(b -> b.incarnationId().equals(broker.incarnationId()))
            .isPresent();
    return newProcess
        && topics().stream()
            .flatMap(topic -> topic.partitions().stream())
            .allMatch(p -> !p.replicas().contains(id) || p.isr().contains(id));
  }

  /**
   * A leader has told a producer that a batch is in all in-sync replicas: it is in those that the
   * controllers have agreed on.
   */
  void acknowledged(
      SimulatedBroker leader, String name, int partition, long baseOffset, long lastOffset) {
    records(name, partition).acknowledged(leader, baseOffset);
    TopicImage topic = topic(name).orElseThrow();
    PartitionImage state = topic.partitions().get(partition);
    TopicIdPartition id = topic.partition(partition);
    if (replicas.get(leader).shard().leadsInEpoch(id) != state.leaderEpoch()) {
      return; // It was in those that there were under this leader, and will be under the next.
    }
    for (int follower : state.isr()) {
      SimulatedBroker broker = broker(follower).orElseThrow();
      replicas(broker)
          .filter(there -> there.shard().has(id))
          .ifPresent(
              there -> {
                if (there.shard().logEndOffset(id) <= lastOffset) {
                  throw new Violation(
                      "acknowledged is in all in-sync replicas",
                      "%s: %s acknowledges %d, %s in %s has %d"
                          .formatted(
                              id,
                              leader.name(),
                              lastOffset,
                              broker.name(),
                              state,
                              there.shard().logEndOffset(id)));
                }
              });
    }
  }

  @Override
  public void start() {
    super.start();
    cluster().network().lateUntil(cluster().mix().faultPhaseMicros());
    streams.start();
    dataClients.start();
    groupClients.start();
    new DataAdmin(dataClients).start();
  }

  // ---- what goes wrong

  @Override
  long strikeGapMicros() {
    return strikeGapMicros;
  }

  @Override
  void strike() {
    if (isHealed()) {
      return;
    }
    strikeSoon();
    SimulatedBroker broker = brokers().get((int) world.between(0, brokers().size() - 1));
    long session = sessionTimeoutMs() * World.MILLIS;
    int kind = (int) world.between(0, 10);
    if (world.tracing()) {
      world.trace("*** " + kind + " " + broker.name());
    }
    world.note(kind * 31L + broker.index());
    switch (kind) {
      case 0, 1 -> crash(broker);
      case 2 -> losePower(broker);
      case 3 -> broker.pauseUntil(world.nowMicros() + world.between(1, 3 * session));
      case 4 -> cutOffFromAll(broker, world.between(1, 4 * session));
      case 5 -> cutFromOne(broker, world.between(1, 4 * session));
      case 6 -> cutOff(broker, world.between(1, 4 * session), world.chance(0.5));
      case 7 -> stop(broker);
      case 8 -> slowUntil.put(broker, world.nowMicros() + world.between(1, 4 * session));
      case 9 -> setWallClock(broker);
      default -> crashAll();
    }
    if (!broker.isUp() && world.chance(0.3)) {
      broker.start();
    }
  }

  /** All of them jump. */
  void setWallClocks() {
    brokers().forEach(this::setWallClock);
  }

  /** Somebody does, or a time server; monotonic clocks don't mind. */
  private void setWallClock(SimulatedBroker broker) {
    wallClockErrorsMs.put(broker, world.between(-MAX_WALL_CLOCK_ERROR_MS, MAX_WALL_CLOCK_ERROR_MS));
  }

  @Override
  void crash(SimulatedBroker broker) {
    boolean anotherIsLossy = lossy.filter(each -> each != broker).isPresent();
    if (!broker.isUp() || anotherIsLossy) {
      return;
    }
    die(broker);
    disks.get(broker).kill();
    super.crash(broker);
  }

  /** That may end as if it was killed, when no controller is there to let it go. */
  private void stop(SimulatedBroker broker) {
    if (lossy.isEmpty()) {
      broker.stop();
    }
  }

  private void crashAll() {
    brokers().forEach(this::crash);
  }

  private void die(SimulatedBroker broker) {
    unclean.add(broker);
    SimulatedReplicas dead = replicas.remove(broker);
    if (dead != null) {
      dead.shard().die();
    }
    streams.onCrash(broker);
  }

  /**
   * What was not synced is lost, of fewer replicas at a time than have to be in sync: more is not
   * promised. A process that was killed counts as such a one, since nobody can tell them apart.
   */
  private void losePower(SimulatedBroker broker) {
    boolean others =
        unclean.stream().anyMatch(each -> each != broker)
            || brokers().stream().anyMatch(SimulatedBroker::isStopping);
    if (!broker.isUp() || others || minInsyncReplicas < 2 || hasTheLastCopy(broker)) {
      return;
    }
    broker.trace("loses its power");
    lossy = Optional.of(broker);
    die(broker);
    disks.get(broker).losePower(new Random(world.random().nextLong()));
    super.crash(broker);
  }

  /**
   * Whether a partition is on no other broker as a whole: the others are back, but out of sync
   * still, or another replica has been moved away since.
   */
  private boolean hasTheLastCopy(SimulatedBroker broker) {
    int id = agreed().image().numericId(broker.name()).orElse(-1);
    return topics().stream()
        .flatMap(topic -> topic.partitions().stream())
        .anyMatch(
            partition ->
                partition.replicas().contains(id)
                    && Stream.concat(partition.isr().stream(), partition.elr().stream())
                        .allMatch(whole -> whole == id));
  }

  @Override
  void onStopped(SimulatedBroker broker, boolean letGo) {
    if (!letGo) {
      unclean.add(broker);
    }
    SimulatedReplicas gone = replicas.remove(broker);
    if (gone != null) {
      gone.shard().die();
    }
    disks.get(broker).kill();
    streams.onCrash(broker);
    super.onStopped(broker, letGo);
  }

  private void cutOffFromAll(SimulatedBroker broker, long micros) {
    cutOff(broker, micros, false);
    for (SimulatedBroker other : brokers()) {
      cut(broker, other, micros, true);
    }
  }

  private void cutFromOne(SimulatedBroker broker, long micros) {
    SimulatedBroker other = brokers().get((int) world.between(0, brokers().size() - 1));
    cut(broker, other, micros, world.chance(0.5));
  }

  private void cut(SimulatedBroker one, SimulatedBroker other, long micros, boolean both) {
    if (one == other) {
      return;
    }
    Network network = cluster().network();
    network.cut(one.index(), other.index(), true);
    network.cut(other.index(), one.index(), both);
    world.after(
        micros,
        () -> {
          network.cut(one.index(), other.index(), false);
          network.cut(other.index(), one.index(), false);
        });
  }

  @Override
  public void heal() {
    super.heal();
    slowUntil.clear();
  }

  // ---- at the end

  @Override
  public Optional<String> missing() {
    return super.missing().or(this::missingReplica).or(dataClients::missing);
  }

  private Optional<String> missingReplica() {
    if (topics().size() < records.size()) {
      return Optional.of("there is a topic missing");
    }
    return topics().stream().flatMap(topic -> missingReplica(topic).stream()).findFirst();
  }

  private Optional<String> missingReplica(TopicImage topic) {
    for (int i = 0; i < topic.partitions().size(); i++) {
      PartitionImage state = topic.partitions().get(i);
      TopicIdPartition id = topic.partition(i);
      if (!state.isr().containsAll(state.replicas()) || state.isReassigning()) {
        return Optional.of(id + " is " + state);
      }
      long end = -1;
      for (int replica : state.replicas()) {
        SimulatedReplicas there = broker(replica).flatMap(this::replicas).orElse(null);
        if (there == null || !there.shard().has(id)) {
          return Optional.of(id + " isn't open on " + replica);
        }
        long theirs = there.shard().logEndOffset(id);
        if (there.shard().highWatermark(id) != theirs || (end >= 0 && end != theirs)) {
          return Optional.of(
              "%s has %d, %d committed, on %d"
                  .formatted(id, theirs, there.shard().highWatermark(id), replica));
        }
        end = theirs;
      }
    }
    return Optional.empty();
  }

  /** When nothing is missing: all logs are the same, and hold what was committed. */
  void requireEqualLogs() {
    for (TopicImage topic : topics()) {
      for (int i = 0; i < topic.partitions().size(); i++) {
        for (int replica : topic.partitions().get(i).replicas()) {
          SimulatedBroker broker = broker(replica).orElseThrow();
          records(topic.name(), i)
              .requireEqual(broker, replicas(broker).orElseThrow().shard(), topic.partition(i));
        }
      }
    }
  }
}
