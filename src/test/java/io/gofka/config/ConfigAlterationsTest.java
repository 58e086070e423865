package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigAlterationsTest {
  private static final byte SET = 0;
  private static final byte DELETE = 1;
  private static final byte APPEND = 2;
  private static final byte SUBTRACT = 3;
  private static final ConfigResource TOPIC = ConfigResource.topic("t");
  private static final ConfigResource BROKER = ConfigResource.broker(1);
  private static final ConfigResource GROUP = new ConfigResource(ConfigResource.Type.GROUP, "g");

  private BrokerConfig broker = BrokerConfig.DEFAULTS;

  @Test
  void settingsAreMadeChangedAndTakenBack() {
    Map<String, String> before = Map.of("retention.ms", "1", "segment.ms", "2", "flush.ms", "3");
    assertEquals(
        Map.of("retention.ms", "1", "segment.ms", "5", "retention.bytes", "7"),
        altered(
            TOPIC,
            before,
            ConfigOp.of("segment.ms", SET, "5"),
            ConfigOp.of("retention.bytes", SET, "7"),
            ConfigOp.of("flush.ms", DELETE, null),
            ConfigOp.of("preallocate", DELETE, null)));
  }

  @Test
  void listsGainAndLoseItemsOfWhatHolds() {
    ConfigOp compactToo = ConfigOp.of("cleanup.policy", APPEND, "compact");
    assertEquals(Map.of("cleanup.policy", "delete,compact"), altered(TOPIC, Map.of(), compactToo));
    broker = BrokerConfig.of(Map.of("log.cleanup.policy", "compact"));
    assertEquals(Map.of("cleanup.policy", "compact"), altered(TOPIC, Map.of(), compactToo));
    assertEquals(
        Map.of("cleanup.policy", ""),
        altered(TOPIC, Map.of(), ConfigOp.of("cleanup.policy", SUBTRACT, "compact,delete")));
    String throttled = "leader.replication.throttled.replicas";
    assertEquals(
        Map.of(throttled, "0:1,2:3"),
        altered(TOPIC, Map.of(throttled, "0:1, 1:1,2:3"), ConfigOp.of(throttled, SUBTRACT, "1:1")));
  }

  @Test
  void onlyListsGainAndLoseItems() {
    ApiException refused = refused(TOPIC, Map.of(), ConfigOp.of("retention.ms", APPEND, "1"));
    assertEquals(ErrorCode.INVALID_CONFIG, refused.errorCode());
    assertTrue(refused.getMessage().startsWith("Can't APPEND to key retention.ms"));
  }

  @Test
  void resultOfAListOperationMustBeAllowed() {
    ApiException refused = refused(TOPIC, Map.of(), ConfigOp.of("cleanup.policy", APPEND, "x"));
    assertEquals(
        "Invalid value delete,x for configuration cleanup.policy: allowed is a comma-separated"
            + " list, of compact and delete",
        refused.getMessage());
  }

  @Test
  void topicsAreRefusedWithInvalidConfigAndAllThatIsWrong() {
    ApiException refused =
        refused(
            TOPIC,
            Map.of(),
            ConfigOp.of("retention.ms", SET, "-7"),
            ConfigOp.of("retention.mss", SET, "1"));
    assertEquals(ErrorCode.INVALID_CONFIG, refused.errorCode());
    assertEquals(
        "Invalid value -7 for configuration retention.ms: allowed is a whole number (64 bits), at"
            + " least -1; Unknown topic config name: retention.mss (did you mean retention.ms?)",
        refused.getMessage());
  }

  @Test
  void settingsOfATopicMustFitTogetherWithThoseOfItsBroker() {
    broker = BrokerConfig.of(Map.of("log.cleaner.max.compaction.lag.ms", "5"));
    ApiException refused = refused(TOPIC, Map.of(), ConfigOp.of("min.compaction.lag.ms", SET, "6"));
    assertTrue(refused.getMessage().contains("at most max.compaction.lag.ms, which is 5"));
  }

  @Test
  void tieredStorageIsRefused() {
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        refused(TOPIC, Map.of(), ConfigOp.of("remote.storage.enable", SET, "true")).errorCode());
    assertEquals(
        Map.of("remote.storage.enable", "false"),
        altered(TOPIC, Map.of(), ConfigOp.of("remote.storage.enable", SET, "false")));
  }

  @Test
  void whatWasStoredOnceDoesNotStandInTheWayOfOtherChanges() {
    Map<String, String> old = Map.of("gone.in.this.release", "x", "retention.ms", "bad");
    Map<String, String> altered = altered(TOPIC, old, ConfigOp.of("segment.ms", SET, "5"));
    assertEquals("x", altered.get("gone.in.this.release"));
    assertEquals("5", altered.get("segment.ms"));
  }

  @Test
  void eachSettingIsNamedOnceWithAValueAndAKnownOperation() {
    ApiException twice =
        refused(
            TOPIC,
            Map.of(),
            ConfigOp.of("segment.ms", SET, "5"),
            ConfigOp.of("segment.ms", DELETE, null));
    assertEquals(ErrorCode.INVALID_REQUEST, twice.errorCode());
    for (byte type : new byte[] {SET, APPEND, SUBTRACT}) {
      ApiException valueless =
          assertThrows(ApiException.class, () -> ConfigOp.of("segment.ms", type, null));
      assertEquals(ErrorCode.INVALID_REQUEST, valueless.errorCode());
    }
    for (byte type : new byte[] {-1, 4}) {
      assertThrows(ApiException.class, () -> ConfigOp.of("segment.ms", type, "1"));
    }
  }

  @Test
  void brokersAreRefusedWithInvalidRequestForWhatIsSetBeforeTheStart() {
    for (ConfigResource resource : List.of(BROKER, ConfigResource.ALL_BROKERS)) {
      ApiException refused = refused(resource, Map.of(), ConfigOp.of("num.partitions", SET, "3"));
      assertEquals(ErrorCode.INVALID_REQUEST, refused.errorCode());
      assertTrue(refused.getMessage().startsWith("Cannot update configuration num.partitions"));
      assertEquals(
          Map.of("log.retention.ms", "5"),
          altered(resource, Map.of(), ConfigOp.of("log.retention.ms", SET, "5")));
    }
    ApiException unknown = refused(BROKER, Map.of(), ConfigOp.of("retention.ms", SET, "3"));
    assertTrue(unknown.getMessage().contains("for all of them it is log.retention.ms"));
    ApiException tls = refused(BROKER, Map.of(), ConfigOp.of("ssl.cipher.suites", APPEND, "x"));
    assertTrue(tls.getMessage().contains("PLAINTEXT only"), tls.getMessage());
  }

  @Test
  void groupsKeepWithinTheBoundsOfTheirBroker() {
    assertEquals(
        Map.of("consumer.session.timeout.ms", "50000"),
        altered(GROUP, Map.of(), ConfigOp.of("consumer.session.timeout.ms", SET, "50000")));
    ApiException low =
        refused(GROUP, Map.of(), ConfigOp.of("consumer.session.timeout.ms", SET, "44999"));
    assertEquals(ErrorCode.INVALID_CONFIG, low.errorCode());
    assertTrue(low.getMessage().contains("group.consumer.min.session.timeout.ms, which is 45000"));
    refused(GROUP, Map.of(), ConfigOp.of("consumer.session.timeout.ms", SET, "60001"));
    refused(GROUP, Map.of(), ConfigOp.of("streams.num.standby.replicas", SET, "3"));
    refused(GROUP, Map.of(), ConfigOp.of("share.auto.offset.reset", SET, "by_duration:-PT1S"));
  }

  @Test
  void replacingTakesTheWholePlaceOfWhatWas() {
    assertEquals(
        Map.of("segment.ms", "5"),
        ConfigAlterations.replaced(TOPIC, Map.of("segment.ms", "5"), broker));
    Map<String, String> withNull = new HashMap<>();
    withNull.put("segment.ms", null);
    ApiException refused =
        assertThrows(ApiException.class, () -> ConfigAlterations.replaced(TOPIC, withNull, broker));
    assertEquals("Null value not supported for configs: segment.ms", refused.getMessage());
    assertThrows(
        ApiException.class,
        () -> ConfigAlterations.replaced(TOPIC, Map.of("segment.ms", "0"), broker));
  }

  @Test
  void resourcesWithoutSettingsAreRefused() {
    for (ConfigResource.Type type :
        List.of(ConfigResource.Type.UNKNOWN, ConfigResource.Type.BROKER_LOGGER)) {
      ConfigResource resource = new ConfigResource(type, "x");
      assertEquals(
          ErrorCode.INVALID_REQUEST,
          refused(resource, Map.of(), ConfigOp.of("a", SET, "1")).errorCode());
      assertThrows(
          ApiException.class, () -> ConfigDescriptions.describe(resource, Map.of(), broker));
    }
  }

  private Map<String, String> altered(
      ConfigResource resource, Map<String, String> current, ConfigOp... operations) {
    return ConfigAlterations.altered(resource, current, List.of(operations), broker);
  }

  private ApiException refused(
      ConfigResource resource, Map<String, String> current, ConfigOp... operations) {
    return assertThrows(
        ApiException.class,
        () -> ConfigAlterations.altered(resource, current, List.of(operations), broker));
  }
}
