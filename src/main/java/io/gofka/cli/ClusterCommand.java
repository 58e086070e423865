package io.gofka.cli;

import io.gofka.client.ClusterDescription;
import io.gofka.client.ClusterDescription.Broker;
import io.gofka.client.ClusterDescription.Controller;
import io.gofka.client.ClusterDescription.ControllerRole;
import io.gofka.client.ClusterDescription.Node;
import io.gofka.common.Uuids;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gofka cluster}: nodes, their roles and states, and who votes. */
@Command(
    name = "cluster",
    description = "Show the nodes of a cluster, their roles, and how the controllers do.",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    subcommands = {
      ClusterCommand.AddController.class,
      ClusterCommand.RemoveController.class,
      BalanceCommand.class
    })
final class ClusterCommand implements Callable<Integer> {
  private static final String UNKNOWN = "-";

  @Spec private CommandSpec spec;
  @Mixin private ClusterConnection connection;

  @Option(names = "--json", description = "Print one JSON object instead of a table.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    return connection.ask(
        spec,
        admin -> admin.describe(),
        cluster -> {
          if (json) {
            out.println(json(cluster).encodePrettily());
          } else {
            print(cluster, out);
          }
        });
  }

  private static void print(ClusterDescription cluster, PrintWriter out) {
    var quorum = cluster.quorum();
    out.println("Cluster        " + cluster.clusterId());
    String leader = quorum.leaderId().isPresent() ? "node " + quorum.leaderId().getAsInt() : "none";
    out.println("Controller     " + leader + " in term " + quorum.term());
    out.println("Metadata log   committed up to offset " + quorum.highWatermark());
    out.println();
    TextTable table =
        new TextTable(
            "NODE",
            "NAME",
            "ROLES",
            "ADDRESS",
            "BROKER",
            "CONTROLLER",
            "LOG END",
            "LAG",
            "HEARD",
            "EQUAL");
    for (Node node : cluster.nodes()) {
      Optional<Controller> controller = node.controller();
      table.add(
          node.id(),
          node.name().orElse(UNKNOWN),
          String.join(",", roles(node)),
          address(node),
          node.broker().map(broker -> broker.fenced() ? "fenced" : "active").orElse(UNKNOWN),
          controller.map(ClusterCommand::state).orElse(UNKNOWN),
          number(controller.map(Controller::logEndOffset), ""),
          number(controller.map(Controller::lag), ""),
          number(controller.map(Controller::lastFetchAgoMs), " ms ago"),
          number(controller.map(Controller::lastCaughtUpAgoMs), " ms ago"));
    }
    table.print(out);
    cluster.nodes().forEach(node -> printLostVote(node, out));
  }

  private static void printLostVote(Node node, PrintWriter out) {
    node.controller()
        .filter(controller -> controller.lostVote().isPresent())
        .ifPresent(
            controller -> {
              out.println();
              out.println(
                  "The vote of node %d is lost: the directory %s has it, and node %d runs with %s."
                      .formatted(
                          node.id(),
                          Uuids.toBase64(controller.lostVote().get()),
                          node.id(),
                          Uuids.toBase64(controller.directoryId())));
              out.println(
                  "For a new one: gofka cluster remove-controller %d, then gofka cluster"
                          .formatted(node.id())
                      + " add-controller %d.".formatted(node.id()));
              out.flush();
            });
  }

  /** A broker that follows the metadata log need not be a controller: Kafka's brokers do. */
  private static List<String> roles(Node node) {
    List<String> roles = new ArrayList<>();
    node.broker().ifPresent(broker -> roles.add("broker"));
    node.controller()
        .filter(
            it ->
                it.role() != ControllerRole.OBSERVER
                    || it.lostVote().isPresent()
                    || node.broker().isEmpty())
        .ifPresent(controller -> roles.add("controller"));
    return roles;
  }

  private static String address(Node node) {
    return node.broker()
        .map(broker -> broker.address().toString())
        .or(
            () ->
                node.controller()
                    .flatMap(controller -> controller.endpoints().stream().findFirst())
                    .map(ClusterDescription.Endpoint::toString))
        .orElse(UNKNOWN);
  }

  private static String name(ControllerRole role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static String state(Controller controller) {
    return controller.lostVote().isPresent() ? "vote lost" : name(controller.role());
  }

  private static String number(Optional<OptionalLong> value, String unit) {
    return value
        .filter(OptionalLong::isPresent)
        .map(known -> known.getAsLong() + unit)
        .orElse(UNKNOWN);
  }

  private static JsonObject json(ClusterDescription cluster) {
    JsonArray nodes = new JsonArray();
    for (Node node : cluster.nodes()) {
      JsonObject object =
          new JsonObject()
              .put("id", node.id())
              .put("name", node.name().orElse(null))
              .put("roles", new JsonArray(roles(node)));
      node.broker().ifPresent(broker -> object.put("broker", json(broker)));
      node.controller().ifPresent(controller -> object.put("controller", json(controller)));
      nodes.add(object);
    }
    var quorum = cluster.quorum();
    return new JsonObject()
        .put("clusterId", cluster.clusterId())
        .put(
            "leaderId",
            quorum.leaderId().isPresent() ? Integer.valueOf(quorum.leaderId().getAsInt()) : null)
        .put("term", quorum.term())
        .put("highWatermark", quorum.highWatermark())
        .put("nodes", nodes);
  }

  private static JsonObject json(Broker broker) {
    return new JsonObject()
        .put("host", broker.address().host())
        .put("port", broker.address().port())
        .put("rack", broker.rack().orElse(null))
        .put("fenced", broker.fenced());
  }

  private static JsonObject json(Controller controller) {
    JsonArray endpoints = new JsonArray();
    controller.endpoints().forEach(endpoint -> endpoints.add(endpoint.toString()));
    return new JsonObject()
        .put("role", name(controller.role()))
        .put("directoryId", Uuids.toBase64(controller.directoryId()))
        .put("lostVote", controller.lostVote().map(Uuids::toBase64).orElse(null))
        .put("endpoints", endpoints)
        .put("logEndOffset", boxed(controller.logEndOffset()))
        .put("lag", boxed(controller.lag()))
        .put("lastFetchAgoMs", boxed(controller.lastFetchAgoMs()))
        .put("lastCaughtUpAgoMs", boxed(controller.lastCaughtUpAgoMs()));
  }

  private static Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  /** What both changes of the voters are told. */
  private static final class Voter {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(paramLabel = "NODE", description = "Numeric id of the controller.")
    private int id;

    @Option(
        names = "--directory-id",
        paramLabel = "ID",
        description = "Id of its metadata directory; if not given, the one that is running.")
    private String directoryId;

    Optional<UUID> directory() {
      try {
        return Optional.ofNullable(directoryId).map(Uuids::fromBase64);
      } catch (IllegalArgumentException malformed) {
        throw new ParameterException(
            spec.commandLine(), "--directory-id takes 22 characters of base64, not " + directoryId);
      }
    }
  }

  @Command(
      name = "add-controller",
      description = "Let a running controller vote that so far only follows the metadata log.",
      optionListHeading = "%nOptions:%n")
  static final class AddController implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ClusterConnection connection;
    @Mixin private Voter voter;

    @Override
    public Integer call() {
      Optional<UUID> directory = voter.directory();
      return connection.ask(
          spec,
          admin -> admin.addController(voter.id, directory),
          done -> spec.commandLine().getOut().println("Controller " + voter.id + " votes."));
    }
  }

  @Command(
      name = "remove-controller",
      description = "Let a controller vote no more; do so before it is taken away for good.",
      optionListHeading = "%nOptions:%n")
  static final class RemoveController implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ClusterConnection connection;
    @Mixin private Voter voter;

    @Override
    public Integer call() {
      Optional<UUID> directory = voter.directory();
      return connection.ask(
          spec,
          admin -> admin.removeController(voter.id, directory),
          done ->
              spec.commandLine().getOut().println("Controller " + voter.id + " votes no more."));
    }
  }
}
