package io.gofka.system.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The node under test: {@code java -jar target/gofka.jar server --config FILE}. */
public final class GofkaProcess extends BrokerProcess {

  public GofkaProcess(BrokerSettings settings) {
    super(settings);
  }

  /** The fat jar of this build. */
  public static Path jar() {
    return Path.of(System.getProperty("gofka.jar", "target/gofka.jar")).toAbsolutePath();
  }

  @Override
  List<String> command() throws IOException {
    Path config = folder.resolve("node.yaml");
    Files.writeString(config, yaml());
    var options = new ArrayList<>(settings.jvmOptions());
    options.addAll(List.of("-jar", jar().toString(), "server", "--config", config.toString()));
    return Java.command(settings.heap(), options);
  }

  @Override
  public void prepare() {
    // A node makes its data folder itself.
  }

  @Override
  String readyText() {
    return " is ready for Kafka clients, bootstrap address ";
  }

  private String yaml() {
    var yaml = new StringBuilder();
    yaml.append("server:\n");
    yaml.append("  data_dir: \"").append(dataDir()).append("\"\n");
    yaml.append("http.port: 0\n"); // Many nodes run on this machine.
    yaml.append("kafka:\n");
    yaml.append("  listeners: \"PLAINTEXT://127.0.0.1:").append(port()).append("\"\n");
    settings
        .kafka()
        .forEach(
            (key, value) ->
                yaml.append("  ").append(key).append(": \"").append(value).append("\"\n"));
    return yaml.toString();
  }
}
