package io.gofka.replica;

import java.util.List;

/** Bring messages to a leader's broker, in this order, after all that was given before. */
public record ToLeader(int leaderId, List<FollowerMessage> messages) {
  public ToLeader {
    messages = List.copyOf(messages);
  }
}
