package io.gofka.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names that Kafka knows, or knew, and that this release refuses rather than ignores: whoever sets
 * one expects something that wouldn't happen.
 */
final class RefusedKeys {
  private record Refusal(Pattern names, String reason) {
    Refusal(String names, String reason) {
      this(Pattern.compile(names), reason);
    }
  }

  private static final List<Refusal> REFUSALS =
      List.of(
          new Refusal(
              "(ssl|sasl|security|listener\\.name|delegation\\.token|authorizer|principal)\\..*"
                  + "|super\\.users|allow\\.everyone\\.if\\.no\\.acl\\.found"
                  + "|connections\\.max\\.reauth\\.ms",
              "this release speaks PLAINTEXT only: TLS, SASL and ACLs are not there yet"),
          new Refusal(
              "remote\\..*|follower\\.fetch\\.last\\.tiered\\.offset\\.enable",
              "this release keeps all segments on the broker's disk: there is no tiered storage"),
          new Refusal("process\\.roles", "roles are set by server.roles"),
          new Refusal(
              "controller\\.quorum\\.(?!((election|fetch|request)\\.timeout|election\\.backoff\\.max)\\.ms$).*"
                  + "|controller\\.socket\\..*"
                  + "|controller\\.performance\\..*|early\\.start\\.listeners",
              "controllers speak gRPC to each other; they are set by server.cluster.peers"),
          new Refusal(
              "broker\\.heartbeat\\.interval\\.ms", "it is set by broker.heartbeat_interval"),
          new Refusal("broker\\.session\\.timeout\\.ms", "it is set by kraft.timeout"),
          new Refusal(
              "initial\\.broker\\.registration\\.timeout\\.ms|server\\.max\\.startup\\.time\\.ms",
              "a node waits for the others as long as it takes"),
          new Refusal(
              "(?!metadata\\.log\\.max\\.(record\\.bytes\\.between\\.snapshots|snapshot\\.interval\\.ms)$)"
                  + "(internal\\.)?metadata\\.(log|max|delete)\\..*",
              "Gofka has a metadata log of its own, which needs no such settings"),
          new Refusal(
              "config\\.providers(\\..*)?|(kafka\\.)?(metric|metrics)\\.reporters"
                  + "|kafka\\.metrics\\.polling\\.interval\\.secs"
                  + "|.*\\.(policy|persister)\\.class\\.name|client\\.quota\\.callback\\.class"
                  + "|auto\\.include\\.jmx\\.reporter",
              "Gofka loads no classes of Kafka's plug-in interfaces"),
          new Refusal("cordoned\\.log\\.dirs", "log directories can't be cordoned in this release"),
          new Refusal(
              "num\\.replica\\.alter\\.log\\.dirs\\.threads|alter\\.log\\.dirs\\..*",
              "each log shard moves one log at a time between directories, at the rate of"
                  + " replica.alter.log.dirs.io.max.bytes.per.second"),
          new Refusal("unstable\\..*", "what Kafka calls unstable is not there"),
          new Refusal(
              "zookeeper\\..*|inter\\.broker\\.protocol\\.version"
                  + "|log\\.message\\.(format\\.version|downconversion\\.enable)"
                  + "|log\\.message\\.timestamp\\.difference\\.max\\.ms"
                  + "|offsets\\.commit\\.required\\.acks|broker\\.id\\.generation\\.enable"
                  + "|reserved\\.broker\\.max\\.id|controlled\\.shutdown\\.(max\\.retries"
                  + "|retry\\.backoff\\.ms)|leader\\.imbalance\\.per\\.broker\\.percentage"
                  + "|port|host\\.name|advertised\\.(port|host\\.name)",
              "Kafka 4 doesn't have it any more"));

  private RefusedKeys() {}

  /** The mistake of using this name, empty when it isn't one of these. */
  static Optional<ConfigError> error(String name, String value) {
    return REFUSALS.stream()
        .filter(refusal -> refusal.names().matcher(name).matches())
        .findFirst()
        .map(
            refusal -> {
              boolean secret = name.matches("(ssl|sasl|listener\\.name|delegation)\\..*");
              return ConfigError.badName(
                  name,
                  secret ? "[hidden]" : value,
                  refusal.reason(),
                  "Configuration " + name + " is not accepted: " + refusal.reason());
            });
  }
}
