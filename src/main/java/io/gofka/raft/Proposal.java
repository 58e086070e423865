package io.gofka.raft;

import java.util.List;

/**
 * A proposal that is in the leader's log.
 *
 * @param index its place if it is ever committed
 * @param effects what is to be done for that
 */
public record Proposal(long term, long index, List<RaftEffect> effects) {
  public Proposal {
    effects = List.copyOf(effects);
  }
}
