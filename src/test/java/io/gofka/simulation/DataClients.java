package io.gofka.simulation;

import io.gofka.common.ErrorCode;
import io.gofka.log.ReadRecords.Source;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.simulation.DataProducer.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Producers and consumers of the data, on a machine that nothing happens to. */
final class DataClients {
  /** After these a client looks for the leader again, and tries once more. */
  static final Set<ErrorCode> RETRIABLE =
      Set.of(
          ErrorCode.NOT_LEADER_OR_FOLLOWER,
          ErrorCode.FENCED_LEADER_EPOCH,
          ErrorCode.UNKNOWN_LEADER_EPOCH,
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          ErrorCode.UNKNOWN_TOPIC_ID,
          ErrorCode.NOT_ENOUGH_REPLICAS,
          ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
          ErrorCode.REQUEST_TIMED_OUT,
          ErrorCode.OFFSET_NOT_AVAILABLE,
          ErrorCode.KAFKA_STORAGE_ERROR);

  /** Of which a broker remembers what became of them. */
  private static final int MAX_IN_FLIGHT = 5;

  private final ReplicationWorkload workload;
  private final World world;
  private final Machine machine;
  private boolean stopped;
  private int acknowledged;
  private long read;
  private long nextReadId;
  private final List<DataProducer> producers = new ArrayList<>();

  /** Where they run. */
  private static final class Machine extends SimulatedProcess {
    Machine(World world, int index) {
      super(world, index, "c", new NodeClock(0, 1));
    }

    @Override
    boolean isUp() {
      return true;
    }
  }

  DataClients(ReplicationWorkload workload) {
    this.workload = workload;
    this.world = workload.cluster().world();
    FaultMix mix = workload.cluster().mix();
    this.machine = new Machine(world, mix.nodes() + mix.brokers());
  }

  ReplicationWorkload workload() {
    return workload;
  }

  SimulatedProcess machine() {
    return machine;
  }

  /** Batches of which somebody was told that they are committed. */
  int acknowledged() {
    return acknowledged;
  }

  void countAcknowledged() {
    acknowledged++;
  }

  /** Batches that consumers were given. */
  long read() {
    return read;
  }

  void countRead() {
    read++;
  }

  long nextReadId() {
    return nextReadId++;
  }

  void start() {
    createTopic(
        new NewTopic(
            ReplicationWorkload.TOPIC,
            ReplicationWorkload.PARTITIONS,
            3,
            List.of(),
            workload.topicConfigs()));
    int inFlight = world.chance(0.5) ? MAX_IN_FLIGHT : 1;
    for (int partition = 0; partition < ReplicationWorkload.PARTITIONS; partition++) {
      produce(partition, Kind.IDEMPOTENT, 100 + partition, inFlight);
      produce(partition, Kind.PLAIN, -1, 1);
      produce(partition, Kind.CARELESS, -1, 1);
      produce(partition, Kind.IDEMPOTENT, 200 + partition, 1);
      new DataConsumer(this, partition, Source.LEADER, 0, position -> {}).poll();
      new DataConsumer(this, partition, Source.ANY_REPLICA, 0, position -> {}).poll();
    }
  }

  private void produce(int partition, Kind kind, long producerId, int maxInFlight) {
    DataProducer producer = new DataProducer(this, partition, kind, producerId, maxInFlight);
    producers.add(producer);
    producer.start();
  }

  /** What was sent and is not acknowledged, once nothing new is sent. */
  Optional<String> missing() {
    return producers.stream().flatMap(producer -> producer.missing().stream()).findFirst();
  }

  /** Nothing new is sent. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Mean time from one thing that a client does to the next. */
  long gapMicros() {
    return workload.sessionTimeoutMs() * World.MILLIS / 4;
  }

  /** Asks for it until it is there. */
  void createTopic(NewTopic topic) {
    if (workload.topic(topic.name()).isPresent()) {
      return;
    }
    machine.afterwards(workload.sessionTimeoutMs() * World.MILLIS / 3, () -> createTopic(topic));
    workload.brokers().stream()
        .filter(SimulatedBroker::isUp)
        .findFirst()
        .ifPresent(
            broker ->
                workload
                    .calls()
                    .ask(
                        machine,
                        broker,
                        () ->
                            broker
                                .services()
                                .ask(
                                    new CreateTopics(List.of(topic), false), workload.patienceMs()),
                        workload.patienceMs()));
  }

  /** Who leads, as one of the brokers says. */
  Optional<PartitionImage> ask(String topic, int partition) {
    List<SimulatedBroker> up =
        workload.brokers().stream().filter(b -> b.isUp() && !b.isPaused()).toList();
    if (up.isEmpty()) {
      return Optional.empty();
    }
    SimulatedBroker asked = up.get((int) world.between(0, up.size() - 1));
    return asked.services().image().topic(topic).map(known -> known.partitions().get(partition));
  }
}
