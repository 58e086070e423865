package io.gofka.metadata;

import io.gofka.metadata.CreateTopics.Assignment;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Images and requests in few words. */
final class Images {
  private Images() {}

  /** A cluster of these brokers, none of them fenced. */
  static ClusterImage cluster(int... brokerIds) {
    ClusterImage image = apply(ClusterImage.EMPTY, new ClusterCreated("a-cluster"));
    for (int id : brokerIds) {
      image = apply(image, broker(id, Optional.empty(), false));
    }
    return image;
  }

  static BrokerRegistered broker(int id, Optional<String> rack, boolean fenced) {
    List<Endpoint> endpoints = List.of(new Endpoint("PLAINTEXT", Optional.of("host" + id), 9092));
    return new BrokerRegistered(id, "n" + id, endpoints, rack, fenced);
  }

  /** The image with one more topic, whose partitions all have these replicas. */
  static ClusterImage withTopic(
      ClusterImage image, String name, int partitions, Integer... replicas) {
    UUID id = id(name);
    List<MetadataRecord> records = new ArrayList<>();
    records.add(new TopicCreated(id, name));
    List<Integer> all = Arrays.asList(replicas);
    for (int i = 0; i < partitions; i++) {
      PartitionImage state = new PartitionImage(all, all, all.get(0), 0, 0);
      records.add(new PartitionCreated(id, i, state));
    }
    return apply(image, records.toArray(MetadataRecord[]::new));
  }

  static UUID id(String topic) {
    return new UUID(7, topic.hashCode());
  }

  static ClusterImage apply(ClusterImage image, MetadataRecord... records) {
    return ImageUpdate.apply(image, image.metadataOffset() + 1, List.of(records)).image();
  }

  static NewTopic topic(String name, int partitions, int replicationFactor) {
    return new NewTopic(name, partitions, replicationFactor, List.of(), Map.of());
  }

  static NewTopic assigned(String name, Assignment... assignments) {
    return new NewTopic(
        name, CreateTopics.DEFAULT, CreateTopics.DEFAULT, List.of(assignments), Map.of());
  }

  static Assignment on(int partition, Integer... brokerIds) {
    return new Assignment(partition, List.of(brokerIds));
  }
}
