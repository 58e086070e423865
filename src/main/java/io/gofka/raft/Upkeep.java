package io.gofka.raft;

import io.gofka.common.HostPort;
import java.util.Optional;

/**
 * Changes of the configuration that a leader makes by itself, without being asked:
 *
 * <ul>
 *   <li>A voter that is not bound yet is bound to its directory when it first answers from one on
 *       which the quorum was formed. Who votes doesn't change by that: there was one such directory
 *       for the name, and from now on it is written down (KIP-853).
 *   <li>A voter that is reached elsewhere than the configuration says gets its new address.
 *   <li>A voter that was never there when the quorum was formed comes with a fresh directory. It
 *       may as well be one that voted and was wiped before it was bound: nobody can tell. So its
 *       name is taken out first, with a reserved seat, and comes back bound to the new directory
 *       once it has caught up: two changes whose majorities overlap, while an exchange in one step
 *       would let a majority with the old directory miss one with the new.
 * </ul>
 */
final class Upkeep {
  private final ReplicaState state;
  private final Replicas replicas;

  Upkeep(ReplicaState state, Replicas replicas) {
    this.state = state;
    this.replicas = replicas;
  }

  /** The configuration to be appended, when the one in use is committed. */
  Optional<VoterSet> due(long nowMs) {
    VoterSet now = state.log.voters();
    VoterSet described = described(now);
    if (!described.equals(now)) {
      return Optional.of(described);
    }
    return withSeatTaken(now, nowMs).or(() -> withSeatVacated(now, nowMs));
  }

  private VoterSet described(VoterSet now) {
    VoterSet described = now;
    for (Voter voter : now.voters().values()) {
      boolean self = voter.nodeId().equals(state.self().nodeId());
      if (self && !state.mayVote()) {
        continue;
      }
      Optional<ReplicaKey> key =
          self
              ? Optional.of(state.self())
              : replicas.voter(voter.nodeId()).filter(Progress::heard).flatMap(Progress::key);
      Optional<HostPort> address =
          self
              ? Optional.of(state.settings.address())
              : replicas.voter(voter.nodeId()).flatMap(Progress::address);
      Voter known = voter.at(address.orElse(voter.address()));
      if (voter.directoryId().isEmpty() && key.isPresent()) {
        known = known.boundTo(key.get().directoryId());
      }
      if (!known.equals(voter)) {
        described = described.with(known);
      }
    }
    return described;
  }

  private Optional<VoterSet> withSeatTaken(VoterSet now, long nowMs) {
    for (Progress observer : replicas.observers()) {
      if (now.reserved().containsKey(observer.nodeId) && isReady(observer, nowMs)) {
        return Optional.of(
            now.with(
                new Voter(
                    observer.nodeId,
                    observer.key().map(ReplicaKey::directoryId),
                    observer.address().orElseThrow())));
      }
    }
    return Optional.empty();
  }

  private Optional<VoterSet> withSeatVacated(VoterSet now, long nowMs) {
    for (Progress observer : replicas.observers()) {
      Voter voter = now.voters().get(observer.nodeId);
      boolean vacant =
          voter != null
              && voter.directoryId().isEmpty()
              && !voter.nodeId().equals(state.self().nodeId())
              && replicas.voter(observer.nodeId).filter(Progress::heard).isEmpty();
      if (vacant && isReady(observer, nowMs)) {
        VoterSet without = now.withSeatFor(observer.nodeId);
        if (isServedBy(without, nowMs)) {
          return Optional.of(without);
        }
      }
    }
    return Optional.empty();
  }

  private boolean isReady(Progress observer, long nowMs) {
    return observer.address().isPresent() && isRecent(observer.caughtUpMs(), nowMs);
  }

  /** Whether these voters without the others could go on right now. */
  private boolean isServedBy(VoterSet voters, long nowMs) {
    long there =
        voters.voters().keySet().stream()
            .filter(
                name ->
                    name.equals(state.self().nodeId())
                        || replicas
                            .voter(name)
                            .filter(p -> p.heard() && isRecent(p.lastContactMs(), nowMs))
                            .isPresent())
            .count();
    return there >= voters.majority();
  }

  private boolean isRecent(long timeMs, long nowMs) {
    return timeMs != QuorumState.NEVER_MS && nowMs - timeMs < state.settings.electionTimeoutMs();
  }
}
