package io.gofka.replica;

import java.util.List;

/**
 * A follower's broker has sent messages for partitions of one shard.
 *
 * @param brokerEpoch of the process that has sent them (KIP-903)
 */
public record FromFollower(int followerId, long brokerEpoch, List<FollowerMessage> messages) {
  public FromFollower {
    messages = List.copyOf(messages);
  }
}
