package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.ClusterImage;
import java.util.Map;
import java.util.OptionalInt;

/** Numeric ids of nodes: given once, kept for ever. */
final class NodeIds {
  /** The first node that is given an id gets this one, as in Kafka's quick start. */
  static final int FIRST = 1;

  private NodeIds() {}

  /**
   * The id of a node, new or not.
   *
   * @param wanted what the node is configured with
   * @throws ApiException INVALID_REGISTRATION when that belongs to another node, or the node has
   *     another id already
   */
  static int idOf(ClusterImage image, String nodeId, OptionalInt wanted) {
    OptionalInt known = image.numericId(nodeId);
    if (known.isPresent()) {
      int id = known.getAsInt();
      if (wanted.isPresent() && wanted.getAsInt() != id) {
        throw new ApiException(
            ErrorCode.INVALID_REGISTRATION,
            "node %s has been broker %d since it was first started; it can't become broker %d"
                .formatted(nodeId, id, wanted.getAsInt()));
      }
      return id;
    }
    int highest = FIRST - 1;
    for (Map.Entry<String, Integer> other : image.nodeIds().entrySet()) {
      highest = Math.max(highest, other.getValue());
      if (wanted.isPresent() && wanted.getAsInt() == other.getValue()) {
        throw new ApiException(
            ErrorCode.INVALID_REGISTRATION,
            "broker id %d belongs to node %s; server.id of %s must be another number, or be left out"
                .formatted(other.getValue(), other.getKey(), nodeId));
      }
    }
    return wanted.orElse(highest + 1);
  }
}
