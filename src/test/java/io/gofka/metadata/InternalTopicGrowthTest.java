package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pcollections.TreePMap;

/** Seen by broker 1. */
class InternalTopicGrowthTest {
  private static final String OFFSETS = TopicImage.CONSUMER_OFFSETS;
  private static final UUID ID = new UUID(1, 1);

  private final InternalTopicGrowth growth = new InternalTopicGrowth(1, Map.of(OFFSETS, 3));
  private final Map<Integer, BrokerImage> brokers = new TreeMap<>();
  private final List<PartitionImage> partitions = new ArrayList<>();

  private void broker(int id, String rack, boolean fenced) {
    brokers.put(id, new BrokerImage(id, "n" + id, id, List.of(), Optional.of(rack), fenced));
  }

  private void brokers(int... ids) {
    for (int id : ids) {
      broker(id, "rack", false);
    }
  }

  private void partition(Integer... replicas) {
    List<Integer> all = List.of(replicas);
    partitions.add(new PartitionImage(all, all, all.get(0), 0, 0));
  }

  private ClusterImage image() {
    TopicImage topic = new TopicImage(ID, OFFSETS, partitions);
    return new ClusterImage(
        "cluster",
        1,
        1,
        TreePMap.from(brokers),
        ClusterImage.EMPTY.topicsByName().plus(OFFSETS, topic),
        ClusterImage.EMPTY.topicsById().plus(ID, topic),
        ClusterImage.EMPTY.configs());
  }

  private static Move move(int partition, Integer... replicas) {
    return new Move(new TopicPartition(OFFSETS, partition), Optional.of(List.of(replicas)));
  }

  /** The controller has taken it; the replicas are not in sync yet. */
  private void accept(Move move) {
    int index = move.partition().partition();
    PartitionImage before = partitions.get(index);
    List<Integer> adding = new ArrayList<>(move.replicas().orElseThrow());
    adding.removeAll(before.replicas());
    partitions.set(
        index,
        new PartitionImage(
            move.replicas().orElseThrow(),
            before.isr(),
            List.of(),
            List.of(),
            before.leader(),
            before.leaderEpoch(),
            before.partitionEpoch() + 1,
            adding,
            List.of(),
            LeaderRecoveryState.RECOVERED));
  }

  @Test
  void partitionsOfALoneBrokerGetReplicasOnThoseThatComeButNotMoreThanSet() {
    brokers(1);
    partition(1);
    growth.onImage(image());
    assertEquals(List.of(), growth.onImage(image()));
    brokers(2);
    assertEquals(List.of(move(0, 1, 2)), growth.onImage(image()));
    partitions.clear();
    partition(1, 2);
    assertEquals(List.of(), growth.onImage(image()));
    brokers(3, 4);
    assertEquals(List.of(move(0, 1, 2, 3)), growth.onImage(image()));
    partitions.clear();
    partition(1, 2, 3);
    brokers(5);
    assertEquals(List.of(), growth.onImage(image()));
  }

  @Test
  void partitionOnTheMoveIsLeftAloneAndGrowsOnAfterwards() {
    brokers(1);
    partition(1);
    growth.onImage(image());
    brokers(2);
    accept(growth.onImage(image()).get(0));
    brokers(3);
    assertEquals(List.of(), growth.onImage(image()));
    partitions.clear();
    partition(1, 2);
    assertEquals(List.of(move(0, 1, 2, 3)), growth.onImage(image()));
  }

  @Test
  void fencedBrokerIsWaitedFor() {
    brokers(1);
    partition(1);
    growth.onImage(image());
    broker(2, "rack", true);
    assertEquals(List.of(), growth.onImage(image()));
    broker(2, "rack", false);
    assertEquals(List.of(move(0, 1, 2)), growth.onImage(image()));
  }

  @Test
  void whatOthersLeadIsTheirs() {
    brokers(1, 2);
    partition(2, 1);
    growth.onImage(image());
    brokers(3);
    assertEquals(List.of(), growth.onImage(image()));
  }

  /** The broker that came did so while nobody led, or while a leader did that has died since. */
  @Test
  void partitionGrowsUnderALeaderThatWasDownWhenTheBrokerCame() {
    brokers(1, 2);
    partition(1);
    assertEquals(List.of(move(0, 1, 2)), growth.onImage(image()));
  }

  @Test
  void partitionWhoseLeaderDiedBeforeItsMoveWasCommittedGrowsUnderTheNextOne() {
    brokers(1, 2);
    partition(2, 1);
    assertEquals(List.of(), growth.onImage(image()));
    brokers(3);
    assertEquals(List.of(), growth.onImage(image()), "broker 2 sees to it");
    broker(2, "rack", true);
    partitions.set(0, new PartitionImage(List.of(2, 1), List.of(1), 1, 1, 1));
    assertEquals(List.of(move(0, 2, 1, 3)), growth.onImage(image()));
  }

  @Test
  void whatSomebodyHasMadeSmallerStaysSoUntilABrokerComesOrItsLeaderChanges() {
    brokers(1, 2, 3);
    partition(1, 2, 3);
    assertEquals(List.of(), growth.onImage(image()));
    partitions.set(0, new PartitionImage(List.of(1, 2), List.of(1, 2), 1, 1, 1));
    assertEquals(List.of(), growth.onImage(image()));
    broker(3, "rack", true);
    assertEquals(List.of(), growth.onImage(image()));
    broker(3, "rack", false);
    assertEquals(List.of(), growth.onImage(image()), "it was only away");
    brokers.remove(3);
    assertEquals(List.of(), growth.onImage(image()));
    brokers(4);
    assertEquals(List.of(move(0, 1, 2, 4)), growth.onImage(image()));

    partitions.set(0, new PartitionImage(List.of(1, 2, 4), List.of(1, 2, 4), 1, 2, 2));
    assertEquals(List.of(), growth.onImage(image()));
    partitions.set(0, new PartitionImage(List.of(1, 2), List.of(1, 2), 2, 3, 3));
    assertEquals(List.of(), growth.onImage(image()));
    partitions.set(0, new PartitionImage(List.of(1, 2), List.of(1, 2), 1, 4, 4));
    assertEquals(List.of(move(0, 1, 2, 4)), growth.onImage(image()));
  }

  @Test
  void replicasAreSpreadEvenlyAndOverRacks() {
    broker(1, "a", false);
    for (int i = 0; i < 12; i++) {
      partition(1);
    }
    growth.onImage(image());
    broker(2, "a", false);
    broker(3, "b", false);
    broker(4, "b", false);
    broker(5, "c", false);
    Map<Integer, Integer> load = new HashMap<>();
    List<Move> moves = growth.onImage(image());
    assertEquals(12, moves.size());
    for (Move move : moves) {
      List<Integer> replicas = move.replicas().orElseThrow();
      assertEquals(1, replicas.get(0), "it goes on leading");
      assertEquals(3, replicas.size());
      assertTrue(replicas.contains(5) && !replicas.contains(2), "one in each rack: " + replicas);
      replicas.forEach(id -> load.merge(id, 1, Integer::sum));
    }
    assertEquals(Map.of(1, 12, 3, 6, 4, 6, 5, 12), load);
  }
}
