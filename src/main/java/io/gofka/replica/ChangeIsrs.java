package io.gofka.replica;

import java.util.List;

/**
 * Leaders of this broker want other ISRs; asked of the active controller under the broker's own
 * epoch. Answered with one error code for each change, in the same order: NONE when the controllers
 * have agreed; INVALID_UPDATE_VERSION, FENCED_LEADER_EPOCH or NEW_LEADER_ELECTED when they are
 * ahead of the leader, which will hear of it; with any other code they have certainly not agreed,
 * and never will on behalf of this request. When it fails, nobody knows what has been done, or
 * still will be.
 */
public record ChangeIsrs(List<IsrChange> changes) {
  public ChangeIsrs {
    changes = List.copyOf(changes);
  }
}
