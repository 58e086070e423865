package io.gofka.rpc;

import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerMessage.Acked;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What waits until a leader takes it: of each partition no more than the beginning or end of a
 * session, and how far it has come since. So it is bounded by the number of partitions, however
 * long the leader takes.
 */
final class FollowerQueue {
  private record Key(UUID topicId, int partition) {}

  /** Either may be null, not both. */
  private record Waiting(FollowerMessage turn, Acked acked) {}

  private final Map<Key, Waiting> waiting = new LinkedHashMap<>();

  void add(FollowerMessage message) {
    Key key = new Key(message.topicId(), message.partition());
    if (message instanceof Acked acked) {
      Waiting before = waiting.get(key);
      waiting.put(key, new Waiting(before == null ? null : before.turn(), acked));
    } else {
      waiting.put(key, new Waiting(message, null)); // What was before it is of no interest now.
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** All that waits, partitions in the order in which they came. */
  List<FollowerMessage> take() {
    List<FollowerMessage> taken = new ArrayList<>(waiting.size());
    for (Waiting one : waiting.values()) {
      if (one.turn() != null) {
        taken.add(one.turn());
      }
      if (one.acked() != null) {
        taken.add(one.acked());
      }
    }
    waiting.clear();
    return taken;
  }

  void clear() {
    waiting.clear();
  }
}
