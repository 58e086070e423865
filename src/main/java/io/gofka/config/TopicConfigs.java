package io.gofka.config;

import static io.gofka.config.ConfigKey.ofBoolean;
import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ConfigKey.ofLong;
import static io.gofka.config.ValueRule.ANY;
import static io.gofka.config.ValueRule.atLeast;
import static io.gofka.config.ValueRule.between;
import static io.gofka.config.ValueRule.fraction;
import static io.gofka.config.ValueRule.oneOf;
import static io.gofka.config.ValueRule.someOf;

import io.gofka.config.ConfigKey.Inherited;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The settings a topic can have, with the names, defaults and limits of Kafka 4.3. What a topic
 * doesn't set itself it takes from its broker.
 */
public final class TopicConfigs {
  private static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);
  private static final long MINUTE_MS = TimeUnit.MINUTES.toMillis(1);

  private static final Pattern REPLICAS = Pattern.compile("\\d+:\\d+");

  /** Throttled replicas: all of them, or each as partition and broker. */
  private static final ValueRule THROTTLED_REPLICAS =
      new ValueRule(
          "of partition:broker pairs, or *",
          value ->
              value.equals(List.of("*"))
                  || ((List<?>) value)
                      .stream().allMatch(item -> REPLICAS.matcher((String) item).matches()));

  public static final ConfigSet KEYS = new ConfigSet("topic", definitions());

  private TopicConfigs() {}

  /**
   * All that is wrong with the overrides of one topic, the settings that don't fit together
   * included; empty when they are allowed.
   *
   * @param broker gives the values of those settings that the topic leaves open
   */
  public static List<ConfigError> validate(Map<String, String> overrides, BrokerConfig broker) {
    List<ConfigError> errors = KEYS.validate(overrides);
    return errors.isEmpty() ? conflicts(overrides, broker) : errors;
  }

  /** What doesn't fit together among settings that are allowed one by one. */
  static List<ConfigError> conflicts(Map<String, String> overrides, BrokerConfig broker) {
    List<ConfigError> errors = new ArrayList<>();
    TopicConfig config = TopicConfig.of(broker, overrides);
    if (config.minCompactionLagMs() > config.maxCompactionLagMs()) {
      errors.add(
          ConfigError.of(
              "min.compaction.lag.ms",
              Long.toString(config.minCompactionLagMs()),
              "at most max.compaction.lag.ms, which is " + config.maxCompactionLagMs()));
    }
    if (Boolean.parseBoolean(overrides.getOrDefault("remote.storage.enable", "false").trim())) {
      errors.add(
          ConfigError.of(
              "remote.storage.enable",
              "true",
              "false, as tiered storage is not enabled on this broker"));
    }
    return errors;
  }

  private static List<ConfigKey> definitions() {
    List<ConfigKey> keys = new ArrayList<>();
    keys.addAll(segments());
    keys.addAll(cleanup());
    keys.addAll(records());
    keys.addAll(replication());
    keys.addAll(tieredStorage());
    return keys;
  }

  private static List<ConfigKey> segments() {
    return List.of(
        ofInt(
                "segment.bytes",
                1 << 30,
                atLeast(1 << 20),
                "Size in bytes at which the log goes on in a new segment file. Retention and"
                    + " compaction work on whole segments, never on the one being written.")
            .from("log.segment.bytes"),
        ConfigKey.of(
                ConfigType.INT,
                "internal.segment.bytes",
                null,
                "Size in bytes of a segment, in place of segment.bytes and without its lower"
                    + " limit. For tests.")
            .hidden(),
        ofLong(
                "segment.ms",
                TimeUnit.DAYS.toMillis(7),
                atLeast(1),
                "Time in ms after which the log goes on in a new segment even when the last one"
                    + " isn't full, so that retention can get at old records.")
            .from(
                List.of(new Inherited("log.roll.ms", 1), new Inherited("log.roll.hours", HOUR_MS))),
        ofLong(
                "segment.jitter.ms",
                0,
                atLeast(0),
                "Upper bound in ms of the random time taken off segment.ms, so that many logs don't"
                    + " roll at the same moment.")
            .from(
                List.of(
                    new Inherited("log.roll.jitter.ms", 1),
                    new Inherited("log.roll.jitter.hours", HOUR_MS))),
        ofInt(
                "segment.index.bytes",
                10 << 20,
                atLeast(4),
                "Largest size in bytes of the index of a segment; a full index makes the log roll.")
            .from("log.index.size.max.bytes")
            .withoutEffect(NoEffect.GROWING_FILES),
        ofInt(
                "index.interval.bytes",
                4096,
                atLeast(0),
                "How many bytes of records lie between two entries of the offset index. Smaller"
                    + " finds an offset with less reading, and makes larger indexes.")
            .from("log.index.interval.bytes"),
        ofBoolean("preallocate", false, "Whether a new segment file gets its full size at once.")
            .from("log.preallocate")
            .withoutEffect(NoEffect.GROWING_FILES),
        ofLong(
                "flush.messages",
                Long.MAX_VALUE,
                atLeast(1),
                "Number of records after which the log is forced to disk. The default leaves that"
                    + " to the operating system.")
            .from("log.flush.interval.messages"),
        ofLong(
                "flush.ms",
                Long.MAX_VALUE,
                atLeast(0),
                "Time in ms after which appended records are forced to disk. The default leaves"
                    + " that to the operating system.")
            .from("log.flush.interval.ms", "log.flush.scheduler.interval.ms"),
        ConfigKey.of(
                ConfigType.STRING,
                OwnKeys.DURABILITY,
                "os",
                "What an acknowledgement promises: os, that the operating system has the records,"
                    + " which outlives the broker's process; fsync, that they are on disk, which"
                    + " outlives a loss of power. Appends that come at the same time share one"
                    + " fsync.")
            .allowing(oneOf("os", "fsync"))
            .from(OwnKeys.DURABILITY),
        ofLong(
                "file.delete.delay.ms",
                60_000,
                atLeast(0),
                "Time in ms between a segment's removal from the log and that of its file.")
            .from("log.segment.delete.delay.ms"));
  }

  private static List<ConfigKey> cleanup() {
    return List.of(
        ConfigKey.of(
                ConfigType.LIST,
                "cleanup.policy",
                "delete",
                "What happens to old segments: delete removes them by age and size, compact keeps"
                    + " the last record of each key, both do both. Empty keeps everything.")
            .allowing(someOf("compact", "delete"))
            .from("log.cleanup.policy"),
        ofLong(
                "retention.ms",
                TimeUnit.DAYS.toMillis(7),
                atLeast(-1),
                "Age in ms at which a segment is removed when the cleanup policy has delete; -1"
                    + " for never.")
            .from(
                List.of(
                    new Inherited("log.retention.ms", 1),
                    new Inherited("log.retention.minutes", MINUTE_MS),
                    new Inherited("log.retention.hours", HOUR_MS))),
        ofLong(
                "retention.bytes",
                -1,
                ANY,
                "Size in bytes that a partition may reach before its oldest segments are removed"
                    + " when the cleanup policy has delete; negative for no limit. It counts for"
                    + " each partition alone.")
            .from("log.retention.bytes"),
        ofLong(
                "delete.retention.ms",
                TimeUnit.DAYS.toMillis(1),
                atLeast(0),
                "Time in ms for which compaction keeps the marker of a deleted key, so that a"
                    + " reader that started before it sees the deletion.")
            .from("log.cleaner.delete.retention.ms"),
        ofLong(
                "min.compaction.lag.ms",
                0,
                atLeast(0),
                "Age in ms that a record has at least when compaction may remove it.")
            .from("log.cleaner.min.compaction.lag.ms"),
        ofLong(
                "max.compaction.lag.ms",
                Long.MAX_VALUE,
                atLeast(1),
                "Age in ms at which a record at the latest comes under compaction.")
            .from("log.cleaner.max.compaction.lag.ms"),
        ConfigKey.of(
                ConfigType.DOUBLE,
                "min.cleanable.dirty.ratio",
                "0.5",
                "Share of a log that is not compacted yet at which compaction starts on it, from 0"
                    + " to 1. Smaller wastes less space and cleans more often.")
            .allowing(fraction(0, 1))
            .from("log.cleaner.min.cleanable.ratio"));
  }

  private static List<ConfigKey> records() {
    return List.of(
        ofInt(
                "max.message.bytes",
                1024 * 1024 + 12,
                atLeast(0),
                "Largest size in bytes of a record batch, as it is stored (compressed, if it is).")
            .from("message.max.bytes"),
        ConfigKey.of(
                ConfigType.STRING,
                "message.timestamp.type",
                "CreateTime",
                "Which time a record carries: CreateTime, that of the producer, or LogAppendTime,"
                    + " that of the broker.")
            .allowing(oneOf("CreateTime", "LogAppendTime"))
            .from("log.message.timestamp.type"),
        ofLong(
                "message.timestamp.before.max.ms",
                Long.MAX_VALUE,
                atLeast(0),
                "How far in ms the producer's time of a record may lie before the broker's; older"
                    + " records are refused. Without meaning for LogAppendTime.")
            .from("log.message.timestamp.before.max.ms"),
        ofLong(
                "message.timestamp.after.max.ms",
                HOUR_MS,
                atLeast(0),
                "How far in ms the producer's time of a record may lie after the broker's; later"
                    + " records are refused. Without meaning for LogAppendTime.")
            .from("log.message.timestamp.after.max.ms"),
        ConfigKey.of(
                ConfigType.STRING,
                "compression.type",
                "producer",
                "How batches are stored: producer leaves them as the producer sent them, a codec"
                    + " stores them in that one, uncompressed in none.")
            .allowing(oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"))
            .from("compression.type"),
        ofInt(
                "compression.gzip.level",
                -1,
                between(1, 9).or(-1, "for zlib's own default"),
                "Level of compression when compression.type is gzip.")
            .from("compression.gzip.level"),
        ofInt(
                "compression.lz4.level",
                9,
                between(1, 17),
                "Level of compression when compression.type is lz4.")
            .from("compression.lz4.level"),
        ofInt(
                "compression.zstd.level",
                3,
                between(-131072, 22),
                "Level of compression when compression.type is zstd.")
            .from("compression.zstd.level"));
  }

  private static List<ConfigKey> replication() {
    return List.of(
        ofInt(
                "min.insync.replicas",
                1,
                atLeast(1),
                "How many replicas must have a record before a producer with acks=all gets its"
                    + " answer; with fewer in sync its records are refused. Never more than the"
                    + " partition has replicas.")
            .from("min.insync.replicas"),
        ofBoolean(
                "unclean.leader.election.enable",
                false,
                "Whether a replica that is not in sync may become leader when no other is left,"
                    + " which loses records.")
            .from("unclean.leader.election.enable"),
        ConfigKey.of(
                ConfigType.LIST,
                "leader.replication.throttled.replicas",
                "",
                "Replicas whose leaders hold replication to the rate set for throttled ones, as"
                    + " partition:broker pairs, or * for all.")
            .allowing(THROTTLED_REPLICAS),
        ConfigKey.of(
                ConfigType.LIST,
                "follower.replication.throttled.replicas",
                "",
                "Replicas whose followers hold replication to the rate set for throttled ones, as"
                    + " partition:broker pairs, or * for all.")
            .allowing(THROTTLED_REPLICAS));
  }

  private static List<ConfigKey> tieredStorage() {
    return List.of(
        ofBoolean(
                "remote.storage.enable",
                false,
                "Whether old segments move to remote storage. Only false is accepted so far.")
            .withoutEffect(NoEffect.TIERED_STORAGE),
        ofBoolean(
                "remote.log.copy.disable",
                false,
                "Whether no further segment is copied to remote storage.")
            .withoutEffect(NoEffect.TIERED_STORAGE),
        ofBoolean(
                "remote.log.delete.on.disable",
                false,
                "Whether switching remote storage off deletes what lies there.")
            .withoutEffect(NoEffect.TIERED_STORAGE),
        ofLong(
                "local.retention.ms",
                -2,
                atLeast(-2),
                "Age in ms up to which a segment also stays on the broker's disk after it went to"
                    + " remote storage; -2 for the value of retention.ms.")
            .from("log.local.retention.ms")
            .withoutEffect(NoEffect.TIERED_STORAGE),
        ofLong(
                "local.retention.bytes",
                -2,
                atLeast(-2),
                "Size in bytes up to which segments also stay on the broker's disk after they went"
                    + " to remote storage; -2 for the value of retention.bytes.")
            .from("log.local.retention.bytes")
            .withoutEffect(NoEffect.TIERED_STORAGE));
  }
}
