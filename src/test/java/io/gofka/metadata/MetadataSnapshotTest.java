package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.ImageDifference;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetadataSnapshotTest {
  @Test
  void everyImageComesBackAsItWas() {
    for (long seed = 0; seed < 300; seed++) {
      ClusterImage image = new RandomImages(seed).next();
      ByteBuf bytes = MetadataSnapshot.encode(image);
      assertEquals(image, MetadataSnapshot.decode(image.metadataOffset(), bytes), "seed " + seed);
    }
  }

  @Test
  void activeControllerIsNotPartOfIt() {
    ClusterImage image = Images.cluster(1, 2).withControllerId(2);
    ByteBuf bytes = MetadataSnapshot.encode(image);
    assertEquals(-1, MetadataSnapshot.decode(image.metadataOffset(), bytes).controllerId());
  }

  @Test
  void cutOffSnapshotIsRefused() {
    ByteBuf bytes = MetadataSnapshot.encode(Images.withTopic(Images.cluster(1), "t", 3, 1));
    ByteBuf part = bytes.slice(0, bytes.readableBytes() - 1);
    assertThrows(IllegalStateException.class, () -> MetadataSnapshot.decode(9, part));
  }

  @Test
  void nodeThatIsGivenASnapshotHearsOfAllThatIsDifferent() {
    ClusterImage before =
        Images.withTopic(Images.withTopic(Images.cluster(1, 2), "gone", 1, 1), "same", 2, 2);
    MetadataStateMachine machine = new MetadataStateMachine();
    machine.onSnapshot(before);
    ClusterImage after =
        Images.withTopic(Images.withTopic(Images.cluster(1, 2, 3), "new", 1, 1), "same", 2, 2);
    ImageChange change = machine.onSnapshot(after);
    assertEquals(
        List.of(Images.id("new")), change.changedTopics().stream().map(t -> t.id()).toList());
    assertEquals(
        List.of(Images.id("gone")), change.deletedTopics().stream().map(t -> t.id()).toList());
    assertEquals(Set.of(3), change.changedBrokers());
    assertEquals(after, machine.decided());
    assertThrows(IllegalStateException.class, () -> machine.onSnapshot(Images.cluster(1)));
  }

  @Test
  void sumOfChangesTellsWhatIsDifferentInTheEnd() {
    ClusterImage before = Images.withTopic(Images.cluster(1), "old", 1, 1);
    ImageChange created = ImageDifference.between(before, Images.withTopic(before, "brief", 1, 1));
    ImageChange removed =
        ImageUpdate.apply(
            created.image(),
            created.image().metadataOffset() + 1,
            List.of(
                new MetadataRecord.TopicRemoved(Images.id("brief")),
                new MetadataRecord.TopicRemoved(Images.id("old"))));
    ImageChange sum = ImageDifference.sum(before, List.of(created, removed));
    assertEquals(List.of(), sum.changedTopics());
    assertEquals(List.of(Images.id("old")), sum.deletedTopics().stream().map(t -> t.id()).toList());
    assertEquals(removed.image(), sum.image());
  }
}
