package io.gofka.simulation;

import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.FindOffsets;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.Form;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReadResult;
import io.gofka.log.SimulatedShard;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.LongConsumer;

/** Reads one partition of the data from an offset on, and then what comes. */
final class DataConsumer {
  private final DataClients clients;
  private final ReplicationWorkload workload;
  private final World world;
  private final int partition;
  private final Source source;
  private final LongConsumer onPosition;
  private long position;
  private int lastEpoch = -1;
  private int leaderEpoch = -1;
  private boolean closed;

  /**
   * @param position where it begins
   * @param onPosition told each time that it has got further
   */
  DataConsumer(
      DataClients clients, int partition, Source source, long position, LongConsumer onPosition) {
    this.clients = clients;
    this.workload = clients.workload();
    this.world = workload.cluster().world();
    this.partition = partition;
    this.source = source;
    this.position = position;
    this.onPosition = onPosition;
  }

  /** Everything before has been read. */
  long position() {
    return position;
  }

  /** Reads no more. */
  void close() {
    closed = true;
  }

  void poll() {
    if (!closed) {
      clients.machine().afterwards(world.about(clients.gapMicros()), this::fetch);
    }
  }

  private void fetch() {
    PartitionImage state = clients.ask(ReplicationWorkload.TOPIC, partition).orElse(null);
    if (closed || state == null || !state.hasLeader() || state.leaderEpoch() < leaderEpoch) {
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
          .ask(
              clients.machine(),
              broker,
              () -> askFor(broker, FindOffsets.LATEST),
              2 * workload.sessionTimeoutMs())
          .onComplete(found -> onEnd(broker, found), cause -> poll());
      return;
    }
    workload
        .calls()
        .ask(clients.machine(), broker, () -> read(broker), 2 * workload.sessionTimeoutMs())
        .onComplete(result -> onAnswer(broker, fromLeader, result), cause -> poll());
  }

  private Future<FindOffsets.Found> askFor(SimulatedBroker broker, long timestampMs) {
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
                    new FindOffsets.Query(topic.partition(partition), leaderEpoch, timestampMs)),
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
                clients.nextReadId(),
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
  private static ReadResult copied(ReadResult result) {
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
    if (closed) {
      return;
    }
    if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && fromLeader && isDeletable()) {
      beginAnew(broker);
      return;
    }
    if (result.error() != ErrorCode.NONE) {
      boolean fine =
          DataClients.RETRIABLE.contains(result.error())
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

  private boolean isDeletable() {
    return position < workload.records(ReplicationWorkload.TOPIC, partition).deletable();
  }

  /** What comes next has been deleted. */
  private void beginAnew(SimulatedBroker broker) {
    workload
        .calls()
        .ask(
            clients.machine(),
            broker,
            () -> askFor(broker, FindOffsets.EARLIEST),
            2 * workload.sessionTimeoutMs())
        .onComplete(
            found -> {
              if (!closed && found.error() == ErrorCode.NONE && found.offset() > position) {
                position = found.offset();
                lastEpoch = -1;
                onPosition.accept(position);
              }
              poll();
            },
            cause -> poll());
  }

  private void take(SimulatedBroker broker, ByteBuf bytes) {
    for (int at = bytes.readerIndex(); at < bytes.writerIndex(); ) {
      RecordBatch batch = new RecordBatch(bytes, at);
      at += batch.sizeInBytes();
      if (batch.nextOffset() <= position) {
        continue;
      }
      clients.countRead();
      world.note(batch.baseOffset());
      workload
          .records(ReplicationWorkload.TOPIC, partition)
          .read("a consumer of " + broker.name(), SimulatedShard.Batch.of(batch));
      position = batch.nextOffset();
      lastEpoch = batch.partitionLeaderEpoch();
      onPosition.accept(position);
    }
  }
}
