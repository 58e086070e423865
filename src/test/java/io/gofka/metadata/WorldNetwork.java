package io.gofka.metadata;

import io.gofka.metadata.WorldBroker.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * The streams between the brokers of a {@link ReplicationWorld}. What one had under way when it
 * broke may arrive long after, in another order, and more than once.
 */
final class WorldNetwork {
  private final SplittableRandom random;
  private final List<WorldBroker> brokers;
  private final Ends ends;
  private final List<Stream> late = new ArrayList<>();

  /** What brokers hear of it. */
  interface Ends {
    void streamChanged(WorldBroker broker, int peer, boolean up);

    void receive(Stream stream, Object message);
  }

  WorldNetwork(SplittableRandom random, List<WorldBroker> brokers, Ends ends) {
    this.random = random;
    this.brokers = brokers;
    this.ends = ends;
  }

  /** Breaks one of its streams, now and then, or brings one back. */
  void toggleStream(WorldBroker broker) {
    WorldBroker other = brokers.get(random.nextInt(brokers.size()));
    if (other == broker) {
      return;
    }
    if (broker.streams.containsKey(other.id)) {
      if (random.nextInt(4) == 0) {
        disconnect(broker, other);
      }
    } else if (broker.running && other.running) {
      connect(broker, other);
    }
  }

  void connect(WorldBroker one, WorldBroker other) {
    one.streams.put(other.id, new Stream(one, other));
    other.streams.put(one.id, new Stream(other, one));
    ends.streamChanged(one, other.id, true);
    ends.streamChanged(other, one.id, true);
  }

  void disconnect(WorldBroker one, WorldBroker other) {
    for (WorldBroker from : List.of(one, other)) {
      Stream gone = from.streams.remove(from == one ? other.id : one.id);
      if (gone != null && !gone.messages.isEmpty()) {
        late.add(gone); // Somewhere, perhaps in a queue of the receiver.
      }
    }
    ends.streamChanged(one, other.id, false);
    ends.streamChanged(other, one.id, false);
  }

  /** The next message arrives of each other broker, perhaps. */
  void deliver(WorldBroker broker) {
    if (!broker.running || broker.still) {
      return;
    }
    for (WorldBroker from : brokers) {
      Stream stream = from.streams.get(broker.id);
      if (stream != null && !stream.messages.isEmpty() && random.nextBoolean()) {
        ends.receive(stream, stream.messages.remove());
      }
    }
  }

  void deliverLate() {
    if (late.isEmpty()) {
      return;
    }
    Stream stream = late.get(random.nextInt(late.size()));
    if (stream.to.running && !stream.to.still && stream.to.epoch == stream.toEpoch) {
      // One way or the other, or once more.
      Object message =
          random.nextBoolean() ? stream.messages.peekFirst() : stream.messages.peekLast();
      ends.receive(stream, Objects.requireNonNull(message));
      if (random.nextBoolean()) {
        stream.messages.removeFirstOccurrence(message);
      }
    } else {
      stream.messages.clear();
    }
    if (stream.messages.isEmpty()) {
      late.remove(stream);
    }
  }

  void forgetWhatIsLate() {
    late.clear();
  }
}
