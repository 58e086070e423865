package io.gofka.cli;

import io.gofka.balance.BalancePlan;
import io.gofka.balance.BalancePlan.Move;
import io.gofka.client.ClusterAdmin;
import io.gofka.client.ReplicationThrottle.Copy;
import io.gofka.common.ApiException;
import io.gofka.common.TopicPartition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Carries a plan out, batch by batch: lets the partitions of a batch move, waits until none of them
 * does, and gives the lead to those that are to have it. When it is stopped, moves under way are
 * given up, so that every partition is where it was or where it is to be. Throttles are taken off
 * in any case.
 *
 * <p>Confined to one Vert.x context, {@link #stop} apart.
 */
final class BalanceRun {
  /**
   * How a plan is carried out.
   *
   * @param maxPartitions that copy at once
   * @param bytesPerSecond that each broker may copy; {@link #UNLIMITED} for all it can
   */
  record Settings(int maxPartitions, long bytesPerSecond) {
    static final long UNLIMITED = Long.MAX_VALUE;

    boolean limited() {
      return bytesPerSecond != UNLIMITED;
    }
  }

  /**
   * What has come of it.
   *
   * @param moved partitions that are where they are to be
   * @param refused partitions that are not, and why, unless it was stopped
   */
  record Outcome(int moved, Map<TopicPartition, String> refused, boolean stopped) {}

  static final long POLL_MS = 500;

  /** How often a batch that takes its time is told of. */
  static final long PROGRESS_MS = 5_000;

  private final Vertx vertx;
  private final ClusterAdmin admin;
  private final Settings settings;
  private final Consumer<String> progress;
  private final Map<TopicPartition, String> refused = new TreeMap<>();
  private final LongSupplier nowMs;
  private int moved;
  private long toldMs;
  private volatile boolean stopped;

  /**
   * @param progress is told sentences for people
   */
  BalanceRun(Vertx vertx, ClusterAdmin admin, Settings settings, Consumer<String> progress) {
    this(vertx, admin, settings, progress, () -> System.nanoTime() / 1_000_000);
  }

  /**
   * @param nowMs monotonic
   */
  BalanceRun(
      Vertx vertx,
      ClusterAdmin admin,
      Settings settings,
      Consumer<String> progress,
      LongSupplier nowMs) {
    this.vertx = vertx;
    this.admin = admin;
    this.settings = settings;
    this.progress = progress;
    this.nowMs = nowMs;
  }

  /** Called from any thread: nothing more is begun, and what is under way is given up. */
  void stop() {
    stopped = true;
  }

  Future<Outcome> carryOut(BalancePlan plan) {
    List<List<Move>> batches = plan.batches(settings.maxPartitions());
    Future<Void> done = Future.succeededFuture();
    for (int i = 0; i < batches.size(); i++) {
      List<Move> batch = batches.get(i);
      int number = i + 1;
      done =
          done.compose(
              before -> {
                if (stopped) {
                  return Future.succeededFuture();
                }
                progress.accept(title(number, batches.size(), batch));
                toldMs = nowMs.getAsLong();
                return carryOut(batch);
              });
    }
    return done.map(all -> new Outcome(moved, refused, stopped));
  }

  private String title(int number, int count, List<Move> batch) {
    long bytes = batch.stream().mapToLong(Move::copiedBytes).sum();
    String limit =
        settings.limited() && bytes > 0
            ? ", at most %s/s for each broker".formatted(Bytes.text(settings.bytesPerSecond()))
            : "";
    return "Batch %d of %d: %d partitions, %s to copy%s"
        .formatted(number, count, batch.size(), Bytes.text(bytes), limit);
  }

  /** Copying takes minutes: whoever looks on is to see that something happens. */
  private void maybeTell(int moving, int all) {
    long now = nowMs.getAsLong();
    if (now - toldMs >= PROGRESS_MS) {
      toldMs = now;
      progress.accept("  %d of %d partitions are there".formatted(all - moving, all));
    }
  }

  private Future<Void> carryOut(List<Move> batch) {
    List<Move> copying = batch.stream().filter(move -> !move.added().isEmpty()).toList();
    if (!settings.limited() || copying.isEmpty()) {
      return move(batch);
    }
    List<Copy> copies =
        copying.stream()
            .map(move -> new Copy(move.partition(), move.from(), move.added()))
            .toList();
    return admin
        .throttle()
        .hold(copies, settings.bytesPerSecond())
        .compose(held -> move(batch))
        .eventually(() -> release(copies));
  }

  private Future<Void> release(List<Copy> copies) {
    Set<String> topics = new TreeSet<>();
    Set<Integer> brokers = new TreeSet<>();
    for (Copy copy : copies) {
      topics.add(copy.partition().topic());
      brokers.addAll(copy.from());
      brokers.addAll(copy.added());
    }
    return admin.throttle().release(topics, brokers);
  }

  private Future<Void> move(List<Move> batch) {
    Map<TopicPartition, Optional<List<Integer>>> targets = new HashMap<>();
    Map<TopicPartition, Move> under = new TreeMap<>();
    for (Move move : batch) {
      targets.put(move.partition(), Optional.of(move.to()));
      under.put(move.partition(), move);
    }
    return admin
        .partitions()
        .reassign(targets)
        .onSuccess(
            refusals -> {
              note(refusals);
              under.keySet().removeAll(refusals.keySet());
            })
        .compose(begun -> untilNoneMoves(under, under.size()))
        .compose(ended -> verify(batch))
        .compose(there -> elect(there));
  }

  private void note(Map<TopicPartition, ApiException> refusals) {
    refusals.forEach(
        (partition, why) -> refused.put(partition, why.errorCode() + ": " + why.getMessage()));
  }

  private Future<Void> untilNoneMoves(Map<TopicPartition, Move> under, int all) {
    return admin
        .partitions()
        .moving()
        .compose(
            moving -> {
              Map<TopicPartition, Move> left = new TreeMap<>(under);
              left.keySet().retainAll(moving);
              if (left.isEmpty()) {
                return Future.succeededFuture();
              }
              if (stopped) {
                progress.accept("Giving up the moves of " + left.size() + " partitions");
                return giveUp(left);
              }
              maybeTell(left.size(), all);
              return pause().compose(later -> untilNoneMoves(left, all));
            });
  }

  /**
   * One that has ended by itself meanwhile has nothing to be given up. For the others the cluster
   * has forgotten in which order their replicas were, and so who was the preferred leader.
   */
  private Future<Void> giveUp(Map<TopicPartition, Move> left) {
    Map<TopicPartition, Optional<List<Integer>>> none = new HashMap<>();
    left.keySet().forEach(partition -> none.put(partition, Optional.empty()));
    return admin
        .partitions()
        .reassign(none)
        .compose(
            ended -> {
              Map<TopicPartition, Optional<List<Integer>>> before = new HashMap<>();
              left.forEach((partition, move) -> before.put(partition, Optional.of(move.from())));
              before.keySet().removeAll(ended.keySet());
              return before.isEmpty()
                  ? Future.succeededFuture()
                  : admin.partitions().reassign(before);
            })
        .mapEmpty();
  }

  private Future<Void> pause() {
    Promise<Void> over = Promise.promise();
    vertx.setTimer(POLL_MS, id -> over.complete());
    return over.future();
  }

  /** Somebody else may have given up a move, or deleted a topic. */
  private Future<List<TopicPartition>> verify(List<Move> batch) {
    return admin
        .partitions()
        .describe()
        .map(
            states -> {
              Map<TopicPartition, List<Integer>> replicas = new HashMap<>();
              states.forEach(state -> replicas.put(state.partition(), state.replicas()));
              List<TopicPartition> there = new ArrayList<>();
              for (Move move : batch) {
                List<Integer> now = replicas.get(move.partition());
                if (move.to().equals(now)) {
                  there.add(move.partition());
                } else if (!stopped) {
                  String where = now == null ? "it is gone" : "it is on " + now;
                  refused.putIfAbsent(move.partition(), where + ", not on " + move.to());
                }
              }
              moved += there.size();
              return there;
            });
  }

  private Future<Void> elect(List<TopicPartition> there) {
    return there.isEmpty()
        ? Future.succeededFuture()
        : admin.partitions().electPreferred(there).onSuccess(this::note).mapEmpty();
  }
}
