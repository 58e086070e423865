package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.DescribeQuorum.Quorum;
import io.gofka.metadata.DescribeQuorum.Replica;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.QuorumState;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.Voter;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The commands about the quorum itself, which the log answers and not the image. */
final class QuorumAdminShell {
  private final ReplicatedLog log;

  QuorumAdminShell(ReplicatedLog log) {
    this.log = log;
  }

  /**
   * @param timestampMs wall clock at {@code nowMs}: the log knows only how long ago something was
   */
  Quorum describe(ClusterImage image, long nowMs, long timestampMs) {
    QuorumState state = log.state();
    Map<ReplicaKey, QuorumState.Replica> known =
        state.replicas().stream()
            .collect(Collectors.toMap(QuorumState.Replica::key, Function.identity()));
    List<Replica> voters = new ArrayList<>();
    Set<ReplicaKey> voting = new HashSet<>();
    for (Voter voter : state.voters().voters().values()) {
      Optional<QuorumState.Replica> replica =
          known.values().stream()
              .filter(one -> one.voter() && one.key().nodeId().equals(voter.nodeId()))
              .findFirst();
      replica.ifPresent(one -> voting.add(one.key()));
      voters.add(
          describe(
              image,
              voter.nodeId(),
              voter.directoryId().or(() -> replica.map(one -> one.key().directoryId())),
              replica,
              new Clock(nowMs, timestampMs)));
    }
    List<Replica> observers = new ArrayList<>();
    for (QuorumState.Replica replica : state.replicas()) {
      if (!voting.contains(replica.key())) {
        observers.add(
            describe(
                image,
                replica.key().nodeId(),
                Optional.of(replica.key().directoryId()),
                Optional.of(replica),
                new Clock(nowMs, timestampMs)));
      }
    }
    Comparator<Replica> order = Comparator.comparing(Replica::id).thenComparing(Replica::nodeId);
    voters.sort(order);
    observers.sort(order);
    return new Quorum(
        image.numericId(state.leaderNodeId()).orElse(-1),
        (int) Math.min(state.term(), Integer.MAX_VALUE),
        state.highWatermark(),
        voters,
        observers);
  }

  private static Replica describe(
      ClusterImage image,
      String nodeId,
      Optional<UUID> directoryId,
      Optional<QuorumState.Replica> replica,
      Clock clock) {
    boolean heard = replica.filter(one -> one.lastFetchMs() != QuorumState.NEVER_MS).isPresent();
    return new Replica(
        image.numericId(nodeId).orElse(-1),
        nodeId,
        directoryId.orElse(Uuids.ZERO),
        heard ? replica.get().logEndIndex() : DescribeQuorum.UNKNOWN_OFFSET,
        clock.timestampOf(replica.map(QuorumState.Replica::lastFetchMs)),
        clock.timestampOf(replica.map(QuorumState.Replica::lastCaughtUpMs)));
  }

  /** The two clocks at one moment. What is shown is as long ago by the one as by the other. */
  private record Clock(long nowMs, long timestampMs) {
    long timestampOf(Optional<Long> eventMs) {
      return eventMs
          .filter(ms -> ms != QuorumState.NEVER_MS)
          .map(ms -> Math.max(0, nowMs - ms))
          .map(agoMs -> timestampMs - agoMs)
          .orElse(DescribeQuorum.UNKNOWN_TIMESTAMP_MS);
    }
  }

  Future<Void> add(ClusterImage image, AddRaftVoter command) {
    checkCluster(image, command.clusterId());
    ReplicaKey replica =
        log.state().replicas().stream()
            .map(QuorumState.Replica::key)
            .filter(key -> key.directoryId().equals(command.directoryId()))
            .filter(key -> isId(image, key.nodeId(), command.voterId()))
            .findFirst()
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.INVALID_REQUEST,
                        "no controller %d with the directory %s follows the metadata log"
                            .formatted(command.voterId(), Uuids.toBase64(command.directoryId()))));
    return Future.fromCompletionStage(
        command.ackWhenCommitted() ? log.addVoter(replica) : log.beginAddingVoter(replica));
  }

  Future<Void> remove(ClusterImage image, RemoveRaftVoter command) {
    checkCluster(image, command.clusterId());
    Voter voter =
        log.state().voters().voters().values().stream()
            .filter(one -> isId(image, one.nodeId(), command.voterId()))
            .filter(one -> one.directoryId().map(command.directoryId()::equals).orElse(true))
            .findFirst()
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.VOTER_NOT_FOUND,
                        "no controller %d with the directory %s has a vote"
                            .formatted(command.voterId(), Uuids.toBase64(command.directoryId()))));
    return Future.fromCompletionStage(
        log.removeVoter(voter.nodeId(), Optional.of(command.directoryId())));
  }

  private static boolean isId(ClusterImage image, String nodeId, int numericId) {
    return image.numericId(nodeId).orElse(-1) == numericId;
  }

  private static void checkCluster(ClusterImage image, Optional<String> clusterId) {
    if (clusterId.isPresent() && !clusterId.get().equals(image.clusterId())) {
      throw new ApiException(
          ErrorCode.INCONSISTENT_CLUSTER_ID,
          "this is the cluster %s, not %s".formatted(image.clusterId(), clusterId.get()));
    }
  }
}
