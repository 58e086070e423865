package io.gofka.metadata;

import io.gofka.config.BrokerConfig;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import java.util.List;
import java.util.Map;

/**
 * How topics are made that nobody has described: those of the brokers themselves as their settings
 * say, all others with the defaults. Whoever needs one asks for it by {@code CREATE_TOPICS}.
 *
 * <p>Kafka doesn't create an internal topic before there are as many brokers as its replication
 * factor wants. Here it gets as many replicas as there are brokers: a single node works without
 * settings.
 */
public final class InternalTopics {
  private InternalTopics() {}

  /**
   * @param image tells how many brokers there are
   */
  public static NewTopic newTopic(String name, BrokerConfig config, ClusterImage image) {
    int brokers = Math.max(1, image.brokers().size());
    if (name.equals(TopicImage.CONSUMER_OFFSETS)) {
      return new NewTopic(
          name,
          config.offsetsTopicNumPartitions(),
          Math.min(brokers, config.offsetsTopicReplicationFactor()),
          List.of(),
          Map.of(
              "cleanup.policy",
              "compact",
              "segment.bytes",
              Integer.toString(config.offsetsTopicSegmentBytes()),
              "compression.type",
              "producer"));
    }
    if (name.equals(TopicImage.TRANSACTION_STATE)) {
      return new NewTopic(
          name,
          config.transactionStateLogNumPartitions(),
          Math.min(brokers, config.transactionStateLogReplicationFactor()),
          List.of(),
          Map.of(
              "cleanup.policy",
              "compact",
              "segment.bytes",
              Integer.toString(config.transactionStateLogSegmentBytes()),
              "compression.type",
              "uncompressed",
              "min.insync.replicas",
              Integer.toString(Math.min(brokers, config.transactionStateLogMinIsr())),
              "unclean.leader.election.enable",
              "false"));
    }
    return NewTopic.withDefaults(name);
  }
}
