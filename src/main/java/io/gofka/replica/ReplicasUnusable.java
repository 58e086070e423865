package io.gofka.replica;

import io.gofka.common.TopicIdPartition;
import java.util.List;

/**
 * The replicas that a shard can't use because its disk has failed, all of them: a later one
 * replaces it, and an empty one says that they are well again.
 */
public record ReplicasUnusable(int shard, List<TopicIdPartition> partitions) {
  public ReplicasUnusable {
    partitions = List.copyOf(partitions);
  }
}
