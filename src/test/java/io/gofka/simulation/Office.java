package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.Proposal;
import io.gofka.raft.RaftEffect.LeadershipChanged;
import io.gofka.raft.RaftEffect.ReadReady;
import io.gofka.raft.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the process of a node was told of its leadership, and who waits there for an answer to a
 * numbered command. A process begins with a new one.
 */
final class Office implements Application {
  private final SimulatedNode node;
  private final Cluster cluster;
  private final ClientHistory clients;
  private final Map<Long, Integer> proposed = new HashMap<>();
  private final Map<Long, Long> reading = new HashMap<>();
  private long term;
  private boolean held;
  private long snapshotAt;

  Office(SimulatedNode node, Cluster cluster, ClientHistory clients) {
    this.node = node;
    this.cluster = cluster;
    this.clients = clients;
  }

  @Override
  public boolean isInOffice() {
    return held;
  }

  @Override
  public void start() {}

  @Override
  public void onStarted() {}

  @Override
  public void onLeadershipChanged(LeadershipChanged changed) {
    if (changed.term() < term) {
      throw new Violation("terms never fall", node.name() + " hears " + changed + " after " + term);
    }
    if (!changed.self() || changed.term() != term) {
      proposed.clear(); // Nobody here will learn their fate.
    }
    term = changed.term();
    held = changed.self();
  }

  void onProposed(int command, Proposal proposal) {
    if (proposal.term() != term || !held) {
      throw new Violation("proposals in office only", node.name() + " proposes " + proposal);
    }
    proposed.put(proposal.index(), command);
  }

  @Override
  public void onCommitted(List<LogEntry> entries) {
    entries.forEach(this::onCommitted);
    maybeTakeSnapshot();
  }

  private void onCommitted(LogEntry entry) {
    Integer command = proposed.isEmpty() ? null : proposed.remove(entry.index());
    if (command == null) {
      return;
    }
    if (!entry.isData() || Commands.decode(entry) != command) {
      throw new Violation(
          "loss of leadership is told first",
          "%s proposed %d at %d, where %s is"
              .formatted(node.name(), command, entry.index(), entry));
    }
    clients.acknowledged(command, entry.index());
  }

  private void maybeTakeSnapshot() {
    long upTo = node.applied();
    snapshotAt = Math.max(snapshotAt, node.disk().written().snapshotIndex());
    if (upTo - snapshotAt < cluster.mix().snapshotEvery()) {
      return;
    }
    snapshotAt = upTo;
    World world = cluster.world();
    int padding = (int) world.between(0, cluster.mix().maxSnapshotPadding());
    var content =
        Commands.snapshot(
            upTo,
            cluster.invariants().committedChain(upTo),
            node.index() + node.incarnation() * 7,
            padding);
    node.afterwards(world.about(5 * World.MILLIS), () -> node.takeSnapshot(upTo, content));
  }

  @Override
  public void onSnapshot(Snapshot snapshot) {}

  void onRead(long id) {
    reading.put(id, clients.beginRead());
  }

  @Override
  public void onReadFailed(long id) {
    reading.remove(id);
  }

  @Override
  public void onReadReady(ReadReady ready) {
    Long floor = reading.remove(ready.id());
    long applied = node.applied(); // The reader sees everything up to it.
    if (floor == null) {
      throw new Violation("one answer", node.name() + " answers read " + ready.id() + " again");
    }
    if (applied < ready.index()) {
      throw new Violation(
          "linearizable reads",
          "%s is ready up to %d and has applied %d".formatted(node.name(), ready.index(), applied));
    }
    clients.read(floor, applied);
  }
}
