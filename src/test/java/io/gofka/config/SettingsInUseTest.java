package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A setting either has its value read by somebody, or says in its definition that it has no effect
 * and why.
 */
class SettingsInUseTest {
  private static final Map<String, String> OTHER_ACCESSORS =
      Map.ofEntries(
          Map.entry("offsets.retention.minutes", "offsetsRetentionMs"),
          Map.entry("cleanup.policy", "deletes"),
          Map.entry("message.timestamp.type", "timestampType"),
          Map.entry("message.timestamp.before.max.ms", "timestampBeforeMaxMs"),
          Map.entry("message.timestamp.after.max.ms", "timestampAfterMaxMs"),
          Map.entry("compression.gzip.level", "gzipLevel"),
          Map.entry("compression.lz4.level", "lz4Level"),
          Map.entry("compression.zstd.level", "zstdLevel"),
          Map.entry("internal.segment.bytes", "segmentBytes"),
          Map.entry(OwnKeys.DURABILITY, "durability"));

  /** Read by the node as settings of its own, or looked at when the configuration is read. */
  private static final Set<String> DONE_BY_THE_READER =
      Set.of("node.id", "broker.id", "log.dir", "log.dirs", "listener.security.protocol.map");

  private static final Set<String> CALLED = new HashSet<>();

  @BeforeAll
  static void collectCalls() {
    for (JavaClass caller :
        new ClassFileImporter()
            .withImportOption(new DoNotIncludeTests())
            .importPackages(
                "io.gofka.api",
                "io.gofka.group",
                "io.gofka.log",
                "io.gofka.metadata",
                "io.gofka.node")) {
      Stream.concat(
              caller.getMethodCallsFromSelf().stream(),
              caller.getMethodReferencesFromSelf().stream())
          .filter(SettingsInUseTest::readsASetting)
          .forEach(call -> CALLED.add(call.getTarget().getName()));
    }
  }

  private static boolean readsASetting(JavaCodeUnitAccess<?> call) {
    return Set.of(BrokerConfig.class.getName(), TopicConfig.class.getName())
        .contains(call.getTargetOwner().getName());
  }

  @Test
  void settingsOfTopicsAreReadOrHaveNoEffect() {
    List<String> idle =
        TopicConfigs.KEYS.keys().stream()
            .filter(key -> key.noEffect().isEmpty() && !isRead(key))
            .map(ConfigKey::name)
            .toList();
    assertEquals(List.of(), idle);
  }

  @Test
  void settingsOfBrokersAreReadOrPassedOnToTopicsOrHaveNoEffect() {
    List<String> idle =
        BrokerConfigs.KEYS.keys().stream()
            .filter(key -> key.noEffect().isEmpty() && !isRead(key) && !isPassedOn(key))
            .map(ConfigKey::name)
            .filter(name -> !DONE_BY_THE_READER.contains(name))
            .toList();
    assertEquals(List.of(), idle);
  }

  private static boolean isPassedOn(ConfigKey brokerKey) {
    return TopicConfigs.KEYS.keys().stream()
        .filter(SettingsInUseTest::isRead)
        .flatMap(heir -> heir.inherited().stream())
        .anyMatch(inherited -> inherited.brokerKey().equals(brokerKey.name()));
  }

  private static boolean isRead(ConfigKey key) {
    return CALLED.contains(OTHER_ACCESSORS.getOrDefault(key.name(), accessor(key.name())));
  }

  private static String accessor(String name) {
    StringBuilder camel = new StringBuilder();
    for (String word : name.split("\\.", -1)) {
      boolean first = camel.length() == 0;
      camel.append(
          first ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    return camel.toString();
  }
}
