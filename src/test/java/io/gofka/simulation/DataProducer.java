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
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes batches into one partition, several at a time where it is idempotent: not more than a
 * broker remembers, from the first on that has not been acknowledged. As real clients do, it sends
 * them in order over a connection on which none overtakes another; when one of them comes to
 * nothing, all that are under way are sent again in order over the next.
 */
final class DataProducer {
  enum Kind {
    IDEMPOTENT,
    /** Tries again, and may write twice. */
    PLAIN,
    /** Doesn't wait for the replicas, and never tries again. */
    CARELESS
  }

  private final DataClients clients;
  private final ReplicationWorkload workload;
  private final World world;
  private final int partition;
  private final Kind kind;
  private final long producerId;
  private final int maxInFlight;
  private final List<Sent> inFlight = new ArrayList<>();
  private int nextSequence;
  private int number;
  private int leaderEpoch = -1;
  private Connection connection = new Connection();
  private boolean everAcknowledged;

  /** Requests arrive in order, or not at all. */
  private static final class Connection {
    private final Map<Integer, Runnable> early = new HashMap<>();
    private int sent;
    private int arrived;

    void arrive(int index, Runnable request) {
      early.put(index, request);
      for (Runnable next = early.remove(arrived); next != null; next = early.remove(arrived)) {
        arrived++;
        next.run();
      }
    }
  }

  /** A batch that has not been acknowledged. */
  private static final class Sent {
    private final ByteBuf bytes;
    private final int sequence;
    private final int count;
    private boolean acknowledged;

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
    if (!clients.isStopped() && inFlight.size() < (everAcknowledged ? maxInFlight : 1)) {
      Sent batch = build();
      inFlight.add(batch);
      send(batch, connection);
    }
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

  private void later(Sent batch, Connection over) {
    if (kind == Kind.CARELESS) {
      done(batch);
    } else if (over == connection) {
      connection = new Connection();
      clients.machine().afterwards(world.about(clients.gapMicros() / 4), this::sendAll);
    }
  }

  private void sendAll() {
    Connection fresh = connection;
    for (Sent batch : List.copyOf(inFlight)) {
      if (!batch.acknowledged && fresh == connection) {
        send(batch, fresh);
      }
    }
  }

  private void done(Sent batch) {
    batch.acknowledged = true;
    everAcknowledged = true;
    while (!inFlight.isEmpty() && inFlight.get(0).acknowledged) {
      inFlight.remove(0);
    }
  }

  private void send(Sent batch, Connection over) {
    PartitionImage state = clients.ask(ReplicationWorkload.TOPIC, partition).orElse(null);
    // As real clients: what is older than what it knows already isn't believed.
    SimulatedBroker leader =
        state == null || state.leaderEpoch() < leaderEpoch
            ? null
            : workload.broker(state.leader()).orElse(null);
    if (leader == null) {
      later(batch, over);
      return;
    }
    leaderEpoch = state.leaderEpoch();
    int timeoutMs = (int) workload.sessionTimeoutMs();
    int index = over.sent++;
    workload
        .calls()
        .ask(
            clients.machine(),
            leader,
            () -> {
              Promise<AppendResult> answer = Promise.promise();
              int life = leader.incarnation();
              over.arrive(
                  index,
                  () -> {
                    if (leader.isUp() && leader.incarnation() == life) {
                      append(leader, batch, timeoutMs, answer);
                    }
                  });
              return answer.future();
            },
            2L * timeoutMs)
        .onComplete(result -> onAnswer(leader, batch, over, result), cause -> later(batch, over));
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
    if (batch.acknowledged || (over != connection && result.error() != ErrorCode.NONE)) {
      return;
    }
    boolean waitsForEarlier =
        result.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && batch != inFlight.get(0);
    if (result.error() == ErrorCode.NONE) {
      world.note(result.baseOffset());
      clients.countAcknowledged();
      done(batch);
    } else if (waitsForEarlier || DataClients.RETRIABLE.contains(result.error())) {
      later(batch, over);
    } else {
      throw new Violation(
          "producers can go on",
          "%s tells %d at sequence %d: %s"
              .formatted(leader.name(), producerId, batch.sequence, result));
    }
  }
}
