package io.gofka.rpc;

import static io.gofka.rpc.ReplicaMessages.acked;
import static io.gofka.rpc.ReplicaMessages.follow;
import static io.gofka.rpc.ReplicaMessages.unfollow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class FollowerQueueTest {
  private final FollowerQueue queue = new FollowerQueue();

  @Test
  void ofAcknowledgementsOnlyTheLatestOfEachPartitionGoes() {
    queue.add(acked(1, 5, 10));
    queue.add(acked(2, 5, 10));
    queue.add(acked(1, 5, 20));
    assertEquals(List.of(acked(1, 5, 20), acked(2, 5, 10)), queue.take());
    assertTrue(queue.isEmpty());
    assertEquals(List.of(), queue.take());
  }

  @Test
  void aSessionBeginsBeforeAnythingIsAcknowledgedInIt() {
    queue.add(follow(1, 5, 10));
    queue.add(acked(1, 5, 15));
    queue.add(acked(1, 5, 20));
    assertEquals(List.of(follow(1, 5, 10), acked(1, 5, 20)), queue.take());
  }

  @Test
  void ofASessionThatIsOverNothingGoes() {
    queue.add(follow(1, 5, 10));
    queue.add(acked(1, 5, 20));
    queue.add(follow(1, 6, 12));
    assertEquals(List.of(follow(1, 6, 12)), queue.take());
    queue.add(acked(1, 6, 20));
    queue.add(unfollow(1, 6));
    assertEquals(List.of(unfollow(1, 6)), queue.take());
  }
}
