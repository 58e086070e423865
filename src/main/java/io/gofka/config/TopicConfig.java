package io.gofka.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * What holds for one topic: its overrides, and its broker's settings where it has none. Names and
 * meanings are those of the keys in {@link TopicConfigs}.
 *
 * @param segmentBytes size at which the log rolls
 * @param retentionMs age at which segments go, -1 for never
 * @param retentionBytes size of a partition beyond which segments go, negative for no limit
 * @param compacts the cleanup policy has compact
 * @param deletes the cleanup policy has delete; a policy may also have neither
 * @param maxMessageBytes largest record batch as it is stored
 */
public record TopicConfig(
    int segmentBytes,
    long segmentMs,
    long segmentJitterMs,
    int segmentIndexBytes,
    int indexIntervalBytes,
    boolean preallocate,
    long flushMessages,
    long flushMs,
    Durability durability,
    long fileDeleteDelayMs,
    boolean compacts,
    boolean deletes,
    long retentionMs,
    long retentionBytes,
    long deleteRetentionMs,
    long minCompactionLagMs,
    long maxCompactionLagMs,
    double minCleanableDirtyRatio,
    int maxMessageBytes,
    TimestampType timestampType,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    CompressionType compressionType,
    int gzipLevel,
    int lz4Level,
    int zstdLevel,
    int minInsyncReplicas,
    boolean uncleanLeaderElectionEnable,
    ThrottledReplicas leaderReplicationThrottledReplicas,
    ThrottledReplicas followerReplicationThrottledReplicas) {

  /** Whose time a record carries. */
  public enum TimestampType {
    CREATE_TIME,
    LOG_APPEND_TIME
  }

  /** What an acknowledgement promises. */
  public enum Durability {
    /** The operating system has the records: they outlive the process. */
    OS,
    /** They are on disk: they outlive a loss of power. */
    FSYNC
  }

  /** How batches are stored; {@link #PRODUCER} leaves them as they came. */
  public enum CompressionType {
    PRODUCER,
    UNCOMPRESSED,
    GZIP,
    SNAPPY,
    LZ4,
    ZSTD
  }

  /** Kafka's defaults. */
  public static final TopicConfig DEFAULTS = of(BrokerConfig.DEFAULTS, Map.of());

  /**
   * @param overrides of the topic. One that isn't allowed counts as not set: what was stored once
   *     must not keep a broker from starting.
   */
  public static TopicConfig of(BrokerConfig broker, Map<String, String> overrides) {
    return of(name -> value(TopicConfigs.KEYS.get(name), broker, overrides));
  }

  private static TopicConfig of(Function<String, Object> value) {
    List<?> cleanupPolicy = (List<?>) value.apply("cleanup.policy");
    Object internalSegmentBytes = value.apply("internal.segment.bytes");
    return new TopicConfig(
        (Integer)
            (internalSegmentBytes == null ? value.apply("segment.bytes") : internalSegmentBytes),
        (Long) value.apply("segment.ms"),
        (Long) value.apply("segment.jitter.ms"),
        (Integer) value.apply("segment.index.bytes"),
        (Integer) value.apply("index.interval.bytes"),
        (Boolean) value.apply("preallocate"),
        (Long) value.apply("flush.messages"),
        (Long) value.apply("flush.ms"),
        Durability.valueOf(((String) value.apply(OwnKeys.DURABILITY)).toUpperCase(Locale.ROOT)),
        (Long) value.apply("file.delete.delay.ms"),
        cleanupPolicy.contains("compact"),
        cleanupPolicy.contains("delete"),
        (Long) value.apply("retention.ms"),
        (Long) value.apply("retention.bytes"),
        (Long) value.apply("delete.retention.ms"),
        (Long) value.apply("min.compaction.lag.ms"),
        (Long) value.apply("max.compaction.lag.ms"),
        (Double) value.apply("min.cleanable.dirty.ratio"),
        (Integer) value.apply("max.message.bytes"),
        value.apply("message.timestamp.type").equals("CreateTime")
            ? TimestampType.CREATE_TIME
            : TimestampType.LOG_APPEND_TIME,
        (Long) value.apply("message.timestamp.before.max.ms"),
        (Long) value.apply("message.timestamp.after.max.ms"),
        CompressionType.valueOf(
            ((String) value.apply("compression.type")).toUpperCase(Locale.ROOT)),
        (Integer) value.apply("compression.gzip.level"),
        (Integer) value.apply("compression.lz4.level"),
        (Integer) value.apply("compression.zstd.level"),
        (Integer) value.apply("min.insync.replicas"),
        (Boolean) value.apply("unclean.leader.election.enable"),
        ThrottledReplicas.of((List<?>) value.apply("leader.replication.throttled.replicas")),
        ThrottledReplicas.of((List<?>) value.apply("follower.replication.throttled.replicas")));
  }

  /** The value that holds, null when there is none. */
  private static Object value(ConfigKey key, BrokerConfig broker, Map<String, String> overrides) {
    String override = overrides.get(key.name());
    if (override != null && key.check(override).isEmpty()) {
      return key.parse(override);
    }
    return broker.inheritedText(key).map(key.type()::parse).orElse(null);
  }
}
