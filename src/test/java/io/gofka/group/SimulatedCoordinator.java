package io.gofka.group;

import io.gofka.bus.Bus;
import io.gofka.common.TopicPartition;
import io.gofka.group.GroupRecord.CommittedOffset;
import io.gofka.group.GroupRecord.OffsetRecord;
import io.gofka.log.LogShards;
import io.gofka.record.LogRecord;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordReader;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The {@link GroupCoordinatorVerticle} as it is, for a simulated broker in another package, and
 * what its records say.
 */
public final class SimulatedCoordinator {
  private SimulatedCoordinator() {}

  /**
   * What a record says about an offset.
   *
   * @param offset none for a tombstone
   * @param metadata that came with it
   */
  public record Written(
      String groupId, TopicPartition partition, OptionalLong offset, String metadata) {}

  /**
   * @param nowMs monotonic clock of the broker
   * @param timestampMs wall clock of the broker
   * @param memberIds makes a new id out of a name
   */
  public static VerticleBase verticle(
      Bus bus,
      int brokerId,
      GroupSettings settings,
      LongSupplier nowMs,
      LongSupplier timestampMs,
      UnaryOperator<String> memberIds) {
    return new GroupCoordinatorVerticle(
        bus,
        brokerId,
        new LogShards(1),
        settings,
        () -> new Moment(nowMs.getAsLong(), timestampMs.getAsLong()),
        memberIds::apply);
  }

  /** The offsets in a batch of {@code __consumer_offsets}, in order. */
  public static List<Written> offsets(RecordBatch batch) {
    List<Written> written = new ArrayList<>();
    try (RecordReader records = new RecordReader(batch)) {
      while (records.next()) {
        LogRecord record = records.record();
        Optional<GroupRecord> read =
            OffsetRecordCodec.read(record.key().orElseThrow(), record.value());
        if (read.isPresent() && read.get() instanceof OffsetRecord offset) {
          Optional<CommittedOffset> value = offset.value();
          written.add(
              new Written(
                  offset.groupId(),
                  offset.partition(),
                  value.isPresent() ? OptionalLong.of(value.get().offset()) : OptionalLong.empty(),
                  value.map(CommittedOffset::metadata).orElse("")));
        }
      }
    }
    return written;
  }
}
