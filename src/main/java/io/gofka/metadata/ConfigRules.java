package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterConfigs.Change;
import java.util.List;
import java.util.Map;

/** placeholder until io.gofka.config lands */
public interface ConfigRules {
  void check(ConfigResource resource, Map<String, String> overrides);

  Map<String, String> altered(
      ConfigResource resource, Map<String, String> current, List<Change> changes);
}
