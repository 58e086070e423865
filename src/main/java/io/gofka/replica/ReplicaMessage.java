package io.gofka.replica;

import java.util.UUID;

/**
 * What the brokers that have one partition tell each other about it, in either direction.
 *
 * <p>Nobody acts on a message of another leader epoch or of another session. A session is one run
 * of a follower that keeps up with its leader: it begins with a {@link FollowerMessage.Follow}, and
 * the follower numbers it. So what a broken stream has left behind somewhere, and what arrives
 * twice or too late, can neither count as an acknowledgement nor cut a log a second time.
 */
public sealed interface ReplicaMessage permits FollowerMessage, LeaderMessage {
  UUID topicId();

  int partition();

  /** The epoch in which the sender leads or follows. */
  int leaderEpoch();

  /**
   * Number of the {@link FollowerMessage.Follow} that this belongs to; grows with each one that a
   * broker's process sends for a partition.
   */
  long session();
}
