package io.gofka.cli;

import io.gofka.client.BrokerLoad;
import io.gofka.client.ClusterDescription.Broker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code gofka brokers}: where brokers are, and what they have to do. */
@Command(
    name = "brokers",
    description = "Show the brokers of a cluster and how many partitions they have.",
    optionListHeading = "%nOptions:%n")
final class BrokersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterConnection connection;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  private record Line(int id, Optional<String> name, Broker broker, BrokerLoad load) {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    return connection.ask(
        spec,
        admin ->
            admin
                .describe()
                .compose(
                    cluster ->
                        admin
                            .brokerLoads()
                            .map(
                                loads ->
                                    cluster.nodes().stream()
                                        .filter(node -> node.broker().isPresent())
                                        .map(
                                            node ->
                                                new Line(
                                                    node.id(),
                                                    node.name(),
                                                    node.broker().get(),
                                                    loads.getOrDefault(node.id(), BrokerLoad.NONE)))
                                        .toList())),
        lines -> {
          if (json) {
            out.println(json(lines).encodePrettily());
          } else {
            print(lines, out);
          }
        });
  }

  private static void print(List<Line> lines, PrintWriter out) {
    TextTable table =
        new TextTable(
            "BROKER", "NAME", "ADDRESS", "RACK", "STATE", "LEADERS", "REPLICAS", "OUT OF SYNC");
    for (Line line : lines) {
      table.add(
          line.id,
          line.name.orElse("-"),
          line.broker.address(),
          line.broker.rack().orElse("-"),
          line.broker.fenced() ? "fenced" : "active",
          line.load.leaders(),
          line.load.replicas(),
          line.load.outOfSync());
    }
    table.print(out);
  }

  private static JsonObject json(List<Line> lines) {
    JsonArray brokers = new JsonArray();
    for (Line line : lines) {
      brokers.add(
          new JsonObject()
              .put("id", line.id)
              .put("name", line.name.orElse(null))
              .put("host", line.broker.address().host())
              .put("port", line.broker.address().port())
              .put("rack", line.broker.rack().orElse(null))
              .put("fenced", line.broker.fenced())
              .put("leaders", line.load.leaders())
              .put("replicas", line.load.replicas())
              .put("outOfSync", line.load.outOfSync()));
    }
    return new JsonObject().put("brokers", brokers);
  }
}
