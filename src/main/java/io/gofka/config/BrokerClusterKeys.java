package io.gofka.config;

import static io.gofka.config.ConfigKey.ofBoolean;
import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ConfigKey.ofLong;
import static io.gofka.config.ValueRule.atLeast;

import java.util.List;

/** Settings of the broker about itself, topics in general, and the other brokers. */
final class BrokerClusterKeys {
  private BrokerClusterKeys() {}

  static List<ConfigKey> identity() {
    return List.of(
        ofInt(
            "node.id",
            1,
            atLeast(0),
            "Number by which clients know this broker, the same as server.id."),
        ofInt("broker.id", 1, atLeast(0), "The same as node.id; its name before Kafka had that."),
        ConfigKey.of(
            ConfigType.STRING,
            "broker.rack",
            null,
            "Name of the place the broker stands in, told to clients."));
  }

  static List<ConfigKey> controllers() {
    return List.of(
        ofInt(
            "controller.quorum.election.timeout.ms",
            1000,
            atLeast(100),
            "Time in ms that a controller hears no leader until it stands for election, after"
                + " another random time of at most as much. A leader whose process is gone is"
                + " noticed earlier."),
        ofInt(
                "controller.quorum.fetch.timeout.ms",
                2000,
                atLeast(0),
                "Time in ms without a fetch of a majority after which a leader gives up, and without"
                    + " an answer of the leader after which others stand for election.")
            .withoutEffect("controller.quorum.election.timeout.ms is the time for both"),
        ofInt(
                "controller.quorum.election.backoff.max.ms",
                1000,
                atLeast(0),
                "Time in ms that a candidate waits at most after an election without a winner.")
            .withoutEffect(
                "candidates wait between half and the whole of"
                    + " controller.quorum.election.timeout.ms for votes, and ask again at once"),
        ofInt(
                "controller.quorum.request.timeout.ms",
                2000,
                atLeast(0),
                "Time in ms after which a controller takes a request to another one for lost.")
            .withoutEffect(
                "what a controller doesn't answer is sent again with the next heartbeat, a fifth of"
                    + " controller.quorum.election.timeout.ms later"),
        ofLong(
            "metadata.log.max.record.bytes.between.snapshots",
            20L << 20,
            atLeast(1),
            "Bytes of metadata records after which a controller takes a snapshot."),
        ofLong(
            "metadata.log.max.snapshot.interval.ms",
            3_600_000,
            atLeast(0),
            "Time in ms after which it takes one if there is anything new; 0 for never."));
  }

  static List<ConfigKey> topics() {
    return List.of(
        ofInt(
            "num.partitions",
            1,
            atLeast(1),
            "Partitions of a topic that is created without a number of them."),
        ConfigKey.ofInt(
            "default.replication.factor",
            1,
            atLeast(1),
            "Replicas of a topic that is created without a number of them."),
        ofBoolean(
            "auto.create.topics.enable",
            true,
            "Whether asking for a topic that doesn't exist creates it, when the client allows it."),
        ofBoolean("delete.topic.enable", true, "Whether topics can be deleted."),
        ofInt(
                "min.insync.replicas",
                1,
                atLeast(1),
                "Replicas that must have a record of a producer with acks=all, of topics that don't"
                    + " set it themselves.")
            .clusterWide());
  }

  static List<ConfigKey> elections() {
    return List.of(
        ofBoolean(
                "unclean.leader.election.enable",
                false,
                "Whether a replica that is not in sync may lead, of topics that don't set it"
                    + " themselves.")
            .clusterWide(),
        ofLong(
                "unclean.leader.election.interval.ms",
                300_000,
                atLeast(1),
                "Time in ms between looks for partitions that need such an election.")
            .hidden()
            .withoutEffect("such an election is held as soon as it is needed and allowed"),
        ofBoolean(
            "controlled.shutdown.enable",
            true,
            "Whether a broker hands its leaderships over before it stops."),
        ofBoolean(
            "auto.leader.rebalance.enable",
            true,
            "Whether leaderships go back to the preferred replicas by themselves."),
        ofLong(
            "leader.imbalance.check.interval.seconds",
            300,
            atLeast(1),
            "Time in seconds between looks for leaderships to move back."));
  }

  static List<ConfigKey> replication() {
    List<ConfigKey> keys =
        List.of(
            ofInt("num.replica.fetchers", 1, atLeast(1), "Streams to each leader.").clusterWide(),
            ofLong(
                "replica.lag.time.max.ms",
                30_000,
                atLeast(1),
                "Time in ms that a follower may lag before it counts as out of sync. The same as"
                    + " broker.max_lag_timeout."),
            ofInt(
                "replica.fetch.max.bytes", 1 << 20, atLeast(0), "Bytes of one partition at once."),
            ofInt("replica.fetch.min.bytes", 1, atLeast(0), "Bytes that a follower waits for."),
            ofInt("replica.fetch.response.max.bytes", 10 << 20, atLeast(0), "Bytes at once."),
            ofInt("replica.fetch.wait.max.ms", 500, atLeast(0), "Time in ms that it waits."),
            ofInt("replica.fetch.backoff.ms", 1000, atLeast(0), "Time in ms after a failure."),
            ofInt("replica.socket.timeout.ms", 30_000, atLeast(1), "Time in ms for an answer."),
            ofInt("replica.socket.receive.buffer.bytes", 64 << 10, atLeast(1), "Its buffer."),
            ofLong(
                "replica.high.watermark.checkpoint.interval.ms",
                5000,
                atLeast(1),
                "Time in ms between notes of the high watermarks."),
            ofLong(
                    "leader.replication.throttled.rate",
                    Long.MAX_VALUE,
                    atLeast(0),
                    "Bytes in a second that this broker sends to replicas which its topics call"
                        + " throttled and which are not in sync.")
                .perBroker()
                .hidden(),
            ofLong(
                    "follower.replication.throttled.rate",
                    Long.MAX_VALUE,
                    atLeast(0),
                    "Bytes in a second that this broker takes for such replicas of its own.")
                .perBroker()
                .hidden(),
            ofLong(
                    "replica.alter.log.dirs.io.max.bytes.per.second",
                    Long.MAX_VALUE,
                    atLeast(0),
                    "Bytes in a second that this broker copies when partitions move from one of its"
                        + " log directories to another.")
                .perBroker()
                .hidden());
    return keys.stream().map(BrokerClusterKeys::markUnused).toList();
  }

  private static ConfigKey markUnused(ConfigKey key) {
    return key.name().startsWith("num.")
            || key.name().startsWith("replica.fetch.")
            || key.name().startsWith("replica.socket.")
        ? key.withoutEffect(NoEffect.PUSHED)
        : key;
  }
}
