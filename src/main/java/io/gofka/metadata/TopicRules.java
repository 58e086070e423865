package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;

/** What holds for the elections in a topic: its settings, and the states of the brokers. */
final class TopicRules {
  static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
  static final String UNCLEAN_ELECTION = "unclean.leader.election.enable";

  private final ClusterConfig config;

  TopicRules(ClusterConfig config) {
    this.config = config;
  }

  ElectionRules of(ClusterImage image, String topic) {
    var overrides = image.overrides(ConfigResource.topic(topic));
    String minIsr = overrides.get(MIN_INSYNC_REPLICAS);
    String unclean = overrides.get(UNCLEAN_ELECTION);
    return new ElectionRules(
        image::isActive,
        id -> image.brokers().containsKey(id),
        isElrEnabled(image),
        minIsr == null ? config.under(image).minInsyncReplicas() : Integer.parseInt(minIsr),
        unclean == null
            ? config.under(image).uncleanLeaderElectionEnable()
            : Boolean.parseBoolean(unclean));
  }

  static boolean isElrEnabled(ClusterImage image) {
    return image.featureLevels().getOrDefault(Features.ELIGIBLE_LEADER_REPLICAS, (short) 0) > 0;
  }
}
