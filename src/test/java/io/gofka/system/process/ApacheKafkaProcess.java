package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Apache Kafka from its Maven jars: one KRaft node, broker and controller in one. */
public final class ApacheKafkaProcess extends BrokerProcess {
  private final int controllerPort = Ports.free();
  private final Path config;

  public ApacheKafkaProcess(BrokerSettings settings) {
    super(settings);
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
    var format =
        ForkedProcess.run(
            Java.onTestClassPath(
                "256m",
                "kafka.tools.StorageTool",
                List.of("format", "--standalone", "-t", CLUSTER_ID, "-c", config.toString())),
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
    properties.put("process.roles", "broker,controller");
    properties.put("node.id", "1");
    properties.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPort);
    properties.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:" + port() + ",CONTROLLER://127.0.0.1:" + controllerPort);
    properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port());
    properties.put("controller.listener.names", "CONTROLLER");
    properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    properties.put("log.dirs", dataDir().toString());
    // What a single node needs; its defaults are meant for three.
    properties.put("offsets.topic.replication.factor", "1");
    properties.put("transaction.state.log.replication.factor", "1");
    properties.put("transaction.state.log.min.isr", "1");
    properties.put("share.coordinator.state.topic.replication.factor", "1");
    properties.put("share.coordinator.state.topic.min.isr", "1");
    properties.putAll(settings.kafka());
    return properties;
  }
}
