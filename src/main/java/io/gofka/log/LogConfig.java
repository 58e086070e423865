package io.gofka.log;

import io.gofka.config.BrokerConfig;
import io.gofka.config.ThrottledReplicas;
import io.gofka.config.TopicConfig;
import io.gofka.log.compact.CleaningRules;
import io.gofka.record.RecordRules;
import io.gofka.record.TimestampType;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import java.util.Optional;

/**
 * The settings of one topic's logs, by Kafka's names. Sizes in bytes, times in ms; -1 stands for
 * "without limit" where Kafka has it so, {@link Long#MAX_VALUE} for "never".
 *
 * @param segmentJitterMs at most so much is taken off {@code segmentMs}, differently for each log,
 *     so that they don't all roll at once
 * @param delete old segments go by age and size
 * @param compact of each key the last record stays
 * @param cleaning when, if so
 * @param rules what the topic asks of its batches
 * @param flushMessages after so many records their append is answered only once it is synced
 * @param fsync an append is answered, and can be read, only once it is synced
 * @param producerIdExpirationMs how long a silent producer's sequences are remembered
 * @param leaderThrottled replicas that are pushed no faster than the leader's broker allows for
 *     such ones, while they are not in sync
 * @param followerThrottled the same of the followers' brokers
 */
public record LogConfig(
    int segmentBytes,
    long segmentMs,
    long segmentJitterMs,
    int indexIntervalBytes,
    long retentionBytes,
    long retentionMs,
    boolean delete,
    boolean compact,
    CleaningRules cleaning,
    RecordRules rules,
    int minInsyncReplicas,
    long flushMessages,
    long flushMs,
    boolean fsync,
    long fileDeleteDelayMs,
    long producerIdExpirationMs,
    ThrottledReplicas leaderThrottled,
    ThrottledReplicas followerThrottled) {

  /** Kafka's defaults. */
  public static final LogConfig DEFAULT =
      of(TopicConfig.DEFAULTS, BrokerConfig.DEFAULTS.producerIdExpirationMs());

  public static LogConfig of(TopicConfig topic, long producerIdExpirationMs) {
    return new LogConfig(
        topic.segmentBytes(),
        topic.segmentMs(),
        topic.segmentJitterMs(),
        topic.indexIntervalBytes(),
        topic.retentionBytes(),
        topic.retentionMs(),
        topic.deletes(),
        topic.compacts(),
        new CleaningRules(
            topic.minCleanableDirtyRatio(),
            topic.minCompactionLagMs(),
            topic.maxCompactionLagMs(),
            topic.deleteRetentionMs()),
        new RecordRules(
            topic.maxMessageBytes(),
            topic.compacts(),
            topic.timestampType() == TopicConfig.TimestampType.CREATE_TIME
                ? TimestampType.CREATE_TIME
                : TimestampType.LOG_APPEND_TIME,
            topic.timestampBeforeMaxMs(),
            topic.timestampAfterMaxMs(),
            compression(topic)),
        topic.minInsyncReplicas(),
        topic.flushMessages(),
        topic.flushMs(),
        topic.durability() == TopicConfig.Durability.FSYNC,
        topic.fileDeleteDelayMs(),
        producerIdExpirationMs,
        topic.leaderReplicationThrottledReplicas(),
        topic.followerReplicationThrottledReplicas());
  }

  private static Optional<Compression> compression(TopicConfig topic) {
    return switch (topic.compressionType()) {
      case PRODUCER -> Optional.empty();
      case UNCOMPRESSED -> Optional.of(Compression.NONE);
      case GZIP -> Optional.of(new Compression(Codec.GZIP, topic.gzipLevel()));
      case SNAPPY -> Optional.of(Compression.of(Codec.SNAPPY));
      case LZ4 -> Optional.of(new Compression(Codec.LZ4, topic.lz4Level()));
      case ZSTD -> Optional.of(new Compression(Codec.ZSTD, topic.zstdLevel()));
    };
  }
}
