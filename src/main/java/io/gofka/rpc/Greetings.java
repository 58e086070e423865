package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.rpc.proto.HelloReply;
import io.gofka.rpc.proto.HelloRequest;
import io.gofka.rpc.proto.Refusal;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What two nodes say to each other before anything else, and whether they have anything else to
 * say. Refused are a node of another cluster or quorum (INCONSISTENT_CLUSTER_ID), one that looks
 * for somebody else (INVALID_REQUEST), and one that speaks no version of the protocol that is
 * spoken here (UNSUPPORTED_VERSION). Both sides log it, each with both names.
 */
final class Greetings {
  private static final Logger LOG = LoggerFactory.getLogger(Greetings.class);

  /** The same refusal is told again after this time. */
  private static final long REPEAT_MS = 60_000;

  private static final int MAX_REMEMBERED = 100;

  private final Bus bus;
  private final Leaders leaders;
  private final Map<String, Long> told =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  Greetings(Bus bus, Leaders leaders) {
    this.bus = bus;
    this.leaders = leaders;
  }

  /** What this node says first. */
  Future<HelloRequest> request(String toNodeId) {
    return self()
        .map(
            self ->
                HelloRequest.newBuilder()
                    .setLeastVersion(Limits.LEAST_VERSION)
                    .setVersion(Limits.VERSION)
                    .setStatus(Forms.status(self, leaders.current()))
                    .setToNodeId(toNodeId)
                    .build());
  }

  private Future<NodeStatus> self() {
    return bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked());
  }

  /**
   * What this node answers. A reply without a refusal means that the connection may be used.
   *
   * @throws IllegalArgumentException when the greeting can't be read
   */
  Future<HelloReply> reply(HelloRequest greeting, String from) {
    NodeStatus other = Forms.status(greeting.getStatus());
    return self()
        .map(
            self -> {
              HelloReply.Builder reply =
                  HelloReply.newBuilder()
                      .setLeastVersion(Limits.LEAST_VERSION)
                      .setVersion(Limits.VERSION)
                      .setStatus(Forms.status(self, leaders.current()));
              refusal(self, other, greeting)
                  .ifPresent(
                      refusal -> {
                        log("Refused: {} of {} ({})", refusal, other.nodeId(), from);
                        reply.setRefusal(refusal);
                      });
              return reply.build();
            });
  }

  private static Optional<Refusal> refusal(
      NodeStatus self, NodeStatus other, HelloRequest greeting) {
    if (greeting.getVersion() < Limits.LEAST_VERSION
        || greeting.getLeastVersion() > Limits.VERSION) {
      return Optional.of(
          refusal(
              ErrorCode.UNSUPPORTED_VERSION,
              "node %s speaks versions %d to %d of the protocol between nodes, node %s %d to %d"
                  .formatted(
                      other.nodeId(),
                      greeting.getLeastVersion(),
                      greeting.getVersion(),
                      self.nodeId(),
                      Limits.LEAST_VERSION,
                      Limits.VERSION)));
    }
    if (!self.clusterId().isEmpty()
        && !other.clusterId().isEmpty()
        && !self.clusterId().equals(other.clusterId())) {
      return Optional.of(refusal(ErrorCode.INCONSISTENT_CLUSTER_ID, otherCluster(other, self)));
    }
    Optional<String> shared = differentDirectory(self, other);
    if (shared.isPresent()) {
      return Optional.of(
          refusal(
              ErrorCode.INCONSISTENT_CLUSTER_ID,
              "nodes %s and %s formed different quorums: each knows another directory of node %s"
                  .formatted(other.nodeId(), self.nodeId(), shared.get())));
    }
    String wanted = greeting.getToNodeId();
    if (!wanted.isEmpty() && !wanted.equals(self.nodeId())) {
      return Optional.of(
          refusal(
              ErrorCode.INVALID_REQUEST,
              "node %s looks for node %s, but finds node %s"
                  .formatted(other.nodeId(), Forms.name(wanted), self.nodeId())));
    }
    return Optional.empty();
  }

  /**
   * Two that formed a quorum together met the same directories. A node of which each met another
   * one began a second quorum after its disk was replaced, and the cluster of that may have no id
   * yet by which it could be told apart.
   */
  private static Optional<String> differentDirectory(NodeStatus one, NodeStatus other) {
    if (one.standing() != Standing.FORMED || other.standing() != Standing.FORMED) {
      return Optional.empty();
    }
    Map<String, UUID> met = directories(one);
    return directories(other).entrySet().stream()
        .filter(
            entry -> !entry.getValue().equals(met.getOrDefault(entry.getKey(), entry.getValue())))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static Map<String, UUID> directories(NodeStatus node) {
    Map<String, UUID> directories = new TreeMap<>(node.formedWith());
    directories.put(node.nodeId(), node.directoryId());
    return directories;
  }

  private static String otherCluster(NodeStatus one, NodeStatus other) {
    return "node %s belongs to cluster %s, node %s to cluster %s"
        .formatted(one.nodeId(), one.clusterId(), other.nodeId(), other.clusterId());
  }

  static Refusal refusal(ErrorCode code, String message) {
    return Refusal.newBuilder().setErrorCode(code.code()).setMessage(message).build();
  }

  /** What this node makes of an answer; fails when the connection is of no use. */
  Future<Void> onReply(HostPort address, String toNodeId, HelloReply reply) {
    return self()
        .compose(
            self -> {
              NodeStatus other;
              try {
                other = Forms.status(reply.getStatus());
              } catch (IllegalArgumentException unreadable) {
                return Future.failedFuture(
                    new ApiException(
                        ErrorCode.INVALID_REQUEST, address + ": " + unreadable.getMessage()));
              }
              Optional<Refusal> refusal =
                  reply.hasRefusal()
                      ? Optional.of(reply.getRefusal())
                      : refusal(self, other, asIfGreeted(reply));
              if (refusal.isEmpty() && !toNodeId.isEmpty() && !toNodeId.equals(other.nodeId())) {
                refusal =
                    Optional.of(
                        refusal(
                            ErrorCode.INVALID_REQUEST,
                            "node %s looks for node %s, but finds node %s"
                                .formatted(self.nodeId(), toNodeId, other.nodeId())));
              }
              if (refusal.isEmpty()) {
                return Future.succeededFuture();
              }
              log("No connection: {} (from {} at {})", refusal.get(), other.nodeId(), address);
              return Future.failedFuture(
                  new ApiException(
                      ErrorCode.of((short) refusal.get().getErrorCode()),
                      refusal.get().getMessage()));
            });
  }

  private static HelloRequest asIfGreeted(HelloReply reply) {
    return HelloRequest.newBuilder()
        .setLeastVersion(reply.getLeastVersion())
        .setVersion(reply.getVersion())
        .build();
  }

  private void log(String form, Refusal refusal, String nodeId, Object where) {
    long nowMs = System.nanoTime() / 1_000_000;
    Long before = told.get(refusal.getMessage());
    if (before == null || nowMs - before >= REPEAT_MS) {
      told.remove(refusal.getMessage());
      told.put(refusal.getMessage(), nowMs);
      LOG.warn(form, refusal.getMessage(), nodeId, where);
    }
  }
}
