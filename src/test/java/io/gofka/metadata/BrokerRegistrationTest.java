package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.Steps.Step;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.VersionRange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BrokerRegistrationTest {
  private static final TopicRules RULES = new TopicRules(new ClusterConfig(BrokerConfig.DEFAULTS));

  private ClusterImage image = cluster();
  private List<UUID> logDirs = List.of(new UUID(5, 1), new UUID(5, 2));

  private RegisterBroker command(
      String nodeId, OptionalInt id, int process, OptionalLong previousEpoch) {
    return new RegisterBroker(
        nodeId,
        id,
        Optional.of(new UUID(3, process)),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        logDirs,
        previousEpoch,
        Map.of());
  }

  private RegisterBroker first(String nodeId, OptionalInt id) {
    return command(nodeId, id, 1, OptionalLong.empty());
  }

  private Registration register(RegisterBroker command) {
    Steps<Registration> steps = new BrokerRegistration(command, RULES);
    while (true) {
      long index = image.metadataOffset() + 1;
      Step<Registration> step = steps.next(image, index);
      if (!step.records().isEmpty()) {
        image = ImageUpdate.apply(image, index, step.records()).image();
      }
      if (step.last()) {
        return step.reply();
      }
    }
  }

  private ErrorCode errorOf(RegisterBroker command) {
    return assertThrows(ApiException.class, () -> register(command)).errorCode();
  }

  private BrokerImage broker(int id) {
    return image.broker(id).orElseThrow();
  }

  private PartitionImage partition(String topic) {
    return image.topic(topic).orElseThrow().partitions().get(0);
  }

  private void activate(int... ids) {
    for (int id : ids) {
      image = Images.apply(image, new BrokerChanged(id, broker(id).epoch(), false, false));
    }
  }

  private void withElr() {
    image = Images.apply(image, new FeatureLevelSet(Features.ELIGIBLE_LEADER_REPLICAS, (short) 1));
  }

  @Test
  void nodeKeepsTheIdItWasGivenFirst() {
    assertEquals(1, register(first("a", OptionalInt.empty())).brokerId());
    assertEquals(2, register(first("b", OptionalInt.empty())).brokerId());
    long epoch = broker(1).epoch();
    Registration again = register(command("a", OptionalInt.empty(), 2, OptionalLong.empty()));
    assertEquals(1, again.brokerId());
    assertEquals(broker(1).epoch(), again.brokerEpoch());
    assertTrue(again.brokerEpoch() > epoch);
    image = Images.apply(image, new BrokerUnregistered(1, broker(1).epoch()));
    assertEquals(1, register(first("a", OptionalInt.empty())).brokerId(), "for ever");
    assertEquals(3, register(first("c", OptionalInt.empty())).brokerId());
  }

  @Test
  void configuredIdIsTakenUnlessItIsAnotherNodes() {
    assertEquals(7, register(first("a", OptionalInt.of(7))).brokerId());
    assertEquals(ErrorCode.INVALID_REGISTRATION, errorOf(first("b", OptionalInt.of(7))));
    assertEquals(ErrorCode.INVALID_REGISTRATION, errorOf(first("a", OptionalInt.of(8))));
    assertEquals(8, register(first("b", OptionalInt.empty())).brokerId());
  }

  @Test
  void newBrokerIsFencedUntilItHasCaughtUp() {
    register(first("a", OptionalInt.empty()));
    assertTrue(broker(1).fenced());
  }

  @Test
  void sameProcessThatRegistersAgainStaysAsItIs() {
    register(first("a", OptionalInt.empty()));
    activate(1);
    image = withTopic(image, "t", 1, 1);
    long epoch = broker(1).epoch();
    register(first("a", OptionalInt.empty()));
    assertFalse(broker(1).fenced());
    assertTrue(broker(1).epoch() > epoch);
    assertEquals(1, partition("t").leader());
  }

  private void threeBrokersWithATopic() {
    withElr();
    for (String node : List.of("a", "b", "c")) {
      register(first(node, OptionalInt.empty()));
    }
    activate(1, 2, 3);
    image = withTopic(image, "t", 1, 1, 2, 3);
  }

  private void onlyTheFirstOfThreeIsInSync() {
    threeBrokersWithATopic();
    image =
        Images.apply(
            image,
            new BrokerChanged(2, broker(2).epoch(), true, false),
            new BrokerChanged(3, broker(3).epoch(), true, false));
    sweep();
  }

  @Test
  void nextProcessOfAnActiveBrokerGivesUpTheLeadAndTheIsrFirst() {
    threeBrokersWithATopic();
    register(command("a", OptionalInt.empty(), 2, OptionalLong.empty()));
    assertTrue(broker(1).fenced());
    assertEquals(2, partition("t").leader());
    assertEquals(List.of(2, 3), partition("t").isr());
  }

  @Test
  void brokerThatStoppedCleanlyIsStillEligible() {
    onlyTheFirstOfThreeIsInSync();
    assertEquals(List.of(1), partition("t").isr());
    register(command("a", OptionalInt.empty(), 2, OptionalLong.of(broker(1).epoch())));
    assertEquals(List.of(), partition("t").isr());
    assertEquals(List.of(1), partition("t").elr());
    activate(1);
    sweep();
    assertEquals(1, partition("t").leader());
  }

  /** What lay there is gone, however cleanly it stopped. */
  @Test
  void brokerThatHasGivenALogDirectoryUpIsNotEligible() {
    onlyTheFirstOfThreeIsInSync();
    logDirs = List.of(new UUID(5, 2), new UUID(5, 3));
    register(command("a", OptionalInt.empty(), 2, OptionalLong.of(broker(1).epoch())));
    assertEquals(List.of(), partition("t").elr());
    assertEquals(PartitionImage.NO_LEADER, partition("t").leader());
  }

  @Test
  void brokerThatStoppedUncleanlyIsNotEligible() {
    onlyTheFirstOfThreeIsInSync();
    long staleEpoch = broker(1).epoch() - 1;
    register(command("a", OptionalInt.empty(), 2, OptionalLong.of(staleEpoch)));
    assertEquals(List.of(), partition("t").isr());
    assertEquals(List.of(), partition("t").elr());
    assertEquals(PartitionImage.NO_LEADER, partition("t").leader());
    assertEquals(List.of(1), partition("t").lastKnownElr());
  }

  /** Whoever comes back under a name that was given up may have an empty disk. */
  @Test
  void unregisteredBrokerComesBackAsOneThatStoppedUncleanly() {
    threeBrokersWithATopic();
    image =
        Images.apply(
            image,
            new BrokerChanged(2, broker(2).epoch(), true, false),
            new BrokerChanged(3, broker(3).epoch(), true, false),
            new BrokerUnregistered(1, broker(1).epoch()));
    register(command("a", OptionalInt.empty(), 2, OptionalLong.of(1)));
    assertEquals(List.of(2, 3), partition("t").elr());
    assertFalse(partition("t").isr().contains(1));
  }

  @Test
  void manyPartitionsAreSeenToInSlices() {
    withElr();
    register(first("a", OptionalInt.empty()));
    activate(1);
    int partitions = 2 * PartitionSweep.MAX_CHANGES_PER_SLICE + 1;
    image = withTopic(image, "t", partitions, 1);
    Steps<Registration> steps =
        new BrokerRegistration(command("a", OptionalInt.empty(), 2, OptionalLong.empty()), RULES);
    int slices = 0;
    Step<Registration> step;
    do {
      long index = image.metadataOffset() + 1;
      step = steps.next(image, index);
      assertTrue(step.records().size() <= PartitionSweep.MAX_CHANGES_PER_SLICE + 1);
      image = ImageUpdate.apply(image, index, step.records()).image();
      slices++;
    } while (!step.last());
    assertEquals(4, slices);
    image
        .topic("t")
        .orElseThrow()
        .partitions()
        .forEach(state -> assertEquals(PartitionImage.NO_LEADER, state.leader()));
  }

  @Test
  void nodeThatCannotWorkWithTheClustersFeaturesIsRefused() {
    withElr();
    RegisterBroker old =
        new RegisterBroker(
            "a",
            OptionalInt.empty(),
            Optional.of(new UUID(3, 1)),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            OptionalLong.empty(),
            Map.of(Features.KRAFT_VERSION, new VersionRange((short) 0, (short) 1)));
    assertEquals(ErrorCode.UNSUPPORTED_VERSION, errorOf(old));
  }

  private void sweep() {
    PartitionSweep sweep = new PartitionSweep(RULES, PartitionSweep.IN_ORDER);
    while (!sweep.isDone()) {
      List<MetadataRecord> records = sweep.next(image);
      image = ImageUpdate.apply(image, image.metadataOffset() + 1, records).image();
    }
  }
}
