package io.gofka.system;

import static io.gofka.system.KafkaClients.createTopic;
import static io.gofka.system.KafkaClients.failureOf;
import static io.gofka.system.KafkaClients.fresh;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigType;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Describing and altering configs of topics, brokers and groups through the Admin client. */
class ConfigAdminIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(BrokerSettings.named("config-admin").with("log.retention.ms", "86400000"));

  private static Admin admin;

  @BeforeAll
  static void connect() {
    admin = KafkaClients.admin(FIXTURE.bootstrap());
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static ConfigResource newTopic(String... configs) throws Exception {
    String topic = fresh("configs");
    var map = new java.util.HashMap<String, String>();
    for (int i = 0; i < configs.length; i += 2) {
      map.put(configs[i], configs[i + 1]);
    }
    createTopic(admin, topic, 1, map);
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private static ConfigResource broker() throws Exception {
    String id = get(admin.describeCluster().nodes()).iterator().next().idString();
    return new ConfigResource(ConfigResource.Type.BROKER, id);
  }

  private static ConfigEntry entry(ConfigResource resource, String key) throws Exception {
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    return get(admin.describeConfigs(List.of(resource), options).all()).get(resource).get(key);
  }

  private static AlterConfigOp op(OpType type, String key, String value) {
    return new AlterConfigOp(new ConfigEntry(key, value), type);
  }

  private static void alter(ConfigResource resource, AlterConfigOp... ops) throws Exception {
    Map<ConfigResource, Collection<AlterConfigOp>> request = Map.of(resource, Arrays.asList(ops));
    get(admin.incrementalAlterConfigs(request).all());
  }

  private static Throwable refusal(ConfigResource resource, AlterConfigOp... ops) throws Exception {
    Map<ConfigResource, Collection<AlterConfigOp>> request = Map.of(resource, Arrays.asList(ops));
    return failureOf(admin.incrementalAlterConfigs(request).all());
  }

  @Test
  void synonymsShowWhereAValueComesFrom() throws Exception {
    ConfigResource topic = newTopic("retention.ms", "5000000");

    ConfigEntry retention = entry(topic, "retention.ms");
    assertEquals("5000000", retention.value());
    assertEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.source());
    assertEquals(ConfigType.LONG, retention.type());
    assertFalse(retention.isDefault() || retention.isReadOnly() || retention.isSensitive());
    assertEquals(
        List.of(
            "retention.ms=5000000 DYNAMIC_TOPIC_CONFIG",
            "log.retention.ms=86400000 STATIC_BROKER_CONFIG",
            "log.retention.hours=168 DEFAULT_CONFIG"),
        retention.synonyms().stream()
            .map(synonym -> synonym.name() + "=" + synonym.value() + " " + synonym.source())
            .toList());
    assertFalse(retention.documentation().isBlank());

    ConfigEntry inherited = entry(newTopic(), "retention.ms");
    assertEquals("86400000", inherited.value());
    assertEquals(ConfigSource.STATIC_BROKER_CONFIG, inherited.source());
    ConfigEntry untouched = entry(topic, "cleanup.policy");
    assertEquals(ConfigSource.DEFAULT_CONFIG, untouched.source());
    assertTrue(untouched.isDefault());
    assertEquals(ConfigType.LIST, untouched.type());
  }

  @Test
  void setAndDeleteChangeOneKeyAndLeaveTheOthers() throws Exception {
    ConfigResource topic = newTopic("retention.ms", "5000000", "max.message.bytes", "123456");
    alter(topic, op(OpType.SET, "retention.ms", "6000000"));
    assertEquals("6000000", entry(topic, "retention.ms").value());
    assertEquals("123456", entry(topic, "max.message.bytes").value());
    alter(topic, op(OpType.DELETE, "retention.ms", null));
    assertEquals("86400000", entry(topic, "retention.ms").value());
  }

  @Test
  void appendAndSubtractWorkOnLists() throws Exception {
    ConfigResource topic = newTopic();
    alter(topic, op(OpType.APPEND, "cleanup.policy", "compact"));
    assertEquals("delete,compact", entry(topic, "cleanup.policy").value());
    alter(topic, op(OpType.SUBTRACT, "cleanup.policy", "delete"));
    assertEquals("compact", entry(topic, "cleanup.policy").value());
    assertInstanceOf(
        InvalidConfigurationException.class,
        refusal(topic, op(OpType.APPEND, "retention.ms", "1")));
  }

  @Test
  void badAlterationsAreRefusedAndChangeNothing() throws Exception {
    ConfigResource topic = newTopic("retention.ms", "5000000");
    assertInstanceOf(
        InvalidConfigurationException.class, refusal(topic, op(OpType.SET, "no.such.config", "1")));
    assertInstanceOf(
        InvalidConfigurationException.class,
        refusal(
            topic,
            op(OpType.SET, "retention.ms", "7000000"),
            op(OpType.SET, "segment.bytes", "few")));
    assertInstanceOf(
        InvalidRequestException.class,
        refusal(
            topic,
            op(OpType.SET, "retention.ms", "7000000"),
            op(OpType.SET, "retention.ms", "8000000")));
    assertEquals("5000000", entry(topic, "retention.ms").value());
  }

  @Test
  void unknownTopicHasNoConfigs() throws Exception {
    var unknown = new ConfigResource(ConfigResource.Type.TOPIC, fresh("unknown"));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        failureOf(admin.describeConfigs(List.of(unknown)).all()));
    assertInstanceOf(
        UnknownTopicOrPartitionException.class,
        refusal(unknown, op(OpType.SET, "retention.ms", "1")));
  }

  @Test
  void validateOnlyAltersNothing() throws Exception {
    ConfigResource topic = newTopic("retention.ms", "5000000");
    Map<ConfigResource, Collection<AlterConfigOp>> request =
        Map.of(topic, List.of(op(OpType.SET, "retention.ms", "1")));
    get(admin.incrementalAlterConfigs(request, new AlterConfigsOptions().validateOnly(true)).all());
    assertEquals("5000000", entry(topic, "retention.ms").value());
  }

  @Test
  void brokerShowsItsConfigsWithTheirSources() throws Exception {
    ConfigEntry retention = entry(broker(), "log.retention.ms");
    assertEquals("86400000", retention.value());
    assertEquals(ConfigSource.STATIC_BROKER_CONFIG, retention.source());
    ConfigEntry readOnly = entry(broker(), "log.dirs");
    assertTrue(readOnly.isReadOnly());
    assertTrue(entry(broker(), "listeners").value().contains("" + FIXTURE.broker().port()));
  }

  @Test
  void brokerConfigsThatAreDynamicChangeForOneBrokerAndForAll() throws Exception {
    ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
    try {
      alter(all, op(OpType.SET, "log.retention.ms", "7200000"));
      awaitValue(broker(), "log.retention.ms", "7200000");
      assertEquals(
          ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, entry(broker(), "log.retention.ms").source());
      alter(broker(), op(OpType.SET, "log.retention.ms", "7300000"));
      awaitValue(broker(), "log.retention.ms", "7300000");
      awaitValue(newTopic(), "retention.ms", "7300000");
    } finally {
      alter(broker(), op(OpType.DELETE, "log.retention.ms", null));
      alter(all, op(OpType.DELETE, "log.retention.ms", null));
    }
    awaitValue(broker(), "log.retention.ms", "86400000");
  }

  /** A broker learns its own configs from the metadata log, a little after the answer. */
  private static void awaitValue(ConfigResource resource, String key, String value) {
    Await.until(
        key + " is " + value, KafkaClients.LIMIT, () -> value.equals(entry(resource, key).value()));
  }

  @Test
  void staticBrokerConfigsCannotBeAltered() throws Exception {
    assertInstanceOf(
        InvalidRequestException.class, refusal(broker(), op(OpType.SET, "log.dirs", "/tmp/x")));
  }

  @Test
  void onlyTheKeysAskedForAreDescribed() throws Exception {
    // The Admin client always asks for all keys; the tools and other clients name theirs.
    ConfigResource topic = newTopic();
    var all = get(admin.describeConfigs(List.of(topic)).all()).get(topic).entries();
    assertTrue(all.size() > 20, () -> "only " + all);
    assertTrue(all.stream().allMatch(entry -> entry.synonyms().isEmpty()));
  }

  @Test
  void groupConfigsAreKept() throws Exception {
    var group = new ConfigResource(ConfigResource.Type.GROUP, fresh("group"));
    alter(group, op(OpType.SET, "consumer.session.timeout.ms", "50000"));
    assertEquals("50000", entry(group, "consumer.session.timeout.ms").value());
    assertEquals(
        ConfigSource.DYNAMIC_GROUP_CONFIG, entry(group, "consumer.session.timeout.ms").source());
  }

  @Test
  void resourcesWithConfigsAreListed() throws Exception {
    ConfigResource topic = newTopic();
    Collection<ConfigResource> listed = get(admin.listConfigResources().all());
    assertTrue(listed.contains(topic));
    assertTrue(listed.contains(broker()));
  }
}
