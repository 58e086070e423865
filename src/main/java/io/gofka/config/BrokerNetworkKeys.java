package io.gofka.config;

import static io.gofka.config.ConfigKey.ofInt;
import static io.gofka.config.ConfigKey.ofLong;
import static io.gofka.config.ValueRule.ANY;
import static io.gofka.config.ValueRule.atLeast;
import static io.gofka.config.ValueRule.oneOf;
import static io.gofka.config.ValueRule.readableBy;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Settings of the broker about connections and the requests on them. */
final class BrokerNetworkKeys {
  private BrokerNetworkKeys() {}

  static List<ConfigKey> listeners() {
    return List.of(
        ConfigKey.of(
                ConfigType.LIST,
                "listeners",
                "PLAINTEXT://127.0.0.1:9092",
                "Where clients are served. Without it, only programs on this machine get in;"
                    + " PLAINTEXT://0.0.0.0:9092 or PLAINTEXT://:9092 opens it to the network. Port"
                    + " 0 takes a free one. PLAINTEXT is the only protocol of this release.")
            .allowing(
                readableBy(Listener.TEXT, value -> !Listener.parse((List<?>) value).isEmpty())),
        ConfigKey.of(
                ConfigType.LIST,
                "advertised.listeners",
                null,
                "The addresses that clients are told to connect to. Without it, each client is told"
                    + " the address that it reached this node at, which is right unless something"
                    + " between them translates addresses.")
            .allowing(
                readableBy(
                        Listener.TEXT + ", with a host and a port",
                        value ->
                            Listener.parse((List<?>) value).stream()
                                .allMatch(place -> !place.anyInterface() && place.port() > 0))
                    .nonEmpty()),
        ConfigKey.of(
                ConfigType.STRING,
                "listener.security.protocol.map",
                "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
                "Which protocol each name in listeners stands for, as NAME:PROTOCOL. A listener"
                    + " whose name stands for another one than PLAINTEXT is refused.")
            .allowing(
                readableBy("of NAME:PROTOCOL", value -> !Pairs.parse((String) value).isEmpty())),
        ConfigKey.of(
                ConfigType.LIST,
                "controller.listener.names",
                null,
                "Which of the listeners lead to this node's controller and not to its broker:"
                    + " Kafka's tools come there with --bootstrap-controller. A node that is no"
                    + " broker has no others. Their names stand for PLAINTEXT unless"
                    + " listener.security.protocol.map is set.")
            .allowing(ANY.nonEmpty()),
        ConfigKey.of(
                ConfigType.STRING,
                "inter.broker.listener.name",
                null,
                "The listener that brokers reach each other through.")
            .withoutEffect("nodes talk to each other through gRPC on server.port"),
        ofInt(
            "socket.listen.backlog.size",
            50,
            atLeast(1),
            "How many connections may wait to be accepted."),
        ofInt(
            "socket.send.buffer.bytes",
            -1,
            atLeast(1).or(-1, "for the operating system's choice"),
            "Size in bytes of a connection's send buffer. A size keeps the operating system from"
                + " tuning it, which costs throughput."),
        ofInt(
            "socket.receive.buffer.bytes",
            -1,
            atLeast(1).or(-1, "for the operating system's choice"),
            "Size in bytes of a connection's receive buffer. A size keeps the operating system from"
                + " tuning it, which costs throughput."),
        ofInt(
            "socket.request.max.bytes",
            100 << 20,
            atLeast(1),
            "Largest request in bytes; a larger one closes its connection."));
  }

  static List<ConfigKey> connections() {
    return List.of(
        ofInt(
            "max.connections",
            Integer.MAX_VALUE,
            atLeast(0),
            "Most connections at a time; further ones are closed at once."),
        ofInt(
            "max.connections.per.ip",
            Integer.MAX_VALUE,
            atLeast(0),
            "Most connections at a time from one address."),
        ConfigKey.of(
                ConfigType.STRING,
                "max.connections.per.ip.overrides",
                "",
                "Other limits than max.connections.per.ip for certain addresses, as"
                    + " address:number, with commas.")
            .allowing(
                readableBy(
                    "of address:number",
                    value ->
                        Pairs.parse((String) value).values().stream()
                            .allMatch(number -> Integer.parseInt(number) >= 0))),
        ofInt(
                "max.connection.creation.rate",
                Integer.MAX_VALUE,
                atLeast(0),
                "Most new connections in a second; further ones wait.")
            .clusterWide()
            .withoutEffect(NoEffect.QUOTAS),
        ofLong(
            "connections.max.idle.ms",
            TimeUnit.MINUTES.toMillis(10),
            ANY,
            "Time in ms without a request after which a connection is closed; negative for never."),
        ofInt(
                "connection.failed.authentication.delay.ms",
                100,
                atLeast(0),
                "Time in ms until the connection of a client that failed to prove who it is gets"
                    + " closed.")
            .withoutEffect("this release asks no client who it is"));
  }

  static List<ConfigKey> requests() {
    return List.of(
        ofLong(
            "queued.max.request.bytes",
            -1,
            ANY,
            "Most bytes of requests that the node holds at a time; at that mark it stops reading"
                + " until some are answered. 0 or less lets Gofka choose by its memory."),
        ofInt("queued.max.requests", 500, atLeast(1), "Requests that wait for a thread.")
            .withoutEffect("requests don't wait for threads; queued.max.request.bytes bounds them"),
        ofInt(
                "request.timeout.ms",
                30_000,
                atLeast(1),
                "Time in ms a node waits for the answer of another node.")
            .withoutEffect(NoEffect.OTHER_NODES),
        ofInt(
            "fetch.max.bytes",
            55 << 20,
            atLeast(1024),
            "Most bytes of records in the answer to one fetch, whatever the client asks for."),
        ConfigKey.of(
                ConfigType.STRING,
                "replica.selector.class",
                null,
                "How a consumer that tells its rack finds the replica to read from: always the"
                    + " leader, as by default, or an in-sync one in its rack. The names of Kafka's"
                    + " own two ways are understood, no others.")
            .allowing(
                oneOf(
                    BrokerConfig.LEADER_REPLICA_SELECTOR,
                    BrokerConfig.RACK_AWARE_REPLICA_SELECTOR)),
        ofInt(
            "max.incremental.fetch.session.cache.slots",
            1000,
            atLeast(0),
            "How many incremental fetch sessions the node remembers."),
        ofInt(
            "max.request.partition.size.limit",
            2000,
            atLeast(1),
            "Most partitions in the answer to one DescribeTopicPartitions request."),
        ofInt("num.network.threads", 3, atLeast(1), "Threads for connections.")
            .clusterWide()
            .withoutEffect(NoEffect.THREADS),
        ofInt("num.io.threads", 8, atLeast(1), "Threads for requests.")
            .clusterWide()
            .withoutEffect(NoEffect.THREADS),
        ofInt("background.threads", 10, atLeast(1), "Threads for all else.")
            .clusterWide()
            .withoutEffect(NoEffect.THREADS),
        ofInt(
                "num.recovery.threads.per.data.dir",
                2,
                atLeast(1),
                "Threads that check logs after an unclean stop.")
            .clusterWide()
            .withoutEffect(NoEffect.THREADS),
        purge("fetch", 1000),
        purge("producer", 1000),
        purge("delete.records", 1),
        purge("share.fetch", 1000),
        ofLong(
                "socket.connection.setup.timeout.ms",
                10_000,
                atLeast(1),
                "Time in ms a node tries to connect to another one.")
            .withoutEffect(NoEffect.OTHER_NODES),
        ofLong(
                "socket.connection.setup.timeout.max.ms",
                30_000,
                atLeast(1),
                "Time in ms that this can grow to after failures.")
            .withoutEffect(NoEffect.OTHER_NODES),
        ofInt("telemetry.max.bytes", 1 << 20, atLeast(1), "Largest push of metrics by a client.")
            .withoutEffect(NoEffect.NO_CLIENT_METRICS),
        ofInt("metrics.num.samples", 2, atLeast(1), "Samples that a metric is computed from.")
            .withoutEffect(NoEffect.OTHER_METRICS),
        ofLong("metrics.sample.window.ms", 30_000, atLeast(1), "Time in ms of a sample.")
            .withoutEffect(NoEffect.OTHER_METRICS),
        ConfigKey.of(
                ConfigType.STRING, "metrics.recording.level", "INFO", "Which metrics are recorded.")
            .allowing(ValueRule.oneOf("INFO", "DEBUG", "TRACE"))
            .withoutEffect(NoEffect.OTHER_METRICS));
  }

  private static ConfigKey purge(String what, int byDefault) {
    return ofInt(
            what + ".purgatory.purge.interval.requests",
            byDefault,
            ANY,
            "Requests between clean-ups of those that no longer wait.")
        .withoutEffect(NoEffect.PURGATORY);
  }
}
