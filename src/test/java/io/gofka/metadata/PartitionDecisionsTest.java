package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.CreatePartitions.Growth;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PartitionDecisionsTest {
  private static final ClusterImage CLUSTER = withTopic(cluster(1, 2, 3), "t", 2, 1, 2);

  private final PartitionDecisions decisions = new PartitionDecisions(new Random(1));

  private static Growth to(int count) {
    return new Growth("t", count, Optional.empty());
  }

  private static Growth to(int count, List<List<Integer>> assignments) {
    return new Growth("t", count, Optional.of(assignments));
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of(new Growth("none", 3, Optional.empty()), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        Arguments.of(to(2), ErrorCode.INVALID_PARTITIONS),
        Arguments.of(to(1), ErrorCode.INVALID_PARTITIONS),
        Arguments.of(to(0), ErrorCode.INVALID_PARTITIONS),
        Arguments.of(to(-1), ErrorCode.INVALID_PARTITIONS),
        Arguments.of(to(4, List.of(List.of(1, 2))), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(3, List.of()), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(3, List.of(List.of(1))), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(3, List.of(List.of(1, 1))), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(3, List.of(List.of(1, 7))), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(3, List.of(List.of())), ErrorCode.INVALID_REPLICA_ASSIGNMENT));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusedGrowthChangesNothing(Growth growth, ErrorCode error) {
    var decision = decisions.create(CLUSTER, new CreatePartitions(List.of(growth), false));
    assertEquals(error, decision.reply().get(0).error());
    assertEquals(List.of(), decision.records());
  }

  @Test
  void newPartitionsFollowTheOldOnesWithAsManyReplicas() {
    var decision = decisions.create(CLUSTER, new CreatePartitions(List.of(to(5)), false));
    assertEquals(ErrorCode.NONE, decision.reply().get(0).error());
    List<PartitionImage> before = CLUSTER.topic("t").orElseThrow().partitions();
    List<PartitionImage> after =
        ImageUpdate.apply(CLUSTER, 10, decision.records())
            .image()
            .topic("t")
            .orElseThrow()
            .partitions();
    assertEquals(before, after.subList(0, 2));
    assertEquals(5, after.size());
    after.forEach(partition -> assertEquals(2, partition.replicas().size()));
  }

  @Test
  void chosenReplicasAreTakenAsTheyStand() {
    List<List<Integer>> chosen = List.of(List.of(3, 1), List.of(2, 3));
    var decision = decisions.create(CLUSTER, new CreatePartitions(List.of(to(4, chosen)), false));
    var partitions =
        ImageUpdate.apply(CLUSTER, 10, decision.records())
            .image()
            .topic("t")
            .orElseThrow()
            .partitions();
    assertEquals(chosen.get(0), partitions.get(2).replicas());
    assertEquals(chosen.get(1), partitions.get(3).replicas());
  }

  @Test
  void topicThatStandsTwiceIsRefusedEachTime() {
    var decision = decisions.create(CLUSTER, new CreatePartitions(List.of(to(3), to(4)), false));
    decision.reply().forEach(result -> assertEquals(ErrorCode.INVALID_REQUEST, result.error()));
    assertEquals(List.of(), decision.records());
  }

  @Test
  void validateOnlyChangesNothing() {
    var decision = decisions.create(CLUSTER, new CreatePartitions(List.of(to(3)), true));
    assertEquals(ErrorCode.NONE, decision.reply().get(0).error());
    assertEquals(List.of(), decision.records());
  }

  @Test
  void tooManyPartitionsRefuseTheWholeRequest() {
    for (int count : new int[] {10_003, Integer.MAX_VALUE}) {
      ApiException refused =
          assertThrows(
              ApiException.class,
              () -> decisions.create(CLUSTER, new CreatePartitions(List.of(to(count)), false)));
      assertEquals(ErrorCode.POLICY_VIOLATION, refused.errorCode());
    }
  }
}
