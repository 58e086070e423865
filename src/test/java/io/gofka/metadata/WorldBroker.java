package io.gofka.metadata;

import io.gofka.replica.FollowerReplica;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderReplica;
import io.gofka.replica.MemoryLog;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A broker of a {@link ReplicationWorld}: its process, its log, its role as far as it knows, and
 * what it has sent.
 */
final class WorldBroker {
  final int id;
  final MemoryLog log = new MemoryLog();
  boolean running = true;
  boolean still;
  boolean intact = true;
  long epoch;
  int seen; // Images it knows.
  long lastSession;
  Optional<LeaderReplica> leader = Optional.empty();
  Optional<FollowerReplica> follower = Optional.empty();
  int leaderId;
  int roleEpoch = -1;
  boolean assumeDue;
  final Map<Integer, Stream> streams = new TreeMap<>();
  final Map<Integer, Feed> feeds = new TreeMap<>();
  final Deque<Runnable> steps = new ArrayDeque<>();

  WorldBroker(int id, long epoch) {
    this.id = id;
    this.epoch = epoch;
  }

  /** Lost when there is no stream. */
  void send(int to, Object message) {
    Stream stream = streams.get(to);
    if (stream != null) {
      stream.messages.add(message);
    }
  }

  /** How far a follower was pushed. */
  static final class Feed {
    final long session;
    long nextOffset;

    Feed(long session, long nextOffset) {
      this.session = session;
      this.nextOffset = nextOffset;
    }
  }

  /** What one broker has sent to another; a message and what it carries. */
  static final class Stream {
    final WorldBroker from;
    final WorldBroker to;
    final long brokerEpoch;
    final long toEpoch;
    final Deque<Object> messages = new ArrayDeque<>();

    Stream(WorldBroker from, WorldBroker to) {
      this.from = from;
      this.to = to;
      this.brokerEpoch = from.epoch;
      this.toEpoch = to.epoch;
    }
  }

  /** A push and its records. */
  record Push(Pushed pushed, List<MemoryLog.Entry> entries) {}
}
