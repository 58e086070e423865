package io.gofka.simulation;

import io.gofka.bus.Addresses;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.metadata.MetadataRecordCodec;
import io.gofka.metadata.MetadataSnapshot;
import io.gofka.metadata.MetadataStateMachine;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.raft.LogEntry;
import io.gofka.raft.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The image behind each entry that was agreed on, what must hold of it, and that every process has
 * the same.
 */
final class AgreedMetadata {
  private final MetadataWorkload workload;
  private final MetadataStateMachine machine = new MetadataStateMachine();
  private final List<ClusterImage> images = new ArrayList<>();

  AgreedMetadata(MetadataWorkload workload) {
    this.workload = workload;
  }

  /** The latest one. */
  ClusterImage image() {
    return machine.committed();
  }

  void onCommitted(LogEntry entry) {
    ClusterImage before = machine.committed();
    ImageChange change =
        machine.onCommitted(
            entry.index(),
            () -> entry.isData() ? MetadataRecordCodec.decode(entry.payload()) : List.of());
    images.add(machine.committed());
    World world = workload.cluster().world();
    if (world.tracing() && entry.isData()) {
      var records = MetadataRecordCodec.decode(entry.payload());
      world.trace("committed at " + entry.index() + ": " + records);
    }
    for (TopicImage topic : change.changedTopics()) {
      TopicImage old = before.topicsById().get(topic.id());
      for (int i = 0; i < topic.partitions().size(); i++) {
        PartitionImage now = topic.partitions().get(i);
        if (old != null && i < old.partitions().size() && !now.equals(old.partitions().get(i))) {
          checkChange(topic.name() + "-" + i, old.partitions().get(i), now);
          checkGone(change.image(), topic.name(), old.partitions().get(i), now);
        }
        checkState(topic.name() + "-" + i, now);
      }
    }
    for (int id : change.changedBrokers()) {
      BrokerImage now = change.image().brokers().get(id);
      BrokerImage old = before.brokers().get(id);
      if (now != null && old != null) {
        checkBroker(before, old, now);
      }
    }
  }

  /** A replica that has all that is committed goes only where enough others have it. */
  private static void checkGone(
      ClusterImage image, String topic, PartitionImage old, PartitionImage now) {
    String least =
        image.overrides(ConfigResource.topic(topic)).getOrDefault("min.insync.replicas", "1");
    boolean isEnough = now.isr().size() >= Math.min(Integer.parseInt(least), now.replicas().size());
    boolean hadAll =
        old.replicas().stream()
            .anyMatch(
                id ->
                    !now.replicas().contains(id)
                        && (old.isr().contains(id) || old.elr().contains(id)));
    if (hadAll && !isEnough) {
      throw new Violation(
          "who has everything stays as long as it is needed",
          topic + ": " + old + " becomes " + now);
    }
  }

  /** KIP-497, KIP-101: epochs tell one state from the next. */
  private static void checkChange(String partition, PartitionImage old, PartitionImage now) {
    boolean changed = !old.equals(now);
    boolean otherLeader = old.leader() != now.leader();
    if (now.leaderEpoch() < old.leaderEpoch()
        || (changed && now.partitionEpoch() <= old.partitionEpoch())
        || (otherLeader && now.leaderEpoch() == old.leaderEpoch())) {
      throw new Violation("epochs grow", partition + ": " + old + " becomes " + now);
    }
    // An unclean election is off: who leads next was in sync, or eligible, or the last known of
    // those that were and nobody else is left (KIP-966).
    boolean nobodyLeft = old.isr().isEmpty() && now.elr().isEmpty();
    boolean eligible =
        now.leader() == PartitionImage.NO_LEADER
            || old.isr().contains(now.leader())
            || old.elr().contains(now.leader())
            // Whom the leader has let in last, which was all that a move waited for.
            || (old.isReassigning() && !now.isReassigning() && now.isr().contains(now.leader()))
            || (nobodyLeft && old.lastKnownElr().equals(List.of(now.leader())));
    if (!eligible) {
      throw new Violation("leaders have everything", partition + ": " + old + " becomes " + now);
    }
  }

  private static void checkState(String partition, PartitionImage now) {
    boolean known = now.leader() == PartitionImage.NO_LEADER || now.isr().contains(now.leader());
    if (!known || !now.replicas().containsAll(now.isr())) {
      throw new Violation("the leader is in sync", partition + ": " + now);
    }
  }

  private void checkBroker(ClusterImage before, BrokerImage old, BrokerImage now) {
    if (now.epoch() < old.epoch() || !now.nodeId().equals(old.nodeId())) {
      throw new Violation("broker epochs grow", old + " becomes " + now);
    }
    if (now.fenced() && !old.fenced() && !isLetGo(before, old)) {
      workload.brokers().stream()
          .filter(b -> b.isUp() && b.incarnationId().equals(old.incarnationId()))
          .forEach(this::requireNotServing);
    }
  }

  /** A broker takes itself for a leader for some time to come. */
  void checkLease(SimulatedBroker broker) {
    boolean fenced =
        image().brokers().values().stream()
            .filter(b -> b.incarnationId().equals(broker.incarnationId()))
            .anyMatch(b -> b.fenced() && !isLetGo(image(), b));
    if (fenced) {
      requireNotServing(broker);
    }
  }

  /** It was asked to stop, and leads nothing. */
  private static boolean isLetGo(ClusterImage image, BrokerImage broker) {
    return broker.inControlledShutdown() && !leadsAnything(image, broker.id());
  }

  private static boolean leadsAnything(ClusterImage image, int brokerId) {
    return image.topicsById().values().stream()
        .flatMap(topic -> topic.partitions().stream())
        .anyMatch(partition -> partition.leader() == brokerId);
  }

  /** A broker knows by itself that its time is over, before anybody else leads in its place. */
  private void requireNotServing(SimulatedBroker fenced) {
    boolean exact = workload.cluster().mix().maxDrift() == 0;
    if (exact && fenced.hasLease()) {
      throw new Violation(
          "a fenced broker serves nothing", fenced.name() + " takes itself for a leader");
    }
  }

  /** A process has another image than before. */
  void checkImage(String process, ClusterImage before, ClusterImage now) {
    if (now.metadataOffset() < before.metadataOffset()) {
      throw new Violation(
          "images follow each other",
          "%s has image %d after %d"
              .formatted(process, now.metadataOffset(), before.metadataOffset()));
    }
    if (now.metadataOffset() % 8 == 0) {
      requireSame(process, now); // A hundred times as dear as all else.
    }
  }

  private void requireSame(String process, ClusterImage image) {
    long index = image.metadataOffset();
    ClusterImage agreedOn = index < 0 ? ClusterImage.EMPTY : images.get((int) index);
    if (!image.withControllerId(-1).equals(agreedOn)) {
      throw new Violation(
          "equal images", "%s has%n%s%nagreed on is%n%s".formatted(process, image, agreedOn));
    }
  }

  void verify(Snapshot snapshot) {
    long index = snapshot.meta().index();
    requireSame("a snapshot", MetadataSnapshot.decode(index, snapshot.content()));
  }

  Optional<String> missing(String process, ClusterImage image) {
    return image.metadataOffset() >= image().metadataOffset()
        ? Optional.empty()
        : Optional.of(
            "%s has metadata up to %d of %d"
                .formatted(process, image.metadataOffset(), image().metadataOffset()));
  }

  /** All brokers being well, each partition of which a replica is in sync or eligible is led. */
  Optional<String> missingLeader() {
    for (BrokerImage broker : image().brokers().values()) {
      if (!broker.isActive()) {
        return Optional.of("broker " + broker.nodeId() + " isn't active in the image");
      }
    }
    for (TopicImage topic : image().topicsByName().values()) {
      for (PartitionImage partition : topic.partitions()) {
        boolean electable = !partition.isr().isEmpty() || !partition.elr().isEmpty();
        if (electable && !partition.hasLeader()) {
          return Optional.of("nobody leads a partition of " + topic.name() + ": " + partition);
        }
      }
    }
    return Optional.empty();
  }

  /** The connections of a broker's process break; who is connected may notice. */
  void tellStreamBroken(SimulatedBroker broker) {
    Cluster cluster = workload.cluster();
    World world = cluster.world();
    image().brokers().values().stream()
        .filter(known -> known.incarnationId().equals(broker.incarnationId()))
        .findFirst()
        .ifPresent(
            known -> {
              for (SimulatedNode node : cluster.nodes()) {
                if (node.isUp() && world.chance(cluster.mix().crashNoticed())) {
                  node.afterwards(
                      world.about(2 * World.MILLIS),
                      () ->
                          SimulatedController.of(node)
                              .bus()
                              .request(
                                  Addresses.BROKER_STREAM_BROKEN,
                                  new BrokerHeartbeat.StreamBroken(known.id(), known.epoch())));
                }
              }
            });
  }
}
