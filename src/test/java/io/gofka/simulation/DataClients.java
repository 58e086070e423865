package io.gofka.simulation;

import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult;
import io.gofka.log.FindOffsets;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReadResult;
import io.gofka.log.SimulatedShard;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Producers and consumers of the data, on a machine that nothing happens to. */
final class DataClients {
  /** After these a client looks for the leader again, and tries once more. */
  private static final Set<ErrorCode> RETRIABLE =
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

  private final ReplicationWorkload workload;
  private final World world;
  private final Machine machine;
  private final List<Producer> producers = new ArrayList<>();
  private boolean stopped;
  private int acknowledged;
  private long read;
  private long nextReadId;

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

  /** Batches of which somebody was told that they are committed. */
  int acknowledged() {
    return acknowledged;
  }

  /** Batches that consumers were given. */
  long read() {
    return read;
  }

  void start() {
    createTopic();
    for (int partition = 0; partition < ReplicationWorkload.PARTITIONS; partition++) {
      producers.add(new Producer(partition, Kind.IDEMPOTENT, 100 + partition));
      producers.add(new Producer(partition, Kind.PLAIN, -1));
      producers.add(new Producer(partition, Kind.CARELESS, -1));
      producers.add(new Producer(partition, Kind.IDEMPOTENT, 200 + partition));
      new Consumer(partition, Source.LEADER).poll();
      new Consumer(partition, Source.ANY_REPLICA).poll();
    }
    producers.forEach(producer -> machine.afterwards(world.about(gap()), producer::next));
  }

  /** Nothing new is sent. */
  void stop() {
    stopped = true;
  }

  /** Whether a producer waits for an answer. */
  boolean isIdle() {
    return producers.stream().allMatch(producer -> producer.batch == null);
  }

  private long gap() {
    return workload.sessionTimeoutMs() * World.MILLIS / 4;
  }

  private void createTopic() {
    if (workload.topic().isPresent()) {
      return;
    }
    machine.afterwards(workload.sessionTimeoutMs() * World.MILLIS / 3, this::createTopic);
    NewTopic topic =
        new NewTopic(
            ReplicationWorkload.TOPIC,
            ReplicationWorkload.PARTITIONS,
            3,
            List.of(),
            Map.of("min.insync.replicas", String.valueOf(workload.minInsyncReplicas())));
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
  private Optional<PartitionImage> ask(int partition) {
    List<SimulatedBroker> up =
        workload.brokers().stream().filter(b -> b.isUp() && !b.isPaused()).toList();
    if (up.isEmpty()) {
      return Optional.empty();
    }
    SimulatedBroker asked = up.get((int) world.between(0, up.size() - 1));
    return asked
        .services()
        .image()
        .topic(ReplicationWorkload.TOPIC)
        .map(topic -> topic.partitions().get(partition));
  }

  private enum Kind {
    IDEMPOTENT,
    /** Tries again, and may write twice. */
    PLAIN,
    /** Doesn't wait for the replicas, and never tries again. */
    CARELESS
  }

  /** One batch after the other. */
  private final class Producer {
    private final int partition;
    private final Kind kind;
    private final long producerId;
    private int sequence;
    private int number;
    private ByteBuf batch;
    private int count;
    private int leaderEpoch = -1;

    Producer(int partition, Kind kind, long producerId) {
      this.partition = partition;
      this.kind = kind;
      this.producerId = producerId;
    }

    void next() {
      if (stopped) {
        return;
      }
      count = (int) world.between(1, 3);
      RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
      for (int i = 0; i < count; i++) {
        String value = kind + "-" + producerId + "-" + number++;
        builder.add(
            1_700_000_000_000L + world.nowMicros() / 1000,
            Optional.empty(),
            Optional.of(Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8))));
      }
      if (kind == Kind.IDEMPOTENT) {
        builder.producer(producerId, (short) 0, sequence);
      }
      ByteBuf built = builder.build();
      batch = Unpooled.copiedBuffer(built);
      built.release();
      send();
    }

    private void later() {
      if (kind == Kind.CARELESS) {
        done();
      } else {
        machine.afterwards(world.about(gap() / 4), this::send);
      }
    }

    private void done() {
      batch = null;
      machine.afterwards(world.about(gap()), this::next);
    }

    private void send() {
      PartitionImage state = ask(partition).orElse(null);
      // As real clients: what is older than what it knows already isn't believed.
      SimulatedBroker leader =
          state == null || state.leaderEpoch() < leaderEpoch
              ? null
              : workload.broker(state.leader()).orElse(null);
      if (leader == null) {
        later();
        return;
      }
      leaderEpoch = state.leaderEpoch();
      short acks = (short) (kind == Kind.CARELESS ? 1 : -1);
      int timeoutMs = (int) workload.sessionTimeoutMs();
      ByteBuf sent = Unpooled.copiedBuffer(batch);
      workload
          .calls()
          .ask(machine, leader, () -> append(leader, sent, acks, timeoutMs), 2L * timeoutMs)
          .onComplete(result -> onAnswer(leader, result), cause -> later());
    }

    private Future<AppendResult> append(
        SimulatedBroker leader, ByteBuf sent, short acks, int timeoutMs) {
      Promise<AppendResult> answer = Promise.promise();
      SimulatedReplicas there = workload.replicas(leader).orElse(null);
      TopicImage topic = leader.services().image().topic(ReplicationWorkload.TOPIC).orElse(null);
      if (there == null || topic == null) {
        return Future.failedFuture(new Calls.Refused(leader.name()));
      }
      there
          .shard()
          .append(
              new AppendRecords(
                  List.of(new PartitionAppend(topic.partition(partition), sent)),
                  Origin.CLIENT,
                  acks,
                  timeoutMs),
              results -> {
                AppendResult result = results.get(0);
                if (world.tracing()) {
                  leader.trace("answers %s of %d with %s", kind, producerId, result);
                }
                if (acks != 1 && result.error() == ErrorCode.NONE) {
                  // Looked at here: until the answer is there, somebody else may lead.
                  workload.onTouched(leader);
                  workload.acknowledged(
                      leader, partition, result.baseOffset(), result.baseOffset() + count - 1);
                }
                answer.tryComplete(result);
              });
      return answer.future();
    }

    private void onAnswer(SimulatedBroker leader, AppendResult result) {
      if (result.error() == ErrorCode.NONE) {
        world.note(result.baseOffset());
        acknowledged++;
        sequence += count;
        done();
      } else if (RETRIABLE.contains(result.error())) {
        later();
      } else {
        throw new Violation(
            "producers can go on",
            "%s tells %d at sequence %d: %s"
                .formatted(leader.name(), producerId, sequence, result));
      }
    }
  }

  /** Reads from the beginning, and then what comes. */
  private final class Consumer {
    private final int partition;
    private final Source source;
    private long position;
    private int lastEpoch = -1;
    private int leaderEpoch = -1;

    Consumer(int partition, Source source) {
      this.partition = partition;
      this.source = source;
    }

    void poll() {
      machine.afterwards(world.about(gap()), this::fetch);
    }

    private void fetch() {
      PartitionImage state = ask(partition).orElse(null);
      if (state == null || !state.hasLeader() || state.leaderEpoch() < leaderEpoch) {
        poll();
        return;
      }
      leaderEpoch = state.leaderEpoch();
      int asked =
          source == Source.LEADER
              ? state.leader()
              : state.replicas().get((int) world.between(0, state.replicas().size() - 1));
      SimulatedBroker broker = workload.broker(asked).orElse(null);
      if (broker == null) {
        poll();
        return;
      }
      boolean fromLeader = asked == state.leader();
      if (fromLeader && world.chance(0.1)) {
        workload
            .calls()
            .ask(machine, broker, () -> askForEnd(broker), 2 * workload.sessionTimeoutMs())
            .onComplete(found -> onEnd(broker, found), cause -> poll());
        return;
      }
      workload
          .calls()
          .ask(machine, broker, () -> read(broker), 2 * workload.sessionTimeoutMs())
          .onComplete(result -> onAnswer(broker, fromLeader, result), cause -> poll());
    }

    private Future<FindOffsets.Found> askForEnd(SimulatedBroker broker) {
      SimulatedReplicas there = workload.replicas(broker).orElse(null);
      TopicImage topic = broker.services().image().topic(ReplicationWorkload.TOPIC).orElse(null);
      if (there == null || topic == null) {
        return Future.failedFuture(new Calls.Refused(broker.name()));
      }
      Promise<FindOffsets.Found> answer = Promise.promise();
      there
          .shard()
          .findOffsets(
              new FindOffsets(
                  List.of(
                      new FindOffsets.Query(
                          topic.partition(partition), leaderEpoch, FindOffsets.LATEST)),
                  IsolationLevel.READ_UNCOMMITTED),
              found -> answer.tryComplete(found.get(0)));
      return answer.future();
    }

    /** KIP-207: a new leader doesn't tell an end before it knows all that an earlier one told. */
    private void onEnd(SimulatedBroker broker, FindOffsets.Found found) {
      if (found.error() == ErrorCode.NONE && found.offset() < position) {
        throw new Violation(
            "the end of what is committed never falls",
            "%s tells %s to somebody who has read up to %d"
                .formatted(broker.name(), found, position));
      }
      poll();
    }

    private Future<ReadResult> read(SimulatedBroker broker) {
      SimulatedReplicas there = workload.replicas(broker).orElse(null);
      TopicImage topic = broker.services().image().topic(ReplicationWorkload.TOPIC).orElse(null);
      if (there == null || topic == null) {
        return Future.failedFuture(new Calls.Refused(broker.name()));
      }
      TopicIdPartition id = topic.partition(partition);
      Promise<ReadResult> answer = Promise.promise();
      there
          .shard()
          .read(
              new ReadRecords(
                  nextReadId++,
                  List.of(new PartitionRead(id, position, 300, leaderEpoch, lastEpoch)),
                  1,
                  300,
                  (int) workload.sessionTimeoutMs() / 2,
                  IsolationLevel.READ_UNCOMMITTED,
                  Form.BUFFER,
                  source),
              results -> {
                workload.onTouched(broker);
                answer.tryComplete(copied(results.get(0)));
              });
      return answer.future();
    }

    /** The answer may never arrive, and its bytes are somebody's. */
    private ReadResult copied(ReadResult result) {
      ByteBuf bytes =
          result.records().size() == 0
              ? Unpooled.EMPTY_BUFFER
              : Unpooled.copiedBuffer((ByteBuf) result.records().part());
      result.records().release();
      return new ReadResult(
          result.partition(),
          result.error(),
          result.highWatermark(),
          result.lastStableOffset(),
          result.logStartOffset(),
          Payload.of(bytes),
          result.abortedTransactions(),
          result.divergingEpoch());
    }

    private void onAnswer(SimulatedBroker broker, boolean fromLeader, ReadResult result) {
      if (result.error() != ErrorCode.NONE) {
        boolean fine =
            RETRIABLE.contains(result.error())
                || (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && !fromLeader);
        if (!fine) {
          throw new Violation(
              "consumers can go on",
              "%s tells at %d in epoch %d: %s"
                  .formatted(broker.name(), position, leaderEpoch, result));
        }
      } else if (result.divergingEpoch().isPresent()) {
        if (fromLeader) {
          throw new Violation(
              "consumers have nothing but what is committed",
              "%s tells at %d, epoch %d: %s".formatted(broker.name(), position, lastEpoch, result));
        }
      } else {
        take(broker, (ByteBuf) result.records().part());
      }
      poll();
    }

    private void take(SimulatedBroker broker, ByteBuf bytes) {
      for (int at = bytes.readerIndex(); at < bytes.writerIndex(); ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        at += batch.sizeInBytes();
        if (batch.nextOffset() <= position) {
          continue;
        }
        read++;
        world.note(batch.baseOffset());
        workload
            .records(partition)
            .read(
                "a consumer of " + broker.name(),
                new SimulatedShard.Batch(
                    batch.baseOffset(),
                    batch.nextOffset(),
                    batch.partitionLeaderEpoch(),
                    batch.crc(),
                    batch.producerId(),
                    batch.producerEpoch(),
                    batch.baseSequence()));
        position = batch.nextOffset();
        lastEpoch = batch.partitionLeaderEpoch();
      }
    }
  }
}
