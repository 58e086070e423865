package io.gofka.group;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.group.Effect.Append;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult;
import io.gofka.log.FindEpochEnds;
import io.gofka.log.FindOffsets;
import io.gofka.log.LogShards;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.IsolationLevel;
import io.gofka.log.ReadRecords.PartitionRead;
import io.gofka.log.ReadResult;
import io.gofka.protocol.WireException;
import io.gofka.record.LogRecord;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.RecordReader;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of {@code __consumer_offsets} as its coordinator reads and writes it: over the bus,
 * from the log shard that owns it. Part of {@link GroupCoordinatorVerticle}.
 */
final class OffsetsLogShell {
  private static final Logger LOG = LoggerFactory.getLogger(OffsetsLogShell.class);

  /**
   * So much is decoded in one go. The control loop has other coordinators and votes to serve, and
   * comes to them between two reads.
   */
  private static final int MAX_LOAD_READ_BYTES = 128 * 1024;

  /** How long a read waits for records that are not committed yet. */
  private static final int LOAD_READ_WAIT_MS = 500;

  /**
   * How long an append may wait for the in-sync replicas before nobody knows any more what became
   * of it; the bus gives up after twice that time. Long, because all groups stand still while the
   * log is read again, and what is in the log doesn't go away by asking.
   */
  private static final int MAX_APPEND_WAIT_MS = 300_000;

  /** Keys and values live for as long as it takes to copy them: the cheapest buffers will do. */
  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  /** Names reads of all coordinators apart from those of connections, which count up from 0. */
  private static final AtomicLong NEXT_READ_ID = new AtomicLong(Long.MIN_VALUE);

  private final Bus bus;
  private final TopicIdPartition partition;
  private final int leaderEpoch;
  private final int shard;
  private final GroupSettings settings;
  private final Compression compression;

  OffsetsLogShell(
      Bus bus,
      LogShards shards,
      TopicIdPartition partition,
      int leaderEpoch,
      GroupSettings settings) {
    this.bus = bus;
    this.partition = partition;
    this.leaderEpoch = leaderEpoch;
    this.shard = shards.of(partition);
    this.settings = settings;
    this.compression =
        Compression.of(
            Codec.ofId(settings.offsetsTopicCompressionCodec())
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "offsets.topic.compression.codec="
                                + settings.offsetsTopicCompressionCodec())));
  }

  // ---- reading

  /**
   * Reads everything that the log had when this was called, in its order; completes with the number
   * of records. What isn't committed yet is waited for: it may have been acknowledged by no one,
   * but it will be in the log of every later leader, too.
   */
  Future<Long> load(Consumer<GroupRecord> replay) {
    return logStartOffset()
        .compose(start -> logEndOffset().compose(end -> load(start, end, 0, replay)));
  }

  private Future<Long> logStartOffset() {
    FindOffsets earliest =
        new FindOffsets(
            List.of(new FindOffsets.Query(partition, leaderEpoch, FindOffsets.EARLIEST)),
            IsolationLevel.READ_UNCOMMITTED);
    return bus.request(Addresses.LOG_FIND_OFFSETS.at(shard), earliest)
        .map(
            found -> {
              check(found.get(0).error(), "log start offset");
              return found.get(0).offset();
            });
  }

  /** The end of the current leader epoch is the end of the log, committed or not. */
  private Future<Long> logEndOffset() {
    FindEpochEnds current =
        new FindEpochEnds(List.of(new FindEpochEnds.Query(partition, leaderEpoch, leaderEpoch)));
    return bus.request(Addresses.LOG_FIND_EPOCH_ENDS.at(shard), current)
        .map(
            ends -> {
              check(ends.get(0).error(), "log end offset");
              return ends.get(0).endOffset();
            });
  }

  private Future<Long> load(
      long fetchOffset, long endOffset, long numRecords, Consumer<GroupRecord> replay) {
    if (fetchOffset >= endOffset) {
      return Future.succeededFuture(numRecords);
    }
    int maxBytes = Math.min(settings.offsetsLoadBufferSize(), MAX_LOAD_READ_BYTES);
    ReadRecords read =
        new ReadRecords(
            NEXT_READ_ID.getAndIncrement(),
            List.of(new PartitionRead(partition, fetchOffset, maxBytes, leaderEpoch, -1)),
            1,
            maxBytes,
            LOAD_READ_WAIT_MS,
            IsolationLevel.READ_UNCOMMITTED,
            ReadRecords.Form.BUFFER);
    return bus.request(Addresses.LOG_READ.at(shard), read)
        .compose(
            results -> {
              Replayed replayed = replay(results.get(0), fetchOffset, replay);
              return load(replayed.nextOffset, endOffset, numRecords + replayed.numRecords, replay);
            });
  }

  private record Replayed(long nextOffset, long numRecords) {}

  private Replayed replay(ReadResult result, long fetchOffset, Consumer<GroupRecord> replay) {
    try {
      check(result.error(), "read at " + fetchOffset);
      return replay((ByteBuf) result.records().part(), fetchOffset, replay);
    } finally {
      result.records().release();
    }
  }

  private Replayed replay(ByteBuf bytes, long fetchOffset, Consumer<GroupRecord> replay) {
    long nextOffset = fetchOffset;
    long numRecords = 0;
    int at = bytes.readerIndex();
    while (bytes.writerIndex() - at >= RecordBatch.HEADER_BYTES) {
      RecordBatch batch = new RecordBatch(bytes, at);
      if (batch.sizeInBytes() > bytes.writerIndex() - at) {
        break; // The read ends within this batch; the next one begins with it.
      }
      if (batch.isControl() || batch.isTransactional()) {
        LOG.error("{}: {} belongs to a transaction and is not read", partition, batch);
      } else {
        numRecords += replay(batch, replay);
      }
      nextOffset = batch.nextOffset();
      at += batch.sizeInBytes();
    }
    return new Replayed(nextOffset, numRecords);
  }

  private long replay(RecordBatch batch, Consumer<GroupRecord> replay) {
    long numRecords = 0;
    try (RecordReader records = new RecordReader(batch)) {
      while (records.next()) {
        LogRecord record = records.record();
        numRecords++;
        decode(record).ifPresent(replay);
      }
    } catch (ApiException unreadable) {
      // Without it offsets would go back silently; and no retry makes it readable.
      throw new UnreadableLogException(
          "the batch at offset "
              + batch.baseOffset()
              + " cannot be read: "
              + unreadable.getMessage());
    }
    return numRecords;
  }

  /** One unreadable record must not hide the offsets of all other groups. */
  private Optional<GroupRecord> decode(LogRecord record) {
    if (record.key().isEmpty()) {
      LOG.error("{}: the record at offset {} has no key", partition, record.offset());
      return Optional.empty();
    }
    try {
      return OffsetRecordCodec.read(record.key().get(), record.value());
    } catch (WireException unreadable) {
      LOG.error(
          "{}: the record at offset {} cannot be read: {}",
          partition,
          record.offset(),
          unreadable.getMessage());
      return Optional.empty();
    }
  }

  private static void check(ErrorCode error, String what) {
    if (error != ErrorCode.NONE) {
      throw new ApiException(error, what + ": " + error);
    }
  }

  // ---- writing

  /** One batch under way; {@link #add} writes until it is full, then {@link #append} it. */
  RecordBatchBuilder newBatch() {
    return new RecordBatchBuilder(PooledByteBufAllocator.DEFAULT).compression(compression);
  }

  static void add(RecordBatchBuilder batch, Append write, long timestampMs) {
    for (GroupRecord record : write.records()) {
      ByteBuf key = OffsetRecordCodec.key(HEAP, record);
      Optional<ByteBuf> value = OffsetRecordCodec.value(HEAP, record);
      batch.add(timestampMs, Optional.of(key), value);
      key.release();
      value.ifPresent(ByteBuf::release);
    }
  }

  /** Completes once the batch is committed, with NONE, or with what has become of it. */
  Future<ErrorCode> append(RecordBatchBuilder builder) {
    ByteBuf batch = builder.build();
    AppendRecords append =
        new AppendRecords(
            List.of(new PartitionAppend(partition, batch, leaderEpoch)),
            Origin.COORDINATOR,
            (short) -1,
            MAX_APPEND_WAIT_MS);
    return bus.request(Addresses.LOG_APPEND.at(shard), append)
        .transform(
            outcome -> {
              batch.release();
              return Future.succeededFuture(
                  outcome.succeeded() ? error(outcome.result()) : error(outcome.cause()));
            });
  }

  private static ErrorCode error(List<AppendResult> results) {
    return results.get(0).error();
  }

  private static ErrorCode error(Throwable cause) {
    return cause instanceof ApiException refused
        ? refused.errorCode()
        : ErrorCode.UNKNOWN_SERVER_ERROR;
  }

  @Override
  public String toString() {
    return partition + " (leader epoch " + leaderEpoch + ")";
  }
}
