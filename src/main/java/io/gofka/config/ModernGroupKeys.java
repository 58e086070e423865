package io.gofka.config;

import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ValueRule.atLeast;
import static io.gofka.config.ValueRule.between;

import java.util.ArrayList;
import java.util.List;

/** The settings of the broker that all kinds of groups which the broker assigns have in common. */
final class ModernGroupKeys {
  private ModernGroupKeys() {}

  static List<ConfigKey> of(String kind, int maxSize, String noEffect, ConfigKey... special) {
    String prefix = "group." + kind + ".";
    List<ConfigKey> keys = new ArrayList<>(List.of(special));
    keys.add(
        ofInt(
            prefix + "session.timeout.ms",
            45_000,
            atLeast(1),
            "Time in ms without a heartbeat after which a member of a " + kind + " group is out."));
    keys.add(bound(prefix + "min.session.timeout.ms", 45_000, "Least", "session.timeout.ms"));
    keys.add(bound(prefix + "max.session.timeout.ms", 60_000, "Most", "session.timeout.ms"));
    keys.add(
        ofInt(
            prefix + "heartbeat.interval.ms",
            5000,
            atLeast(1),
            "Time in ms between heartbeats of a member of a " + kind + " group."));
    keys.add(bound(prefix + "min.heartbeat.interval.ms", 5000, "Least", "heartbeat.interval.ms"));
    keys.add(bound(prefix + "max.heartbeat.interval.ms", 15_000, "Most", "heartbeat.interval.ms"));
    keys.add(
        ofInt(
                prefix + "assignment.interval.ms",
                1000,
                atLeast(0),
                "Time in ms between two assignments of a " + kind + " group.")
            .clusterWide());
    keys.add(bound(prefix + "min.assignment.interval.ms", 0, "Least", "assignment.interval.ms"));
    keys.add(
        bound(prefix + "max.assignment.interval.ms", 15_000, "Most", "assignment.interval.ms"));
    ValueRule size = maxSize == Integer.MAX_VALUE ? atLeast(1) : between(1, 1000);
    keys.add(ofInt(prefix + "max.size", maxSize, size, "Most members of a " + kind + " group."));
    return keys.stream().map(key -> key.withoutEffect(noEffect)).toList();
  }

  private static ConfigKey bound(String name, int byDefault, String which, String what) {
    boolean mayBeZero = what.startsWith("assignment");
    return ofInt(
        name,
        byDefault,
        atLeast(mayBeZero ? 0 : 1),
        which + " that a group may have as its own " + what + ".");
  }

  /** KIP-932 groups and the topic that keeps their state. */
  static List<ConfigKey> shareGroups() {
    List<ConfigKey> keys =
        new ArrayList<>(
            of(
                "share",
                200,
                NoEffect.CLASSIC_ONLY,
                ConfigKey.of(
                        ConfigType.LIST,
                        "group.share.assignors",
                        "simple",
                        "Assignors of the broker for share groups.")
                    .allowing(ValueRule.someOf("simple").nonEmpty())));
    List<ConfigKey> special =
        List.of(
            shareLimit(
                "delivery.count.limit", 5, 2, 10, "Deliveries of a record until it is given up."),
            shareLimit(
                "min.delivery.count.limit", 2, 2, 5, "Least that a group may have of these."),
            shareLimit(
                "max.delivery.count.limit", 10, 5, 25, "Most that a group may have of these."),
            shareLimit(
                "record.lock.duration.ms",
                30_000,
                1000,
                3_600_000,
                "Time in ms for which a delivered record is locked."),
            shareLimit(
                "min.record.lock.duration.ms",
                15_000,
                1000,
                30_000,
                "Least that a group may have of this."),
            shareLimit(
                "max.record.lock.duration.ms",
                60_000,
                30_000,
                3_600_000,
                "Most that a group may have of this."),
            shareLimit(
                "partition.max.record.locks",
                2000,
                100,
                10_000,
                "Locked records of a partition at a time."),
            shareLimit(
                "min.partition.max.record.locks",
                100,
                100,
                2000,
                "Least that a group may have of these."),
            shareLimit(
                "max.partition.max.record.locks",
                4000,
                2000,
                10_000,
                "Most that a group may have of these."),
            ofInt(
                "group.share.max.share.sessions",
                2000,
                atLeast(1),
                "Share sessions that the node remembers."),
            ofInt(
                    "group.share.initialize.retry.interval.ms",
                    30_000,
                    atLeast(1),
                    "Time in ms until the state of a partition is set up again.")
                .hidden(),
            stateTopic(
                "num.partitions",
                ConfigType.INT,
                50,
                1,
                "Partitions of the topic __share_group_state."),
            stateTopic(
                "replication.factor",
                ConfigType.SHORT,
                3,
                1,
                "Replicas of the topic __share_group_state."),
            stateTopic(
                "min.isr",
                ConfigType.SHORT,
                2,
                1,
                "Replicas of __share_group_state that must have a record."),
            stateTopic(
                "segment.bytes",
                ConfigType.INT,
                100 << 20,
                1,
                "Segment size in bytes of __share_group_state."),
            stateTopic(
                    "compression.codec",
                    ConfigType.INT,
                    0,
                    0,
                    "How records in __share_group_state are compressed: 0 to 4 as for offsets.")
                .allowing(between(0, 4)),
            stateTopic(
                    "prune.interval.ms",
                    ConfigType.INT,
                    300_000,
                    1,
                    "Time in ms between clean-ups of __share_group_state.")
                .hidden(),
            ofInt("share.coordinator.threads", 1, atLeast(1), "Threads for share groups' state."),
            ofInt(
                "share.coordinator.append.linger.ms",
                -1,
                atLeast(-1),
                "Time in ms that records of share groups' state are collected."),
            ofInt(
                    "share.coordinator.cached.buffer.max.bytes",
                    1_048_588,
                    atLeast(512 << 10),
                    "Largest buffer in bytes that the coordinator keeps.")
                .clusterWide(),
            ofInt(
                "share.coordinator.load.buffer.size",
                5 << 20,
                atLeast(1),
                "Bytes read at a time when share groups' state is loaded."),
            ofInt(
                "share.coordinator.snapshot.update.records.per.snapshot",
                500,
                between(0, 500),
                "Changes of share groups' state between snapshots of it."),
            ofInt(
                    "share.coordinator.cold.partition.snapshot.interval.ms",
                    300_000,
                    atLeast(1),
                    "Time in ms until state that nobody changes is written again.")
                .hidden(),
            ofInt(
                "share.coordinator.write.timeout.ms",
                5000,
                atLeast(1),
                "Time in ms that a write of share groups' state waits for replicas."));
    special.forEach(key -> keys.add(key.withoutEffect(NoEffect.CLASSIC_ONLY)));
    return keys;
  }

  private static ConfigKey shareLimit(
      String name, int byDefault, int least, int most, String documentation) {
    return ofInt("group.share." + name, byDefault, between(least, most), documentation);
  }

  private static ConfigKey stateTopic(
      String name, ConfigType type, int byDefault, int least, String documentation) {
    return ConfigKey.of(
            type,
            "share.coordinator.state.topic." + name,
            Integer.toString(byDefault),
            documentation)
        .allowing(atLeast(least));
  }
}
