package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.AlterPartition.Change;
import io.gofka.metadata.AlterPartition.InSync;
import io.gofka.metadata.ElectLeaders.ElectionType;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LeaderDecisionsTest {
  private static final LeaderRecoveryState RECOVERED = LeaderRecoveryState.RECOVERED;
  private static final LeaderRecoveryState RECOVERING = LeaderRecoveryState.RECOVERING;

  private final LeaderDecisions decisions =
      new LeaderDecisions(new TopicRules(new ClusterConfig(BrokerConfig.DEFAULTS)));

  /** Brokers 1 to 4, of which 4 is fenced; topic t on 1, 2, 3, led by 1 in epoch 3. */
  private static ClusterImage image() {
    ClusterImage image = withTopic(cluster(1, 2, 3, 4), "t", 2, 1, 2, 3);
    image = Images.apply(image, new BrokerChanged(4, epoch(image, 4), true, false));
    return Images.apply(
        image, change(0, new PartitionImage(List.of(1, 2, 3), List.of(1, 2), 1, 3, 5)));
  }

  private static PartitionChanged change(int partition, PartitionImage state) {
    return new PartitionChanged(Images.id("t"), partition, state);
  }

  private static long epoch(ClusterImage image, int broker) {
    return image.broker(broker).orElseThrow().epoch();
  }

  private static List<InSync> inSync(ClusterImage image, int... ids) {
    List<InSync> isr = new ArrayList<>();
    for (int id : ids) {
      isr.add(new InSync(id, epoch(image, id)));
    }
    return isr;
  }

  private static Change wanted(
      int leaderEpoch, int partitionEpoch, LeaderRecoveryState recovery, int... isr) {
    return new Change(
        Images.id("t"), 0, leaderEpoch, partitionEpoch, inSync(image(), isr), recovery);
  }

  private Decision<List<AlterPartition.Result>> alter(int broker, Change... changes) {
    ClusterImage image = image();
    return decisions.alter(
        image, new AlterPartition(broker, epoch(image, broker), List.of(changes)));
  }

  @Test
  void leaderTakesAFollowerIntoItsIsr() {
    var decision = alter(1, wanted(3, 5, RECOVERED, 1, 2, 3));
    var expected = new PartitionImage(List.of(1, 2, 3), List.of(1, 2, 3), 1, 3, 6);
    assertEquals(List.of(change(0, expected)), decision.records());
    var result = decision.reply().get(0);
    assertEquals(ErrorCode.NONE, result.error());
    assertEquals(6, result.partitionEpoch());
    assertEquals(List.of(1, 2, 3), result.isr());
  }

  /** What a leader has asked for and heard nothing of must not be taken after this. */
  @Test
  void isrThatIsSoAlreadyMakesEarlierAttemptsVoid() {
    var decision = alter(1, wanted(3, 5, RECOVERED, 1, 2));
    assertEquals(6, decision.reply().get(0).partitionEpoch());
    ClusterImage image = Images.apply(image(), decision.records().get(0));
    Change earlier = wanted(3, 5, RECOVERED, 1, 2, 3);
    var late = decisions.alter(image, new AlterPartition(1, epoch(image, 1), List.of(earlier)));
    assertEquals(ErrorCode.INVALID_UPDATE_VERSION, late.reply().get(0).error());
  }

  static Stream<Arguments> refusals() {
    ClusterImage image = image();
    Change otherTopic = new Change(Images.id("u"), 0, 3, 5, List.of(), RECOVERED);
    Change otherPartition = new Change(Images.id("t"), 2, 3, 5, List.of(), RECOVERED);
    Change staleProcess =
        new Change(
            Images.id("t"),
            0,
            3,
            5,
            List.of(new InSync(1, epoch(image, 1)), new InSync(3, epoch(image, 3) - 1)),
            RECOVERED);
    return Stream.of(
        Arguments.of(1, otherTopic, ErrorCode.UNKNOWN_TOPIC_ID),
        Arguments.of(1, otherPartition, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        Arguments.of(1, wanted(4, 5, RECOVERED, 1), ErrorCode.NOT_CONTROLLER),
        Arguments.of(1, wanted(3, 6, RECOVERED, 1), ErrorCode.NOT_CONTROLLER),
        Arguments.of(1, wanted(2, 5, RECOVERED, 1), ErrorCode.FENCED_LEADER_EPOCH),
        Arguments.of(2, wanted(3, 5, RECOVERED, 1, 2), ErrorCode.INVALID_REQUEST),
        Arguments.of(1, wanted(3, 4, RECOVERED, 1), ErrorCode.INVALID_UPDATE_VERSION),
        Arguments.of(1, wanted(3, 5, RECOVERED, 2), ErrorCode.INVALID_REQUEST),
        Arguments.of(1, wanted(3, 5, RECOVERED, 1, 1), ErrorCode.INVALID_REQUEST),
        Arguments.of(1, wanted(3, 5, RECOVERED, 1, 4), ErrorCode.INVALID_REQUEST),
        Arguments.of(1, wanted(3, 5, RECOVERING, 1), ErrorCode.INVALID_REQUEST),
        Arguments.of(1, staleProcess, ErrorCode.INELIGIBLE_REPLICA));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusedIsrChangesNothing(int broker, Change change, ErrorCode error) {
    var decision = alter(broker, change);
    assertEquals(error, decision.reply().get(0).error());
    assertEquals(List.of(), decision.records());
  }

  /** KIP-841 */
  @Test
  void fencedBrokerIsNotTakenIntoAnIsr() {
    ClusterImage image =
        Images.apply(image(), new BrokerChanged(3, epoch(image(), 3), true, false));
    var decision =
        decisions.alter(
            image,
            new AlterPartition(
                1,
                epoch(image, 1),
                List.of(new Change(Images.id("t"), 0, 3, 5, inSync(image, 1, 2, 3), RECOVERED))));
    assertEquals(ErrorCode.INELIGIBLE_REPLICA, decision.reply().get(0).error());
  }

  @Test
  void earlierProcessOfABrokerIsNotHeard() {
    ClusterImage image = image();
    AlterPartition stale = new AlterPartition(1, epoch(image, 1) - 1, List.of());
    AlterPartition unknown = new AlterPartition(9, 1, List.of());
    assertEquals(
        ErrorCode.STALE_BROKER_EPOCH,
        assertThrows(ApiException.class, () -> decisions.alter(image, stale)).errorCode());
    assertEquals(
        ErrorCode.BROKER_ID_NOT_REGISTERED,
        assertThrows(ApiException.class, () -> decisions.alter(image, unknown)).errorCode());
  }

  private Decision<Void> fail(ClusterImage image, int broker, int... partitions) {
    List<ReplicasFailed.Replica> replicas = new ArrayList<>();
    for (int partition : partitions) {
      replicas.add(new ReplicasFailed.Replica(Images.id("t"), partition));
    }
    return decisions.giveUp(image, new ReplicasFailed(broker, epoch(image, broker), replicas));
  }

  /** Its process lives, so nobody fences it. */
  @Test
  void leaderWhoseDiskFailsIsFollowedByAnotherInSync() {
    var expected = new PartitionImage(List.of(1, 2, 3), List.of(2), 2, 4, 6);
    assertEquals(List.of(change(0, expected)), fail(image(), 1, 0, 0, 7).records());
  }

  @Test
  void followerWhoseDiskFailsIsNotWaitedFor() {
    var expected = new PartitionImage(List.of(1, 2, 3), List.of(1), 1, 3, 6);
    assertEquals(List.of(change(0, expected)), fail(image(), 2, 0).records());
  }

  @Test
  void lastReplicaInSyncIsGivenUpByNobody() {
    ClusterImage alone = ledBy(1, 1);
    assertEquals(List.of(), fail(alone, 1, 0).records());
    assertEquals(List.of(), fail(alone, 2, 0).records(), "it isn't in sync");
    ClusterImage image =
        Images.apply(image(), new BrokerChanged(2, epoch(image(), 2), true, false));
    assertEquals(List.of(), fail(image, 1, 0).records(), "the other one is fenced");
  }

  /** It was eligible, and came to lead alone, though its disk had failed already. */
  @Test
  void leaderWhoseDiskFailsIsFollowedByAnotherThatIsEligible() {
    PartitionImage state =
        new PartitionImage(
            List.of(1, 2, 3),
            List.of(2),
            List.of(1),
            List.of(),
            2,
            4,
            6,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERED);
    ClusterImage alone =
        Images.apply(
            image(),
            new FeatureLevelSet(Features.ELIGIBLE_LEADER_REPLICAS, (short) 1),
            change(0, state));
    PartitionImage next =
        new PartitionChange(state, new ElectionRules(id -> true, id -> true, true, 2, false))
            .withUnusable(2)
            .result()
            .orElseThrow();
    assertEquals(1, next.leader());
    assertEquals(List.of(1), next.isr());
    assertEquals(List.of(2), next.elr(), "it still has all that is committed");
    assertEquals(1, fail(alone, 2, 0).records().size());
    ClusterImage gone = Images.apply(alone, new BrokerChanged(1, epoch(alone, 1), true, false));
    assertEquals(List.of(), fail(gone, 2, 0).records(), "there is nobody else");
  }

  private Steps.Step<List<PartitionOutcome>> elect(
      ClusterImage image, ElectionType type, TopicPartition... partitions) {
    Optional<List<TopicPartition>> named =
        partitions.length == 0 ? Optional.empty() : Optional.of(List.of(partitions));
    return decisions
        .elect(new ElectLeaders(type, named, 1_000))
        .next(image, image.metadataOffset() + 1);
  }

  private static ErrorCode errorOf(Steps.Step<List<PartitionOutcome>> step) {
    return step.reply().get(0).error();
  }

  private static ClusterImage ledBy(int leader, Integer... isr) {
    return Images.apply(
        image(), change(0, new PartitionImage(List.of(1, 2, 3), List.of(isr), leader, 7, 7)));
  }

  @Test
  void preferredLeaderIsElectedWhenItIsInSync() {
    TopicPartition zero = new TopicPartition("t", 0);
    var elected = elect(ledBy(2, 2, 1), ElectionType.PREFERRED, zero);
    assertEquals(ErrorCode.NONE, errorOf(elected));
    assertEquals(1, ((PartitionChanged) elected.records().get(0)).state().leader());
    assertEquals(
        ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        errorOf(elect(ledBy(2, 2, 3), ElectionType.PREFERRED, zero)));
    assertEquals(
        ErrorCode.ELECTION_NOT_NEEDED, errorOf(elect(image(), ElectionType.PREFERRED, zero)));
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        errorOf(elect(image(), ElectionType.PREFERRED, new TopicPartition("t", 2))));
    assertEquals(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        errorOf(elect(image(), ElectionType.PREFERRED, new TopicPartition("u", 0))));
  }

  @Test
  void uncleanElectionNeedsAPartitionWithoutLeaderAndAReplicaThatLives() {
    TopicPartition zero = new TopicPartition("t", 0);
    assertEquals(
        ErrorCode.ELECTION_NOT_NEEDED, errorOf(elect(image(), ElectionType.UNCLEAN, zero)));
    ClusterImage image = ledBy(PartitionImage.NO_LEADER, 1);
    image = Images.apply(image, new BrokerChanged(1, epoch(image, 1), true, false));
    var elected = elect(image, ElectionType.UNCLEAN, zero);
    assertEquals(ErrorCode.NONE, errorOf(elected));
    PartitionImage state = ((PartitionChanged) elected.records().get(0)).state();
    assertEquals(2, state.leader());
    assertEquals(List.of(2), state.isr());
    assertEquals(RECOVERING, state.leaderRecoveryState());
    for (int id = 2; id <= 3; id++) {
      image = Images.apply(image, new BrokerChanged(id, epoch(image, id), true, false));
    }
    assertEquals(
        ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        errorOf(elect(image, ElectionType.UNCLEAN, zero)));
  }

  @Test
  void electionEverywherePassesOverThoseThatNeedNone() {
    var elected = elect(ledBy(2, 2, 1), ElectionType.PREFERRED);
    assertEquals(
        List.of(new PartitionOutcome(new TopicPartition("t", 0), ErrorCode.NONE, Optional.empty())),
        elected.reply());
    assertEquals(1, elected.records().size());
  }

  @Test
  void leadIsGivenBackToPreferredLeadersThatAreInSync() {
    PartitionSweep sweep = decisions.preferredLeaders();
    List<MetadataRecord> records = sweep.next(ledBy(2, 2, 1));
    assertEquals(1, ((PartitionChanged) records.get(0)).state().leader());
    assertEquals(List.of(), decisions.preferredLeaders().next(ledBy(2, 2, 3)));
  }
}
