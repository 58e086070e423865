package io.gofka.metadata;

import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.image.ClusterImage;
import java.util.Map;

/**
 * What holds for every broker: what this node is configured with before its start, under what was
 * altered for all of them. Made again only when that has changed, since it reads every setting.
 */
final class ClusterConfig {
  private final BrokerConfig beforeStart;
  private Map<String, String> overrides = Map.of();
  private BrokerConfig holds;

  ClusterConfig(BrokerConfig beforeStart) {
    this.beforeStart = beforeStart;
    this.holds = beforeStart;
  }

  BrokerConfig under(ClusterImage image) {
    Map<String, String> current = image.overrides(ConfigResource.ALL_BROKERS);
    if (!current.equals(overrides)) {
      overrides = current;
      holds = beforeStart.withDynamic(current, Map.of());
    }
    return holds;
  }
}
