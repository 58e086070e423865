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
    boolean broker = settings.place().map(ClusterPlace::isBroker).orElse(true);
    String forWhom = broker ? "Kafka clients" : "Kafka's tools as a controller";
    return " is ready for " + forWhom + ", bootstrap address ";
  }

  private String yaml() {
    var yaml = new StringBuilder();
    yaml.append("server:\n");
    yaml.append("  data_dir: \"").append(dataDir()).append("\"\n");
    settings.place().ifPresent(place -> yaml.append(yaml(place)));
    yaml.append("http.port: 0\n"); // Many nodes run on this machine.
    yaml.append("kafka:\n");
    yaml.append("  listeners: \"PLAINTEXT://").append(bootstrap()).append("\"\n");
    settings
        .kafka()
        .forEach(
            (key, value) ->
                yaml.append("  ").append(key).append(": \"").append(value).append("\"\n"));
    return yaml.toString();
  }

  private static String yaml(ClusterPlace place) {
    var yaml = new StringBuilder();
    yaml.append("  node_id: ").append(place.nodeId()).append('\n');
    yaml.append("  id: ").append(place.id()).append('\n');
    yaml.append("  roles: [").append(String.join(", ", place.roles())).append("]\n");
    yaml.append("  address: ").append(place.host()).append('\n');
    yaml.append("  port: ").append(place.port()).append('\n');
    yaml.append("  cluster:\n    peers:\n");
    place
        .controllers()
        .forEach(
            (id, port) ->
                yaml.append("      ")
                    .append(ClusterPlace.nodeId(id))
                    .append(": ")
                    .append(place.controllerAddress(id))
                    .append('\n'));
    return yaml.toString();
  }
}
