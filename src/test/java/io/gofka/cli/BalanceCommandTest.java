package io.gofka.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.balance.BalancePlan;
import io.gofka.balance.BalancePlan.Move;
import io.gofka.client.ClientSettings;
import io.gofka.client.ClusterAdmin;
import io.gofka.protocol.ApiKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command makes of a cluster of three brokers, the third of which is new. */
@Timeout(60)
class BalanceCommandTest {
  private final Vertx vertx = Vertx.vertx();
  private final CommandLineCalls command = new CommandLineCalls();
  private final StringWriter out = command.out;
  private final StringWriter err = command.err;
  private ScriptedPartitions cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = new ScriptedPartitions(vertx);
    for (int i = 0; i < 6; i++) {
      cluster.replicas.put(i, i % 2 == 0 ? List.of(1, 2) : List.of(2, 1));
    }
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("cluster", "balance"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--bootstrap", cluster.node.address().toString()));
    return command.run(all);
  }

  @Test
  void dryRunShowsThePlanAndMovesNothing() {
    assertEquals(0, run("--dry-run"), err::toString);
    assertTrue(
        out.toString()
            .startsWith(
                """
                BROKER  RACK  PART    LEADS NOW  PREFERRED  REPLICAS  BYTES
                1       -     shares  3          3 -> 2     6 -> 4    12.0 KiB -> 8.0 KiB
                2       -     shares  3          3 -> 2     6 -> 4    12.0 KiB -> 8.0 KiB
                3       -     shares  0          0 -> 2     0 -> 4    0 B -> 8.0 KiB
                """),
        out::toString);
    assertTrue(out.toString().endsWith(" partitions change, 8.0 KiB to copy\n"), out::toString);
    assertFalse(
        cluster.node.asked.stream()
            .anyMatch(asked -> asked.key() == ApiKey.ALTER_PARTITION_REASSIGNMENTS));
  }

  @Test
  void planAsJsonHasTheSame() {
    assertEquals(0, run("--dry-run", "--json"), err::toString);
    JsonObject plan = new JsonObject(out.toString());
    assertEquals(8192, plan.getLong("bytesToCopy"));
    assertEquals(
        4,
        plan.getJsonArray("brokers")
            .getJsonObject(2)
            .getJsonObject("after")
            .getInteger("replicas"));
  }

  @Test
  void planIsCarriedOutInBatchesUnderAThrottleThatIsTakenOff() {
    assertEquals(0, run("--batch", "2", "--throttle", "3"), err::toString);
    assertEquals(Map.of(1, 4, 2, 4, 3, 4), cluster.counts());
    assertEquals(2, cluster.mostAtOnce);
    assertTrue(cluster.everThrottled);
    assertTrue(cluster.alone, "a broker takes only what concerns it");
    assertEquals(Map.of(), cluster.settings);
    Set<Integer> moved = new HashSet<>();
    cluster.replicas.forEach(
        (index, ids) -> {
          if (ids.contains(3)) {
            moved.add(index);
          }
        });
    assertTrue(cluster.elected.containsAll(moved), "their leads are given to whom they belong");
    assertTrue(
        out.toString()
            .contains(
                "Batch 1 of 2: 2 partitions, 4.0 KiB to copy, at most 3.0 MiB/s for each broker"),
        out::toString);
    assertTrue(out.toString().endsWith("4 partitions have changed.\n"), out::toString);
  }

  @Test
  void evenClusterIsLeftAlone() {
    run("--throttle", "0");
    out.getBuffer().setLength(0);
    int before = cluster.node.asked.size();
    assertEquals(0, run(), err::toString);
    assertTrue(out.toString().contains("Nothing to do."), out::toString);
    assertFalse(
        cluster.node.asked.subList(before, cluster.node.asked.size()).stream()
            .anyMatch(asked -> asked.key() == ApiKey.ALTER_PARTITION_REASSIGNMENTS));
    assertFalse(cluster.everThrottled, "0 is no throttle at all");
  }

  @Test
  void partitionThatIsRefusedIsNamedAndTheOthersMove() {
    assertEquals(0, run("--dry-run", "--json"), err::toString);
    int first =
        new JsonObject(out.toString())
            .getJsonArray("moves")
            .getJsonObject(0)
            .getInteger("partition");
    cluster.refused = Optional.of(first);
    assertEquals(1, run());
    assertTrue(
        out.toString().contains("t-" + first + ": INVALID_REPLICA_ASSIGNMENT"), out::toString);
    assertTrue(out.toString().endsWith("3 partitions have changed.\n"), out::toString);
    assertEquals(Map.of(), cluster.settings);
  }

  @Test
  void brokerIsDrained() {
    cluster.replicas.put(0, List.of(3, 1));
    assertEquals(0, run("--drain", "3"), err::toString);
    assertEquals(Map.of(1, 6, 2, 6), cluster.counts());
    assertEquals(1, run("--drain", "9"));
    assertTrue(err.toString().contains("--drain: there is no broker 9\n"), err::toString);
  }

  @ParameterizedTest
  @CsvSource({"--dry-run", "--throttle=0"})
  void drainWithoutEnoughOtherBrokersEndsWithOneAndSaysWhy(String option) {
    cluster.replicas.replaceAll((index, ids) -> List.of(1, 2, 3));
    cluster.replicas.put(0, List.of(3, 1));
    assertEquals(1, run("--drain", "3", option));
    assertEquals(
        "Broker 3 keeps 5 replicas: too few brokers for replication factor 3\n", err.toString());
  }

  @Test
  void leadersOfTheMomentAreShownBesideThePreferredOnes() {
    cluster.replicas.replaceAll(
        (index, ids) ->
            index % 3 == 0 ? List.of(1, 2, 3) : List.of(index % 3 + 1, 1, 5 - index % 3 - 1));
    cluster.leaders.put(0, 2);
    cluster.leaders.put(3, 2);
    assertEquals(0, run("--dry-run"), err::toString);
    assertTrue(
        out.toString().contains("\n1       -     shares  0          2          6"), out::toString);
    assertTrue(
        out.toString().contains("\n2       -     shares  4          2          6"), out::toString);
    assertTrue(
        out.toString().contains("2 partitions are led by another replica than the preferred one"),
        out::toString);
    assertTrue(out.toString().contains("auto.leader.rebalance.enable"), out::toString);
  }

  @Test
  void fencedBrokerIsCalledSoAndToldHowToBeLeft() {
    cluster.fenced = Optional.of(3);
    assertEquals(0, run("--dry-run"), err::toString);
    assertTrue(out.toString().contains("\n3       -     fenced  0 "), out::toString);
    assertTrue(
        out.toString()
            .contains(
                "\nFenced brokers keep what they have and get nothing; if one doesn't come back:"
                    + " --drain 3\n"),
        out::toString);
    assertEquals(0, run("--dry-run", "--drain", "3"), err::toString);
    assertTrue(out.toString().contains("\n3       -     drained  0 "), out::toString);
  }

  @Test
  void batchThatTakesItsTimeIsToldOf() throws Exception {
    cluster.pollsUntilDone = 4;
    AtomicLong nowMs = new AtomicLong();
    List<String> told = new CopyOnWriteArrayList<>();
    BalancePlan plan = movesToThree(2);
    Promise<BalanceRun.Outcome> done = Promise.promise();
    vertx.runOnContext(
        started ->
            ClusterAdmin.connect(vertx, List.of(cluster.node.address()), ClientSettings.defaults())
                .compose(
                    admin ->
                        new BalanceRun(
                                vertx,
                                admin,
                                new BalanceRun.Settings(2, BalanceRun.Settings.UNLIMITED),
                                told::add,
                                () -> nowMs.getAndAdd(BalanceRun.PROGRESS_MS * 2 / 3))
                            .carryOut(plan))
                .onComplete(done));
    assertEquals(2, await(done.future()).moved());
    assertEquals(
        List.of("Batch 1 of 1: 2 partitions, 20 B to copy", "  0 of 2 partitions are there"), told);
  }

  @Test
  void othersMovesAreNotInterferedWith() {
    cluster.moving.put(0, List.of(3, 1));
    cluster.pollsUntilDone = 100;
    assertEquals(1, run());
    assertTrue(err.toString().contains("1 partitions are on the move already"), err::toString);
    assertEquals(List.of(), cluster.givenUp);
  }

  @Test
  void movesAndThrottlesOfARunThatWasKilledAreGivenUp() {
    cluster.moving.put(4, List.of(3, 1));
    cluster.pollsUntilDone = 100;
    cluster.settings.put("t leader.replication.throttled.replicas", "4:1");
    cluster.settings.put("2 leader.replication.throttled.rate", "5");
    assertEquals(0, run("--cancel"), err::toString);
    assertEquals(List.of(4), cluster.givenUp);
    assertEquals(Map.of(), cluster.settings);
    assertEquals("The moves of 1 partitions are given up.\n", out.toString());
  }

  @Test
  void stoppedRunGivesUpWhatIsUnderWayAndBeginsNothing() throws Exception {
    cluster.pollsUntilDone = 1_000_000;
    BalancePlan plan = movesToThree(4);
    Map<Integer, List<Integer>> before = Map.copyOf(cluster.replicas);
    Promise<BalanceRun.Outcome> done = Promise.promise();
    vertx.runOnContext(
        started ->
            ClusterAdmin.connect(vertx, List.of(cluster.node.address()), ClientSettings.defaults())
                .compose(
                    admin -> {
                      BalanceRun run =
                          new BalanceRun(vertx, admin, new BalanceRun.Settings(2, 100), line -> {});
                      vertx.setPeriodic(
                          1,
                          id -> {
                            if (cluster.mostAtOnce == 2) {
                              run.stop();
                            }
                          });
                      return run.carryOut(plan);
                    })
                .onComplete(done));
    BalanceRun.Outcome outcome = await(done.future());
    assertEquals(new BalanceRun.Outcome(0, Map.of(), true), outcome);
    assertEquals(2, cluster.givenUp.size());
    assertEquals(before, cluster.replicas);
    assertEquals(Map.of(), cluster.settings);
    assertEquals(Map.of(), cluster.moving);
  }

  private BalancePlan movesToThree(int count) {
    List<Move> moves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      moves.add(
          new Move(ScriptedPartitions.partition(i), cluster.replicas.get(i), List.of(3, 1), 10));
    }
    return new BalancePlan(moves, new TreeMap<>(), new TreeMap<>());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --throttle -1 | --throttle takes MiB per second, or 0 for no limit
          --batch 0     | --batch takes 1 to 1000
          --json        | --json goes with --dry-run
          """)
  void wrongCommandLinesEndWithTwo(String arguments, String told) {
    assertEquals(2, run(arguments.split(" ", -1)));
    assertTrue(err.toString().startsWith(told), err.toString());
  }
}
