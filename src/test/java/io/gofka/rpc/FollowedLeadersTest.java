package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FollowedLeadersTest {
  private final FollowedLeaders followed = new FollowedLeaders(1);

  private static PartitionImage partition(int leader, Integer... replicas) {
    return new PartitionImage(List.of(replicas), List.of(replicas), leader, 0, 0);
  }

  private static TopicImage topic(int id, PartitionImage... partitions) {
    return new TopicImage(new UUID(0, id), "topic-" + id, List.of(partitions));
  }

  private void change(List<TopicImage> changed, List<TopicImage> deleted) {
    followed.onChange(new ImageChange(ClusterImage.EMPTY, changed, deleted, Set.of()));
  }

  @Test
  void onlyLeadersOfWhatThisBrokerHasAreFollowed() {
    followed.onTopic(topic(1, partition(1, 1, 2), partition(2, 1, 2), partition(3, 3, 4)));
    assertEquals(Set.of(2), followed.all());
  }

  @Test
  void aLeaderIsFollowedUntilItLeadsNothingMore() {
    change(List.of(topic(1, partition(2, 1, 2)), topic(2, partition(2, 1, 2))), List.of());
    change(List.of(topic(1, partition(3, 1, 2, 3))), List.of());
    assertEquals(Set.of(2, 3), followed.all());
    change(List.of(), List.of(topic(2, partition(2, 1, 2))));
    assertEquals(Set.of(3), followed.all());
    change(List.of(topic(1, partition(PartitionImage.NO_LEADER, 1, 2, 3))), List.of());
    assertEquals(Set.of(), followed.all());
  }
}
