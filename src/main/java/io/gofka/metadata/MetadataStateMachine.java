package io.gofka.metadata;

import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.ImageDifference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The state behind the metadata log, on a controller: what is committed, and for the active one
 * what will be when all it has proposed is. Decisions are made on the latter, so that commands need
 * not wait for each other's fsync; nobody but the decisions sees it.
 *
 * <p>Confined to one thread, without I/O or clock. What is proposed is applied once: committing it
 * makes the image it led to the one that holds.
 */
public final class MetadataStateMachine {
  /** A decision that fits what was decided before, and what it will lead to. */
  record Prepared(long index, ImageChange change) {}

  private final Deque<Prepared> proposed = new ArrayDeque<>();
  private ClusterImage committed = ClusterImage.EMPTY;
  private ClusterImage decided = ClusterImage.EMPTY;
  private String controllerNodeId = "";

  /** The image that holds. */
  public ClusterImage committed() {
    return committed;
  }

  /** The image that will hold when everything proposed is committed. */
  public ClusterImage decided() {
    return decided;
  }

  /**
   * Tries records before they are proposed: an entry that doesn't fit the image could never be
   * applied, and the log with it never be read again.
   *
   * @param index of the entry they will stand in
   * @throws IllegalStateException when they don't fit what was decided before, which is a bug
   */
  Prepared prepare(long index, List<MetadataRecord> records) {
    return new Prepared(index, ImageUpdate.apply(decided, index, records));
  }

  /** What was prepared last is proposed. */
  void onProposed(Prepared prepared) {
    proposed.add(prepared);
    decided = prepared.change().image();
  }

  /**
   * The entry with this index is committed, whoever proposed it.
   *
   * @param records what stands in it; not asked for when it was proposed here
   * @throws IllegalStateException when another entry belongs here, or it doesn't fit the image
   */
  public ImageChange onCommitted(long index, Supplier<List<MetadataRecord>> records) {
    if (index != committed.metadataOffset() + 1) {
      throw new IllegalStateException(
          "entry " + index + " after entry " + committed.metadataOffset());
    }
    Prepared next = proposed.peek();
    if (next != null && next.index <= index) {
      return onOwnCommitted(index);
    }
    List<MetadataRecord> foreign = records.get();
    if (next != null && !foreign.isEmpty()) {
      throw new IllegalStateException(
          "entry %d with %s is committed before entry %d".formatted(index, foreign, next.index));
    }
    ImageChange change = withController(ImageUpdate.apply(committed, index, foreign));
    committed = change.image();
    if (next == null) {
      decided = committed;
    } // Else the log has put an entry of its own, such as a configuration, between the proposals.
    return change;
  }

  private ImageChange onOwnCommitted(long index) {
    Prepared own = proposed.remove();
    if (own.index != index) {
      throw new IllegalStateException("entry " + index + " is committed before entry " + own.index);
    }
    ImageChange change = withController(own.change);
    committed = change.image();
    return change;
  }

  /**
   * Another node leads, or nobody: what was proposed and isn't committed is void.
   *
   * @param nodeId name of the leading node, empty for none
   */
  public ImageChange onLeadershipChanged(String nodeId) {
    controllerNodeId = nodeId;
    proposed.clear();
    ImageChange change = withController(new ImageChange(committed, List.of(), List.of(), Set.of()));
    committed = change.image();
    decided = committed;
    return change;
  }

  /**
   * A snapshot stands for everything up to an entry: this node was too far behind to be given all
   * the entries.
   *
   * @throws IllegalStateException when it is older than what is committed here
   */
  public ImageChange onSnapshot(ClusterImage image) {
    if (image.metadataOffset() < committed.metadataOffset()) {
      throw new IllegalStateException(
          "snapshot up to entry %d after entry %d"
              .formatted(image.metadataOffset(), committed.metadataOffset()));
    }
    proposed.clear();
    ImageChange change = withController(ImageDifference.between(committed, image));
    committed = change.image();
    decided = committed;
    return change;
  }

  /** The log doesn't say who leads: that holds only as long as the node does. */
  private ImageChange withController(ImageChange change) {
    int controllerId = change.image().numericId(controllerNodeId).orElse(-1);
    return controllerId == change.image().controllerId()
        ? change
        : change.with(change.image().withControllerId(controllerId));
  }
}
