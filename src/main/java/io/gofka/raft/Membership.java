package io.gofka.raft;

import io.gofka.common.ErrorCode;
import java.util.Optional;
import java.util.UUID;

/**
 * Changes of the configuration, one voter at a time (dissertation §4.1, §4.2). A change asked for
 * goes through these stages:
 *
 * <ul>
 *   <li>CATCHING_UP (only of a new voter): rounds of replication until one is shorter than an
 *       election timeout (§4.2.1). Too many rounds, too much time, or a replica that is gone end
 *       it.
 *   <li>WAITING until the configuration before it is committed.
 *   <li>APPENDED: in the log and in use; done when it is committed. Who wants to know no more than
 *       this is answered now (KIP-1186).
 * </ul>
 *
 * <p>A configuration is appended only when the one in use is committed and the leader has committed
 * an entry of its own term. Without the latter two leaders in turn could each make a change the
 * other doesn't know, with majorities that miss each other (the bug in single-server changes found
 * in 2015, after the dissertation).
 *
 * <p>What the leader changes by itself: see {@link Upkeep}.
 */
final class Membership {
  /** A new voter that has not caught up in so many rounds never will (§4.2.1). */
  static final int MAX_ROUNDS = 10;

  private enum Stage {
    CATCHING_UP,
    WAITING,
    APPENDED
  }

  /** Makes the next configuration of one, or empty when there is nothing to change any more. */
  private interface Step {
    Optional<VoterSet> from(VoterSet voters);
  }

  private final ReplicaState state;
  private final Replicas replicas;
  private Optional<Stage> stage = Optional.empty();
  private long id;
  private Step step;
  private Progress joining;
  private long deadlineMs = Long.MAX_VALUE;
  private int rounds;
  private long roundEnd;
  private long roundStartMs;
  private long appendedIndex;
  private boolean answeredWhenAppended;

  Membership(ReplicaState state, Replicas replicas) {
    this.state = state;
    this.replicas = replicas;
  }

  void addVoter(long requestId, ReplicaKey replica, boolean answerWhenAppended, long nowMs) {
    Optional<Progress> observer = replicas.observer(replica);
    if (state.log.voters().voters().containsKey(replica.nodeId())) {
      fail(requestId, ErrorCode.DUPLICATE_VOTER, replica.nodeId() + " is a voter already");
    } else if (observer.flatMap(Progress::address).isEmpty()) {
      fail(requestId, ErrorCode.INVALID_REQUEST, replica + " doesn't follow the log of the quorum");
    } else if (begin(requestId, Stage.CATCHING_UP, nowMs)) {
      joining = observer.get();
      answeredWhenAppended = answerWhenAppended;
      Voter voter =
          new Voter(replica.nodeId(), Optional.of(replica.directoryId()), joining.address().get());
      step =
          voters ->
              voters.voters().containsKey(voter.nodeId())
                  ? Optional.empty()
                  : Optional.of(voters.with(voter));
      rounds = 1;
      beginRound(nowMs);
    }
  }

  void removeVoter(long requestId, String nodeId, Optional<UUID> directoryId, long nowMs) {
    VoterSet voters = state.log.voters();
    if (!isThere(voters, nodeId, directoryId)) {
      fail(requestId, ErrorCode.VOTER_NOT_FOUND, "no voter " + nodeId + " " + directoryId);
    } else if (voters.voters().size() == 1 && voters.voters().containsKey(nodeId)) {
      fail(requestId, ErrorCode.INVALID_REQUEST, nodeId + " is the last voter");
    } else if (begin(requestId, Stage.WAITING, nowMs)) {
      step =
          current ->
              isThere(current, nodeId, directoryId)
                  ? Optional.of(current.without(nodeId))
                  : Optional.empty();
    }
  }

  private static boolean isThere(VoterSet voters, String nodeId, Optional<UUID> directoryId) {
    Voter voter = voters.voters().getOrDefault(nodeId, voters.reserved().get(nodeId));
    return voter != null
        && (directoryId.isEmpty()
            || voter.directoryId().isEmpty()
            || voter.directoryId().equals(directoryId));
  }

  private boolean begin(long requestId, Stage first, long nowMs) {
    if (stage.isPresent()) {
      fail(
          requestId,
          ErrorCode.REQUEST_TIMED_OUT,
          "another change of the voters is under way; this one was not made");
      return false;
    }
    id = requestId;
    stage = Optional.of(first);
    answeredWhenAppended = false;
    deadlineMs = nowMs + state.settings.catchUpTimeoutMs();
    return true;
  }

  private void beginRound(long nowMs) {
    roundEnd = state.log.lastIndex();
    roundStartMs = nowMs;
  }

  /** A replica has acknowledged something. */
  void onProgress(Progress progress, long nowMs) {
    if (stage.filter(Stage.CATCHING_UP::equals).isEmpty()
        || progress != joining
        || progress.match() < roundEnd) {
      return;
    }
    if (nowMs - roundStartMs < state.settings.electionTimeoutMs()) {
      stage = Optional.of(Stage.WAITING);
    } else if (rounds == MAX_ROUNDS) {
      finish();
      fail(
          id,
          ErrorCode.REQUEST_TIMED_OUT,
          joining.nodeId + " doesn't catch up with the log; it was not made a voter");
    } else {
      rounds++;
      beginRound(nowMs);
    }
  }

  void onTick(long nowMs) {
    if (stage.filter(Stage.CATCHING_UP::equals).isPresent()
        && joining.key().flatMap(replicas::observer).filter(joining::equals).isEmpty()) {
      finish();
      fail(id, ErrorCode.REQUEST_TIMED_OUT, joining.nodeId + " is silent; it was not made a voter");
    }
    if (stage.isEmpty() || nowMs < deadlineMs) {
      return;
    }
    boolean appended = stage.get() == Stage.APPENDED;
    finish();
    if (appended && answeredWhenAppended) {
      return;
    }
    fail(
        id,
        ErrorCode.REQUEST_TIMED_OUT,
        appended
            ? "the change of the voters is in the log, but not committed yet"
            : "the change of the voters was not made in time, and won't be");
  }

  /**
   * The configuration to be appended now; empty when none was asked for, or it isn't its turn. The
   * caller appends it and says so with {@link #onAppended}.
   */
  Optional<VoterSet> due() {
    if (stage.filter(Stage.WAITING::equals).isEmpty()) {
      return Optional.empty();
    }
    Optional<VoterSet> next = step.from(state.log.voters());
    if (next.isEmpty() || next.get().voters().isEmpty()) {
      finish();
      fail(id, ErrorCode.INVALID_REQUEST, "the voters have changed meanwhile");
      return Optional.empty();
    }
    return next;
  }

  void onAppended(long index) {
    stage = Optional.of(Stage.APPENDED);
    appendedIndex = index;
    if (answeredWhenAppended) {
      state.out.add(new RaftEffect.VoterChangeDone(id));
    }
  }

  void onCommitted() {
    if (stage.filter(Stage.APPENDED::equals).isPresent() && appendedIndex <= state.commitIndex()) {
      finish();
      if (!answeredWhenAppended) {
        state.out.add(new RaftEffect.VoterChangeDone(id));
      }
    }
  }

  void onLeadershipLost() {
    if (stage.isPresent()) {
      boolean appended = stage.get() == Stage.APPENDED;
      finish();
      if (appended && answeredWhenAppended) {
        return;
      }
      fail(
          id,
          appended ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NOT_CONTROLLER,
          appended
              ? state.self().nodeId() + " no longer leads; whether the voters change is not known"
              : state.self().nodeId() + " no longer leads; the change was not made");
    }
  }

  long nextDeadlineMs() {
    return deadlineMs;
  }

  private void finish() {
    stage = Optional.empty();
    deadlineMs = Long.MAX_VALUE;
  }

  private void fail(long requestId, ErrorCode code, String message) {
    state.out.add(new RaftEffect.VoterChangeFailed(requestId, code, message));
  }
}
