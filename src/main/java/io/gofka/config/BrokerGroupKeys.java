package io.gofka.config;

import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ConfigKey.ofLong;
import static io.gofka.config.ValueRule.atLeast;
import static io.gofka.config.ValueRule.oneOfIgnoringCase;
import static io.gofka.config.ValueRule.someOf;

import java.util.List;

/** Settings of the broker about consumer groups of the classic protocol and committed offsets. */
final class BrokerGroupKeys {
  private BrokerGroupKeys() {}

  static List<ConfigKey> classicGroups() {
    return List.of(
        ofInt(
            "group.min.session.timeout.ms",
            6000,
            atLeast(1),
            "Shortest session timeout in ms that a member may ask for."),
        ofInt(
            "group.max.session.timeout.ms",
            1_800_000,
            atLeast(1),
            "Longest session timeout in ms that a member may ask for."),
        ofInt(
            "group.initial.rebalance.delay.ms",
            3000,
            atLeast(0),
            "Time in ms that an empty group waits for more members before its first rebalance. The"
                + " same as broker.consumer_group.joining_duration."),
        ofInt(
            "group.max.size",
            Integer.MAX_VALUE,
            atLeast(1),
            "Most members of a group; further ones are refused."));
  }

  static List<ConfigKey> offsets() {
    return List.of(
        ofInt(
            "offset.metadata.max.bytes",
            4096,
            atLeast(0),
            "Largest note in bytes that a consumer may leave with a committed offset."),
        ofInt(
            "offsets.retention.minutes",
            10_080,
            atLeast(1),
            "Time in minutes for which committed offsets are kept after their group has lost its"
                + " last member, or after their commit when the group never had one."),
        ofLong(
            "offsets.retention.check.interval.ms",
            600_000,
            atLeast(1),
            "Time in ms between looks for offsets that have expired."),
        ofInt(
            "offsets.topic.num.partitions",
            50,
            atLeast(1),
            "Partitions of the topic __consumer_offsets. Don't change it once there are groups:"
                + " they would be looked for in other partitions."),
        ConfigKey.of(
                ConfigType.SHORT,
                "offsets.topic.replication.factor",
                "3",
                "Replicas of the topic __consumer_offsets. It begins with as many as there are brokers and"
                    + " gets more as they come. A single node takes 1 unless it is set.")
            .allowing(atLeast(1)),
        ofInt(
            "offsets.topic.segment.bytes",
            100 << 20,
            atLeast(1),
            "Segment size in bytes of the topic __consumer_offsets. Small ones load faster."),
        ofInt(
                "offsets.topic.compression.codec",
                0,
                ValueRule.between(0, 4),
                "How records in __consumer_offsets are compressed: 0 not, 1 gzip, 2 snappy, 3 lz4,"
                    + " 4 zstd.")
            .withoutEffect(NoEffect.NOT_NEEDED),
        ofInt(
            "offsets.load.buffer.size",
            5 << 20,
            atLeast(1),
            "Bytes read at a time when the offsets of a partition are loaded."),
        ofInt(
            "offsets.commit.timeout.ms",
            5000,
            atLeast(1),
            "Time in ms that a commit waits for its replicas."));
  }

  static List<ConfigKey> coordinator() {
    return List.of(
        ConfigKey.of(
                ConfigType.LIST,
                "group.coordinator.rebalance.protocols",
                "classic,consumer,streams",
                "Group protocols that are spoken.")
            .allowing(someOf("consumer", "classic", "share", "streams").nonEmpty())
            .withoutEffect(NoEffect.CLASSIC_ONLY),
        ofInt("group.coordinator.threads", 4, atLeast(1), "Threads for groups.")
            .withoutEffect(NoEffect.THREADS),
        ofInt(
                "group.coordinator.background.threads",
                2,
                atLeast(1),
                "Threads for assignments of groups.")
            .withoutEffect(NoEffect.THREADS),
        ofInt(
                "group.coordinator.append.linger.ms",
                -1,
                atLeast(-1),
                "Time in ms that a coordinator collects records before it writes them; -1 lets it"
                    + " choose.")
            .withoutEffect(NoEffect.NOT_NEEDED),
        ofInt(
                "group.coordinator.cached.buffer.max.bytes",
                1_048_588,
                atLeast(512 << 10),
                "Largest buffer in bytes that a coordinator keeps.")
            .clusterWide()
            .withoutEffect(NoEffect.NOT_NEEDED));
  }

  /** KIP-848 groups. */
  static List<ConfigKey> consumerGroups() {
    return ModernGroupKeys.of(
        "consumer",
        Integer.MAX_VALUE,
        NoEffect.CLASSIC_ONLY,
        ConfigKey.of(
                ConfigType.LIST,
                "group.consumer.assignors",
                "uniform,range",
                "Assignors of the broker, the first one is the default.")
            .allowing(someOf("uniform", "range").nonEmpty()),
        ConfigKey.of(
                ConfigType.STRING,
                "group.consumer.migration.policy",
                "bidirectional",
                "Which groups may change over between the classic and the consumer protocol.")
            .allowing(oneOfIgnoringCase("disabled", "downgrade", "upgrade", "bidirectional")),
        ofInt(
                "group.consumer.regex.refresh.interval.ms",
                600_000,
                atLeast(10_000),
                "Time in ms between looks for topics that match a member's pattern.")
            .hidden());
  }

  /** KIP-1071 groups. */
  static List<ConfigKey> streamsGroups() {
    return ModernGroupKeys.of(
        "streams",
        Integer.MAX_VALUE,
        NoEffect.CLASSIC_ONLY,
        ofInt(
            "group.streams.initial.rebalance.delay.ms",
            3000,
            atLeast(0),
            "Time in ms that an empty group waits for more members."),
        ofInt(
            "group.streams.num.standby.replicas", 0, atLeast(0), "Standby replicas of each task."),
        ofInt(
            "group.streams.max.standby.replicas",
            2,
            atLeast(0),
            "Most standby replicas that a group may ask for."));
  }

  static List<ConfigKey> transactions() {
    List<ConfigKey> keys =
        List.of(
            ofInt(
                "transaction.max.timeout.ms",
                900_000,
                atLeast(1),
                "Longest transaction timeout in ms that a producer may ask for."),
            ofInt(
                "transactional.id.expiration.ms",
                604_800_000,
                atLeast(1),
                "Time in ms after its last transaction for which a transactional id is remembered."),
            ofInt(
                "transaction.state.log.num.partitions",
                50,
                atLeast(1),
                "Partitions of the topic __transaction_state."),
            ConfigKey.of(
                    ConfigType.SHORT,
                    "transaction.state.log.replication.factor",
                    "3",
                    "Replicas of the topic __transaction_state. A single node takes 1 unless it is"
                        + " set.")
                .allowing(atLeast(1)),
            ofInt(
                "transaction.state.log.min.isr",
                2,
                atLeast(1),
                "Replicas of __transaction_state that must have a record. A single node takes 1"
                    + " unless it is set."),
            ofInt(
                "transaction.state.log.segment.bytes",
                100 << 20,
                atLeast(1),
                "Segment size in bytes of the topic __transaction_state."),
            ofInt(
                "transaction.state.log.load.buffer.size",
                5 << 20,
                atLeast(1),
                "Bytes read at a time when transactional ids are loaded."),
            ofInt(
                "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                10_000,
                atLeast(1),
                "Time in ms between looks for transactions that took too long."),
            ofInt(
                "transaction.remove.expired.transaction.cleanup.interval.ms",
                3_600_000,
                atLeast(1),
                "Time in ms between looks for transactional ids to forget."),
            ConfigKey.ofBoolean(
                    "transaction.partition.verification.enable",
                    true,
                    "Whether a partition asks the coordinator before it takes the first batch of a"
                        + " transaction.")
                .clusterWide(),
            ConfigKey.ofBoolean(
                "transaction.two.phase.commit.enable",
                false,
                "Whether a transaction may be prepared and then wait for its end without timeout."),
            ofInt(
                "add.partitions.to.txn.retry.backoff.ms",
                20,
                atLeast(1),
                "Time in ms until a partition asks the coordinator again."),
            ofInt(
                "add.partitions.to.txn.retry.backoff.max.ms",
                100,
                atLeast(0),
                "Time in ms that this can grow to after failures."));
    return keys.stream().map(key -> key.withoutEffect(NoEffect.TRANSACTIONS)).toList();
  }

  static List<ConfigKey> quotas() {
    List<ConfigKey> keys =
        List.of(
            ofInt("quota.window.num", 11, atLeast(1), "Windows that a quota looks back on."),
            ofInt("quota.window.size.seconds", 1, atLeast(1), "Length in seconds of a window."),
            ofInt("controller.quota.window.num", 11, atLeast(1), "The same for the controller."),
            ofInt("controller.quota.window.size.seconds", 1, atLeast(1), "Its window in seconds."),
            ofInt("replication.quota.window.num", 11, atLeast(1), "The same for replication."),
            ofInt(
                "replication.quota.window.size.seconds", 1, atLeast(1), "Its window in seconds."));
    return keys.stream().map(key -> key.withoutEffect(NoEffect.QUOTAS)).toList();
  }
}
