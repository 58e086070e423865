package io.gofka.raft;

import io.gofka.common.ApiException;
import io.gofka.common.HostPort;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A few replicas in virtual time, with a disk each and a network between them. Everything that
 * happens follows from the commands and one seed. What a replica delivered is compared with what
 * every other delivered at the same index.
 */
final class RaftWorld {
  static final long TIMEOUT_MS = 1000;
  static final long HEARTBEAT_MS = 100;

  private record Event(long atMs, long order, Runnable run) {}

  /** One node: its disk outlives its core. */
  final class Node {
    final String name;
    UUID directoryId;
    Optional<VoterSet> formedWith;
    HardState hard = HardState.NONE;
    Optional<Snapshot> snapshot = Optional.empty();
    final List<LogEntry> disk = new ArrayList<>();
    final Deque<RaftEffect.Persist> writing = new ArrayDeque<>();
    RaftCore core;
    int life;
    long diskMs = 1;
    boolean diskHangs;
    final List<String> applied = new ArrayList<>();
    long appliedIndex = -1;
    String leader = "";
    boolean leads;
    Set<String> contacts = Set.of();

    Node(String name, int number, Optional<VoterSet> formedWith) {
      this.name = name;
      this.directoryId = new UUID(1, number);
      this.formedWith = formedWith;
    }

    boolean up() {
      return core != null;
    }

    ReplicaKey key() {
      return new ReplicaKey(name, directoryId);
    }

    QuorumState state() {
      return core.state(nowMs);
    }

    void start() {
      life++;
      applied.clear();
      appliedIndex = -1;
      leader = "";
      leads = false;
      writing.clear();
      core =
          new RaftCore(
              settings.apply(key()),
              new RecoveredState(hard, snapshot, disk, formedWith),
              random,
              nowMs);
      perform(core.start(nowMs));
      if (!contacts.isEmpty()) {
        perform(core.onContacts(contacts, nowMs));
      }
    }

    /** Of what was being written a prefix is on the disk. */
    void crash(int kept) {
      for (int i = 0; i < kept && !writing.isEmpty(); i++) {
        write(writing.remove());
      }
      writing.clear();
      core = null;
      life++;
    }

    void wipe() {
      hard = HardState.NONE;
      snapshot = Optional.empty();
      disk.clear();
      formedWith = Optional.empty();
      directoryId = new UUID(2, directoryId.getLeastSignificantBits());
      contacts = new HashSet<>(nodes.keySet());
    }

    void write(RaftEffect.Persist persist) {
      persist.snapshot().ifPresent(taken -> snapshot = Optional.of(taken));
      persist.hard().ifPresent(state -> hard = state);
      persist.truncateFrom().ifPresent(from -> disk.removeIf(entry -> entry.index() >= from));
      disk.addAll(persist.append());
    }

    void flush() {
      if (diskHangs || writing.isEmpty()) {
        return;
      }
      RaftEffect.Persist persist = writing.remove();
      write(persist);
      perform(core.onPersisted(persist.sequence(), nowMs));
    }

    void perform(List<RaftEffect> effects) {
      for (RaftEffect effect : effects) {
        if (effect instanceof RaftEffect.Persist persist) {
          writing.add(persist);
          int lived = life;
          later(
              diskMs,
              () -> {
                if (lived == life) {
                  flush();
                }
              });
        } else if (effect instanceof RaftEffect.Send send) {
          transmit(this, send);
        } else if (effect instanceof RaftEffect.Deliver deliver) {
          deliver.committed().forEach(entry -> deliver(this, entry));
        } else if (effect instanceof RaftEffect.DeliverSnapshot delivered) {
          restore(this, delivered.snapshot());
        } else if (effect instanceof RaftEffect.LeadershipChanged changed) {
          leader = changed.leaderNodeId();
          leads = changed.self();
          say(
              name,
              changed.leaderNodeId().isEmpty()
                  ? "knows no leader"
                  : "%s in term %d"
                      .formatted(changed.self() ? "leads" : "follows " + leader, changed.term()));
        } else if (effect instanceof RaftEffect.ReadReady ready) {
          say(name, "read " + ready.id() + " ready at " + ready.index());
        } else if (effect instanceof RaftEffect.ReadFailed failed) {
          say(name, "read " + failed.id() + " failed");
        } else if (effect instanceof RaftEffect.VoterChangeDone done) {
          say(name, "change " + done.id() + " done");
        } else if (effect instanceof RaftEffect.VoterChangeFailed failed) {
          say(name, "change " + failed.id() + " " + failed.errorCode() + ": " + failed.message());
        } else if (effect instanceof RaftEffect.VotersChanged changed) {
          say(name, "voters " + describe(changed.voters()));
        } else if (effect instanceof RaftEffect.DropPrefix drop) {
          disk.removeIf(entry -> entry.index() < drop.beforeIndex());
        } else if (!(effect instanceof RaftEffect.AddressLearnt)) {
          throw new IllegalStateException("nobody carries out " + effect);
        }
      }
    }

    void tick() {
      if (up() && core.nextDeadlineMs() <= nowMs) {
        perform(core.onTick(nowMs));
      }
    }
  }

  final SortedMap<String, Node> nodes = new TreeMap<>();
  final RandomGenerator random;
  long nowMs = 1_000_000;
  Function<ReplicaKey, RaftSettings> settings =
      key -> RaftSettings.of(key, address(key.nodeId()), TIMEOUT_MS, HEARTBEAT_MS);
  final Set<String> cuts = new HashSet<>();
  double loss;
  double duplication;
  long maxDelayMs = 1;
  Consumer<String> listener = line -> {};
  boolean tellMessages;

  /** Data delivered anywhere, by index. */
  final TreeMap<Long, String> history = new TreeMap<>();

  final TreeMap<Long, String> leaders = new TreeMap<>();

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::order));
  private long order;

  RaftWorld(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  static HostPort address(String name) {
    return new HostPort(name, 42069);
  }

  static VoterSet unbound(String... names) {
    SortedMap<String, Voter> voters = new TreeMap<>();
    for (String name : names) {
      voters.put(name, new Voter(name, Optional.empty(), address(name)));
    }
    return new VoterSet(voters);
  }

  /** These form the quorum; none is started yet. */
  RaftWorld quorum(String... names) {
    VoterSet voters = unbound(names);
    for (String name : names) {
      nodes.put(name, new Node(name, nodes.size() + 1, Optional.of(voters)));
    }
    return this;
  }

  /** A node with an empty directory that asks those which are there. */
  Node joining(String name) {
    Node node = new Node(name, nodes.size() + 1, Optional.empty());
    node.contacts = new HashSet<>(nodes.keySet());
    nodes.put(name, node);
    return node;
  }

  void startAll() {
    nodes.values().stream().filter(node -> !node.up()).forEach(Node::start);
  }

  Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("no node " + name);
    }
    return node;
  }

  Optional<Node> leader() {
    return nodes.values().stream()
        .filter(node -> node.up() && node.leads)
        .max(Comparator.comparingLong(node -> node.state().term()));
  }

  /** Proposes; the index, or empty when the node refuses. */
  Optional<Long> propose(String name, String text) {
    Node node = node(name);
    try {
      Proposal proposal =
          node.core.propose(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), nowMs);
      node.perform(proposal.effects());
      return Optional.of(proposal.index());
    } catch (ApiException refused) {
      say(name, refused.errorCode() + ": " + refused.getMessage());
      return Optional.empty();
    }
  }

  void snapshot(String name) {
    Node node = node(name);
    ByteBuf content = Unpooled.copiedBuffer(String.join(",", node.applied), StandardCharsets.UTF_8);
    node.perform(node.core.snapshotTaken(node.appliedIndex, content, nowMs));
  }

  void later(long delayMs, Runnable run) {
    events.add(new Event(nowMs + delayMs, order++, run));
  }

  /** Lets time pass, and everything happen that is due by then. */
  void run(long durationMs) {
    long endMs = nowMs + durationMs;
    while (true) {
      long next = events.isEmpty() ? Long.MAX_VALUE : events.element().atMs();
      for (Node node : nodes.values()) {
        if (node.up()) {
          next = Math.min(next, node.core.nextDeadlineMs());
        }
      }
      if (next > endMs) {
        break;
      }
      nowMs = Math.max(nowMs, next);
      while (!events.isEmpty() && events.element().atMs() <= nowMs) {
        events.remove().run().run();
      }
      nodes.values().forEach(Node::tick);
    }
    nowMs = endMs;
  }

  boolean runUntil(java.util.function.BooleanSupplier condition, long limitMs) {
    long endMs = nowMs + limitMs;
    while (!condition.getAsBoolean()) {
      if (nowMs >= endMs) {
        return false;
      }
      run(5);
    }
    return true;
  }

  private void transmit(Node from, RaftEffect.Send send) {
    if (tellMessages) {
      say(from.name, "to " + send.toNodeId() + ": " + describe(send.message()));
    }
    ReplicaKey sender = from.key();
    int copies = random.nextDouble() < duplication ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (random.nextDouble() < loss) {
        continue;
      }
      later(
          1 + random.nextLong(maxDelayMs),
          () -> {
            Node to = nodes.get(send.toNodeId());
            if (to != null && to.up() && !cuts.contains(sender.nodeId() + ">" + to.name)) {
              to.perform(to.core.onMessage(sender, send.message(), nowMs));
            }
          });
    }
  }

  private void deliver(Node node, LogEntry entry) {
    if (entry.index() != node.appliedIndex + 1) {
      throw new AssertionError(
          node.name + " gets entry " + entry.index() + " after " + node.appliedIndex);
    }
    node.appliedIndex = entry.index();
    String text = entry.payload().toString(StandardCharsets.UTF_8);
    String whole = entry.term() + " " + entry.kind() + " " + text;
    String other = history.putIfAbsent(entry.index(), whole);
    if (other != null && !other.equals(whole)) {
      throw new AssertionError(
          "%s delivers [%s] at %d where [%s] was delivered"
              .formatted(node.name, whole, entry.index(), other));
    }
    if (entry.kind() == LogEntry.Kind.TERM_START) {
      node.applied.add("");
    } else if (entry.isData()) {
      node.applied.add(text);
      say(node.name, "delivers " + entry.index() + " " + text);
    }
  }

  private void restore(Node node, Snapshot snapshot) {
    node.appliedIndex = snapshot.meta().index();
    node.applied.clear();
    String content = snapshot.content().toString(StandardCharsets.UTF_8);
    node.applied.addAll(List.of(content.split(",", -1)));
    say(node.name, "restores a snapshot up to " + snapshot.meta().index());
  }

  private void say(String name, String what) {
    listener.accept(name + " " + what);
  }

  static String describe(VoterSet voters) {
    StringBuilder text = new StringBuilder();
    voters
        .voters()
        .values()
        .forEach(
            voter ->
                text.append(voter.nodeId())
                    .append(voter.directoryId().isPresent() ? "" : "?")
                    .append(' '));
    voters.reserved().keySet().forEach(name -> text.append('(').append(name).append(") "));
    return text.isEmpty() ? "nobody" : text.toString().trim();
  }

  static String describe(RaftMessage message) {
    if (message instanceof RaftMessage.AppendRequest append) {
      return "Append[term=%d, prev=%d/%d, entries=%d, commit=%d]"
          .formatted(
              append.term(),
              append.prevIndex(),
              append.prevTerm(),
              append.entries().size(),
              append.commitIndex());
    }
    if (message instanceof RaftMessage.SnapshotChunk chunk) {
      return "SnapshotChunk[term=%d, index=%d, offset=%d, bytes=%d of %d]"
          .formatted(
              chunk.term(),
              chunk.meta().index(),
              chunk.offset(),
              chunk.bytes().readableBytes(),
              chunk.meta().sizeBytes());
    }
    return message.toString();
  }
}
