package io.gofka.client;

import io.gofka.common.TopicPartition;
import java.util.List;

/**
 * A partition as the cluster tells of it.
 *
 * @param leader broker id; negative when nobody leads it
 * @param replicas the preferred leader first; while it is on the move, those that come and go, too
 */
public record PartitionState(
    TopicPartition partition, int leader, List<Integer> replicas, List<Integer> isr) {
  public PartitionState {
    replicas = List.copyOf(replicas);
    isr = List.copyOf(isr);
  }

  public boolean hasLeader() {
    return leader >= 0;
  }
}
