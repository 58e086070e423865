package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.ConfigAlterations;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.DeleteTopics.TopicReference;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Which topics come, go and grow. A request's topics are judged one by one; those that are accepted
 * are committed together.
 */
final class TopicDecisions {
  private final ClusterConfig config;
  private final PartitionDecisions partitions;
  private final Supplier<UUID> topicIds;

  /**
   * @param topicIds gives ids that no topic has had
   */
  TopicDecisions(ClusterConfig config, PartitionDecisions partitions, Supplier<UUID> topicIds) {
    this.config = config;
    this.partitions = partitions;
    this.topicIds = topicIds;
  }

  /**
   * @throws ApiException POLICY_VIOLATION when the request asks for more partitions than one change
   *     may make
   */
  Decision<List<CreateTopics.Result>> create(ClusterImage image, CreateTopics command) {
    Map<String, NewTopic> wanted = new LinkedHashMap<>();
    Set<String> twice = new HashSet<>();
    long count = 0;
    for (NewTopic topic : command.topics()) {
      if (wanted.put(topic.name(), topic) != null) {
        twice.add(topic.name());
      }
      count += Math.max(1, partitionCount(image, topic)); // A topic counts even if it is refused.
    }
    RequestLimits.check(count);

    List<CreateTopics.Result> results = new ArrayList<>();
    List<MetadataRecord> records = new ArrayList<>();
    ClusterImage soFar = image;
    for (NewTopic topic : wanted.values()) {
      try {
        if (twice.contains(topic.name())) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "topic '" + topic.name() + "' stands twice in the request");
        }
        List<MetadataRecord> own = createOne(soFar, topic);
        // The next topic of the request must not collide with this one.
        soFar = ImageUpdate.apply(soFar, image.metadataOffset(), own).image();
        TopicImage created = soFar.topicsByName().get(topic.name());
        records.addAll(own);
        results.add(
            new CreateTopics.Result(
                topic.name(),
                ErrorCode.NONE,
                Optional.empty(),
                command.validateOnly() ? Uuids.ZERO : created.id(),
                created.partitions().size(),
                created.partitions().get(0).replicas().size()));
      } catch (ApiException refused) {
        results.add(
            CreateTopics.Result.refused(topic.name(), refused.errorCode(), refused.getMessage()));
      }
    }
    return command.validateOnly() ? Decision.unchanged(results) : new Decision<>(records, results);
  }

  /**
   * @throws ApiException TOPIC_DELETION_DISABLED when the cluster is configured so;
   *     POLICY_VIOLATION when there are too many topics in the request
   */
  Decision<List<DeleteTopics.Result>> delete(ClusterImage image, DeleteTopics command) {
    if (!config.under(image).deleteTopicEnable()) {
      throw new ApiException(
          ErrorCode.TOPIC_DELETION_DISABLED, "delete.topic.enable is false in this cluster");
    }
    RequestLimits.check(command.topics().size());
    Map<TopicReference, Integer> timesGiven = new HashMap<>();
    command.topics().forEach(topic -> timesGiven.merge(topic, 1, Integer::sum));
    List<DeleteTopics.Result> results = new ArrayList<>();
    Map<UUID, MetadataRecord> records = new LinkedHashMap<>();
    for (TopicReference given : command.topics()) {
      try {
        if (timesGiven.get(given) > 1) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, "the topic stands twice in the request");
        }
        TopicImage topic = resolve(image, given);
        if (records.putIfAbsent(topic.id(), new TopicRemoved(topic.id())) != null) {
          throw new ApiException(
              ErrorCode.INVALID_REQUEST,
              "topic '" + topic.name() + "' stands in the request by its name and by its id");
        }
        results.add(
            new DeleteTopics.Result(
                Optional.of(topic.name()),
                Optional.of(topic.id()),
                ErrorCode.NONE,
                Optional.empty()));
      } catch (ApiException refused) {
        results.add(
            new DeleteTopics.Result(
                given.name(), given.id(), refused.errorCode(), Optional.of(refused.getMessage())));
      }
    }
    return new Decision<>(List.copyOf(records.values()), results);
  }

  private static TopicImage resolve(ClusterImage image, TopicReference given) {
    if (given.name().isPresent() == given.id().isPresent()) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST,
          given.name().isPresent()
              ? "a topic is named by its name or by its id, not by both"
              : "a topic must be named by its name or by its id");
    }
    if (given.name().isPresent()) {
      String name = given.name().get();
      return image
          .topic(name)
          .orElseThrow(
              () ->
                  new ApiException(
                      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic '" + name + "'"));
    }
    UUID id = given.id().orElseThrow();
    return image
        .topic(id)
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.UNKNOWN_TOPIC_ID,
                    "there is no topic with the id " + Uuids.toBase64(id)));
  }

  private List<MetadataRecord> createOne(ClusterImage image, NewTopic topic) {
    checkName(image, topic.name());
    Map<String, String> overrides = overrides(image, topic);
    UUID id = topicIds.get();
    List<MetadataRecord> records = new ArrayList<>();
    records.add(new TopicCreated(id, topic.name()));
    List<List<Integer>> placed = place(image, topic);
    for (int i = 0; i < placed.size(); i++) {
      records.add(new PartitionCreated(id, i, partitions.firstState(image, i, placed.get(i))));
    }
    ConfigResource resource = ConfigResource.topic(topic.name());
    overrides.forEach(
        (key, value) -> records.add(new ConfigSet(resource, key, Optional.of(value))));
    return records;
  }

  private static void checkName(ClusterImage image, String name) {
    if (name.equals(TopicNames.CLUSTER_METADATA)) {
      throw new ApiException(
          ErrorCode.TOPIC_AUTHORIZATION_FAILED, "nobody may create the topic '" + name + "'");
    }
    TopicNames.mistake(name)
        .ifPresent(
            mistake -> {
              throw new ApiException(ErrorCode.INVALID_TOPIC_EXCEPTION, mistake);
            });
    if (image.topic(name).isPresent()) {
      throw new ApiException(ErrorCode.TOPIC_ALREADY_EXISTS, "topic '" + name + "' exists already");
    }
    TopicNames.colliding(name, image.topicsByName())
        .ifPresent(
            other -> {
              throw new ApiException(
                  ErrorCode.INVALID_TOPIC_EXCEPTION,
                  "topic '%s' differs from '%s' in '.' and '_' only".formatted(name, other));
            });
  }

  private Map<String, String> overrides(ClusterImage image, NewTopic topic) {
    return ConfigAlterations.replaced(
        ConfigResource.topic(topic.name()), topic.configs(), config.under(image));
  }

  private List<List<Integer>> place(ClusterImage image, NewTopic topic) {
    if (!topic.assignments().isEmpty()) {
      if (topic.partitions() != CreateTopics.DEFAULT
          || topic.replicationFactor() != CreateTopics.DEFAULT) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST,
            "with assignments, partitions and replication factor are -1, not %d and %d"
                .formatted(topic.partitions(), topic.replicationFactor()));
      }
      return partitions.checkAssignments(image, inOrder(topic.assignments()), 0);
    }
    if (topic.replicationFactor() < CreateTopics.DEFAULT || topic.replicationFactor() == 0) {
      throw new ApiException(
          ErrorCode.INVALID_REPLICATION_FACTOR,
          "a replication factor is at least 1, or -1 for the default, not "
              + topic.replicationFactor());
    }
    if (topic.partitions() < CreateTopics.DEFAULT || topic.partitions() == 0) {
      throw new ApiException(
          ErrorCode.INVALID_PARTITIONS,
          "a topic has at least 1 partition, or -1 for the default, not " + topic.partitions());
    }
    int replicationFactor =
        topic.replicationFactor() == CreateTopics.DEFAULT
            ? config.under(image).defaultReplicationFactor()
            : topic.replicationFactor();
    return partitions.place(image, partitionCount(image, topic), replicationFactor);
  }

  /** The replicas by partition, when the partitions are 0, 1, 2 and so on, each once. */
  private static List<List<Integer>> inOrder(List<CreateTopics.Assignment> assignments) {
    Map<Integer, List<Integer>> byPartition = new TreeMap<>();
    for (CreateTopics.Assignment assignment : assignments) {
      if (byPartition.put(assignment.partition(), assignment.brokerIds()) != null) {
        throw new ApiException(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "partition " + assignment.partition() + " is assigned twice");
      }
    }
    int expected = 0;
    for (int partition : byPartition.keySet()) {
      if (partition != expected++) {
        throw new ApiException(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "partitions are numbered from 0 without gaps, not " + byPartition.keySet());
      }
    }
    return List.copyOf(byPartition.values());
  }

  private int partitionCount(ClusterImage image, NewTopic topic) {
    if (!topic.assignments().isEmpty()) {
      return topic.assignments().size();
    }
    return topic.partitions() == CreateTopics.DEFAULT
        ? config.under(image).numPartitions()
        : Math.max(0, topic.partitions());
  }
}
