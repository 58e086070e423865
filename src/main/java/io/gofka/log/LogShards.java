package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.UUID;

/**
 * Which log shard owns a partition: the partitions of a topic go round the shards, beginning where
 * the topic's id says.
 *
 * @param count number of shards of this node, one for each data loop
 */
public record LogShards(int count) {
  public LogShards {
    if (count < 1) {
      throw new IllegalArgumentException("a node has at least one log shard, not " + count);
    }
  }

  public int of(TopicIdPartition partition) {
    return of(partition.topicId(), partition.partition());
  }

  public int of(UUID topicId, int partition) {
    return Math.floorMod(topicId.hashCode() + partition, count);
  }
}
