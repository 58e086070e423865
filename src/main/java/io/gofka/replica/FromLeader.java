package io.gofka.replica;

import java.util.List;

/**
 * A leader's broker has sent messages for partitions of one shard. Answered when the shard has
 * taken them in; until then the asker keeps its references to the records.
 */
public record FromLeader(int leaderId, List<LeaderMessage> messages) {
  public FromLeader {
    messages = List.copyOf(messages);
  }
}
