package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Apache Kafka from its Maven jars: a KRaft node, broker and controller in one when it is alone.
 */
public final class ApacheKafkaProcess extends BrokerProcess {
  private final int controllerPort;
  private final Path config;

  public ApacheKafkaProcess(BrokerSettings settings) {
    super(settings);
    this.controllerPort = settings.place().map(ClusterPlace::port).orElseGet(Ports::free);
    this.config = folder.resolve("server.properties");
  }

  @Override
  public void prepare() {
    try {
      format();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the configuration and formats the data folder, once. Start does it when need be. */
  private void format() throws IOException {
    if (Files.exists(config)) {
      return;
    }
    try (var out = Files.newBufferedWriter(config)) {
      properties().store(out, null);
    }
    var arguments = new ArrayList<>(List.of("format", "-t", CLUSTER_ID, "-c", config.toString()));
    if (settings.place().isEmpty()) {
      arguments.add("--standalone");
    }
    var format =
        ForkedProcess.run(
            Java.onTestClassPath("256m", "kafka.tools.StorageTool", arguments),
            Duration.ofSeconds(60));
    if (format.exitCode() != 0) {
      throw new IllegalStateException("Kafka's data folder was not formatted: " + format.all());
    }
  }

  private static final String CLUSTER_ID = "R29ma2FTeXN0ZW1UZXN0cw";

  @Override
  List<String> command() throws IOException {
    format();
    Path logging = folder.resolve("logback.xml");
    Files.writeString(logging, LOGGING);
    var options = new ArrayList<String>(settings.jvmOptions());
    options.add("-Dlogback.configurationFile=" + logging);
    options.addAll(List.of("-cp", Java.testClassPath(), "kafka.Kafka", config.toString()));
    return Java.command(settings.heap(), options);
  }

  private static final String LOGGING =
      """
      <configuration>
        <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
          <encoder><pattern>%d %level %logger{0} %msg%n</pattern></encoder>
        </appender>
        <root level="INFO"><appender-ref ref="console"/></root>
      </configuration>
      """;

  @Override
  String readyText() {
    return "Kafka Server started";
  }

  /** Kafka's log is Kafka's affair: only its data goes. */
  @Override
  public void close() {
    if (isRunning()) {
      kill();
    }
    TestFolders.delete(dataDir());
  }

  private Properties properties() {
    var properties = new Properties();
    settings
        .place()
        .ifPresentOrElse(place -> putPlace(properties, place), () -> putAlone(properties));
    properties.put(
        "listeners",
        "PLAINTEXT://" + bootstrap() + ",CONTROLLER://" + host() + ":" + controllerPort);
    properties.put("advertised.listeners", "PLAINTEXT://" + bootstrap());
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.put("log.dirs", dataDir().toString());
    properties.putAll(settings.kafka());
    return properties;
  }

  private void putAlone(Properties properties) {
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPort);
    // What a single node needs; its defaults are meant for three.
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
  }

  private static void putPlace(Properties properties, ClusterPlace place) {
    properties.put("process.roles", String.join(",", place.roles()));
    properties.put("node.id", Integer.toString(place.id()));
    properties.put(
        "controller.quorum.voters",
        place.controllers().keySet().stream()
            .map(voter -> voter + "@" + place.controllerAddress(voter))
            .collect(Collectors.joining(",")));
  }
}
