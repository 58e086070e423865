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

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Settings of the broker about its logs: what topics take over, and what holds for the disk. */
final class BrokerLogKeys {
  private static final ValueRule LIMITED_OR_NOT = atLeast(1).or(-1, "for no limit");

  private BrokerLogKeys() {}

  static List<ConfigKey> segments() {
    return List.of(
        ConfigKey.of(
                ConfigType.LIST,
                "log.dir",
                "./data",
                "Folders of the partitions, when log.dirs names none.")
            .allowing(ANY.nonEmpty()),
        ConfigKey.of(
                ConfigType.LIST,
                "log.dirs",
                null,
                "Folders of the partitions, separated by commas; a new partition goes where there are"
                    + " the fewest. Otherwise the one of server.data_dir.")
            .allowing(ANY.nonEmpty()),
        ofInt(
                "log.segment.bytes",
                1 << 30,
                atLeast(1 << 20),
                "Size in bytes of a segment of topics that don't set segment.bytes.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.LONG,
                "log.roll.ms",
                null,
                "Time in ms until a new segment of topics that don't set segment.ms. Goes before"
                    + " log.roll.hours.")
            .allowing(atLeast(1))
            .clusterWide(),
        ofInt(
            "log.roll.hours",
            168,
            atLeast(1),
            "Time in hours until a new segment, when log.roll.ms isn't set."),
        ConfigKey.of(
                ConfigType.LONG,
                "log.roll.jitter.ms",
                null,
                "Upper bound in ms of the random time taken off the time until a new segment. Goes"
                    + " before log.roll.jitter.hours.")
            .allowing(atLeast(0))
            .clusterWide(),
        ofInt(
            "log.roll.jitter.hours",
            0,
            atLeast(0),
            "The same in hours, when log.roll.jitter.ms isn't set."),
        ofInt(
                "log.index.size.max.bytes",
                10 << 20,
                atLeast(4),
                "Largest index in bytes of topics that don't set segment.index.bytes.")
            .withoutEffect(NoEffect.GROWING_FILES)
            .clusterWide(),
        ofInt(
                "log.index.interval.bytes",
                4096,
                atLeast(0),
                "Bytes between index entries of topics that don't set index.interval.bytes.")
            .clusterWide(),
        ofBoolean(
                "log.preallocate",
                false,
                "Whether segment files get their full size at once, for topics that don't set"
                    + " preallocate.")
            .withoutEffect(NoEffect.GROWING_FILES)
            .clusterWide(),
        ofLong(
                "log.segment.delete.delay.ms",
                60_000,
                atLeast(0),
                "Time in ms until a removed segment's file goes, of topics that don't set"
                    + " file.delete.delay.ms.")
            .clusterWide(),
        ofLong(
                "log.flush.interval.messages",
                Long.MAX_VALUE,
                atLeast(1),
                "Records until a log is forced to disk, of topics that don't set flush.messages.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.LONG,
                "log.flush.interval.ms",
                null,
                "Time in ms until a log is forced to disk, of topics that don't set flush.ms;"
                    + " log.flush.scheduler.interval.ms when unset.")
            .allowing(atLeast(0))
            .clusterWide(),
        ConfigKey.of(
                ConfigType.STRING,
                OwnKeys.DURABILITY,
                "os",
                "What an acknowledgement promises, of topics that don't set it: os, that the"
                    + " operating system has the records; fsync, that they are on disk. It holds"
                    + " for committed offsets, too. Not a setting of Kafka's.")
            .allowing(oneOf("os", "fsync"))
            .clusterWide(),
        ofLong(
            "log.flush.scheduler.interval.ms",
            Long.MAX_VALUE,
            atLeast(1),
            "Time in ms between looks for logs that are to be forced to disk."),
        ofInt(
                "log.flush.offset.checkpoint.interval.ms",
                60_000,
                atLeast(0),
                "Time in ms between notes of how far each log is on disk for sure.")
            .withoutEffect(NoEffect.NOT_NEEDED),
        ofInt(
                "log.flush.start.offset.checkpoint.interval.ms",
                60_000,
                atLeast(0),
                "Time in ms between notes of where each log starts.")
            .withoutEffect(NoEffect.NOT_NEEDED),
        ofLong(
                "log.initial.task.delay.ms",
                30_000,
                atLeast(0),
                "Time in ms from the start to the first round of retention and checkpoints.")
            .withoutEffect(NoEffect.NOT_NEEDED)
            .hidden(),
        ofLong(
                "log.dir.failure.timeout.ms",
                30_000,
                atLeast(1),
                "Time in ms a broker has to tell the controller that a folder failed.")
            .withoutEffect(NoEffect.AT_ONCE));
  }

  static List<ConfigKey> cleanup() {
    return List.of(
        ConfigKey.of(
                ConfigType.LIST,
                "log.cleanup.policy",
                "delete",
                "What happens to old segments of topics that don't set cleanup.policy.")
            .allowing(someOf("compact", "delete"))
            .clusterWide(),
        ConfigKey.of(
                ConfigType.LONG,
                "log.retention.ms",
                null,
                "Age in ms at which segments are removed, of topics that don't set retention.ms; -1"
                    + " for never. Goes before log.retention.minutes.")
            .allowing(LIMITED_OR_NOT)
            .clusterWide(),
        ConfigKey.of(
                ConfigType.INT,
                "log.retention.minutes",
                null,
                "The same in minutes. Goes before log.retention.hours.")
            .allowing(LIMITED_OR_NOT),
        ofInt(
            "log.retention.hours",
            168,
            LIMITED_OR_NOT,
            "The same in hours, when neither log.retention.ms nor log.retention.minutes is set."),
        ofLong(
                "log.retention.bytes",
                -1,
                ANY,
                "Largest size in bytes of a partition, of topics that don't set retention.bytes;"
                    + " negative for no limit.")
            .clusterWide(),
        ofLong(
            "log.retention.check.interval.ms",
            TimeUnit.MINUTES.toMillis(5),
            atLeast(1),
            "Time in ms between looks for segments that are to be removed."),
        ofLong(
                "log.local.retention.ms",
                -2,
                atLeast(-2),
                "For topics that don't set local.retention.ms.")
            .clusterWide()
            .withoutEffect(NoEffect.TIERED_STORAGE),
        ofLong(
                "log.local.retention.bytes",
                -2,
                atLeast(-2),
                "For topics that don't set local.retention.bytes.")
            .clusterWide()
            .withoutEffect(NoEffect.TIERED_STORAGE));
  }

  static List<ConfigKey> cleaner() {
    return List.of(
        ofBoolean("log.cleaner.enable", true, "Whether logs are compacted at all."),
        ofInt("log.cleaner.threads", 1, atLeast(0), "How many logs are compacted at a time.")
            .clusterWide(),
        ofLong(
                "log.cleaner.backoff.ms",
                15_000,
                atLeast(0),
                "Time in ms between looks for logs to compact when there was none.")
            .clusterWide(),
        ofLong(
                "log.cleaner.dedupe.buffer.size",
                128 << 20,
                atLeast(1),
                "Memory in bytes for the keys of a log under compaction.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.DOUBLE,
                "log.cleaner.io.buffer.load.factor",
                "0.9",
                "How full the memory for keys may get, from 0 to 1.")
            .allowing(fraction(0, 1))
            .clusterWide(),
        ofInt(
                "log.cleaner.io.buffer.size",
                512 << 10,
                atLeast(0),
                "Memory in bytes for reading and writing under compaction.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.DOUBLE,
                "log.cleaner.io.max.bytes.per.second",
                Double.toString(Double.MAX_VALUE),
                "Most bytes that compaction reads and writes in a second.")
            .clusterWide(),
        ofLong(
                "log.cleaner.delete.retention.ms",
                TimeUnit.DAYS.toMillis(1),
                atLeast(0),
                "For topics that don't set delete.retention.ms.")
            .clusterWide(),
        ofLong(
                "log.cleaner.min.compaction.lag.ms",
                0,
                atLeast(0),
                "For topics that don't set min.compaction.lag.ms.")
            .clusterWide(),
        ofLong(
                "log.cleaner.max.compaction.lag.ms",
                Long.MAX_VALUE,
                atLeast(1),
                "For topics that don't set max.compaction.lag.ms.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.DOUBLE,
                "log.cleaner.min.cleanable.ratio",
                "0.5",
                "For topics that don't set min.cleanable.dirty.ratio.")
            .allowing(fraction(0, 1))
            .clusterWide());
  }

  static List<ConfigKey> records() {
    return List.of(
        ofInt(
                "message.max.bytes",
                1024 * 1024 + 12,
                atLeast(0),
                "Largest record batch in bytes, of topics that don't set max.message.bytes.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.STRING,
                "log.message.timestamp.type",
                "CreateTime",
                "Which time records carry, of topics that don't set message.timestamp.type.")
            .allowing(oneOf("CreateTime", "LogAppendTime"))
            .clusterWide(),
        ofLong(
                "log.message.timestamp.before.max.ms",
                Long.MAX_VALUE,
                atLeast(0),
                "For topics that don't set message.timestamp.before.max.ms.")
            .clusterWide(),
        ofLong(
                "log.message.timestamp.after.max.ms",
                TimeUnit.HOURS.toMillis(1),
                atLeast(0),
                "For topics that don't set message.timestamp.after.max.ms.")
            .clusterWide(),
        ConfigKey.of(
                ConfigType.STRING,
                "compression.type",
                "producer",
                "How batches are stored, of topics that don't set compression.type themselves.")
            .allowing(oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"))
            .clusterWide(),
        ofInt(
                "compression.gzip.level",
                -1,
                between(1, 9).or(-1, "for zlib's own default"),
                "Level for topics stored in gzip.")
            .clusterWide(),
        ofInt("compression.lz4.level", 9, between(1, 17), "Level for topics stored in lz4.")
            .clusterWide(),
        ofInt("compression.zstd.level", 3, between(-131072, 22), "Level for topics stored in zstd.")
            .clusterWide(),
        ofInt(
                "producer.id.expiration.ms",
                86_400_000,
                atLeast(1),
                "Time in ms after its last batch for which a partition remembers an idempotent"
                    + " producer's sequence numbers.")
            .clusterWide(),
        ofInt(
                "producer.id.expiration.check.interval.ms",
                600_000,
                atLeast(1),
                "Time in ms between looks for producers to forget.")
            .withoutEffect(NoEffect.NOT_NEEDED)
            .hidden());
  }
}
