package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerConfigTest {
  @Test
  void everyAccessorAnswersWithNothingSet() throws ReflectiveOperationException {
    int accessors = 0;
    for (Method method : BrokerConfig.class.getDeclaredMethods()) {
      if (method.getParameterCount() == 0 && Modifier.isPublic(method.getModifiers())) {
        assertNotNull(method.invoke(BrokerConfig.DEFAULTS), method.getName());
        accessors++;
      }
    }
    assertTrue(accessors > 60, accessors + " accessors");
  }

  @Test
  void everyAccessorReadsTheSettingOfItsName() throws ReflectiveOperationException {
    for (ConfigKey key : BrokerConfigs.KEYS.keys()) {
      if (key.type() == ConfigType.INT || key.type() == ConfigType.LONG) {
        String other = key.check("7").isEmpty() ? "7" : "3000000";
        Optional<Method> accessor = accessor(key.name());
        if (accessor.isPresent() && key.check(other).isEmpty()) {
          Object value = accessor.get().invoke(BrokerConfig.of(Map.of(key.name(), other)));
          assertEquals(other, value.toString(), key.name());
        }
      }
    }
  }

  private static Optional<Method> accessor(String name) {
    StringBuilder camel = new StringBuilder();
    for (String word : name.split("\\.", -1)) {
      camel.append(
          camel.length() == 0
              ? word
              : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    try {
      return Optional.of(BrokerConfig.class.getMethod(camel.toString()));
    } catch (NoSuchMethodException none) {
      return Optional.empty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',604800000",
    "log.retention.hours=1,3600000",
    "log.retention.hours=1 log.retention.minutes=2,120000",
    "log.retention.hours=1 log.retention.minutes=2 log.retention.ms=3,3",
    "log.retention.hours=1 log.retention.minutes=-1,-1",
    "log.retention.ms=-1,-1",
    "log.retention.hours=-1,-1"
  })
  void retentionInMsGoesBeforeMinutesAndMinutesBeforeHours(String set, long ms) {
    Map<String, String> values = new HashMap<>();
    for (String setting : set.isEmpty() ? new String[0] : set.split(" ", -1)) {
      values.put(setting.split("=", -1)[0], setting.split("=", -1)[1]);
    }
    BrokerConfig broker = BrokerConfig.of(values);
    assertEquals(ms, broker.logRetentionMs());
    assertEquals(ms, TopicConfig.of(broker, Map.of()).retentionMs());
  }

  @Test
  void alteredForThisBrokerGoesBeforeAlteredForAllAndThatBeforeTheFile() {
    BrokerConfig file = BrokerConfig.of(Map.of("message.max.bytes", "1"));
    assertEquals(1, file.messageMaxBytes());
    assertEquals(2, dynamic(file, "2", null).messageMaxBytes());
    assertEquals(3, dynamic(file, "2", "3").messageMaxBytes());
    assertEquals(1, dynamic(file, "2", "3").withDynamic(Map.of(), Map.of()).messageMaxBytes());
    assertEquals(3, TopicConfig.of(dynamic(file, "2", "3"), Map.of()).maxMessageBytes());
  }

  private static BrokerConfig dynamic(BrokerConfig file, String forAll, String forThis) {
    return file.withDynamic(
        Map.of("message.max.bytes", forAll),
        forThis == null ? Map.of() : Map.of("message.max.bytes", forThis));
  }

  @Test
  void idThatTheClusterGaveIsToldAsIfItStoodInTheFile() {
    BrokerConfig config = BrokerConfig.of(Map.of("log.retention.hours", "3")).withNodeId(7);
    assertEquals(7, config.nodeId());
    assertEquals(Optional.of("7"), config.setText("node.id"));
    assertEquals(Optional.of("3"), config.setText("log.retention.hours"));
  }

  @Test
  void storedSettingsThatAreNotAllowedDoNotHoldAndAreTold() {
    BrokerConfig config =
        BrokerConfig.DEFAULTS.withDynamic(
            Map.of("num.partitions", "9", "log.segment.bytes", "1"), Map.of("nobody", "1"));
    assertEquals(1, config.numPartitions());
    assertEquals(1 << 30, config.logSegmentBytes());
    assertEquals(
        Set.of("nobody", "log.segment.bytes", "num.partitions"),
        config.refusedDynamicValues().stream().map(ConfigError::key).collect(Collectors.toSet()));
  }

  @Test
  void staticSettingsThatAreNotAllowedAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> BrokerConfig.of(Map.of("num.partitions", "0")));
    assertEquals(1, BrokerConfigs.validate(Map.of("num.partitions", "0")).size());
    assertEquals(
        2, BrokerConfigs.validate(Map.of("num.partitions", "0", "num.partition", "1")).size());
  }

  @ParameterizedTest
  @CsvSource({
    "PLAINTEXT://127.0.0.1:9092,PLAINTEXT,127.0.0.1,9092",
    "PLAINTEXT://:9092,PLAINTEXT,'',9092",
    "plaintext://host.example:0,PLAINTEXT,host.example,0",
    "PLAINTEXT://[::1]:9092,PLAINTEXT,::1,9092",
    "PLAINTEXT://[]:9092,PLAINTEXT,'',9092"
  })
  void listenersAreReadAsKafkaWritesThem(String text, String name, String host, int port) {
    assertEquals(
        List.of(new Listener(name, host, port)),
        BrokerConfig.of(Map.of("listeners", text)).listeners());
  }

  @Test
  void listenerOfControllersNeedsNoProtocolUnlessTheMapIsSet() {
    String listeners = "PLAINTEXT://127.0.0.1:9092,Controller://127.0.0.1:9093";
    Map<String, String> named =
        Map.of("listeners", listeners, "controller.listener.names", "CONTROLLER");
    assertEquals(List.of(), BrokerConfigs.validate(named));
    assertEquals(Set.of("CONTROLLER"), BrokerConfig.of(named).controllerListenerNames());
    assertEquals(1, BrokerConfigs.validate(Map.of("listeners", listeners)).size());
    assertEquals(
        1,
        BrokerConfigs.validate(
                Map.of(
                    "listeners",
                    listeners,
                    "controller.listener.names",
                    "CONTROLLER",
                    "listener.security.protocol.map",
                    "PLAINTEXT:PLAINTEXT"))
            .size());
    assertEquals(Set.of(), BrokerConfig.of(Map.of()).controllerListenerNames());
  }

  @Test
  void severalListenersMayStandWithNamesOfTheirOwn() {
    Map<String, String> values =
        Map.of(
            "listeners", "PLAINTEXT://127.0.0.1:9092, OUTSIDE://:9093",
            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT",
            "advertised.listeners", "OUTSIDE://kafka.example:19093");
    assertEquals(List.of(), BrokerConfigs.validate(values));
    assertEquals(
        Optional.of(List.of(new Listener("OUTSIDE", "kafka.example", 19093))),
        BrokerConfig.of(values).advertisedListeners());
  }

  @Test
  void limitsPerAddressAreReadAddressesWithColonsIncluded() {
    assertEquals(
        Map.of("10.0.0.1", 5, "::1", 0),
        BrokerConfig.of(Map.of("max.connections.per.ip.overrides", "10.0.0.1:5, ::1:0"))
            .maxConnectionsPerIpOverrides());
  }

  @Test
  void settingsWithoutEffectAreToldWhenSomebodyMadeThem() {
    assertEquals(Map.of(), BrokerConfig.DEFAULTS.settingsWithoutEffect());
    assertEquals(
        Map.of("num.io.threads", NoEffect.THREADS),
        BrokerConfig.of(Map.of("num.io.threads", "3", "num.partitions", "3"))
            .settingsWithoutEffect());
  }

  @Test
  void namesCloseToAKnownOneAreRecognised() {
    List<String> names = List.of("server.node_id", "server.id", "log.retention.hours");
    assertEquals(Optional.of("server.node_id"), NearMiss.among(names, "server.nodeId"));
    assertEquals(Optional.of("server.node_id"), NearMiss.among(names, "server.node-id"));
    assertEquals(Optional.of("log.retention.hours"), NearMiss.among(names, "log.retention.huors"));
    assertEquals(Optional.of("log.retention.hours"), NearMiss.among(names, "log.retention.hour"));
    assertEquals(Optional.empty(), NearMiss.among(names, "something.else"));
    assertEquals(Optional.empty(), NearMiss.among(names, ""));
    assertEquals(Optional.empty(), NearMiss.among(names, "x".repeat(100_000)));
  }
}
