package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReassignmentDecisionsTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);

  private final TopicRules rules = new TopicRules(new ClusterConfig(BrokerConfig.DEFAULTS));
  private final ReassignmentDecisions decisions = new ReassignmentDecisions(rules);
  private ClusterImage image = withTopic(cluster(1, 2, 3, 4, 5), "t", 1, 1, 2, 3);

  private static Move to(Integer... replicas) {
    return new Move(PARTITION, Optional.of(List.of(replicas)));
  }

  private static Move cancel() {
    return new Move(PARTITION, Optional.empty());
  }

  private ErrorCode alter(boolean allowFactorChange, Move move) {
    var decision =
        decisions.alter(
            image, new AlterPartitionReassignments(List.of(move), allowFactorChange, 1_000));
    image = ImageUpdate.apply(image, image.metadataOffset() + 1, decision.records()).image();
    return decision.reply().get(0).error();
  }

  private PartitionImage partition() {
    return image.topic("t").orElseThrow().partitions().get(0);
  }

  /** The leader tells that these are in sync. */
  private void inSync(Integer... isr) {
    PartitionImage next =
        new PartitionChange(partition(), rules.of(image, "t"))
            .withIsr(List.of(isr), LeaderRecoveryState.RECOVERED)
            .result()
            .orElseThrow();
    image = Images.apply(image, new PartitionChanged(Images.id("t"), 0, next));
  }

  @Test
  void partitionOnTheMoveHasItsOldAndItsNewReplicas() {
    assertEquals(ErrorCode.NONE, alter(true, to(4, 5, 1)));
    assertEquals(List.of(4, 5, 1, 2, 3), partition().replicas());
    assertEquals(List.of(4, 5), partition().addingReplicas());
    assertEquals(List.of(2, 3), partition().removingReplicas());
    assertEquals(List.of(1, 2, 3), partition().isr());
    assertEquals(1, partition().leader());
    inSync(1, 2, 3, 4);
    assertTrue(partition().isReassigning());
    inSync(1, 2, 3, 4, 5);
    assertFalse(partition().isReassigning());
    assertEquals(List.of(4, 5, 1), partition().replicas());
    assertEquals(List.of(1, 4, 5), partition().isr());
    assertEquals(1, partition().leader());
  }

  @Test
  void cancelledMoveLeavesEverythingAsItWas() {
    alter(true, to(4, 5, 1));
    inSync(1, 2, 3, 4);
    assertEquals(ErrorCode.NONE, alter(true, cancel()));
    assertFalse(partition().isReassigning());
    assertEquals(List.of(1, 2, 3), partition().replicas());
    assertEquals(List.of(1, 2, 3), partition().isr());
    assertEquals(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, alter(true, cancel()));
  }

  @Test
  void moveThatWouldLoseDataCannotBeCancelled() {
    alter(true, to(4, 5, 1));
    inSync(1, 4);
    PartitionImage onlyNew =
        new PartitionImage(
            partition().replicas(),
            List.of(4),
            List.of(),
            List.of(),
            4,
            9,
            99,
            partition().addingReplicas(),
            partition().removingReplicas(),
            LeaderRecoveryState.RECOVERED);
    image = Images.apply(image, new PartitionChanged(Images.id("t"), 0, onlyNew));
    assertEquals(ErrorCode.INVALID_REPLICA_ASSIGNMENT, alter(true, cancel()));
    assertEquals(onlyNew, partition());
  }

  @Test
  void cancelledMoveKeepsWhatIsNeededUntilEnoughOfTheOldOnesAreInSync() {
    image =
        Images.apply(
            image,
            new ConfigSet(ConfigResource.topic("t"), "min.insync.replicas", Optional.of("2")));
    alter(true, to(4, 5, 1));
    inSync(1, 4);
    assertEquals(ErrorCode.NONE, alter(true, cancel()));
    assertEquals(List.of(1, 4), partition().isr());
    assertEquals(List.of(4, 5), partition().removingReplicas());
    inSync(1, 4, 2);
    assertFalse(partition().isReassigning());
    assertEquals(List.of(1, 2, 3), partition().replicas());
  }

  /** What is in sync of a given-up move may even lead: it goes like an old replica. */
  @Test
  void newGoalReplacesTheOldOne() {
    alter(true, to(4, 1, 2));
    alter(true, to(5, 1, 2));
    assertEquals(List.of(5), partition().addingReplicas());
    assertEquals(List.of(4, 3), partition().removingReplicas());
    inSync(1, 2, 5);
    assertEquals(List.of(5, 1, 2), partition().replicas());
  }

  @Test
  void goalThatIsAlreadyReachedIsDoneAtOnce() {
    assertEquals(ErrorCode.NONE, alter(true, to(3, 1, 2)));
    assertFalse(partition().isReassigning());
    assertEquals(List.of(3, 1, 2), partition().replicas());
    assertEquals(1, partition().leader(), "an election of its own gives it to 3");
    assertEquals(ErrorCode.NONE, alter(true, to(3, 1)));
    assertEquals(List.of(3, 1), partition().replicas());
    assertEquals(List.of(1, 3), partition().isr());
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of(to(), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(1, 1), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(1, 9), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        Arguments.of(to(1, 2), ErrorCode.INVALID_REPLICATION_FACTOR),
        Arguments.of(cancel(), ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
        Arguments.of(
            new Move(new TopicPartition("t", 1), Optional.of(List.of(1))),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        Arguments.of(
            new Move(new TopicPartition("u", 0), Optional.of(List.of(1))),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusedMoveChangesNothing(Move move, ErrorCode error) {
    PartitionImage before = partition();
    assertEquals(error, alter(false, move));
    assertEquals(before, partition());
  }

  @Test
  void deletedTopicTakesItsMovesWithIt() {
    alter(true, to(4, 5, 1));
    image = Images.apply(image, new MetadataRecord.TopicRemoved(Images.id("t")));
    assertEquals(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, alter(true, cancel()));
  }
}
