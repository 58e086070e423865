package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import io.gofka.config.BrokerConfigs;
import io.gofka.config.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds the files in conf/ against the code. {@code -Dgofka.rewrite=true} writes them anew; the
 * diff is to be looked at.
 */
class ConfSamplesTest {
  private static final Path STANDALONE = Path.of("conf/standalone.yaml");

  @TempDir private Path folder;

  @Test
  void sampleExplainsEverySettingAsItsDefinitionDoes() throws IOException {
    if (Boolean.getBoolean("gofka.rewrite")) {
      Files.writeString(STANDALONE, SampleFile.render());
    }
    assertEquals(SampleFile.render(), Files.readString(STANDALONE));
  }

  @Test
  void sampleShowsEverySettingWithTheDefaultOfTheCode() throws IOException {
    Map<String, String> expected = new TreeMap<>();
    for (NodeKey<?> key : NodeKeys.ALL) {
      expected.put(key.name(), key.defaultText().orElse(""));
    }
    NodeConfig defaults = NodeConfigReader.read(Optional.empty(), Map.of());
    for (ConfigKey key : BrokerConfigs.KEYS.keys()) {
      String text = defaults.kafka().text(key.name()).orElse("");
      expected.put(
          "kafka." + key.name(),
          text.isEmpty() ? key.defaultText().map(t -> "\"\"").orElse("") : text);
    }
    expected.put("kafka.log.dirs", "");
    assertEquals(expected, SampleFile.shown(Files.readString(STANDALONE)));
  }

  @Test
  void sampleAsItStandsChangesNothing() {
    assertSame(
        NodeConfigReader.read(Optional.empty(), Map.of()),
        NodeConfigReader.read(Optional.of(STANDALONE), Map.of()));
  }

  @Test
  void sampleWithEverySettingMadeChangesNothingEither() throws IOException {
    Path file = folder.resolve("all.yaml");
    Files.writeString(file, SampleFile.uncommented(Files.readString(STANDALONE)));
    NodeConfig all = NodeConfigReader.read(Optional.of(file), Map.of());
    assertSame(NodeConfigReader.read(Optional.empty(), Map.of()), all);
    assertEquals(
        BrokerConfigs.KEYS.keys().stream()
            .filter(key -> key.noEffect().isPresent() && key.defaultText().isPresent())
            .count(),
        all.kafka().settingsWithoutEffect().size());
  }

  @Test
  void samplesOfThreeNodesAreThoseOfOneCluster() {
    for (int node = 1; node <= 3; node++) {
      NodeConfig config = read("node" + node);
      assertEquals(read("node1").server().peers(), config.server().peers());
      assertEquals(
          config.server().hostPort(), config.server().peers().get(config.server().nodeId()));
      assertEquals("gofka-" + node, config.server().nodeId());
      assertEquals(node, config.server().id().orElseThrow());
      assertEquals(List.of(), config.notes());
    }
  }

  @Test
  void sampleOfABrokerFindsThatOfAController() {
    NodeConfig controller = read("controller");
    NodeConfig broker = read("broker");
    assertEquals(List.of(controller.server().hostPort()), broker.broker().controllerAddresses());
    assertEquals(List.of(false, true), roles(controller));
    assertEquals(List.of(true, false), roles(broker));
    assertEquals(
        1, NodeListeners.of(controller.kafka(), controller.server().roles()).controllers().size());
  }

  private static NodeConfig read(String sample) {
    return NodeConfigReader.read(Optional.of(Path.of("conf", sample + ".yaml")), Map.of());
  }

  private static List<Boolean> roles(NodeConfig config) {
    return List.of(config.server().isBroker(), config.server().isController());
  }

  @Test
  void loggingSampleIsAcceptedWithoutWarnings() throws JoranException {
    LoggerContext context = new LoggerContext();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Path.of("conf/logging.xml").toFile());
    List<String> complaints =
        context.getStatusManager().getCopyOfStatusList().stream()
            .filter(status -> status.getLevel() > Status.INFO)
            .map(Status::getMessage)
            .toList();
    context.stop();
    assertEquals(List.of(), complaints);
  }

  private static void assertSame(NodeConfig expected, NodeConfig actual) {
    assertEquals(expected.server(), actual.server());
    assertEquals(expected.kraft(), actual.kraft());
    assertEquals(expected.broker(), actual.broker());
    assertEquals(expected.visualizer(), actual.visualizer());
    for (ConfigKey key : BrokerConfigs.KEYS.keys()) {
      assertEquals(expected.kafka().text(key.name()), actual.kafka().text(key.name()), key.name());
    }
  }
}
