package io.gofka.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.balance.BalancePlan.Move;
import io.gofka.balance.BalancePlan.Share;
import io.gofka.balance.ClusterLoad.Member;
import io.gofka.balance.ClusterLoad.Part;
import io.gofka.balance.ClusterLoad.Placement;
import io.gofka.common.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BalancePlannerTest {
  private static final long MB = 1_000_000;

  private final List<Member> brokers = new ArrayList<>();
  private final List<Placement> partitions = new ArrayList<>();

  private void broker(int id, Part part) {
    brokers.add(new Member(id, Optional.empty(), part));
  }

  private void brokers(int... ids) {
    IntStream.of(ids).forEach(id -> broker(id, Part.SHARES));
  }

  private void brokerIn(String rack, int id) {
    brokers.add(new Member(id, Optional.of(rack), Part.SHARES));
  }

  private void partition(String topic, long bytes, Integer... replicas) {
    int index =
        (int) partitions.stream().filter(one -> one.partition().topic().equals(topic)).count();
    partitions.add(
        new Placement(new TopicPartition(topic, index), List.of(replicas), bytes, false));
  }

  private BalancePlan plan() {
    return BalancePlanner.plan(new ClusterLoad(brokers, partitions));
  }

  private List<Integer> after(BalancePlan plan, String topic, int partition) {
    TopicPartition name = new TopicPartition(topic, partition);
    return plan.moves().stream()
        .filter(move -> move.partition().equals(name))
        .map(Move::to)
        .findFirst()
        .orElseGet(
            () ->
                partitions.stream()
                    .filter(one -> one.partition().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .replicas());
  }

  private static long spread(Collection<Share> shares, ToLongFunction<Share> what) {
    return shares.stream().mapToLong(what).max().orElseThrow()
        - shares.stream().mapToLong(what).min().orElseThrow();
  }

  @Test
  void evenClusterIsLeftAsItIs() {
    brokers(1, 2, 3);
    partition("t", MB, 1, 2);
    partition("t", MB, 2, 3);
    partition("t", MB, 3, 1);
    assertEquals(List.of(), plan().moves());
  }

  @Test
  void newBrokerGetsItsPart() {
    brokers(1, 2, 3);
    for (int i = 0; i < 6; i++) {
      partition("t", MB, i % 2 == 0 ? new Integer[] {1, 2} : new Integer[] {2, 1});
    }
    BalancePlan plan = plan();
    for (Share share : plan.after().values()) {
      assertEquals(new Share(2, 4, 4 * MB), share);
    }
    assertEquals(4 * MB, plan.copiedBytes(), "no replica goes anywhere but to it");
  }

  @Test
  void leadersAreEvenedWithoutACopy() {
    brokers(1, 2, 3);
    for (int i = 0; i < 6; i++) {
      partition("t", MB, 1, 2, 3);
    }
    BalancePlan plan = plan();
    assertEquals(0, plan.copiedBytes());
    plan.after().values().forEach(share -> assertEquals(2, share.leaders()));
    assertEquals(4, plan.moves().size());
  }

  /** Broker 1 shares nothing with broker 3, but 2 shares something with both. */
  @Test
  void leadIsHandedOnAlongAWay() {
    brokers(1, 2, 3);
    partition("t", 0, 1, 2);
    partition("t", 0, 1, 2);
    partition("t", 0, 2, 3);
    partition("u", 0, 3, 2);
    partition("u", 0, 1, 3);
    partition("u", 0, 1, 3);
    partition("u", 0, 2, 1);
    BalancePlan plan = plan();
    assertTrue(spread(plan.after().values(), Share::leaders) <= 1, plan.after().toString());
  }

  @Test
  void brokerThatLeavesIsEmptyAtTheEnd() {
    brokers(1, 2, 3);
    broker(4, Part.LEAVES);
    partition("t", MB, 4, 1);
    partition("t", MB, 1, 4);
    partition("t", MB, 2, 3);
    BalancePlan plan = plan();
    assertEquals(new Share(0, 0, 0), plan.after().get(4));
    assertEquals(2 * MB, plan.copiedBytes());
    assertEquals(3, plan.after().values().stream().mapToInt(Share::leaders).sum());
  }

  @Test
  void brokerThatCannotBeReplacedKeepsItsReplica() {
    brokers(1, 2);
    broker(3, Part.LEAVES);
    partition("t", MB, 1, 2, 3);
    assertEquals(List.of(1, 2, 3), after(plan(), "t", 0));
  }

  @Test
  void brokerOutOfReachGetsNothingAndKeepsWhatItHas() {
    brokers(1, 2);
    broker(3, Part.KEEPS);
    for (int i = 0; i < 4; i++) {
      partition("t", MB, 1, 2);
    }
    partition("t", MB, 3, 1);
    BalancePlan plan = plan();
    assertEquals(1, plan.after().get(3).replicas());
    assertEquals(List.of(3, 1), after(plan, "t", 4));
  }

  @Test
  void replicasAreSpreadOverRacks() {
    brokerIn("a", 1);
    brokerIn("a", 2);
    brokerIn("b", 3);
    brokerIn("b", 4);
    partition("t", MB, 1, 2);
    partition("t", MB, 3, 4);
    partition("t", MB, 2, 1);
    partition("t", MB, 4, 3);
    BalancePlan plan = plan();
    for (int i = 0; i < 4; i++) {
      List<Integer> replicas = after(plan, "t", i);
      assertEquals(1, replicas.stream().filter(id -> id <= 2).count(), replicas.toString());
    }
    assertEquals(0, spread(plan.after().values(), Share::replicas));
  }

  /** Evening the numbers would be easy if two replicas could lie in one rack. */
  @Test
  void racksGoBeforeEvenNumbers() {
    brokerIn("a", 1);
    brokerIn("b", 2);
    brokerIn("b", 3);
    for (int i = 0; i < 4; i++) {
      partition("t", MB, 1, 2 + i % 2);
    }
    BalancePlan plan = plan();
    assertEquals(4, plan.after().get(1).replicas());
    assertEquals(0, plan.copiedBytes());
  }

  @Test
  void largeReplicasAreExchangedForSmallOnes() {
    brokers(1, 2);
    for (int i = 0; i < 4; i++) {
      partition("large", 100 * MB, 1);
      partition("small", MB, 2);
    }
    BalancePlan plan = plan();
    assertEquals(202 * MB, plan.after().get(1).bytes());
    assertEquals(202 * MB, plan.after().get(2).bytes());
    assertEquals(4, plan.after().get(1).replicas());
  }

  @Test
  void fixedPartitionStaysWhereItIs() {
    brokers(1, 2);
    for (int i = 0; i < 4; i++) {
      partitions.add(new Placement(new TopicPartition("t", i), List.of(1), MB, true));
    }
    assertEquals(List.of(), plan().moves());
  }

  @Test
  void whatCostsNothingComesFirstAndThenWhatIsSmall() {
    brokers(1, 2, 3);
    partition("a", 9 * MB, 1, 2);
    partition("b", 5 * MB, 1, 2);
    partition("c", 7 * MB, 1, 2);
    partition("d", 3 * MB, 1, 2);
    BalancePlan plan = plan();
    List<Long> copied = new ArrayList<>();
    for (List<Move> batch : plan.batches(1)) {
      copied.add(batch.stream().mapToLong(Move::copiedBytes).sum());
    }
    assertEquals(copied.stream().sorted().toList(), copied);
    assertEquals(
        new HashSet<>(plan.moves()),
        new HashSet<>(plan.batches(1).stream().flatMap(List::stream).toList()));
  }

  @Test
  void randomClustersBecomeEvenWithoutLosingAReplica() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      brokers.clear();
      partitions.clear();
      int count = 3 + random.nextInt(6);
      boolean racks = random.nextBoolean();
      for (int id = 1; id <= count; id++) {
        Optional<String> rack = racks ? Optional.of("r" + id % 3) : Optional.empty();
        brokers.add(new Member(id, rack, id == 4 && count > 6 ? Part.LEAVES : Part.SHARES));
      }
      int factor = 1 + random.nextInt(3);
      for (int i = 0; i < 20 + random.nextInt(100); i++) {
        List<Integer> ids = new ArrayList<>(IntStream.rangeClosed(1, count).boxed().toList());
        Collections.shuffle(ids, random);
        if (random.nextInt(10) < 6) {
          ids.sort(null); // As clusters are that have grown.
        }
        partition(
            "t" + random.nextInt(5),
            random.nextInt(100) * MB,
            ids.subList(0, factor).toArray(Integer[]::new));
      }
      check("seed " + seed, racks);
    }
  }

  private void check(String what, boolean racks) {
    BalancePlan plan = plan();
    Map<TopicPartition, Move> moves = new HashMap<>();
    plan.moves().forEach(move -> moves.put(move.partition(), move));
    for (Placement before : partitions) {
      Move move = moves.get(before.partition());
      if (move != null) {
        assertEquals(before.replicas(), move.from(), what);
        assertFalse(move.from().equals(move.to()), what);
        assertEquals(before.replicas().size(), Set.copyOf(move.to()).size(), what);
      }
    }
    List<Share> sharing = new ArrayList<>();
    for (Member member : brokers) {
      Share share = plan.after().get(member.id());
      if (member.part() == Part.SHARES) {
        sharing.add(share);
      } else {
        assertEquals(new Share(0, 0, 0), share, what);
      }
    }
    if (!racks) {
      assertTrue(spread(sharing, Share::replicas) <= 1, what + ": " + plan.after());
      assertTrue(spread(sharing, Share::leaders) <= 1, what + ": " + plan.after());
      long mean = sharing.stream().mapToLong(Share::bytes).sum() / sharing.size();
      assertTrue(spread(sharing, Share::bytes) <= mean / 10 + 100 * MB, what + plan.after());
    }
    List<Placement> next = new ArrayList<>();
    for (Placement before : partitions) {
      Move move = moves.get(before.partition());
      next.add(
          move == null
              ? before
              : new Placement(before.partition(), move.to(), before.bytes(), false));
    }
    assertEquals(
        List.of(),
        BalancePlanner.plan(new ClusterLoad(brokers, next)).moves(),
        what + ": a second plan has nothing to do");
  }

  @Test
  @Timeout(60)
  void largeClusterIsPlannedInSeconds() {
    Random random = new Random(1);
    for (int id = 0; id < 12; id++) {
      brokerIn("r" + id % 3, id);
    }
    for (int i = 0; i < 20_000; i++) {
      int first = random.nextInt(9);
      partitions.add(
          new Placement(
              new TopicPartition("t" + i / 100, i % 100),
              List.of(first, (first + 1) % 9, (first + 2) % 9),
              random.nextInt(1_000) * MB,
              false));
    }
    BalancePlan plan = plan();
    assertTrue(spread(plan.after().values(), Share::replicas) <= 1, plan.after().toString());
    assertTrue(spread(plan.after().values(), Share::leaders) <= 1, plan.after().toString());
  }
}
