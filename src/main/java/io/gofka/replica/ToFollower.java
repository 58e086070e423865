package io.gofka.replica;

import java.util.List;

/**
 * Bring messages to a follower's broker, in this order, after all that was given before. Answered
 * when they are written to the stream; until then the asker keeps its references to the records.
 */
public record ToFollower(int followerId, List<LeaderMessage> messages) {
  public ToFollower {
    messages = List.copyOf(messages);
  }
}
