package io.gofka.client;

import io.gofka.common.HostPort;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Who belongs to a cluster, and how its controllers do.
 *
 * @param nodes by their ids
 */
public record ClusterDescription(String clusterId, Quorum quorum, List<Node> nodes) {
  /**
   * @param leaderId numeric id of the active controller; empty when there is none
   * @param term of its leadership
   * @param highWatermark first offset of the metadata log that is not committed
   */
  public record Quorum(OptionalInt leaderId, int term, long highWatermark) {}

  /**
   * A node in one or both of its roles.
   *
   * @param name in its configuration; empty when the cluster doesn't tell, as Kafka's don't
   */
  public record Node(
      int id, Optional<String> name, Optional<Broker> broker, Optional<Controller> controller) {}

  /** A node as a broker. */
  public record Broker(HostPort address, Optional<String> rack, boolean fenced) {}

  /** What part a controller has in the quorum. */
  public enum ControllerRole {
    LEADER,
    VOTER,
    /** Follows the log without a vote. */
    OBSERVER
  }

  /**
   * A node as a controller.
   *
   * @param directoryId of its metadata directory
   * @param endpoints where it says that it is reached, by the names of its listeners
   * @param logEndOffset empty when the leader has not heard of it
   * @param lag by how many offsets its log is shorter than the leader's; empty when unknown
   * @param lastFetchAgoMs how long ago the leader heard of it, by the leader's clock; empty when
   *     never
   * @param lastCaughtUpAgoMs how long ago it had all that the leader had, likewise
   * @param lostVote the metadata directory that has this controller's vote, when that is not the
   *     one it runs with: it was emptied, and nobody votes by that name
   */
  public record Controller(
      ControllerRole role,
      UUID directoryId,
      List<Endpoint> endpoints,
      OptionalLong logEndOffset,
      OptionalLong lag,
      OptionalLong lastFetchAgoMs,
      OptionalLong lastCaughtUpAgoMs,
      Optional<UUID> lostVote) {
    public Controller {
      endpoints = List.copyOf(endpoints);
    }
  }

  /** One of a controller's listeners. */
  public record Endpoint(String listener, HostPort address) {
    @Override
    public String toString() {
      return listener + "://" + address;
    }
  }

  public ClusterDescription {
    nodes = List.copyOf(nodes);
  }

  /** The node with this id. */
  public Optional<Node> node(int id) {
    return nodes.stream().filter(node -> node.id() == id).findFirst();
  }
}
