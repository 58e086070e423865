package io.gofka.metadata;

import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Goes through all partitions and brings each in line with the rules of its topic, a slice at a
 * time: whatever happened to brokers or settings before it began is seen to when it ends. Between
 * two slices the controller does other things; an image that changes meanwhile does no harm, since
 * every partition is judged by the image that holds when its turn comes.
 *
 * <p>Pure, confined to one thread.
 */
final class PartitionSweep {
  /** Partitions that one slice may change; some 5 µs each. */
  static final int MAX_CHANGES_PER_SLICE = 2_000;

  /** Partitions that one slice may look at. */
  static final int MAX_LOOKED_AT_PER_SLICE = 100_000;

  /** What is to be made of a partition, besides what the rules say. */
  interface Wish {
    Optional<PartitionImage> next(TopicImage topic, int partition, ElectionRules rules);
  }

  /** Nothing besides. */
  static final Wish IN_ORDER =
      (topic, partition, rules) -> {
        PartitionImage state = topic.partitions().get(partition);
        return PartitionChange.isInOrder(state, rules)
            ? Optional.empty()
            : new PartitionChange(state, rules).result();
      };

  private final TopicRules topicRules;
  private final Wish wish;
  private String topicName = "";
  private int partition;
  private boolean done;

  PartitionSweep(TopicRules topicRules, Wish wish) {
    this.topicRules = topicRules;
    this.wish = wish;
  }

  /** Whether all partitions have had their turn. */
  boolean isDone() {
    return done;
  }

  /**
   * Changes of the next partitions.
   *
   * @param image to which everything proposed so far leads; the changes must be proposed before the
   *     next slice is asked for
   */
  List<MetadataRecord> next(ClusterImage image) {
    List<MetadataRecord> changes = new ArrayList<>();
    int lookedAt = 0;
    Map.Entry<String, TopicImage> at = image.topicsByName().ceilingEntry(topicName);
    while (at != null) {
      TopicImage topic = at.getValue();
      if (!topic.name().equals(topicName)) {
        topicName = topic.name();
        partition = 0;
      }
      ElectionRules rules = topicRules.of(image, topicName);
      for (; partition < topic.partitions().size(); partition++) {
        if (changes.size() >= MAX_CHANGES_PER_SLICE || lookedAt >= MAX_LOOKED_AT_PER_SLICE) {
          return changes;
        }
        lookedAt++;
        int index = partition;
        wish.next(topic, index, rules)
            .ifPresent(state -> changes.add(new PartitionChanged(topic.id(), index, state)));
      }
      at = image.topicsByName().higherEntry(topicName);
    }
    done = true;
    return changes;
  }
}
