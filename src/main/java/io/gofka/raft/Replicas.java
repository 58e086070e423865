package io.gofka.raft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The replicas that a leader sends to: the other voters of the configuration in use, and observers,
 * which get the log as long as they answer and are never counted.
 */
final class Replicas {
  /** An observer that is silent for this many election timeouts is forgotten. */
  static final int OBSERVER_TIMEOUTS = 3;

  private final ReplicaState state;
  private final NavigableMap<String, Progress> voters = new TreeMap<>();
  private final NavigableMap<ReplicaKey, Progress> observers = new TreeMap<>();

  Replicas(ReplicaState state) {
    this.state = state;
  }

  /**
   * Follows the configuration in use. A new voter keeps what is known of it as an observer; a voter
   * that was taken out goes on as an observer, so that it hears of that.
   */
  void followConfiguration(long nowMs) {
    SortedMap<String, Voter> wanted = state.log.voters().voters();
    for (Progress gone : List.copyOf(voters.values())) {
      Voter voter = wanted.get(gone.nodeId);
      if (voter == null || !isStill(voter, gone)) {
        voters.remove(gone.nodeId);
        gone.key().ifPresent(key -> observers.put(key, gone));
      }
    }
    for (Voter voter : wanted.values()) {
      String name = voter.nodeId();
      if (!name.equals(state.self().nodeId()) && !voters.containsKey(name)) {
        Optional<ReplicaKey> key = voter.directoryId().map(id -> new ReplicaKey(name, id));
        Progress known = key.map(observers::remove).orElse(null);
        voters.put(
            name,
            known != null ? known : new Progress(name, key, state.log.lastIndex() + 1, nowMs));
      }
    }
  }

  private static boolean isStill(Voter voter, Progress progress) {
    return progress
        .key()
        .map(key -> voter.isVotedBy(key, progress.formed()))
        .orElse(voter.directoryId().isEmpty());
  }

  /**
   * What is known of the sender of a message; empty when it neither votes nor observes.
   *
   * @param formed what it says of its directory
   */
  Optional<Progress> find(ReplicaKey from, boolean formed) {
    return state.log.voters().isVoter(from, formed)
        ? Optional.ofNullable(voters.get(from.nodeId()))
        : Optional.ofNullable(observers.get(from));
  }

  Optional<Progress> voter(String nodeId) {
    return Optional.ofNullable(voters.get(nodeId));
  }

  Optional<Progress> observer(ReplicaKey key) {
    return Optional.ofNullable(observers.get(key));
  }

  /** A replica without a vote asks for the log; empty when there are too many already. */
  Optional<Progress> observe(ReplicaKey from, long nowMs) {
    if (!observers.containsKey(from) && observers.size() >= state.settings.maxObservers()) {
      return Optional.empty();
    }
    return Optional.of(
        observers.computeIfAbsent(
            from,
            key -> new Progress(key.nodeId(), Optional.of(key), state.log.lastIndex() + 1, nowMs)));
  }

  /**
   * Whether the node of a silent voter answers from another directory: what is sent to the voter
   * reaches that one.
   */
  boolean isReplaced(Progress voter, long nowMs) {
    long timeoutMs = state.settings.electionTimeoutMs();
    boolean silent = !voter.heard() || nowMs - voter.lastContactMs() >= timeoutMs;
    return silent
        && voters.get(voter.nodeId) == voter
        && observers.values().stream()
            .anyMatch(
                observer ->
                    observer.nodeId.equals(voter.nodeId)
                        && nowMs - observer.lastContactMs() < timeoutMs);
  }

  void forgetSilentObservers(long nowMs) {
    long patienceMs = OBSERVER_TIMEOUTS * state.settings.electionTimeoutMs();
    observers.values().removeIf(observer -> nowMs - observer.lastContactMs() >= patienceMs);
  }

  Collection<Progress> voters() {
    return voters.values();
  }

  Collection<Progress> observers() {
    return observers.values();
  }

  /** Both, in an order that is the same in every run. */
  List<Progress> all() {
    List<Progress> all = new ArrayList<>(voters.values());
    all.addAll(observers.values());
    return all;
  }

  /**
   * The highest value that a majority of the voters has reached.
   *
   * @param own the leader's; counts only while it votes itself (§4.2.2)
   */
  long reachedByMajority(ToLongFunction<Progress> value, long own) {
    long[] values = new long[state.log.voters().voters().size()];
    int count = 0;
    for (Map.Entry<String, Progress> voter : voters.entrySet()) {
      values[count++] = value.applyAsLong(voter.getValue());
    }
    if (state.mayVote()) {
      values[count++] = own;
    }
    Arrays.fill(values, count, values.length, Long.MIN_VALUE);
    Arrays.sort(values);
    return values[values.length - state.log.voters().majority()];
  }
}
