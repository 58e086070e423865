package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.MetadataRecord.AclAdded;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.ClientQuotaSet;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.ScramCredentialSet;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.image.AclImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.QuotaEntity;
import io.gofka.metadata.image.ScramCredentialImage;
import io.gofka.metadata.image.VersionRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** Images with everything in them, made by records. */
final class RandomImages {
  private final Random random;

  RandomImages(long seed) {
    random = new Random(seed);
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  private <T> Optional<T> maybe(T value) {
    return random.nextBoolean() ? Optional.of(value) : Optional.empty();
  }

  private List<Integer> some(List<Integer> all) {
    return all.stream().filter(one -> random.nextBoolean()).toList();
  }

  private SortedMap<String, VersionRange> features() {
    SortedMap<String, VersionRange> features = new TreeMap<>();
    for (int i = 0; i < random.nextInt(3); i++) {
      short min = (short) random.nextInt(5);
      features.put("f" + i, new VersionRange(min, (short) (min + random.nextInt(5))));
    }
    return features;
  }

  private List<Endpoint> endpoints() {
    return random.nextBoolean()
        ? List.of()
        : List.of(new Endpoint("L", maybe("h"), random.nextInt(65536)));
  }

  PartitionImage partition() {
    List<Integer> replicas = List.of(3, 1, 7, 2).subList(0, 1 + random.nextInt(4));
    List<Integer> isr = some(replicas);
    List<Integer> elr = some(replicas).stream().filter(id -> !isr.contains(id)).toList();
    return new PartitionImage(
        replicas,
        isr,
        elr,
        some(replicas),
        isr.isEmpty() ? PartitionImage.NO_LEADER : isr.get(0),
        random.nextInt(9),
        random.nextInt(99),
        some(replicas),
        some(replicas),
        random.nextBoolean() ? LeaderRecoveryState.RECOVERED : LeaderRecoveryState.RECOVERING);
  }

  ClusterImage next() {
    ClusterImage image = ClusterImage.EMPTY;
    List<MetadataRecord> records = new ArrayList<>();
    if (random.nextInt(5) > 0) {
      records.add(new ClusterCreated("c" + random.nextInt()));
    }
    records.add(new FeatureLevelSet("f0", (short) random.nextInt(3)));
    records.add(new NodeIdAssigned("gone", 99));
    for (int id = 1; id <= random.nextInt(4); id++) {
      records.add(
          new BrokerRegistered(
              id,
              "n" + id,
              random.nextBoolean() ? BrokerRegistered.OF_ENTRY : random.nextInt(50),
              uuid(),
              endpoints(),
              maybe(new HostPort("h" + id, 42069)),
              maybe("r"),
              random.nextBoolean(),
              random.nextBoolean(),
              List.of(uuid()),
              features()));
      records.add(
          new ControllerRegistered(
              new ControllerImage(
                  id,
                  "n" + id,
                  uuid(),
                  endpoints(),
                  maybe(new HostPort("h" + id, 42069)),
                  features())));
    }
    for (int i = 0; i < random.nextInt(5); i++) {
      UUID topic = uuid();
      records.add(new TopicCreated(topic, "t" + i));
      for (int p = 0; p < random.nextInt(70); p++) {
        records.add(new PartitionCreated(topic, p, partition()));
      }
      records.add(new ConfigSet(ConfigResource.topic("t" + i), "k", Optional.of("v")));
    }
    if (random.nextBoolean()) {
      records.add(new ProducerIdsAllocated(1, 1 + random.nextInt(9_000)));
    }
    TreeMap<String, Optional<String>> names = new TreeMap<>();
    names.put("user", maybe("u"));
    records.add(
        new ClientQuotaSet(
            new QuotaEntity(names), "producer_byte_rate", Optional.of(random.nextDouble())));
    records.add(
        new ScramCredentialSet(
            new ScramCredentialImage(
                new ScramCredentialImage.Key("u", (byte) 1), "c2FsdA", "a2V5", "a2V5", 4096)));
    records.add(
        new AclAdded(
            new AclImage(uuid(), (byte) 2, "t", (byte) 3, "User:u", "*", (byte) 3, (byte) 3)));
    image = ImageUpdate.apply(image, 5 + random.nextInt(50), records).image();
    return changed(image);
  }

  private ClusterImage changed(ClusterImage image) {
    List<MetadataRecord> records = new ArrayList<>();
    image
        .brokers()
        .values()
        .forEach(
            broker -> {
              switch (random.nextInt(4)) {
                case 0 -> records.add(new BrokerUnregistered(broker.id(), broker.epoch()));
                case 1 ->
                    records.add(
                        new BrokerChanged(broker.id(), broker.epoch(), random.nextBoolean(), true));
                default -> {
                  // As it is.
                }
              }
            });
    return ImageUpdate.apply(image, image.metadataOffset() + 1, records).image();
  }
}
