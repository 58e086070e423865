package io.gofka.metadata;

import static io.gofka.metadata.Images.cluster;
import static io.gofka.metadata.Images.withTopic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.Uuids;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class LostLogsTest {
  private static final UUID FIRST = new UUID(1, 1);
  private static final UUID SECOND = new UUID(1, 2);
  private static final UUID NEW = new UUID(1, 3);

  /** Broker 2 was known by these directories. */
  private static ClusterImage clusterWith(List<UUID> logDirs) {
    return Images.apply(
        cluster(1, 3),
        new BrokerRegistered(
            2,
            "n2",
            BrokerRegistered.OF_ENTRY,
            Uuids.ZERO,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            logDirs,
            new TreeMap<>()));
  }

  private static Optional<LostLogs> lost(ClusterImage image, UUID... logDirs) {
    BrokerImage former = image.broker(2).orElseThrow();
    return LostLogs.of(image, former, List.of(logDirs));
  }

  @Test
  void partitionsOnAnEmptiedBrokerAreNamed() {
    ClusterImage image = clusterWith(List.of(FIRST));
    image = withTopic(image, "alone", 2, 2);
    image = withTopic(image, "copied", 1, 2, 3);
    image = withTopic(image, "elsewhere", 1, 1);
    LostLogs lost = lost(image, NEW).orElseThrow();
    assertEquals(
        "Broker 2 (n2) comes back without its data: empty now, since no other broker had them in"
            + " full, are 2 partitions: alone-0, alone-1",
        lost.toString());
    assertEquals(Level.WARN, lost.level());
  }

  @Test
  void partitionWhoseOthersLagIsLostToo() {
    ClusterImage image = withTopic(clusterWith(List.of(FIRST)), "t", 2, 2, 1, 3);
    image = withState(image, 0, new PartitionImage(List.of(2, 1, 3), List.of(2), 2, 1, 1));
    LostLogs lost = lost(image, NEW).orElseThrow();
    assertTrue(lost.toString().endsWith("is 1 partition: t-0"), lost::toString);
  }

  private static ClusterImage withState(ClusterImage image, int index, PartitionImage state) {
    return Images.apply(image, new PartitionChanged(Images.id("t"), index, state));
  }

  @Test
  void brokerWhoseRecordsOthersHaveLosesNothing() {
    ClusterImage image = withTopic(clusterWith(List.of(FIRST)), "t", 1, 2, 1);
    LostLogs lost = lost(image, NEW).orElseThrow();
    assertFalse(lost.isLoss());
    assertEquals(Level.INFO, lost.level());
    assertEquals(
        "Broker 2 (n2) comes back without its data; what it had is copied from the leaders",
        lost.toString());
  }

  @Test
  void oneOfSeveralDirectoriesIsNotCalledAllData() {
    ClusterImage image = withTopic(clusterWith(List.of(FIRST, SECOND)), "t", 30, 2);
    LostLogs lost = lost(image, SECOND, NEW).orElseThrow();
    assertTrue(
        lost.toString().startsWith("Broker 2 (n2) comes back without 1 of its 2 log directories: "),
        lost::toString);
    assertTrue(lost.toString().endsWith(", t-19 and 10 more"), lost::toString);
  }

  @Test
  void brokerWithItsDirectoriesHasLostNothing() {
    ClusterImage image = withTopic(clusterWith(List.of(FIRST)), "t", 1, 2);
    assertEquals(Optional.empty(), lost(image, FIRST));
    assertEquals(Optional.empty(), lost(image, NEW, FIRST), "one more is none less");
  }

  @Test
  void nothingIsSaidOfABrokerThatNeverToldOfItsDirectories() {
    ClusterImage image = withTopic(clusterWith(List.of()), "t", 1, 2);
    assertEquals(Optional.empty(), lost(image, NEW));
  }
}
