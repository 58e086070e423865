package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;

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

  /**
   * The topic of a partition that there is.
   *
   * @throws ApiException UNKNOWN_TOPIC_OR_PARTITION
   */
  static TopicImage topicOf(ClusterImage image, TopicPartition partition) {
    return image
        .topic(partition.topic())
        .filter(found -> partition.partition() >= 0)
        .filter(found -> partition.partition() < found.partitions().size())
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no partition " + partition));
  }

  static boolean isElrEnabled(ClusterImage image) {
    return image.featureLevels().getOrDefault(Features.ELIGIBLE_LEADER_REPLICAS, (short) 0) > 0;
  }
}
