package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.MetadataFeed.ActiveController;
import io.gofka.metadata.MetadataFeed.Entries;
import io.gofka.metadata.MetadataFeed.WholeState;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.ImageDifference;
import io.gofka.raft.LogEntry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the controller is on other nodes: on one that has no replica of the metadata log it takes
 * what a controller elsewhere has committed, and announces it to this node. Belongs to the loop of
 * {@link MetadataVerticle}, which is deployed before it.
 *
 * <p>Told one thing after the other: who feeds it waits for each answer.
 */
public final class MetadataFollowerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataFollowerVerticle.class);

  private final Bus bus;
  private final MetadataStateMachine machine = new MetadataStateMachine();

  public MetadataFollowerVerticle(Bus bus) {
    this.bus = bus;
  }

  @Override
  public Future<?> start() {
    return bus.serve(Addresses.METADATA_FEED, this::onFeed);
  }

  @Override
  public Future<?> stop() {
    return bus.withdraw(Addresses.METADATA_FEED);
  }

  private Future<Long> onFeed(MetadataFeed feed) {
    if (feed instanceof Entries fed) {
      return onEntries(fed.entries());
    } else if (feed instanceof WholeState state) {
      return onWholeState(state);
    } else if (feed instanceof ActiveController controller) {
      return announce(machine.onLeadershipChanged(controller.nodeId()));
    }
    throw new IllegalStateException("nobody takes " + feed);
  }

  private Future<Long> onEntries(List<LogEntry> entries) {
    ClusterImage before = machine.committed();
    List<ImageChange> changes = new ArrayList<>(entries.size());
    for (LogEntry entry : entries) {
      if (entry.index() >= next()) {
        if (entry.index() > next()) {
          throw new IllegalArgumentException(
              "entry %d is fed where %d belongs".formatted(entry.index(), next()));
        }
        changes.add(machine.onCommitted(entry.index(), () -> records(entry)));
      }
    }
    return changes.isEmpty()
        ? Future.succeededFuture(next())
        : announce(ImageDifference.sum(before, changes));
  }

  /** Reading a large one takes long: that is done elsewhere. */
  private Future<Long> onWholeState(WholeState state) {
    if (state.index() < next()) {
      return Future.succeededFuture(next());
    }
    return vertx
        .executeBlocking(() -> MetadataSnapshot.decode(state.index(), state.snapshot()))
        .compose(
            image -> {
              LOG.info(
                  "Metadata up to {} from a snapshot: {} topics, {} brokers",
                  image.metadataOffset(),
                  image.topicsByName().size(),
                  image.brokers().size());
              return announce(machine.onSnapshot(image));
            });
  }

  private Future<Long> announce(ImageChange change) {
    return bus.request(Addresses.METADATA_COMMITTED, change).map(announced -> next());
  }

  private long next() {
    return machine.committed().metadataOffset() + 1;
  }

  private static List<MetadataRecord> records(LogEntry entry) {
    return entry.isData() ? MetadataRecordCodec.decode(entry.payload()) : List.of();
  }
}
