package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;

/** Tries each setting with each of many values, here and in Kafka's own jars. */
class KafkaVerdictsTest {
  private static final List<String> VALUES =
      List.of(
          "",
          " ",
          "-131073",
          "-3",
          "-2",
          "-1",
          "0",
          "1",
          "2",
          "9",
          "10",
          "17",
          "18",
          "22",
          "23",
          "1048575",
          "1048576",
          "2147483647",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "0.5",
          "1.5",
          "-0.1",
          "1e3",
          "1_000",
          "0x10",
          "+7",
          " 7 ",
          "7 7",
          "true",
          "TRUE",
          " false ",
          "yes",
          "on",
          "abc",
          "delete",
          "compact,delete",
          "compact , delete",
          "delete,delete",
          "delete,",
          ",",
          "Delete",
          "delete,gone",
          "gzip",
          "GZIP",
          "zstd",
          "uncompressed",
          "none",
          "producer",
          "CreateTime",
          "createtime",
          "LogAppendTime",
          "*",
          "0:1,2:3",
          "0:1,*",
          "0:1,",
          "a:b",
          "earliest",
          "by_duration:PT1H",
          "by_duration:-PT1H",
          "by_duration:1h",
          "read_committed",
          "READ_COMMITTED",
          "classic",
          "BIDIRECTIONAL",
          "uniform");

  /** Kafka's brokers take negative or empty values here that mean nothing. */
  private static final Set<String> STRICTER_HERE =
      Set.of(
          "controller.quorum.election.timeout.ms",
          "advertised.listeners",
          "default.replication.factor",
          "group.consumer.assignors",
          "group.initial.rebalance.delay.ms",
          "group.max.session.timeout.ms",
          "group.min.session.timeout.ms",
          "group.share.assignors",
          "listener.security.protocol.map",
          "listeners",
          "log.cleaner.dedupe.buffer.size",
          "log.cleaner.io.buffer.load.factor",
          "log.flush.interval.ms",
          "log.flush.scheduler.interval.ms",
          "log.retention.hours",
          "log.retention.minutes",
          "log.retention.ms",
          "log.roll.jitter.ms",
          "log.roll.ms",
          "max.connections.per.ip.overrides",
          "metrics.recording.level",
          "node.id",
          "broker.id",
          "offset.metadata.max.bytes",
          "offsets.topic.compression.codec",
          "replica.selector.class",
          "share.coordinator.state.topic.compression.codec",
          "replica.fetch.min.bytes",
          "replica.fetch.wait.max.ms",
          "replica.high.watermark.checkpoint.interval.ms",
          "replica.lag.time.max.ms",
          "replica.socket.receive.buffer.bytes",
          "replica.socket.timeout.ms",
          "request.timeout.ms",
          "socket.connection.setup.timeout.max.ms",
          "socket.connection.setup.timeout.ms",
          "socket.receive.buffer.bytes",
          "socket.send.buffer.bytes");

  /**
   * Kafka drops what stands twice in a topic's list, and so do we in a broker's; it also takes
   * empty items in a list of throttled replicas.
   */
  private static final Set<String> MEANT_DIFFERENCES =
      Set.of(
          "controller.listener.names=delete,delete is accepted by us only",
          "follower.replication.throttled.replicas=, is accepted by only Kafka",
          "follower.replication.throttled.replicas=0:1, is accepted by only Kafka",
          "leader.replication.throttled.replicas=, is accepted by only Kafka",
          "leader.replication.throttled.replicas=0:1, is accepted by only Kafka",
          "log.cleanup.policy=delete,delete is accepted by us only",
          "log.dir=delete,delete is accepted by us only",
          "log.dirs=delete,delete is accepted by us only");

  @Test
  void topicValuesAreAcceptedExactlyWhenKafkaAcceptsThem() {
    List<String> differences = new ArrayList<>();
    for (ConfigKey key : KafkaKeys.of(TopicConfigs.KEYS)) {
      compare(key, value -> kafkaAcceptsForTopic(key.name(), value), differences);
    }
    assertEquals(List.of(), differences);
  }

  @Test
  void groupValuesAreAcceptedExactlyWhenKafkaAcceptsThem() {
    List<String> differences = new ArrayList<>();
    for (ConfigKey key : GroupConfigs.KEYS.keys()) {
      ConfigDef.ConfigKey their = GroupConfig.CONFIG_DEF.configKeys().get(key.name());
      compare(key, value -> kafkaAccepts(their, value), differences);
    }
    assertEquals(List.of(), differences);
  }

  @Test
  void brokerValuesAreAcceptedExactlyWhenKafkaAcceptsThemOrMoreStrictlyWhereTheyMeanNothing() {
    List<String> differences = new ArrayList<>();
    for (ConfigKey key : KafkaKeys.of(BrokerConfigs.KEYS)) {
      ConfigDef.ConfigKey their = AbstractKafkaConfig.CONFIG_DEF.configKeys().get(key.name());
      compare(key, value -> kafkaAccepts(their, value), differences);
    }
    differences.removeIf(
        difference ->
            difference.endsWith("only Kafka")
                && STRICTER_HERE.contains(difference.substring(0, difference.indexOf('='))));
    assertEquals(List.of(), differences);
  }

  private static void compare(
      ConfigKey key, Predicate<String> kafkaAccepts, List<String> differences) {
    for (String value : VALUES) {
      boolean ours = key.check(value).isEmpty();
      String difference =
          key.name() + "=" + value + " is accepted by " + (ours ? "us only" : "only Kafka");
      if (ours != kafkaAccepts.test(value) && !MEANT_DIFFERENCES.contains(difference)) {
        differences.add(difference);
      }
    }
  }

  private static boolean kafkaAcceptsForTopic(String name, String value) {
    try {
      LogConfig.validate(Map.of(name, value));
      return true;
    } catch (ConfigException | InvalidConfigurationException refused) {
      return false;
    }
  }

  private static boolean kafkaAccepts(ConfigDef.ConfigKey key, String value) {
    try {
      Object parsed = ConfigDef.parseType(key.name, value, key.type);
      if (key.validator != null) {
        key.validator.ensureValid(key.name, parsed);
      }
      return true;
    } catch (ConfigException refused) {
      return false;
    }
  }
}
