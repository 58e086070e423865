package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterConfigs.Alteration;
import io.gofka.metadata.AlterConfigs.Change;
import io.gofka.metadata.AlterConfigs.Replacement;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigDecisionsTest {
  private static final ConfigResource TOPIC = ConfigResource.topic("t");
  private static final ClusterImage CLUSTER =
      Images.apply(
          withTopic(cluster(1, 2), "t", 1, 1),
          new ConfigSet(TOPIC, "retention.ms", Optional.of("5")),
          new ConfigSet(TOPIC, "cleanup.policy", Optional.of("compact")));

  private final ConfigDecisions decisions =
      new ConfigDecisions(new ClusterConfig(BrokerConfig.DEFAULTS));

  private static ConfigOp set(String key, String value) {
    return new ConfigOp(key, ConfigOp.Type.SET, Optional.of(value));
  }

  private static ConfigOp delete(String key) {
    return new ConfigOp(key, ConfigOp.Type.DELETE, Optional.empty());
  }

  private static Change change(ConfigResource resource, ConfigOp... operations) {
    return new Change(resource, List.of(operations));
  }

  private Decision<List<AlterConfigs.Result>> alter(Alteration... alterations) {
    return decisions.alter(CLUSTER, new AlterConfigs(List.of(alterations), false));
  }

  private ClusterImage after(Alteration... alterations) {
    var decision = alter(alterations);
    decision.reply().forEach(result -> assertEquals(ErrorCode.NONE, result.error()));
    return ImageUpdate.apply(CLUSTER, 10, decision.records()).image();
  }

  @Test
  void changesTouchOnlyWhatTheyName() {
    ClusterImage image =
        after(change(TOPIC, set("segment.bytes", "2000000"), delete("retention.ms")));
    assertEquals(
        Map.of("segment.bytes", "2000000", "cleanup.policy", "compact"), image.overrides(TOPIC));
  }

  @Test
  void listsGainAndLoseItems() {
    ConfigOp append = new ConfigOp("cleanup.policy", ConfigOp.Type.APPEND, Optional.of("delete"));
    assertEquals(
        "compact,delete", after(change(TOPIC, append)).overrides(TOPIC).get("cleanup.policy"));
  }

  @Test
  void replacementTakesAwayWhatItDoesNotName() {
    ClusterImage image = after(new Replacement(TOPIC, Map.of("retention.ms", "6")));
    assertEquals(Map.of("retention.ms", "6"), image.overrides(TOPIC));
    assertEquals(Map.of(), after(new Replacement(TOPIC, Map.of())).overrides(TOPIC));
  }

  @Test
  void valueThatHoldsAlreadyIsNotWrittenAgain() {
    assertEquals(List.of(), alter(change(TOPIC, set("retention.ms", "5"))).records());
  }

  @Test
  void brokersGroupsAndSubscriptionsHaveSettings() {
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "g");
    ConfigResource subscription = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "s");
    ClusterImage image =
        after(
            change(ConfigResource.ALL_BROKERS, set("log.retention.ms", "77")),
            change(ConfigResource.broker(2), set("log.retention.ms", "88")),
            change(group, set("consumer.session.timeout.ms", "46000")),
            change(subscription, set("interval.ms", "30000")));
    assertEquals(Map.of("log.retention.ms", "77"), image.overrides(ConfigResource.ALL_BROKERS));
    assertEquals(Map.of("log.retention.ms", "88"), image.overrides(ConfigResource.broker(2)));
    assertEquals(Map.of("consumer.session.timeout.ms", "46000"), image.overrides(group));
    assertEquals(Map.of("interval.ms", "30000"), image.overrides(subscription));
    assertEquals(77, new ClusterConfig(BrokerConfig.DEFAULTS).under(image).logRetentionMs());
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refused(change(ConfigResource.topic("none")), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        refused(change(ConfigResource.topic("")), ErrorCode.INVALID_TOPIC_EXCEPTION),
        refused(change(TOPIC, set("no.such", "1")), ErrorCode.INVALID_CONFIG),
        refused(change(TOPIC, set("retention.ms", "x")), ErrorCode.INVALID_CONFIG),
        refused(
            change(TOPIC, new ConfigOp("retention.ms", ConfigOp.Type.APPEND, Optional.of("1"))),
            ErrorCode.INVALID_CONFIG),
        refused(
            change(ConfigResource.broker(9), set("log.retention.ms", "1")),
            ErrorCode.BROKER_ID_NOT_REGISTERED),
        refused(
            change(new ConfigResource(ConfigResource.Type.BROKER, "x")), ErrorCode.INVALID_REQUEST),
        refused(
            change(ConfigResource.ALL_BROKERS, set("num.partitions", "1")),
            ErrorCode.INVALID_REQUEST),
        refused(
            change(new ConfigResource(ConfigResource.Type.GROUP, "")), ErrorCode.INVALID_REQUEST),
        refused(
            change(new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "")),
            ErrorCode.INVALID_REQUEST),
        refused(
            change(new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "1")),
            ErrorCode.INVALID_REQUEST),
        refused(
            change(new ConfigResource(ConfigResource.Type.UNKNOWN, "1")),
            ErrorCode.INVALID_REQUEST));
  }

  private static Arguments refused(Alteration alteration, ErrorCode error) {
    return Arguments.of(alteration, error);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusedAlterationChangesNothing(Alteration alteration, ErrorCode error) {
    var decision = alter(alteration);
    assertEquals(error, decision.reply().get(0).error());
    assertEquals(List.of(), decision.records());
  }

  @Test
  void resourceIsAlteredAsAWholeOrNotAtAll() {
    var decision = alter(change(TOPIC, set("segment.bytes", "2000000"), set("no.such", "1")));
    assertEquals(List.of(), decision.records());
  }

  @Test
  void resourceThatStandsTwiceIsRefusedEachTime() {
    var decision =
        alter(
            change(TOPIC, delete("retention.ms")),
            change(TOPIC, delete("cleanup.policy")),
            change(ConfigResource.broker(1), set("log.retention.ms", "1")));
    assertEquals(
        List.of(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST, ErrorCode.NONE),
        decision.reply().stream().map(AlterConfigs.Result::error).toList());
  }

  @Test
  void validateOnlyChangesNothing() {
    var command = new AlterConfigs(List.of(change(TOPIC, delete("retention.ms"))), true);
    var decision = decisions.alter(CLUSTER, command);
    assertEquals(ErrorCode.NONE, decision.reply().get(0).error());
    assertEquals(List.of(), decision.records());
  }

  private static ClusterImage withElr(int minIsr) {
    ClusterImage image =
        Images.apply(
            withTopic(cluster(1, 2, 3), "t", 1, 1, 2, 3),
            new FeatureLevelSet(Features.ELIGIBLE_LEADER_REPLICAS, (short) 1),
            new ConfigSet(
                ConfigResource.ALL_BROKERS,
                "min.insync.replicas",
                Optional.of(Integer.toString(minIsr))));
    PartitionImage state =
        new PartitionImage(
            List.of(1, 2, 3),
            List.of(1, 2),
            List.of(3),
            List.of(),
            1,
            1,
            1,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERED);
    return Images.apply(image, new PartitionChanged(Images.id("t"), 0, state));
  }

  /** From then on the leader commits without those that were eligible. */
  @Test
  void eligibleReplicasGoInTheEntryThatMakesFewerInSyncOnesEnough() {
    ClusterImage image = withElr(3);
    for (ConfigResource resource : List.of(TOPIC, ConfigResource.ALL_BROKERS)) {
      var command =
          new AlterConfigs(List.of(change(resource, set("min.insync.replicas", "2"))), false);
      var decision = decisions.alter(image, command);
      assertEquals(2, decision.records().size(), resource.toString());
      PartitionChanged changed = (PartitionChanged) decision.records().get(0);
      assertEquals(List.of(), changed.state().elr());
    }
    var elsewhere =
        new AlterConfigs(
            List.of(change(ConfigResource.ALL_BROKERS, set("min.insync.replicas", "4"))), false);
    assertEquals(1, decisions.alter(image, elsewhere).records().size());
  }

  @Test
  void wholeClusterUnderstandsMinInsyncReplicasInTheSameWayWithElr() {
    ClusterImage image = withElr(2);
    for (Alteration refused :
        List.of(
            change(ConfigResource.ALL_BROKERS, delete("min.insync.replicas")),
            change(ConfigResource.broker(1), set("min.insync.replicas", "2")))) {
      var decision = decisions.alter(image, new AlterConfigs(List.of(refused), false));
      assertEquals(ErrorCode.INVALID_CONFIG, decision.reply().get(0).error());
      assertEquals(List.of(), decision.records());
    }
  }
}
