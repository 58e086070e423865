package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReplicaPlacementTest {
  private static BrokerImage broker(int id, String rack, boolean fenced) {
    return new BrokerImage(id, "n" + id, 0, List.of(), Optional.ofNullable(rack), fenced);
  }

  private static Map<Integer, Long> counts(List<Integer> brokers) {
    return brokers.stream()
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  @Test
  void loadIsEvenAndEveryReplicaIsAnotherBroker() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int brokers = 1 + random.nextInt(8);
      int racks = random.nextInt(4);
      int factor = 1 + random.nextInt(brokers);
      List<BrokerImage> all = new ArrayList<>();
      for (int id = 1; id <= brokers; id++) {
        all.add(broker(id, racks == 0 ? null : "r" + id % racks, false));
      }
      var placed = new ReplicaPlacement(random).place(all, brokers * 6, factor);
      assertEquals(brokers * 6, placed.size());
      for (List<Integer> replicas : placed) {
        assertEquals(factor, new HashSet<>(replicas).size(), "seed " + seed);
      }
      List<Integer> leaders = placed.stream().map(replicas -> replicas.get(0)).toList();
      counts(leaders).values().forEach(times -> assertEquals(6, times));
    }
  }

  @Test
  void replicasOfAPartitionLieInDifferentRacks() {
    List<BrokerImage> all = new ArrayList<>();
    for (int id = 0; id < 6; id++) {
      all.add(broker(id, "r" + id / 2, false));
    }
    for (int seed = 0; seed < 50; seed++) {
      for (List<Integer> replicas : new ReplicaPlacement(new Random(seed)).place(all, 12, 3)) {
        assertEquals(3, replicas.stream().map(id -> id / 2).distinct().count(), "seed " + seed);
      }
    }
  }

  @Test
  void followersOfOneLeaderAreSpreadOverTheOthers() {
    List<BrokerImage> all = new ArrayList<>();
    for (int id = 0; id < 5; id++) {
      all.add(broker(id, null, false));
    }
    var placed = new ReplicaPlacement(new Random(3)).place(all, 20, 2);
    List<Integer> followersOfZero =
        placed.stream().filter(at -> at.get(0) == 0).map(at -> at.get(1)).toList();
    assertEquals(4, new HashSet<>(followersOfZero).size());
  }

  @Test
  void fencedBrokersAreTakenOnlyWhenThereAreNotEnoughOthers() {
    List<BrokerImage> all =
        List.of(broker(1, null, false), broker(2, null, true), broker(3, null, false));
    var placement = new ReplicaPlacement(new Random(1));
    placement.place(all, 10, 2).forEach(replicas -> assertFalse(replicas.contains(2)));
    for (List<Integer> replicas : placement.place(all, 10, 3)) {
      assertTrue(replicas.contains(2));
      assertTrue(replicas.get(0) != 2);
    }
  }

  @Test
  void notEnoughBrokersAreRefused() {
    var placement = new ReplicaPlacement(new Random(1));
    List<BrokerImage> fenced = List.of(broker(1, null, true));
    for (List<BrokerImage> brokers : List.of(List.<BrokerImage>of(), fenced)) {
      ApiException refused = assertThrows(ApiException.class, () -> placement.place(brokers, 1, 1));
      assertEquals(ErrorCode.INVALID_REPLICATION_FACTOR, refused.errorCode());
    }
  }
}
