package io.gofka.rpc;

import io.gofka.common.TopicIdPartition;
import java.util.function.ToIntFunction;

/**
 * How this broker's partitions are spread over its log shards.
 *
 * @param count of the shards, which is that of the data loops
 * @param of which shard has a partition
 */
public record ReplicaShards(int count, ToIntFunction<TopicIdPartition> of) {}
