package io.gofka.cli;

import io.gofka.balance.BalancePlan;
import io.gofka.balance.BalancePlan.Move;
import io.gofka.balance.BalancePlan.Share;
import io.gofka.balance.ClusterLoad;
import io.gofka.balance.ClusterLoad.Member;
import io.gofka.balance.ClusterLoad.Part;
import io.gofka.balance.ClusterLoad.Placement;
import io.gofka.common.TopicPartition;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A plan as people and programs read it. */
final class BalanceReport {
  /** More moves than that are counted and not told one by one. */
  private static final int MAX_MOVES_SHOWN = 50;

  private final ClusterLoad load;
  private final Map<TopicPartition, Integer> leaders;
  private final BalancePlan plan;

  /**
   * @param leaders who leads each partition at the moment, preferred or not
   */
  BalanceReport(ClusterLoad load, Map<TopicPartition, Integer> leaders, BalancePlan plan) {
    this.load = load;
    this.leaders = leaders;
    this.plan = plan;
  }

  /** Why brokers that are to have nothing keep something, a sentence each. */
  List<String> obstacles() {
    Map<TopicPartition, List<Integer>> targets = new HashMap<>();
    plan.moves().forEach(move -> targets.put(move.partition(), move.to()));
    List<String> obstacles = new ArrayList<>();
    for (Member broker : load.brokers()) {
      if (broker.part() != Part.LEAVES) {
        continue;
      }
      List<Placement> kept =
          load.partitions().stream()
              .filter(
                  each ->
                      targets.getOrDefault(each.partition(), each.replicas()).contains(broker.id()))
              .toList();
      if (!kept.isEmpty()) {
        obstacles.add(
            "Broker %d keeps %d replicas: %s".formatted(broker.id(), kept.size(), why(kept)));
      }
    }
    return obstacles;
  }

  private static String why(List<Placement> kept) {
    return kept.stream()
        .filter(each -> !each.fixed())
        .mapToInt(each -> each.replicas().size())
        .max()
        .stream()
        .mapToObj(factor -> "too few brokers for replication factor " + factor)
        .findFirst()
        .orElse("their partitions are on the move already or have no leader");
  }

  private long leadsNow(Member broker) {
    return leaders.values().stream().filter(id -> id == broker.id()).count();
  }

  private void printWhoIsToLeadAgain(PrintWriter out) {
    long others =
        load.partitions().stream()
            .filter(each -> leaders.containsKey(each.partition()))
            .filter(each -> !each.replicas().get(0).equals(leaders.get(each.partition())))
            .count();
    if (others > 0) {
      out.println(
          others
              + " partitions are led by another replica than the preferred one at the moment."
              + " The lead goes back by itself: auto.leader.rebalance.enable,"
              + " leader.imbalance.check.interval.seconds.");
    }
  }

  void print(PrintWriter out) {
    TextTable table =
        new TextTable("BROKER", "RACK", "PART", "LEADS NOW", "PREFERRED", "REPLICAS", "BYTES");
    for (Member broker : load.brokers()) {
      Share before = plan.before().get(broker.id());
      Share after = plan.after().get(broker.id());
      table.add(
          broker.id(),
          broker.rack().orElse("-"),
          shown(broker),
          leadsNow(broker),
          change(before.leaders(), after.leaders()),
          change(before.replicas(), after.replicas()),
          change(Bytes.text(before.bytes()), Bytes.text(after.bytes())));
    }
    table.print(out);
    out.println();
    printWhoIsAway(out);
    printWhoIsToLeadAgain(out);
    if (plan.moves().isEmpty()) {
      out.println(obstacles().isEmpty() ? "Nothing to do." : "Nothing can be moved.");
      return;
    }
    TextTable moves = new TextTable("PARTITION", "FROM", "TO", "TO COPY");
    plan.moves().stream()
        .limit(MAX_MOVES_SHOWN)
        .forEach(
            move ->
                moves.add(
                    move.partition(), move.from(), move.to(), Bytes.text(move.copiedBytes())));
    moves.print(out);
    int more = plan.moves().size() - MAX_MOVES_SHOWN;
    if (more > 0) {
      out.println("and " + more + " more; --json tells all of them");
    }
    out.println();
    out.println(
        "%d partitions change, %s to copy"
            .formatted(plan.moves().size(), Bytes.text(plan.copiedBytes())));
  }

  private void printWhoIsAway(PrintWriter out) {
    List<String> away =
        load.brokers().stream()
            .filter(broker -> broker.part() == Part.KEEPS)
            .map(broker -> String.valueOf(broker.id()))
            .toList();
    if (!away.isEmpty()) {
      out.println(
          "Fenced brokers keep what they have and get nothing; if one doesn't come back:"
              + " --drain "
              + String.join(",", away));
    }
  }

  /** What people know of it from the other commands. */
  private static String shown(Member broker) {
    return switch (broker.part()) {
      case SHARES -> "shares";
      case KEEPS -> "fenced";
      case LEAVES -> "drained";
    };
  }

  private static String part(Member broker) {
    return broker.part().name().toLowerCase(Locale.ROOT);
  }

  private static String change(Object before, Object after) {
    return before.equals(after) ? before.toString() : before + " -> " + after;
  }

  JsonObject json() {
    JsonArray shares = new JsonArray();
    for (Member broker : load.brokers()) {
      shares.add(
          new JsonObject()
              .put("id", broker.id())
              .put("rack", broker.rack().orElse(null))
              .put("part", part(broker))
              .put("leadsNow", leadsNow(broker))
              .put("before", json(plan.before().get(broker.id())))
              .put("after", json(plan.after().get(broker.id()))));
    }
    JsonArray moves = new JsonArray();
    for (Move move : plan.moves()) {
      moves.add(
          new JsonObject()
              .put("topic", move.partition().topic())
              .put("partition", move.partition().partition())
              .put("from", new JsonArray(move.from()))
              .put("to", new JsonArray(move.to()))
              .put("bytesToCopy", move.copiedBytes()));
    }
    return new JsonObject()
        .put("brokers", shares)
        .put("moves", moves)
        .put("bytesToCopy", plan.copiedBytes());
  }

  private static JsonObject json(Share share) {
    return new JsonObject()
        .put("leaders", share.leaders())
        .put("replicas", share.replicas())
        .put("bytes", share.bytes());
  }
}
