package io.gofka.log;

import io.gofka.record.RecordRules;
import io.gofka.record.TimestampType;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings of one topic's logs, by Kafka's names. Sizes in bytes, times in ms; -1 stands for
 * "without limit" where Kafka has it so, {@link Long#MAX_VALUE} for "never".
 *
 * @param segmentJitterMs at most so much is taken off {@code segmentMs}, differently for each log,
 *     so that they don't all roll at once
 * @param delete old segments go by age and size
 * @param compact of each key the last record stays
 * @param rules what the topic asks of its batches
 * @param flushMessages after so many records their append is answered only once it is synced
 * @param producerIdExpirationMs how long a silent producer's sequences are remembered
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
    RecordRules rules,
    int minInsyncReplicas,
    long flushMessages,
    long flushMs,
    long fileDeleteDelayMs,
    long producerIdExpirationMs) {

  /** Kafka's defaults. */
  public static final LogConfig DEFAULT = of(Map.of());

  /**
   * @param settings topic-level names of Kafka with their values, checked before; what is missing
   *     has Kafka's default
   * @throws IllegalArgumentException when a value can't be read
   */
  public static LogConfig of(Map<String, String> settings) {
    Set<String> cleanup =
        Stream.of(settings.getOrDefault("cleanup.policy", "delete").split(",", -1))
            .map(String::trim)
            .collect(Collectors.toSet());
    boolean compact = cleanup.contains("compact");
    return new LogConfig(
        (int) number(settings, "segment.bytes", 1 << 30),
        number(settings, "segment.ms", 604_800_000L),
        number(settings, "segment.jitter.ms", 0),
        (int) number(settings, "index.interval.bytes", 4096),
        number(settings, "retention.bytes", -1),
        number(settings, "retention.ms", 604_800_000L),
        cleanup.contains("delete"),
        compact,
        new RecordRules(
            (int) number(settings, "max.message.bytes", 1_048_588),
            compact,
            timestampType(settings),
            number(settings, "message.timestamp.before.max.ms", Long.MAX_VALUE),
            number(settings, "message.timestamp.after.max.ms", 3_600_000L),
            compression(settings)),
        (int) number(settings, "min.insync.replicas", 1),
        number(settings, "flush.messages", Long.MAX_VALUE),
        number(settings, "flush.ms", Long.MAX_VALUE),
        number(settings, "file.delete.delay.ms", 60_000),
        number(settings, "producer.id.expiration.ms", 86_400_000L));
  }

  private static long number(Map<String, String> settings, String name, long otherwise) {
    String value = settings.get(name);
    try {
      return value == null ? otherwise : Long.parseLong(value.trim());
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(name + " must be a number, not '" + value + "'");
    }
  }

  private static TimestampType timestampType(Map<String, String> settings) {
    String value =
        settings.getOrDefault("message.timestamp.type", TimestampType.CREATE_TIME.configName());
    for (TimestampType type : TimestampType.values()) {
      if (type.configName().equals(value)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "message.timestamp.type must be CreateTime or LogAppendTime, not '" + value + "'");
  }

  private static Optional<Compression> compression(Map<String, String> settings) {
    String value = settings.getOrDefault("compression.type", "producer");
    return switch (value) {
      case "producer" -> Optional.empty();
      case "uncompressed", "none" -> Optional.of(Compression.NONE);
      case "snappy" -> Optional.of(Compression.of(Codec.SNAPPY));
      case "gzip" -> Optional.of(levelled(settings, Codec.GZIP, "compression.gzip.level", -1));
      case "lz4" ->
          Optional.of(
              levelled(settings, Codec.LZ4, "compression.lz4.level", Codec.LZ4_DEFAULT_LEVEL));
      case "zstd" ->
          Optional.of(
              levelled(settings, Codec.ZSTD, "compression.zstd.level", Codec.ZSTD_DEFAULT_LEVEL));
      default ->
          throw new IllegalArgumentException(
              "compression.type must be producer, uncompressed, gzip, snappy, lz4 or zstd, not '"
                  + value
                  + "'");
    };
  }

  private static Compression levelled(
      Map<String, String> settings, Codec codec, String name, int otherwise) {
    return new Compression(codec, (int) number(settings, name, otherwise));
  }
}
