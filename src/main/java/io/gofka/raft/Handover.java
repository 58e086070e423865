package io.gofka.raft;

import io.gofka.raft.RaftMessage.TransferNow;
import java.util.Comparator;
import java.util.Optional;

/**
 * Handing the leadership over (dissertation §3.10). While it is under way nothing is proposed, so
 * that the target can catch up; once it has everything it is told to stand for election. Without
 * success within an election timeout the leader leads on.
 */
final class Handover {
  private final ReplicaState state;
  private final Replicas replicas;
  private Optional<String> target = Optional.empty();
  private long deadlineMs = Long.MAX_VALUE;

  Handover(ReplicaState state, Replicas replicas) {
    this.state = state;
    this.replicas = replicas;
  }

  boolean underWay() {
    return target.isPresent();
  }

  /** To a voter, or to the one that has most of the log of those heard lately. */
  void begin(Optional<String> wanted, long nowMs) {
    Optional<Progress> chosen =
        wanted.isPresent() ? wanted.flatMap(replicas::voter) : mostAdvanced(nowMs);
    chosen.ifPresent(
        progress -> {
          target = Optional.of(progress.nodeId);
          deadlineMs = nowMs + state.settings.electionTimeoutMs();
          maybeTell(progress);
        });
  }

  Optional<Progress> mostAdvanced(long nowMs) {
    return replicas.voters().stream()
        .filter(Progress::heard)
        .filter(p -> nowMs - p.lastContactMs() < state.settings.electionTimeoutMs())
        .max(Comparator.comparingLong(Progress::match));
  }

  /** Only one with everything can win (§3.6.1), and only a voter may stand. */
  void maybeTell(Progress progress) {
    boolean due =
        target.filter(progress.nodeId::equals).isPresent()
            && replicas.voter(progress.nodeId).filter(voter -> voter == progress).isPresent()
            && progress.match() == state.log.lastIndex();
    if (due) {
      state.out.send(progress.nodeId, new TransferNow(state.term()));
    }
  }

  void onTick(long nowMs) {
    if (nowMs >= deadlineMs) {
      target = Optional.empty();
      deadlineMs = Long.MAX_VALUE;
    }
  }

  long nextDeadlineMs() {
    return deadlineMs;
  }
}
