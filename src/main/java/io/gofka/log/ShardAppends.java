package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult.RecordError;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.BatchValidator;
import io.gofka.record.Recompressor;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordRules;
import io.gofka.record.RecordsRefusedException;
import io.gofka.record.TimestampType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The appending half of a {@link LogShard}.
 *
 * <p>As a rule an append is checked, written to the page cache and answered within one call. A
 * worker comes in when records have to be inflated or recompressed, when the answer has to wait for
 * a sync, and for the writes themselves as long as the disk makes them slow. The order of a
 * partition's appends is that of their arrival all the same.
 */
final class ShardAppends {
  private static final Logger LOG = LoggerFactory.getLogger(ShardAppends.class);

  /** A write to the page cache that takes this long has waited for the disk. */
  static final long SLOW_WRITE_MS = 100;

  /** So many writes on the worker have to be short before they come back. */
  static final int SHORT_WRITES_TO_RETURN = 200;

  private static final short ACKS_ALL = -1;
  private static final Set<String> INTERNAL_TOPICS =
      Set.of(TopicImage.CONSUMER_OFFSETS, TopicImage.TRANSACTION_STATE);

  private final LogShard shard;
  private final ShardHost host;
  private boolean writesOnWorker;
  private long appendedBytes;
  private int shortWrites;

  ShardAppends(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /**
   * One partition's records on their way, and where their answer goes. They are held until then:
   * who asked may have given up waiting, and what comes next must not lie where they were.
   */
  private record Pending(
      AppendRecords request,
      PartitionAppend append,
      ShardPartition partition,
      Answers<AppendResult> answers,
      int index) {

    TopicIdPartition id() {
      return append.partition();
    }

    void answer(AppendResult result) {
      append.records().release();
      answers.set(index, result);
    }

    void refuse(ErrorCode error, String message) {
      long logStartOffset = partition.openLog().map(PartitionLog::logStartOffset).orElse(-1L);
      answer(AppendResult.refused(id(), error, message, logStartOffset));
    }
  }

  /** What is written: the producer's bytes or, recompressed, our own. */
  private record Checked(List<RecordBatch> batches, int sizeBytes, Optional<ByteBuf> owned) {
    void release() {
      owned.ifPresent(ByteBuf::release);
    }
  }

  /** Whether the disk is so slow that writes have left the event loop. */
  boolean areWritesOnWorker() {
    return writesOnWorker;
  }

  /** Bytes of record batches since the start. */
  long appendedBytes() {
    return appendedBytes;
  }

  void append(AppendRecords request, Consumer<List<AppendResult>> reply) {
    List<PartitionAppend> appends = request.partitions();
    Answers<AppendResult> answers = new Answers<>(appends.size(), reply);
    for (int i = 0; i < appends.size(); i++) {
      PartitionAppend append = appends.get(i);
      Optional<ShardPartition> partition = shard.partition(append.partition());
      if (partition.isEmpty()) {
        ApiException unknown = shard.unknown(append.partition());
        answers.set(
            i,
            AppendResult.refused(
                append.partition(), unknown.errorCode(), unknown.getMessage(), -1));
        continue;
      }
      append.records().retain();
      Pending pending = new Pending(request, append, partition.get(), answers, i);
      if (partition.get().mustWait()) {
        if (!partition.get().enqueue(() -> start(pending))) {
          pending.refuse(ErrorCode.KAFKA_STORAGE_ERROR, "too many appends wait for the disk");
        }
      } else {
        start(pending);
      }
    }
  }

  private void start(Pending pending) {
    ShardPartition partition = pending.partition();
    try {
      shard.checkWritable(partition);
      partition.leaderLog(-1);
      checkAllowed(pending);
      LogConfig config = partition.config();
      RecordRules rules = config.rules();
      ByteBuf records = pending.append().records();
      if (pending.request().origin() == Origin.COORDINATOR) {
        List<RecordBatch> batches = BatchValidator.batches(records);
        place(pending, new Checked(batches, records.readableBytes(), Optional.empty()));
        return;
      }
      RecordBatch batch = BatchValidator.singleBatch(records);
      BatchValidator.checkHeader(batch, rules, host.timestampMs());
      checkNoTransaction(batch);
      boolean recompress = BatchValidator.needsRecompression(batch, rules);
      if (BatchValidator.needsRecords(batch, rules)) {
        if (recompress || batch.isCompressed()) {
          checkOnWorker(pending, batch, rules);
          return;
        }
        BatchValidator.checkRecords(batch, rules, host.timestampMs());
      }
      place(pending, new Checked(List.of(batch), batch.sizeInBytes(), Optional.empty()));
    } catch (RecordsRefusedException refused) {
      refuse(pending, refused);
    } catch (ApiException refused) {
      pending.refuse(refused.errorCode(), refused.getMessage());
    }
  }

  private static void checkAllowed(Pending pending) {
    AppendRecords request = pending.request();
    if (request.origin() == Origin.CLIENT && INTERNAL_TOPICS.contains(pending.id().topic())) {
      throw new ApiException(
          ErrorCode.INVALID_TOPIC_EXCEPTION,
          pending.id().topic() + " belongs to the brokers, nobody else may append to it");
    }
    ShardPartition partition = pending.partition();
    int minIsr = partition.config().minInsyncReplicas();
    if (request.requiredAcks() == ACKS_ALL && partition.isrSize() < minIsr) {
      throw new ApiException(
          ErrorCode.NOT_ENOUGH_REPLICAS,
          pending.id()
              + " has "
              + partition.isrSize()
              + " in-sync replicas, min.insync.replicas is "
              + minIsr);
    }
  }

  /** Transactions have no coordinator yet: nobody could ever end one, or hide an aborted one. */
  private static void checkNoTransaction(RecordBatch batch) {
    if (batch.isTransactional()) {
      throw new ApiException(
          ErrorCode.INVALID_TXN_STATE,
          "producer " + batch.producerId() + " has no transaction that this broker knows of");
    }
  }

  // ---- checks that inflate

  private void checkOnWorker(Pending pending, RecordBatch batch, RecordRules rules) {
    ShardPartition partition = pending.partition();
    partition.appending(true);
    long timestampMs = host.timestampMs();
    shard
        .work()
        .aside(
            partition,
            () -> checkRecords(batch, rules, timestampMs),
            checked -> {
              partition.appending(false);
              continueWith(pending, checked);
              partition.drain();
            },
            () -> {
              partition.appending(false);
              refuseForStorage(pending);
              partition.drain();
            });
  }

  private sealed interface Verdict {}

  private record Accepted(Checked checked) implements Verdict {}

  private record Refused(RecordsRefusedException why) implements Verdict {}

  private static Verdict checkRecords(RecordBatch batch, RecordRules rules, long timestampMs) {
    try {
      BatchValidator.checkRecords(batch, rules, timestampMs);
      if (!BatchValidator.needsRecompression(batch, rules)) {
        return new Accepted(new Checked(List.of(batch), batch.sizeInBytes(), Optional.empty()));
      }
      ByteBuf recompressed =
          Recompressor.recompress(
              batch,
              rules.compression().orElseThrow(),
              rules.maxMessageBytes(),
              PooledByteBufAllocator.DEFAULT);
      return new Accepted(
          new Checked(
              List.of(new RecordBatch(recompressed, 0)),
              recompressed.readableBytes(),
              Optional.of(recompressed)));
    } catch (RecordsRefusedException refused) {
      return new Refused(refused);
    }
  }

  private void continueWith(Pending pending, Verdict verdict) {
    if (verdict instanceof Refused refused) {
      refuse(pending, refused.why());
      return;
    }
    Checked checked = ((Accepted) verdict).checked();
    try {
      shard.checkWritable(pending.partition());
      pending.partition().leaderLog(-1);
      place(pending, checked);
    } catch (ApiException refused) {
      checked.release();
      pending.refuse(refused.errorCode(), refused.getMessage());
    }
  }

  private static void refuse(Pending pending, RecordsRefusedException refused) {
    List<RecordError> errors =
        refused.faults().stream()
            .map(fault -> new RecordError(fault.batchIndex(), fault.message()))
            .toList();
    pending.answer(
        new AppendResult(
            pending.id(),
            refused.errorCode(),
            Optional.of(refused.getMessage()),
            -1,
            -1,
            -1,
            pending.partition().openLog().map(PartitionLog::logStartOffset).orElse(-1L),
            errors));
  }

  // ---- into the log

  private void place(Pending pending, Checked checked) {
    ShardPartition partition = pending.partition();
    PartitionLog log = partition.log();
    boolean client = pending.request().origin() == Origin.CLIENT;
    boolean stamped = log.config().rules().timestampType() == TimestampType.LOG_APPEND_TIME;
    long timestampMs = host.timestampMs();
    LogAppend append;
    try {
      if (client) {
        Optional<Duplicate> duplicate = log.duplicateOf(checked.batches().get(0));
        if (duplicate.isPresent()) {
          checked.release();
          answerDuplicate(pending, duplicate.get(), stamped);
          return;
        }
      }
      if (stamped) {
        checked.batches().forEach(batch -> batch.stampLogAppendTime(timestampMs));
      }
      append =
          log.begin(checked.batches(), checked.sizeBytes(), partition.leaderEpoch(), timestampMs);
      shard.work().doChores(partition);
      if (writesOnWorker) {
        writeOnWorker(pending, checked, append, timestampMs);
        return;
      }
      write(pending.id(), append);
      log.commit(append, timestampMs, host.nowMs());
    } catch (ApiException refused) {
      checked.release();
      pending.refuse(refused.errorCode(), refused.getMessage());
      return;
    } catch (IOException failure) {
      checked.release();
      shard.failures().onFailure(partition, failure);
      refuseForStorage(pending);
      return;
    } catch (RuntimeException bug) {
      // Nobody can tell what is in the log now: it ends here.
      checked.release();
      shard.failures().onBug(partition, bug);
      refuseForStorage(pending);
      return;
    }
    answer(pending, checked, append, timestampMs);
  }

  private void answerDuplicate(Pending pending, Duplicate duplicate, boolean stamped) {
    PartitionLog log = pending.partition().log();
    AppendResult result =
        new AppendResult(
            pending.id(),
            ErrorCode.NONE,
            Optional.empty(),
            duplicate.baseOffset(),
            duplicate.lastOffset(),
            stamped ? duplicate.maxTimestampMs() : RecordBatch.NO_TIMESTAMP,
            log.logStartOffset(),
            List.of());
    if (log.mustFlush() && duplicate.lastOffset() >= log.flushedOffset()) {
      awaitFlush(pending, result, 0); // The first sending may be waiting for its sync still.
    } else {
      pending.answer(result);
    }
  }

  private void write(TopicIdPartition id, LogAppend append) throws IOException {
    long startMs = host.nowMs();
    append.write();
    long tookMs = host.nowMs() - startMs;
    if (tookMs >= SLOW_WRITE_MS) {
      writesOnWorker = true;
      shortWrites = 0;
      LOG.warn(
          "A write to {} took {} ms: writes leave the event loop until they are short again",
          id,
          tookMs);
    }
  }

  private void writeOnWorker(Pending pending, Checked checked, LogAppend append, long timestampMs) {
    ShardPartition partition = pending.partition();
    partition.appending(true);
    append.file().retain();
    shard
        .work()
        .aside(
            () -> {
              long fromMs = host.nowMs();
              try {
                append.write();
              } finally {
                append.file().release();
              }
              return host.nowMs() - fromMs;
            },
            tookMs -> {
              onWorkerWrite(tookMs);
              partition.appending(false);
              if (partition.isGone()) {
                checked.release();
                pending.refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, pending.id() + " is deleted");
              } else if (partition.state() != LogState.SERVING) {
                // What this one follows may be lost; repairing the log takes its bytes away.
                checked.release();
                refuseForStorage(pending);
              } else {
                partition.log().commit(append, timestampMs, host.nowMs());
                answer(pending, checked, append, timestampMs);
              }
              partition.drain();
            },
            failure -> {
              checked.release();
              partition.appending(false);
              shard.failures().onFailure(partition, failure);
              refuseForStorage(pending);
              partition.drain();
            });
  }

  private void onWorkerWrite(long tookMs) {
    shortWrites = tookMs >= SLOW_WRITE_MS ? 0 : shortWrites + 1;
    if (writesOnWorker && shortWrites >= SHORT_WRITES_TO_RETURN) {
      writesOnWorker = false;
      LOG.info("Writes are short again: they are back on the event loop");
    }
  }

  /** The append counts; now or once it is synced, its producer and the readers hear of it. */
  private void answer(Pending pending, Checked checked, LogAppend append, long timestampMs) {
    ShardPartition partition = pending.partition();
    PartitionLog log = partition.log();
    boolean stamped = log.config().rules().timestampType() == TimestampType.LOG_APPEND_TIME;
    AppendResult result =
        new AppendResult(
            pending.id(),
            ErrorCode.NONE,
            Optional.empty(),
            append.baseOffset(),
            append.lastOffset(),
            stamped ? timestampMs : RecordBatch.NO_TIMESTAMP,
            log.logStartOffset(),
            List.of());
    int sizeBytes = append.sizeBytes();
    appendedBytes += sizeBytes;
    checked.release();
    if (log.mustFlush()) {
      awaitFlush(pending, result, sizeBytes);
    } else {
      if (log.config().flushMs() != Long.MAX_VALUE) {
        shard.work().flushLater(partition);
      }
      shard.onReadable(partition, result.lastOffset() + 1, sizeBytes);
      pending.answer(result);
    }
  }

  /** Neither the producer nor a reader hears of it before it is durable, as in Kafka. */
  private void awaitFlush(Pending pending, AppendResult result, int sizeBytes) {
    ShardPartition partition = pending.partition();
    long endOffset = result.lastOffset() + 1;
    partition.awaitFlush(
        endOffset,
        () -> {
          if (!partition.isOpen() || partition.log().flushedOffset() < endOffset) {
            refuseForStorage(pending);
            return;
          }
          shard.onReadable(partition, endOffset, sizeBytes);
          pending.answer(result);
        });
    shard.work().flush(partition);
  }

  private static void refuseForStorage(Pending pending) {
    pending.refuse(ErrorCode.KAFKA_STORAGE_ERROR, "the disk of " + pending.id() + " has failed");
  }
}
