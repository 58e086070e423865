package io.gofka.simulation;

import io.gofka.common.ErrorCode;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes batches into one partition, several at a time where it is idempotent. As the Java client
 * does, it has a connection to each broker, on which no request and no answer overtakes another; a
 * batch is sent again once it is answered, or the connection is broken, on which it was sent; and
 * of those that are sent again only the first one is under way. So when the leader moves, as many
 * new batches as a broker remembers can get in before an older one comes again.
 */
final class DataProducer {
  enum Kind {
    IDEMPOTENT,
    /** Tries again, and may write twice. */
    PLAIN,
    /** Doesn't wait for the replicas, and never tries again. */
    CARELESS
  }

  /** Of which it may have batches under way. */
  private static final int MOST_CONNECTIONS = 3;

  private final DataClients clients;
  private final ReplicationWorkload workload;
  private final World world;
  private final int partition;
  private final Kind kind;
  private final long producerId;
  private final int maxInFlight;
  private final List<Sent> unacknowledged = new ArrayList<>();
  private final Map<SimulatedBroker, Connection> connections = new HashMap<>();
  private int nextSequence;
  private int number;
  private int leaderEpoch = -1;
  private int acknowledgedUpTo;
  private boolean everAcknowledged;

  /** Of one direction or the other: things arrive in order, or not at all. */
  private static final class Lane {
    private final Map<Integer, Runnable> early = new HashMap<>();
    private int arrived;

    void arrive(int index, Runnable what) {
      early.put(index, what);
      for (Runnable next = early.remove(arrived); next != null; next = early.remove(arrived)) {
        arrived++;
        next.run();
      }
    }
  }

  private static final class Connection {
    private final Lane requests = new Lane();
    private final Lane answers = new Lane();
    private final List<Sent> underWay = new ArrayList<>();
    private int sent;
    private boolean broken;
  }

  /** A batch that has not been acknowledged. */
  private static final class Sent {
    private final ByteBuf bytes;
    private final int sequence;
    private final int count;
    private boolean again;
    private boolean underWay;

    Sent(ByteBuf bytes, int sequence, int count) {
      this.bytes = bytes;
      this.sequence = sequence;
      this.count = count;
    }
  }

  DataProducer(DataClients clients, int partition, Kind kind, long producerId, int maxInFlight) {
    this.clients = clients;
    this.workload = clients.workload();
    this.world = workload.cluster().world();
    this.partition = partition;
    this.kind = kind;
    this.producerId = producerId;
    this.maxInFlight = maxInFlight;
  }

  /** Something new to write comes up again and again. */
  void start() {
    long gap = clients.gapMicros() / (maxInFlight > 1 ? 2 : 1);
    clients.machine().afterwards(world.about(gap), this::start);
    // Where nobody knows the producer yet, any of its batches is taken for the first.
    int most = everAcknowledged ? MOST_CONNECTIONS * maxInFlight : 1;
    if (!clients.isStopped() && unacknowledged.size() < (maxInFlight == 1 ? 1 : most)) {
      unacknowledged.add(build());
      sendAll();
    }
  }

  /** What it has sent, and nobody has acknowledged yet. */
  Optional<String> missing() {
    return unacknowledged.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s %d waits for sequence %d in partition %d"
                .formatted(kind, producerId, unacknowledged.get(0).sequence, partition));
  }

  private Sent build() {
    int count = (int) world.between(1, 3);
    RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
    for (int i = 0; i < count; i++) {
      String value = kind + "-" + producerId + "-" + number++;
      builder.add(
          1_700_000_000_000L + world.nowMicros() / 1000,
          Optional.empty(),
          Optional.of(Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8))));
    }
    int sequence = nextSequence;
    if (kind == Kind.IDEMPOTENT) {
      builder.producer(producerId, (short) 0, sequence);
      nextSequence += count;
    }
    ByteBuf built = builder.build();
    Sent batch = new Sent(Unpooled.copiedBuffer(built), sequence, count);
    built.release();
    return batch;
  }

  private void sendAll() {
    for (Sent batch : List.copyOf(unacknowledged)) {
      if (batch.underWay) {
        continue;
      }
      if ((batch.again && batch != unacknowledged.get(0)) || !send(batch)) {
        return;
      }
    }
  }

  private void later(Sent batch) {
    batch.underWay = false;
    batch.again = true;
    if (kind == Kind.CARELESS) {
      unacknowledged.remove(batch);
    } else {
      clients.machine().afterwards(world.about(clients.gapMicros() / 4), this::sendAll);
    }
  }

  /** Nobody hears any more what comes over it. */
  private void breakDown(SimulatedBroker leader, Connection over) {
    if (!over.broken) {
      over.broken = true;
      connections.remove(leader, over);
      List.copyOf(over.underWay).forEach(this::later);
    }
  }

  /** False when it has to wait. */
  private boolean send(Sent batch) {
    PartitionImage state = clients.ask(ReplicationWorkload.TOPIC, partition).orElse(null);
    // As real clients: what is older than what it knows already isn't believed.
    SimulatedBroker leader =
        state == null || state.leaderEpoch() < leaderEpoch
            ? null
            : workload.broker(state.leader()).orElse(null);
    if (leader == null) {
      clients.machine().afterwards(world.about(clients.gapMicros() / 4), this::sendAll);
      return false;
    }
    leaderEpoch = state.leaderEpoch();
    Connection over = connections.computeIfAbsent(leader, any -> new Connection());
    if (over.underWay.size() >= maxInFlight) {
      return false;
    }
    batch.underWay = true;
    over.underWay.add(batch);
    int timeoutMs = (int) workload.sessionTimeoutMs();
    int index = over.sent++;
    workload
        .calls()
        .ask(clients.machine(), leader, () -> arrived(leader, over, index, batch), 2L * timeoutMs)
        .onComplete(
            result -> over.answers.arrive(index, () -> onAnswer(leader, batch, over, result)),
            cause -> breakDown(leader, over));
    return true;
  }

  private Future<AppendResult> arrived(
      SimulatedBroker leader, Connection over, int index, Sent batch) {
    Promise<AppendResult> answer = Promise.promise();
    int life = leader.incarnation();
    over.requests.arrive(
        index,
        () -> {
          if (leader.isUp() && leader.incarnation() == life) {
            append(leader, batch, (int) workload.sessionTimeoutMs(), answer);
          }
        });
    return answer.future();
  }

  private void append(
      SimulatedBroker leader, Sent batch, int timeoutMs, Promise<AppendResult> answer) {
    SimulatedReplicas there = workload.replicas(leader).orElse(null);
    TopicImage topic = leader.services().image().topic(ReplicationWorkload.TOPIC).orElse(null);
    if (there == null || topic == null) {
      answer.tryFail(new Calls.Refused(leader.name()));
      return;
    }
    short acks = (short) (kind == Kind.CARELESS ? 1 : -1);
    there
        .shard()
        .append(
            new AppendRecords(
                List.of(
                    new PartitionAppend(
                        topic.partition(partition), Unpooled.copiedBuffer(batch.bytes))),
                Origin.CLIENT,
                acks,
                timeoutMs),
            results -> {
              AppendResult result = results.get(0);
              if (world.tracing()) {
                leader.trace(
                    "answers %s of %d at %d with %s", kind, producerId, batch.sequence, result);
              }
              if (acks != 1 && result.error() == ErrorCode.NONE) {
                // Looked at here: until the answer is there, somebody else may lead.
                workload.onTouched(leader);
                workload.acknowledged(
                    leader,
                    ReplicationWorkload.TOPIC,
                    partition,
                    result.baseOffset(),
                    result.baseOffset() + batch.count - 1);
              }
              answer.tryComplete(result);
            });
  }

  private void onAnswer(SimulatedBroker leader, Sent batch, Connection over, AppendResult result) {
    if (over.broken) {
      return;
    }
    over.underWay.remove(batch);
    ErrorCode error = result.error();
    if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      world.note(result.baseOffset());
      clients.countAcknowledged();
      everAcknowledged = true;
      unacknowledged.remove(batch);
      acknowledgedUpTo = Math.max(acknowledgedUpTo, batch.sequence + batch.count);
      sendAll();
    } else if (isMaybeTooEarly(batch, error) || DataClients.RETRIABLE.contains(error)) {
      later(batch);
    } else {
      throw new Violation(
          "producers can go on",
          "%s tells %d at sequence %d: %s"
              .formatted(leader.name(), producerId, batch.sequence, result));
    }
  }

  /** A real producer begins a new epoch when the very next sequence is out of order. */
  private boolean isMaybeTooEarly(Sent batch, ErrorCode error) {
    return error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && batch.sequence != acknowledgedUpTo;
  }
}
