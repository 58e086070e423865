package io.gofka.log;

import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.WriteTransactionMarkers.MarkerEpoch;
import io.gofka.log.WriteTransactionMarkers.PartitionMarker;
import io.gofka.log.WriteTransactionMarkers.Written;
import io.gofka.record.EndTxnMarker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.function.Consumer;

/** Writes the markers that end transactions, as appends of the shard's own. */
final class ShardMarkers {
  private static final short ACKS_ALL = -1;

  /** As long as any append of this node's own: markers are repeated until they are written. */
  private static final int TIMEOUT_MS = 30_000;

  private final ShardAppends appends;
  private final ShardHost host;

  ShardMarkers(ShardAppends appends, ShardHost host) {
    this.appends = appends;
    this.host = host;
  }

  void write(WriteTransactionMarkers request, Consumer<List<Written>> reply) {
    Answers<Written> answers = new Answers<>(request.markers().size(), reply);
    for (int i = 0; i < request.markers().size(); i++) {
      int index = i;
      write(request.markers().get(i), written -> answers.set(index, written));
    }
  }

  private void write(PartitionMarker marker, Consumer<Written> reply) {
    ByteBuf batch =
        new EndTxnMarker(marker.type(), marker.coordinatorEpoch())
            .batch(
                PooledByteBufAllocator.DEFAULT,
                marker.producerId(),
                marker.producerEpoch(),
                host.timestampMs());
    Origin origin =
        marker.markerEpoch() == MarkerEpoch.NEXT ? Origin.MARKER_OF_NEXT_EPOCH : Origin.MARKER;
    try {
      appends.append(
          new AppendRecords(
              List.of(new PartitionAppend(marker.partition(), batch)),
              origin,
              ACKS_ALL,
              TIMEOUT_MS),
          results -> {
            AppendResult result = results.get(0);
            reply.accept(new Written(marker.partition(), result.error(), result.baseOffset()));
          });
    } finally {
      batch.release(); // The append holds it for as long as it needs it.
    }
  }
}
