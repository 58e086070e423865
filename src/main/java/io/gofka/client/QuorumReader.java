package io.gofka.client;

import io.gofka.client.ClusterDescription.Controller;
import io.gofka.client.ClusterDescription.ControllerRole;
import io.gofka.client.ClusterDescription.Endpoint;
import io.gofka.common.HostPort;
import io.gofka.protocol.message.DescribeQuorumResponse;
import io.gofka.protocol.message.DescribeQuorumResponse.PartitionData;
import io.gofka.protocol.message.DescribeQuorumResponse.ReplicaState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What DescribeQuorum tells of each controller. Times are set against the leader's own, so that no
 * two clocks are compared.
 */
final class QuorumReader {
  private final Map<Integer, List<Endpoint>> endpoints = new TreeMap<>();
  private final PartitionData partition;
  private final long leaderEndOffset;
  private final long leaderNowMs;

  QuorumReader(DescribeQuorumResponse response, PartitionData partition) {
    this.partition = partition;
    for (DescribeQuorumResponse.Node node : response.nodes()) {
      endpoints.put(
          node.nodeId(),
          node.listeners().stream()
              .map(at -> new Endpoint(at.name(), new HostPort(at.host(), at.port())))
              .toList());
    }
    ReplicaState leader =
        partition.currentVoters().stream()
            .filter(voter -> voter.replicaId() == partition.leaderId())
            .findFirst()
            .orElseGet(ReplicaState::new);
    leaderEndOffset = leader.logEndOffset();
    leaderNowMs = leader.lastFetchTimestamp();
  }

  /**
   * Controllers by their ids. One that follows with another directory than the one that votes by
   * its name is shown as it runs: what votes is lost.
   */
  Map<Integer, Controller> controllers() {
    Map<Integer, Controller> controllers = new TreeMap<>();
    Map<Integer, ReplicaState> observers = new TreeMap<>();
    for (ReplicaState observer : partition.observers()) {
      // A vote that was taken away leaves an observer behind that nobody hears of any more.
      observers.merge(observer.replicaId(), observer, QuorumReader::heardLast);
    }
    observers.forEach(
        (id, observer) ->
            controllers.put(id, controller(observer, ControllerRole.OBSERVER, Optional.empty())));
    for (ReplicaState voter : partition.currentVoters()) {
      int id = voter.replicaId();
      ReplicaState observer = observers.get(id);
      // Without a number nobody knows whether they are the same.
      boolean isSame = id >= 0 && observer != null;
      if (isSame && observer.lastFetchTimestamp() > voter.lastFetchTimestamp()) {
        Optional<UUID> lost = Optional.of(voter.replicaDirectoryId());
        controllers.put(id, controller(observer, ControllerRole.OBSERVER, lost));
      } else {
        boolean leads = id == partition.leaderId();
        ControllerRole role = leads ? ControllerRole.LEADER : ControllerRole.VOTER;
        controllers.put(id, controller(voter, role, Optional.empty()));
      }
    }
    return controllers;
  }

  private static ReplicaState heardLast(ReplicaState one, ReplicaState other) {
    return one.lastFetchTimestamp() > other.lastFetchTimestamp() ? one : other;
  }

  private Controller controller(ReplicaState state, ControllerRole role, Optional<UUID> lostVote) {
    boolean known = state.logEndOffset() >= 0;
    return new Controller(
        role,
        state.replicaDirectoryId(),
        endpoints.getOrDefault(state.replicaId(), List.of()),
        known ? OptionalLong.of(state.logEndOffset()) : OptionalLong.empty(),
        known && leaderEndOffset >= 0
            ? OptionalLong.of(Math.max(0, leaderEndOffset - state.logEndOffset()))
            : OptionalLong.empty(),
        ago(state.lastFetchTimestamp()),
        ago(state.lastCaughtUpTimestamp()),
        lostVote);
  }

  private OptionalLong ago(long timestampMs) {
    return timestampMs < 0 || leaderNowMs < 0
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, leaderNowMs - timestampMs));
  }
}
