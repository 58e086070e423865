package io.gofka.cli;

import io.gofka.balance.BalancePlan;
import io.gofka.balance.BalancePlan.Move;
import io.gofka.balance.BalancePlan.Share;
import io.gofka.balance.ClusterLoad.Member;
import io.gofka.balance.ClusterLoad.Part;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A plan as people and programs read it. */
final class BalanceReport {
  /** More moves than that are counted and not told one by one. */
  private static final int MAX_MOVES_SHOWN = 50;

  private final List<Member> brokers;
  private final BalancePlan plan;

  BalanceReport(List<Member> brokers, BalancePlan plan) {
    this.brokers = brokers;
    this.plan = plan;
  }

  void print(PrintWriter out) {
    TextTable table = new TextTable("BROKER", "RACK", "PART", "LEADERS", "REPLICAS", "BYTES");
    for (Member broker : brokers) {
      Share before = plan.before().get(broker.id());
      Share after = plan.after().get(broker.id());
      table.add(
          broker.id(),
          broker.rack().orElse("-"),
          part(broker),
          change(before.leaders(), after.leaders()),
          change(before.replicas(), after.replicas()),
          change(Bytes.text(before.bytes()), Bytes.text(after.bytes())));
    }
    table.print(out);
    out.println();
    for (Member broker : brokers) {
      int left = plan.after().get(broker.id()).replicas();
      if (broker.part() == Part.LEAVES && left > 0) {
        out.println(
            "Broker %d keeps %d replicas: nobody else may take them".formatted(broker.id(), left));
      }
    }
    if (plan.moves().isEmpty()) {
      out.println("Nothing to do.");
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

  private static String part(Member broker) {
    return broker.part().name().toLowerCase(Locale.ROOT);
  }

  private static String change(Object before, Object after) {
    return before.equals(after) ? before.toString() : before + " -> " + after;
  }

  JsonObject json() {
    JsonArray shares = new JsonArray();
    for (Member broker : brokers) {
      shares.add(
          new JsonObject()
              .put("id", broker.id())
              .put("rack", broker.rack().orElse(null))
              .put("part", part(broker))
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
