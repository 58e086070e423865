package io.gofka.metadata.image;

import io.gofka.common.TopicIdPartition;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * One topic as the controllers agreed on it.
 *
 * @param partitions by their index; a changed topic shares with the one before what has not changed
 */
public record TopicImage(UUID id, String name, List<PartitionImage> partitions) {
  /** Where groups keep their state and offsets. */
  public static final String CONSUMER_OFFSETS = "__consumer_offsets";

  /** Where transactions keep their state. */
  public static final String TRANSACTION_STATE = "__transaction_state";

  private static final Set<String> INTERNAL = Set.of(CONSUMER_OFFSETS, TRANSACTION_STATE);

  public TopicImage {
    partitions = PersistentList.copyOf(partitions);
  }

  /** Whether the topic belongs to the brokers themselves. */
  public boolean internal() {
    return isInternal(name);
  }

  /** Whether a topic of this name belongs to the brokers themselves. */
  public static boolean isInternal(String name) {
    return INTERNAL.contains(name);
  }

  public TopicIdPartition partition(int index) {
    return new TopicIdPartition(id, name, index);
  }

  /** The topic with one partition in another state. */
  public TopicImage with(int index, PartitionImage state) {
    return new TopicImage(id, name, PersistentList.copyOf(partitions).with(index, state));
  }

  /** The topic with more partitions. */
  public TopicImage withAppended(List<PartitionImage> more) {
    return new TopicImage(id, name, PersistentList.copyOf(partitions).withAppended(more));
  }
}
