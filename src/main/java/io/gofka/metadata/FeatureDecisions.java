package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.UpdateFeatures.Update;
import io.gofka.metadata.UpdateFeatures.UpgradeType;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.metadata.image.VersionRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** Which levels of features hold for the whole cluster. */
final class FeatureDecisions {
  private final TopicRules topicRules;

  FeatureDecisions(TopicRules topicRules) {
    this.topicRules = topicRules;
  }

  /** The levels with which a new cluster begins: the highest ones. */
  static List<MetadataRecord> firstLevels() {
    List<MetadataRecord> records = new ArrayList<>();
    Features.supported()
        .forEach((feature, range) -> records.add(new FeatureLevelSet(feature, range.max())));
    return records;
  }

  /**
   * @throws ApiException UNSUPPORTED_VERSION when a node can't work with a level that holds
   */
  static void checkSupported(
      ClusterImage image, String nodeId, Map<String, VersionRange> features) {
    if (features.isEmpty()) {
      return; // It doesn't say.
    }
    image
        .featureLevels()
        .forEach(
            (feature, level) -> {
              VersionRange range = features.get(feature);
              if (range == null || !range.contains(level)) {
                throw new ApiException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    "node %s can't register: the cluster has %s at level %d, the node supports %s"
                        .formatted(nodeId, feature, level, range == null ? "none" : range));
              }
            });
  }

  /**
   * @throws ApiException for the first update that can't be done, as {@link UpdateFeatures} tells
   */
  Decision<Void> update(ClusterImage image, UpdateFeatures command) {
    Set<String> seen = new HashSet<>();
    List<MetadataRecord> records = new ArrayList<>();
    for (Update update : command.updates()) {
      if (!seen.add(update.feature())) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST, update.feature() + " stands twice in the request");
      }
      check(image, update);
      if (level(image, update.feature()) != update.level()) {
        records.add(new FeatureLevelSet(update.feature(), update.level()));
      }
    }
    // The levels together must make sense, in whichever order they were given.
    ClusterImage after = ImageUpdate.apply(image, image.metadataOffset(), records).image();
    checkDependencies(after);
    if (TopicRules.isElrEnabled(image) && !TopicRules.isElrEnabled(after)) {
      records.addAll(withoutElr(after));
    }
    return command.validateOnly() ? Decision.unchanged(null) : new Decision<>(records, null);
  }

  private static short level(ClusterImage image, String feature) {
    return image.featureLevels().getOrDefault(feature, (short) 0);
  }

  private static void check(ClusterImage image, Update update) {
    String feature = update.feature();
    short level = update.level();
    if (feature.isEmpty()) {
      throw new ApiException(ErrorCode.INVALID_REQUEST, "a feature has no name");
    }
    if (level < 0) {
      throw refused(feature, level, "a level is 0 or more");
    }
    VersionRange own = Features.supported().get(feature);
    if (own == null) {
      throw refused(feature, level, "this controller does not support the feature");
    }
    if (!own.contains(level)) {
      throw refused(feature, level, "this controller only supports the levels " + own);
    }
    for (BrokerImage broker : image.brokers().values()) {
      checkNode("broker " + broker.id(), broker.features(), feature, level);
    }
    for (ControllerImage controller : image.controllers().values()) {
      checkNode("controller " + controller.id(), controller.features(), feature, level);
    }
    checkDirection(level(image, feature), update);
  }

  private static void checkNode(
      String node, SortedMap<String, VersionRange> features, String feature, short level) {
    if (features.isEmpty()) {
      return; // It doesn't say; it is of the oldest release, or of this process.
    }
    VersionRange range = features.get(feature);
    if (level > 0 && range == null) {
      throw refused(feature, level, node + " does not support the feature");
    }
    if (range != null && !range.contains(level)) {
      throw refused(feature, level, node + " only supports the levels " + range);
    }
  }

  private static void checkDirection(short present, Update update) {
    String feature = update.feature();
    short level = update.level();
    if (level >= present) {
      if (level > present && update.type() != UpgradeType.UPGRADE) {
        throw refused(feature, level, "that is not down from " + present);
      }
      return;
    }
    if (update.type() == UpgradeType.UPGRADE) {
      throw refused(
          feature,
          level,
          "down from %d is a downgrade, which must be asked for as a safe or an unsafe one"
              .formatted(present));
    }
    if (feature.equals(Features.KRAFT_VERSION)) {
      throw refused(feature, level, "the way in which controllers are kept can't be taken back");
    }
    if (feature.equals(Features.METADATA_VERSION)
        && update.type() == UpgradeType.UNSAFE_DOWNGRADE) {
      throw refused(feature, level, "an unsafe downgrade of it is not supported");
    }
  }

  private static void checkDependencies(ClusterImage image) {
    short metadata = level(image, Features.METADATA_VERSION);
    short elr = level(image, Features.ELIGIBLE_LEADER_REPLICAS);
    if (elr > 0 && metadata < Features.FIRST_METADATA_VERSION_WITH_ELR) {
      throw refused(
          Features.ELIGIBLE_LEADER_REPLICAS,
          elr,
          "it needs %s at %d or more, not at %d"
              .formatted(
                  Features.METADATA_VERSION, Features.FIRST_METADATA_VERSION_WITH_ELR, metadata));
    }
  }

  /** Nobody stays eligible; a partition that has nothing else keeps the feature from going. */
  private List<MetadataRecord> withoutElr(ClusterImage image) {
    List<MetadataRecord> records = new ArrayList<>();
    for (TopicImage topic : image.topicsByName().values()) {
      ElectionRules rules = topicRules.of(image, topic.name());
      for (int i = 0; i < topic.partitions().size(); i++) {
        PartitionImage state = topic.partitions().get(i);
        if (state.isr().isEmpty()) {
          throw new ApiException(
              ErrorCode.FEATURE_UPDATE_FAILED,
              "%s can't be switched off: partition %s has no in-sync replica, only eligible ones %s"
                  .formatted(Features.ELIGIBLE_LEADER_REPLICAS, topic.partition(i), state.elr()));
        }
        if (!state.elr().isEmpty() || !state.lastKnownElr().isEmpty()) {
          int index = i;
          Optional<PartitionImage> changed = new PartitionChange(state, rules).result();
          changed.ifPresent(next -> records.add(new PartitionChanged(topic.id(), index, next)));
        }
      }
    }
    return records;
  }

  private static ApiException refused(String feature, short level, String why) {
    return new ApiException(
        ErrorCode.INVALID_UPDATE_VERSION,
        "invalid level %d for feature %s: %s".formatted(level, feature, why));
  }
}
