package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kafka.server.ConfigHelper;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.metadata.ConfigRepository;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** Lets Kafka's own code describe the same settings, and compares what it tells. */
class KafkaDescriptionsTest {
  private static final String MOVING_RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
  private static final Map<String, String> STATIC =
      Map.ofEntries(
          Map.entry("node.id", "1"),
          Map.entry("broker.id", "1"),
          Map.entry("log.dirs", "/tmp/gofka-describe"),
          Map.entry("listeners", "PLAINTEXT://127.0.0.1:9092"),
          Map.entry("log.retention.hours", "24"),
          Map.entry("log.roll.ms", "60000"),
          Map.entry("num.partitions", "3"),
          Map.entry("message.max.bytes", "2000000"),
          Map.entry("compression.type", "lz4"),
          Map.entry("log.cleanup.policy", "compact , delete"),
          Map.entry("controller.listener.names", "CONTROLLER"));
  private static final Map<String, String> CLUSTER_DEFAULTS =
      Map.of("log.segment.bytes", "2097152", "message.max.bytes", "3000000");
  private static final Map<String, String> PER_BROKER =
      Map.of("log.retention.ms", "5000", "message.max.bytes", "4000000", MOVING_RATE, "100000");
  private static final Map<String, String> TOPIC =
      Map.of(
          "cleanup.policy",
          " compact",
          "retention.bytes",
          "99",
          "min.cleanable.dirty.ratio",
          "1",
          "internal.segment.bytes",
          "2000000");
  private static final Map<String, String> GROUP = Map.of("consumer.session.timeout.ms", "46000");

  /**
   * Which Kafka tells no synonyms for, as the first of their names in the broker has no default.
   */
  private static final Set<String> SEVERAL_NAMES =
      Set.of("retention.ms", "segment.ms", "segment.jitter.ms", "flush.ms");

  private final BrokerConfig ours =
      BrokerConfig.of(STATIC).withDynamic(CLUSTER_DEFAULTS, PER_BROKER);
  private final ConfigHelper kafka = kafka();

  @Test
  void topicsAreDescribedAsKafkaDoesIt() {
    Map<String, String> theirs = theirs(ConfigResource.topic("t"));
    Map<String, String> described = ours(ConfigResource.topic("t"), TOPIC);
    theirs.keySet().removeAll(SEVERAL_NAMES);
    described.keySet().removeAll(SEVERAL_NAMES);
    assertSame(theirs, described);
  }

  @Test
  void settingsWithSeveralNamesTellTheOneThatHolds() {
    Map<String, String> described = ours(ConfigResource.topic("t"), TOPIC);
    assertEquals(
        "5000 DYNAMIC_BROKER_CONFIG LONG [log.retention.ms=5000 DYNAMIC_BROKER_CONFIG,"
            + " log.retention.hours=24 STATIC_BROKER_CONFIG, log.retention.hours=168"
            + " DEFAULT_CONFIG]",
        described.get("retention.ms"));
    assertEquals(
        "60000 STATIC_BROKER_CONFIG LONG [log.roll.ms=60000 STATIC_BROKER_CONFIG,"
            + " log.roll.hours=168 DEFAULT_CONFIG]",
        described.get("segment.ms"));
    Map<String, String> theirs = theirs(ConfigResource.topic("t"));
    for (String name : SEVERAL_NAMES) {
      assertEquals(value(theirs.get(name)), value(described.get(name)), name);
    }
  }

  @Test
  void brokersAreDescribedAsKafkaDoesIt() {
    Map<String, String> theirs = theirs(ConfigResource.broker(1));
    Map<String, String> described = ours(ConfigResource.broker(1), Map.of());
    // What we refuse, Kafka describes; what we have other defaults for, it describes with its own.
    theirs.keySet().retainAll(described.keySet());
    Set<String> others =
        Set.of(
            "node.id",
            "broker.id",
            "listeners",
            "log.dir",
            "log.dirs",
            "socket.send.buffer.bytes",
            "socket.receive.buffer.bytes");
    Set<String> readOnlyHere =
        Set.of(
            "listener.security.protocol.map",
            "max.connections",
            "max.connections.per.ip",
            "max.connections.per.ip.overrides");
    // Kafka shows 168 here as soon as log.retention.ms is altered, whatever the file says.
    assertEquals("24", value(described.remove("log.retention.hours")));
    theirs.remove("log.retention.hours");
    // It has no default in Kafka, which knows it only as long as it is set.
    assertEquals(
        theirs.remove(MOVING_RATE).replace("]", ", " + MOVING_RATE + "=" + Long.MAX_VALUE)
            + " DEFAULT_CONFIG]",
        described.remove(MOVING_RATE));
    theirs.keySet().removeAll(others);
    theirs.keySet().removeAll(readOnlyHere);
    described.keySet().removeAll(others);
    described.keySet().removeAll(readOnlyHere);
    assertTrue(described.size() > 100, "only " + described.size() + " settings described");
    assertSame(theirs, described);
  }

  @Test
  void defaultsOfAllBrokersAreDescribedAsKafkaDoesIt() {
    assertSame(theirs(ConfigResource.ALL_BROKERS), ours(ConfigResource.ALL_BROKERS, Map.of()));
  }

  @Test
  void groupsAreDescribedAsKafkaDoesIt() {
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "g");
    assertSame(theirs(group), ours(group, GROUP));
  }

  @Test
  void clientMetricsAreDescribedAsKafkaDoesIt() {
    ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m");
    assertSame(theirs(metrics), ours(metrics, Map.of("interval.ms", "1000")));
  }

  private static void assertSame(Map<String, String> theirs, Map<String, String> ours) {
    assertEquals(lines(theirs), lines(ours));
  }

  private static String lines(Map<String, String> described) {
    return described.entrySet().stream().map(Object::toString).collect(Collectors.joining("\n"));
  }

  private static String value(String description) {
    return description.substring(0, description.indexOf(' '));
  }

  private Map<String, String> ours(ConfigResource resource, Map<String, String> overrides) {
    Map<String, String> described = new TreeMap<>();
    for (ConfigEntry entry : ConfigDescriptions.describe(resource, overrides, ours)) {
      if (OwnKeys.ALL.contains(entry.name())) {
        continue;
      }
      List<String> synonyms = new ArrayList<>();
      entry
          .synonyms()
          .forEach(s -> synonyms.add(s.name() + "=" + s.value().orElse(null) + " " + s.source()));
      described.put(
          entry.name(),
          entry.value().orElse(null)
              + " "
              + entry.source()
              + " "
              + entry.type()
              + (entry.readOnly() ? " read-only " : " ")
              + (entry.sensitive() ? "sensitive " : "")
              + synonyms);
    }
    return described;
  }

  private Map<String, String> theirs(ConfigResource resource) {
    DescribeConfigsResource asked =
        new DescribeConfigsResource()
            .setResourceType(resource.type().code())
            .setResourceName(resource.name())
            .setConfigurationKeys(null);
    scala.collection.immutable.List<DescribeConfigsResource> list =
        CollectionConverters.asScala(List.of(asked)).toList();
    DescribeConfigsResult result = kafka.describeConfigs(list, true, true).head();
    assertEquals(0, result.errorCode(), result.errorMessage());
    Map<String, String> described = new TreeMap<>();
    for (DescribeConfigsResourceResult entry : result.configs()) {
      List<String> synonyms = new ArrayList<>();
      entry
          .synonyms()
          .forEach(s -> synonyms.add(s.name() + "=" + s.value() + " " + source(s.source())));
      described.put(
          entry.name(),
          entry.value()
              + " "
              + source(entry.configSource())
              + " "
              + type(entry.configType())
              + (entry.readOnly() ? " read-only " : " ")
              + (entry.isSensitive() ? "sensitive " : "")
              + synonyms);
    }
    return described;
  }

  private static ConfigSource source(byte code) {
    for (ConfigSource source : ConfigSource.values()) {
      if (source.code() == code) {
        return source;
      }
    }
    throw new AssertionError("no source " + code);
  }

  private static ConfigType type(byte code) {
    for (ConfigType type : ConfigType.values()) {
      if (type.code() == code) {
        return type;
      }
    }
    throw new AssertionError("no type " + code);
  }

  private static ConfigHelper kafka() {
    Map<String, String> properties = new HashMap<>(STATIC);
    properties.put("process.roles", "broker");
    properties.put("controller.quorum.bootstrap.servers", "127.0.0.1:9093");
    KafkaConfig config = KafkaConfig.fromProps(properties(properties));
    config.dynamicConfig().initialize(scala.Option.empty());
    config.dynamicConfig().updateDefaultConfig(properties(CLUSTER_DEFAULTS), true);
    config.dynamicConfig().updateBrokerConfig(1, properties(PER_BROKER), true);
    Map<String, Map<String, String>> stored =
        Map.of("t", TOPIC, "g", GROUP, "m", Map.of("interval.ms", "1000"));
    ConfigRepository repository =
        resource -> properties(stored.getOrDefault(resource.name(), Map.of()));
    KRaftMetadataCache anyTopic =
        new KRaftMetadataCache(1, () -> KRaftVersion.LATEST_PRODUCTION) {
          @Override
          public boolean contains(String topic) {
            return true;
          }
        };
    return new ConfigHelper(anyTopic, config, repository);
  }

  private static Properties properties(Map<String, String> map) {
    Properties properties = new Properties();
    properties.putAll(map);
    return properties;
  }
}
