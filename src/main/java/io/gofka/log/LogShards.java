package io.gofka.log;

import io.gofka.common.TopicIdPartition;

/**
 * Which log shard owns a partition: the partitions of a topic go round the shards, beginning where
 * the topic's name says. By name and not by id, so that a topic that is deleted and created again
 * stays with the shard that still has the old one's folder of the same name.
 *
 * @param count number of shards of this node, which its data loops share
 */
public record LogShards(int count) {
  public LogShards {
    if (count < 1) {
      throw new IllegalArgumentException("a node has at least one log shard, not " + count);
    }
  }

  public int of(TopicIdPartition partition) {
    return of(partition.topic(), partition.partition());
  }

  public int of(String topic, int partition) {
    return Math.floorMod(topic.hashCode() + partition, count);
  }
}
