package io.gofka.group;

/**
 * Where a group of the classic protocol stands.
 *
 * <pre>
 * EMPTY → PREPARING_REBALANCE              the first member joins
 * PREPARING_REBALANCE → COMPLETING_REBALANCE  all have joined, or the rebalance timeout is over
 * PREPARING_REBALANCE → EMPTY              the last member left, or nobody came back
 * COMPLETING_REBALANCE → STABLE            the leader's assignment is committed to the log
 * COMPLETING_REBALANCE → PREPARING_REBALANCE  a member joined or left, or the assignment was not committed
 * STABLE → PREPARING_REBALANCE             a member joined, left or changed
 * any → DEAD                               the group is deleted; a group of that id begins anew
 * </pre>
 */
public enum GroupState {
  /** No members; there may be committed offsets. */
  EMPTY("Empty"),
  /** Waiting for all members to join the next generation. */
  PREPARING_REBALANCE("PreparingRebalance"),
  /** Waiting for the leader to tell who gets what. */
  COMPLETING_REBALANCE("CompletingRebalance"),
  /** Everybody knows the assignment. */
  STABLE("Stable"),
  /** Gone. */
  DEAD("Dead");

  private final String text;

  GroupState(String text) {
    this.text = text;
  }

  boolean mayBecome(GroupState next) {
    return switch (next) {
      case EMPTY, COMPLETING_REBALANCE -> this == PREPARING_REBALANCE;
      case PREPARING_REBALANCE -> this == EMPTY || this == COMPLETING_REBALANCE || this == STABLE;
      case STABLE -> this == COMPLETING_REBALANCE;
      case DEAD -> this != DEAD;
    };
  }

  /** As Kafka's requests, responses and tools write it. */
  @Override
  public String toString() {
    return text;
  }
}
