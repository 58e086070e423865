package io.gofka.log;

import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.metadata.image.ClusterImage;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The settings of topics. Those of the broker are made anew only when they are altered, those of a
 * topic once for all of its partitions: there may be thousands in one change.
 */
final class TopicLogConfigs {
  private final int brokerId;
  private final Consumer<BrokerConfig> onBrokerConfig;
  private final BrokerConfig staticConfig;
  private Map<String, String> ofAll = Map.of();
  private Map<String, String> ofThis = Map.of();
  private BrokerConfig current;
  private long lastOffset = ClusterImage.EMPTY.metadataOffset();
  private String lastTopic = "";
  private LogConfig last;

  TopicLogConfigs(int brokerId, BrokerConfig staticConfig, Consumer<BrokerConfig> onBrokerConfig) {
    this.onBrokerConfig = onBrokerConfig;
    this.brokerId = brokerId;
    this.staticConfig = staticConfig;
    this.current = staticConfig;
  }

  LogConfig of(ClusterImage image, String topic) {
    if (image.metadataOffset() != lastOffset || !topic.equals(lastTopic)) {
      last = read(image, topic);
      lastOffset = image.metadataOffset();
      lastTopic = topic;
    }
    return last;
  }

  private LogConfig read(ClusterImage image, String topic) {
    Map<String, String> all = image.overrides(ConfigResource.ALL_BROKERS);
    Map<String, String> own = image.overrides(ConfigResource.broker(brokerId));
    if (!all.equals(ofAll) || !own.equals(ofThis)) {
      ofAll = all;
      ofThis = own;
      current = staticConfig.withDynamic(all, own);
      onBrokerConfig.accept(current);
    }
    TopicConfig topicConfig = TopicConfig.of(current, image.overrides(ConfigResource.topic(topic)));
    return LogConfig.of(topicConfig, current.producerIdExpirationMs());
  }
}
