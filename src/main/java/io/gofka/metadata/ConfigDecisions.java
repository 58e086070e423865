package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigAlterations;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterConfigs.Alteration;
import io.gofka.metadata.AlterConfigs.Change;
import io.gofka.metadata.AlterConfigs.Replacement;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which settings of topics, brokers, groups and client-metrics subscriptions are overridden. */
final class ConfigDecisions {
  private static final String MIN_ISR = TopicRules.MIN_INSYNC_REPLICAS;

  private final ClusterConfig config;
  private final TopicRules topicRules;

  ConfigDecisions(ClusterConfig config) {
    this.config = config;
    this.topicRules = new TopicRules(config);
  }

  /**
   * @throws ApiException POLICY_VIOLATION when there are too many resources in the request
   */
  Decision<List<AlterConfigs.Result>> alter(ClusterImage image, AlterConfigs command) {
    RequestLimits.check(command.alterations().size());
    Set<ConfigResource> seen = new HashSet<>();
    Set<ConfigResource> twice = new HashSet<>();
    for (Alteration alteration : command.alterations()) {
      if (!seen.add(alteration.resource())) {
        twice.add(alteration.resource());
      }
    }
    List<AlterConfigs.Result> results = new ArrayList<>();
    List<MetadataRecord> records = new ArrayList<>();
    for (Alteration alteration : command.alterations()) {
      ConfigResource resource = alteration.resource();
      try {
        if (twice.contains(resource)) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, describe(resource) + " stands twice in the request");
        }
        records.addAll(decide(image, alteration));
        results.add(new AlterConfigs.Result(resource, ErrorCode.NONE, Optional.empty()));
      } catch (ApiException refused) {
        results.add(
            new AlterConfigs.Result(
                resource, refused.errorCode(), Optional.of(refused.getMessage())));
      }
    }
    if (command.validateOnly()) {
      return Decision.unchanged(results);
    }
    records.addAll(0, fewerEligible(image, records));
    return new Decision<>(records, results);
  }

  /**
   * Where fewer in-sync replicas are enough from now on, those that were eligible because there
   * were not enough are no longer: the leader goes on committing without them. That must hold
   * before the leader hears of the new setting, so both stand in one entry.
   */
  private List<MetadataRecord> fewerEligible(ClusterImage image, List<MetadataRecord> records) {
    Set<ConfigResource> changed = new HashSet<>();
    for (MetadataRecord record : records) {
      if (record instanceof ConfigSet set && set.key().equals(MIN_ISR)) {
        changed.add(set.resource());
      }
    }
    if (changed.isEmpty() || !TopicRules.isElrEnabled(image)) {
      return List.of();
    }
    ClusterImage after = ImageUpdate.apply(image, image.metadataOffset(), records).image();
    List<MetadataRecord> changes = new ArrayList<>();
    for (TopicImage topic : after.topicsByName().values()) {
      if (!changed.contains(ConfigResource.ALL_BROKERS)
          && !changed.contains(ConfigResource.topic(topic.name()))) {
        continue;
      }
      ElectionRules rules = topicRules.of(after, topic.name());
      for (int i = 0; i < topic.partitions().size(); i++) {
        int partition = i;
        PartitionImage state = topic.partitions().get(i);
        if (!state.elr().isEmpty() || !state.lastKnownElr().isEmpty()) {
          new PartitionChange(state, rules)
              .result()
              .ifPresent(next -> changes.add(new PartitionChanged(topic.id(), partition, next)));
        }
      }
    }
    return changes;
  }

  private List<MetadataRecord> decide(ClusterImage image, Alteration alteration) {
    ConfigResource resource = alteration.resource();
    checkExists(image, resource);
    Map<String, String> before = image.overrides(resource);
    Map<String, String> after = altered(image, alteration, before);
    checkMinIsr(image, resource, before, after);
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    List<MetadataRecord> records = new ArrayList<>();
    for (String key : keys) {
      Optional<String> value = Optional.ofNullable(after.get(key));
      if (!value.equals(Optional.ofNullable(before.get(key)))) {
        records.add(new ConfigSet(resource, key, value));
      }
    }
    return records;
  }

  private Map<String, String> altered(
      ClusterImage image, Alteration alteration, Map<String, String> before) {
    BrokerConfig holds = config.under(image);
    if (alteration instanceof Change change) {
      return ConfigAlterations.altered(change.resource(), before, change.operations(), holds);
    }
    Replacement replacement = (Replacement) alteration;
    return ConfigAlterations.replaced(replacement.resource(), replacement.overrides(), holds);
  }

  /** With ELR, the whole cluster must understand min.insync.replicas in the same way (KIP-966). */
  private static void checkMinIsr(
      ClusterImage image,
      ConfigResource resource,
      Map<String, String> before,
      Map<String, String> after) {
    if (resource.type() != ConfigResource.Type.BROKER || !TopicRules.isElrEnabled(image)) {
      return;
    }
    if (resource.equals(ConfigResource.ALL_BROKERS)) {
      if (before.containsKey(MIN_ISR) && !after.containsKey(MIN_ISR)) {
        throw new ApiException(
            ErrorCode.INVALID_CONFIG,
            MIN_ISR
                + " of the cluster can be changed and not removed while eligible leader replicas"
                + " are enabled");
      }
    } else if (after.containsKey(MIN_ISR)) {
      throw new ApiException(
          ErrorCode.INVALID_CONFIG,
          MIN_ISR + " can't be set for a single broker while eligible leader replicas are enabled");
    }
  }

  private static void checkExists(ClusterImage image, ConfigResource resource) {
    switch (resource.type()) {
      case TOPIC -> checkTopic(image, resource.name());
      case BROKER -> checkBroker(image, resource.name());
      case GROUP, CLIENT_METRICS -> {
        if (resource.name().isEmpty()) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, describe(resource) + " has no name, which it needs");
        }
      }
      default ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, describe(resource) + " has no settings in the cluster");
    }
  }

  private static void checkTopic(ClusterImage image, String name) {
    TopicNames.mistake(name)
        .ifPresent(
            mistake -> {
              throw new ApiException(ErrorCode.INVALID_TOPIC_EXCEPTION, mistake);
            });
    if (image.topic(name).isEmpty()) {
      throw new ApiException(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic '" + name + "'");
    }
  }

  /** All brokers together have no name. */
  private static void checkBroker(ClusterImage image, String name) {
    if (name.isEmpty()) {
      return;
    }
    int id;
    try {
      id = Integer.parseInt(name);
    } catch (NumberFormatException notANumber) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST, "a broker's id is a number, not '" + name + "'");
    }
    if (!image.brokers().containsKey(id)) {
      throw new ApiException(
          ErrorCode.BROKER_ID_NOT_REGISTERED, "no broker " + id + " is registered");
    }
  }

  private static String describe(ConfigResource resource) {
    return resource.type() + " '" + resource.name() + "'";
  }
}
