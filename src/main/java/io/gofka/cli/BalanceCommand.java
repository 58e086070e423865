package io.gofka.cli;

import io.gofka.balance.BalancePlan;
import io.gofka.balance.BalancePlanner;
import io.gofka.balance.ClusterLoad;
import io.gofka.balance.ClusterLoad.Member;
import io.gofka.balance.ClusterLoad.Part;
import io.gofka.balance.ClusterLoad.Placement;
import io.gofka.client.ClusterAdmin;
import io.gofka.client.ClusterDescription;
import io.gofka.client.ClusterDescription.Broker;
import io.gofka.client.ClusterDescription.Node;
import io.gofka.client.PartitionState;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.TopicPartition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gofka cluster balance}: lets all brokers have as much to do as the others. */
@Command(
    name = "balance",
    description = {
      "Even leaders, replicas and bytes over the brokers, and replicas over racks.",
      "Ctrl-C gives up the moves that are under way; what has moved stays.",
      "The same command goes on later."
    },
    optionListHeading = "%nOptions:%n")
final class BalanceCommand implements Callable<Integer> {
  private static final long BYTES_PER_MIB = 1 << 20;
  private static final int MAX_BATCH = 1_000;

  /** Time after Ctrl-C to give up what is under way. */
  private static final long STOP_TIMEOUT_MS = 30_000;

  @Spec private CommandSpec spec;
  @Mixin private ClusterConnection connection;

  @Option(names = "--dry-run", description = "Show what would be moved, and move nothing.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print the plan as one JSON object; with --dry-run.")
  private boolean json;

  @Option(
      names = "--throttle",
      paramLabel = "MIB",
      defaultValue = "50",
      description =
          "Most that each broker copies, in MiB per second; 0 for no limit; ${DEFAULT-VALUE} if not"
              + " given.")
  private long throttleMib;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "20",
      description = "Partitions that copy at once; ${DEFAULT-VALUE} if not given.")
  private int batch;

  @Option(
      names = "--drain",
      paramLabel = "BROKER",
      split = ",",
      description = "Brokers that are to have nothing in the end, by their ids, with commas.")
  private Set<Integer> drained = Set.of();

  @Option(
      names = "--cancel",
      description = "Give up all moves in the cluster that are under way, and take throttles off.")
  private boolean cancel;

  /** What the cluster is like. */
  private record Found(ClusterLoad load, Map<TopicPartition, Integer> leaders, int moving) {
    BalanceReport report(BalancePlan plan) {
      return new BalanceReport(load, leaders, plan);
    }
  }

  @Override
  public Integer call() {
    if (throttleMib < 0 || throttleMib > Long.MAX_VALUE / BYTES_PER_MIB) {
      throw new ParameterException(
          spec.commandLine(), "--throttle takes MiB per second, or 0 for no limit");
    }
    if (batch < 1 || batch > MAX_BATCH) {
      throw new ParameterException(spec.commandLine(), "--batch takes 1 to " + MAX_BATCH);
    }
    if (json && !dryRun) {
      throw new ParameterException(spec.commandLine(), "--json goes with --dry-run");
    }
    if (cancel) {
      PrintWriter out = spec.commandLine().getOut();
      return connection.ask(
          spec,
          this::giveUpAll,
          count -> out.println("The moves of " + count + " partitions are given up."));
    }
    return dryRun ? show() : carryOut();
  }

  // ---- The plan.

  private Integer show() {
    PrintWriter out = spec.commandLine().getOut();
    int[] impossible = {0};
    int code =
        connection.ask(
            spec,
            this::find,
            found -> {
              BalancePlan plan = BalancePlanner.plan(found.load);
              BalanceReport report = found.report(plan);
              if (json) {
                out.println(report.json().encodePrettily());
              } else {
                report.print(out);
                if (found.moving > 0) {
                  out.println(found.moving + " partitions are on the move already and left alone");
                }
              }
              impossible[0] = tell(report.obstacles());
            });
    return code == 0 ? impossible[0] : code;
  }

  /** The code to exit with. */
  private int tell(List<String> obstacles) {
    obstacles.forEach(spec.commandLine().getErr()::println);
    return obstacles.isEmpty() ? 0 : ServerRunner.FAILURE;
  }

  private Future<Found> find(ClusterAdmin admin) {
    return admin
        .describe()
        .compose(
            cluster ->
                admin
                    .partitions()
                    .moving()
                    .compose(
                        moving ->
                            admin
                                .partitions()
                                .describe()
                                .compose(
                                    partitions ->
                                        admin
                                            .partitions()
                                            .sizes(reachable(cluster))
                                            .map(
                                                sizes ->
                                                    found(cluster, moving, partitions, sizes)))));
  }

  private static List<HostPort> reachable(ClusterDescription cluster) {
    return cluster.nodes().stream()
        .flatMap(node -> node.broker().stream())
        .filter(broker -> !broker.fenced())
        .map(Broker::address)
        .toList();
  }

  private Found found(
      ClusterDescription cluster,
      Set<TopicPartition> moving,
      List<PartitionState> partitions,
      Map<TopicPartition, Long> sizes) {
    List<Member> members = new ArrayList<>();
    Set<Integer> unknown = new TreeSet<>(drained);
    for (Node node : cluster.nodes()) {
      node.broker()
          .ifPresent(
              broker -> {
                unknown.remove(node.id());
                members.add(new Member(node.id(), broker.rack(), part(node.id(), broker)));
              });
    }
    if (!unknown.isEmpty()) {
      throw new ApiException(
          ErrorCode.BROKER_ID_NOT_REGISTERED,
          "--drain: there is no broker "
              + unknown.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
    List<Placement> placements =
        partitions.stream()
            .map(
                state ->
                    new Placement(
                        state.partition(),
                        state.replicas(),
                        sizes.getOrDefault(state.partition(), 0L),
                        moving.contains(state.partition()) || !state.hasLeader()))
            .toList();
    Map<TopicPartition, Integer> leaders = new HashMap<>();
    partitions.stream()
        .filter(PartitionState::hasLeader)
        .forEach(state -> leaders.put(state.partition(), state.leader()));
    return new Found(new ClusterLoad(members, placements), leaders, moving.size());
  }

  private Part part(int id, Broker broker) {
    if (drained.contains(id)) {
      return Part.LEAVES;
    }
    return broker.fenced() ? Part.KEEPS : Part.SHARES;
  }

  // ---- The deed.

  private Integer carryOut() {
    PrintWriter out = spec.commandLine().getOut();
    AtomicReference<BalanceRun> run = new AtomicReference<>();
    CountDownLatch over = new CountDownLatch(1);
    Thread atCtrlC =
        new Thread(
            () -> {
              Optional.ofNullable(run.get()).ifPresent(BalanceRun::stop);
              await(over);
            },
            "gofka-stop-balancing");
    Runtime.getRuntime().addShutdownHook(atCtrlC);
    try {
      int[] incomplete = {0};
      AtomicReference<List<String>> obstacles = new AtomicReference<>(List.of());
      int code =
          connection.ask(
              spec,
              admin -> find(admin).compose(found -> begin(admin, found, run, obstacles, out)),
              outcome -> incomplete[0] = Math.max(tell(outcome, out), tell(obstacles.get())));
      return code == 0 ? incomplete[0] : code;
    } finally {
      over.countDown();
      removeQuietly(atCtrlC);
    }
  }

  private Future<BalanceRun.Outcome> begin(
      ClusterAdmin admin,
      Found found,
      AtomicReference<BalanceRun> run,
      AtomicReference<List<String>> obstacles,
      PrintWriter out) {
    if (found.moving > 0) {
      return Future.failedFuture(
          new ApiException(
              ErrorCode.REASSIGNMENT_IN_PROGRESS,
              found.moving
                  + " partitions are on the move already; wait for them, or give them up with"
                  + " 'gofka cluster balance --cancel'"));
    }
    BalancePlan plan = BalancePlanner.plan(found.load);
    BalanceReport report = found.report(plan);
    obstacles.set(report.obstacles());
    report.print(out);
    out.flush();
    long rate = throttleMib == 0 ? BalanceRun.Settings.UNLIMITED : throttleMib * BYTES_PER_MIB;
    BalanceRun next =
        new BalanceRun(
            Vertx.currentContext().owner(),
            admin,
            new BalanceRun.Settings(batch, rate),
            line -> {
              out.println(line);
              out.flush();
            });
    run.set(next);
    return next.carryOut(plan);
  }

  /** The code to exit with. */
  private static int tell(BalanceRun.Outcome outcome, PrintWriter out) {
    outcome.refused().forEach((partition, why) -> out.println(partition + ": " + why));
    if (outcome.stopped()) {
      out.println("Stopped; " + outcome.moved() + " partitions have changed.");
    } else if (outcome.moved() > 0 || !outcome.refused().isEmpty()) {
      out.println(outcome.moved() + " partitions have changed.");
    }
    out.flush();
    return outcome.refused().isEmpty() ? 0 : ServerRunner.FAILURE;
  }

  private static void await(CountDownLatch over) {
    try {
      if (!over.await(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
        System.err.println("Moves may be under way still; --cancel gives them up.");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeQuietly(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The process ends: it is this hook that waits for us.
    }
  }

  private Future<Integer> giveUpAll(ClusterAdmin admin) {
    return admin
        .partitions()
        .moving()
        .compose(
            moving -> {
              Map<TopicPartition, Optional<List<Integer>>> none = new HashMap<>();
              moving.forEach(partition -> none.put(partition, Optional.empty()));
              Future<Void> givenUp =
                  moving.isEmpty()
                      ? Future.succeededFuture()
                      : admin.partitions().reassign(none).compose(BalanceCommand::refusal);
              return givenUp.compose(done -> releaseAll(admin)).map(done -> moving.size());
            });
  }

  /** Of a run that was killed the throttle may be left without any move. */
  private static Future<Void> releaseAll(ClusterAdmin admin) {
    return admin
        .describe()
        .compose(
            cluster ->
                admin
                    .partitions()
                    .describe()
                    .compose(
                        partitions -> {
                          Set<String> topics = new HashSet<>();
                          partitions.forEach(state -> topics.add(state.partition().topic()));
                          List<Integer> brokers =
                              cluster.nodes().stream()
                                  .filter(node -> node.broker().isPresent())
                                  .map(Node::id)
                                  .toList();
                          return admin.throttle().release(topics, brokers);
                        }));
  }

  private static Future<Void> refusal(Map<TopicPartition, ApiException> refusals) {
    return refusals.entrySet().stream()
        .filter(one -> one.getValue().errorCode() != ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
        .findFirst()
        .<Future<Void>>map(
            one ->
                Future.failedFuture(
                    new ApiException(
                        one.getValue().errorCode(),
                        one.getKey() + ": " + one.getValue().getMessage())))
        .orElse(Future.succeededFuture());
  }
}
