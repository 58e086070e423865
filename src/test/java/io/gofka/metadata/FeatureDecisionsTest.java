package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.UpdateFeatures.Update;
import io.gofka.metadata.UpdateFeatures.UpgradeType;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FeatureDecisionsTest {
  private static final String ELR = Features.ELIGIBLE_LEADER_REPLICAS;

  private final TopicRules rules = new TopicRules(new ClusterConfig(BrokerConfig.DEFAULTS));
  private final FeatureDecisions decisions = new FeatureDecisions(rules);

  private static ClusterImage cluster() {
    ClusterImage image = Images.cluster(1, 2);
    return ImageUpdate.apply(image, image.metadataOffset() + 1, FeatureDecisions.firstLevels())
        .image();
  }

  private Decision<Void> update(ClusterImage image, boolean validateOnly, Update... updates) {
    return decisions.update(image, new UpdateFeatures(List.of(updates), validateOnly, 1_000));
  }

  private static Update update(String feature, int level, UpgradeType type) {
    return new Update(feature, (short) level, type);
  }

  @Test
  void newClusterHasTheHighestLevels() {
    ClusterImage image = cluster();
    Features.supported()
        .forEach((feature, range) -> assertEquals(range.max(), image.featureLevels().get(feature)));
    assertTrue(TopicRules.isElrEnabled(image));
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of("no.such.version", 1, UpgradeType.UPGRADE, "does not support"),
        Arguments.of(ELR, 2, UpgradeType.UPGRADE, "only supports the levels 0-1"),
        Arguments.of(ELR, -1, UpgradeType.UPGRADE, "0 or more"),
        Arguments.of(ELR, 0, UpgradeType.UPGRADE, "downgrade"),
        Arguments.of(Features.KRAFT_VERSION, 0, UpgradeType.SAFE_DOWNGRADE, "taken back"),
        Arguments.of(Features.METADATA_VERSION, 25, UpgradeType.UNSAFE_DOWNGRADE, "unsafe"),
        Arguments.of(Features.METADATA_VERSION, 22, UpgradeType.SAFE_DOWNGRADE, "needs"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusalNamesTheFeatureAndTheReason(
      String feature, int level, UpgradeType type, String reason) {
    ApiException refused =
        assertThrows(
            ApiException.class, () -> update(cluster(), false, update(feature, level, type)));
    assertEquals(ErrorCode.INVALID_UPDATE_VERSION, refused.errorCode());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void levelsThatHangTogetherMayChangeTogether() {
    var decision =
        update(
            cluster(),
            false,
            update(Features.METADATA_VERSION, 22, UpgradeType.SAFE_DOWNGRADE),
            update(ELR, 0, UpgradeType.SAFE_DOWNGRADE));
    assertEquals(2, decision.records().size());
  }

  @Test
  void levelThatHoldsAlreadyIsNotWrittenAgainAndValidationChangesNothing() {
    assertEquals(
        List.of(), update(cluster(), false, update(ELR, 1, UpgradeType.UPGRADE)).records());
    assertEquals(
        List.of(), update(cluster(), true, update(ELR, 0, UpgradeType.SAFE_DOWNGRADE)).records());
  }

  @Test
  void nobodyIsEligibleAnyMoreWhenThatIsSwitchedOff() {
    ClusterImage image = Images.withTopic(cluster(), "t", 1, 1, 2);
    image = Images.apply(image, changed(List.of(1), List.of(2), 1));
    long epoch = image.broker(2).orElseThrow().epoch();
    image = Images.apply(image, new BrokerChanged(2, epoch, true, false));
    var decision = update(image, false, update(ELR, 0, UpgradeType.SAFE_DOWNGRADE));
    ClusterImage after =
        ImageUpdate.apply(image, image.metadataOffset() + 1, decision.records()).image();
    PartitionImage state = after.topic("t").orElseThrow().partitions().get(0);
    assertEquals(List.of(), state.elr());
    assertEquals(List.of(1), state.isr());
  }

  @Test
  void partitionThatHasNobodyElseKeepsEligibleReplicasOn() {
    ClusterImage image =
        Images.apply(
            Images.withTopic(cluster(), "t", 1, 1, 2),
            changed(List.of(), List.of(2), PartitionImage.NO_LEADER));
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> update(image, false, update(ELR, 0, UpgradeType.UNSAFE_DOWNGRADE)));
    assertEquals(ErrorCode.FEATURE_UPDATE_FAILED, refused.errorCode());
  }

  private static PartitionChanged changed(List<Integer> isr, List<Integer> elr, int leader) {
    return new PartitionChanged(
        Images.id("t"),
        0,
        new PartitionImage(
            List.of(1, 2),
            isr,
            elr,
            List.of(),
            leader,
            1,
            1,
            List.of(),
            List.of(),
            LeaderRecoveryState.RECOVERED));
  }
}
