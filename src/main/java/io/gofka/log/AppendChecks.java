package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.TopicImage;
import io.gofka.record.BatchValidator;
import io.gofka.record.Recompressor;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordRules;
import io.gofka.record.RecordsRefusedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Checks what is to be appended: who may, and whether the records are what their topic takes. What
 * has to be inflated for that is left to a worker, beside the writes of the partition.
 */
final class AppendChecks {
  private static final short ACKS_ALL = -1;
  private static final Set<String> INTERNAL_TOPICS =
      Set.of(TopicImage.CONSUMER_OFFSETS, TopicImage.TRANSACTION_STATE);

  private final LogShard shard;
  private final ShardHost host;

  AppendChecks(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /**
   * When this returns, the append is accepted or refused, or on a worker.
   *
   * @param checked run later, when a worker has come to its verdict
   */
  void check(QueuedAppend queued, Runnable checked) {
    ShardPartition partition = queued.partition();
    try {
      if (partition.state() != LogState.OPENING) {
        checkLeader(queued);
      }
      checkAllowed(queued);
      ByteBuf records = queued.records();
      if (!queued.isFromClient()) {
        queued.accepted(BatchValidator.batches(records), records.readableBytes());
        return;
      }
      RecordRules rules = partition.config().rules();
      RecordBatch batch = BatchValidator.singleBatch(records);
      BatchValidator.checkHeader(batch, rules, host.timestampMs());
      checkNoTransaction(batch);
      if (BatchValidator.needsRecords(batch, rules)) {
        if (batch.isCompressed() || BatchValidator.needsRecompression(batch, rules)) {
          checkOnWorker(queued, batch, rules, checked);
          return;
        }
        BatchValidator.checkRecords(batch, rules, host.timestampMs());
      }
      queued.accepted(List.of(batch), batch.sizeInBytes());
    } catch (RecordsRefusedException refused) {
      queued.refuse(refused);
    } catch (ApiException refused) {
      queued.refuse(refused.errorCode(), refused.getMessage());
    }
  }

  /**
   * Whether it can be placed now; asked when it comes and once more when its turn has come. In
   * between the leadership may have changed: under another epoch it must not land, though this
   * broker may lead again.
   *
   * @throws ApiException NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH,
   *     UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR
   */
  void checkLeader(QueuedAppend queued) {
    ShardPartition partition = queued.partition();
    shard.checkWritable(partition);
    partition.leaderLog(queued.expectedLeaderEpoch());
    if (partition.leaderEpoch() != queued.leaderEpoch()) {
      throw new ApiException(
          ErrorCode.NOT_LEADER_OR_FOLLOWER,
          queued.id()
              + " has leader epoch "
              + partition.leaderEpoch()
              + ", the records came in epoch "
              + queued.leaderEpoch());
    }
    checkEpochHasBegun(partition);
  }

  /**
   * A log with records of an epoch that is still to come was damaged where no CRC reaches, or this
   * broker hears of the leadership late. What is appended behind would not survive a recovery.
   */
  private static void checkEpochHasBegun(ShardPartition partition) {
    int latest = partition.log().latestEpoch();
    if (latest > partition.leaderEpoch()) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR,
          partition.id()
              + " has leader epoch "
              + partition.leaderEpoch()
              + ", its log has records of epoch "
              + latest);
    }
  }

  private static void checkAllowed(QueuedAppend queued) {
    if (queued.isFromClient() && INTERNAL_TOPICS.contains(queued.id().topic())) {
      throw new ApiException(
          ErrorCode.INVALID_TOPIC_EXCEPTION,
          queued.id().topic() + " belongs to the brokers, nobody else may append to it");
    }
  }

  /**
   * Whether enough replicas are in sync for it; asked when its turn has come.
   *
   * @throws ApiException NOT_ENOUGH_REPLICAS
   */
  static void checkInSync(QueuedAppend queued) {
    ShardPartition partition = queued.partition();
    // Never more than there are at all, as in Kafka.
    int replicas = partition.image().replicas().size();
    int minIsr = Math.min(partition.config().minInsyncReplicas(), replicas);
    if (queued.requiredAcks() == ACKS_ALL && partition.isrSize() < minIsr) {
      throw new ApiException(
          ErrorCode.NOT_ENOUGH_REPLICAS,
          queued.id()
              + " has "
              + partition.isrSize()
              + " in-sync replicas, min.insync.replicas is "
              + minIsr);
    }
    if (queued.requiredAcks() == ACKS_ALL && partition.hasTooManyParked()) {
      throw new ApiException(
          ErrorCode.NOT_ENOUGH_REPLICAS,
          "too many appends to " + queued.id() + " wait for the in-sync replicas");
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

  private sealed interface Verdict {}

  /**
   * @param recompressed what is to be written in place of the producer's bytes
   */
  private record Accepted(Optional<ByteBuf> recompressed) implements Verdict {}

  private record Refused(RecordsRefusedException why) implements Verdict {}

  private void checkOnWorker(
      QueuedAppend queued, RecordBatch batch, RecordRules rules, Runnable checked) {
    long timestampMs = host.timestampMs();
    shard
        .work()
        .aside(
            queued.partition(),
            () -> checkRecords(batch, rules, timestampMs),
            verdict -> {
              settle(queued, batch, verdict);
              checked.run();
            },
            () -> {
              queued.refuseForStorage();
              checked.run();
            });
  }

  private static Verdict checkRecords(RecordBatch batch, RecordRules rules, long timestampMs) {
    try {
      BatchValidator.checkRecords(batch, rules, timestampMs);
      if (!BatchValidator.needsRecompression(batch, rules)) {
        return new Accepted(Optional.empty());
      }
      return new Accepted(
          Optional.of(
              Recompressor.recompress(
                  batch,
                  rules.compression().orElseThrow(),
                  rules.maxMessageBytes(),
                  PooledByteBufAllocator.DEFAULT)));
    } catch (RecordsRefusedException refused) {
      return new Refused(refused);
    }
  }

  private static void settle(QueuedAppend queued, RecordBatch batch, Verdict verdict) {
    if (verdict instanceof Refused refused) {
      queued.refuse(refused.why());
      return;
    }
    Optional<ByteBuf> recompressed = ((Accepted) verdict).recompressed();
    if (recompressed.isPresent()) {
      queued.acceptedAs(recompressed.get());
    } else {
      queued.accepted(List.of(batch), batch.sizeInBytes());
    }
  }
}
