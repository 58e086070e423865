package io.gofka.simulation;

import io.gofka.common.ApiException;
import io.gofka.raft.LogEntry;
import io.gofka.raft.Snapshot;
import java.util.Optional;

/** Commands with a number each, by clients who remember what they were told. */
final class NumberedCommands implements Workload {
  private final Cluster cluster;
  private final World world;
  private final FaultMix mix;
  private final ClientHistory clients = new ClientHistory();
  private long nextRead;

  NumberedCommands(Cluster cluster) {
    this.cluster = cluster;
    this.world = cluster.world();
    this.mix = cluster.mix();
  }

  @Override
  public Application begin(SimulatedNode node) {
    return new Office(node, cluster, clients);
  }

  @Override
  public void onCommitted(LogEntry entry) {
    if (entry.isData()) {
      clients.committed(Commands.decode(entry), entry.index());
    }
  }

  @Override
  public void verify(Snapshot snapshot, long chain) {
    Commands.verify(snapshot, chain);
  }

  @Override
  public void start() {}

  @Override
  public void heal() {}

  @Override
  public void onCrash(SimulatedNode node) {}

  /** Mostly one of a few commands to whom they take for the leader. */
  @Override
  public void ask() {
    if (world.chance(0.2)) {
      cluster.nodes().forEach(this::read); // One that has just been elected must refuse.
      return;
    }
    SimulatedNode asked =
        cluster
            .leader()
            .filter(leader -> world.chance(0.9))
            .orElseGet(() -> cluster.nodes().get((int) world.between(0, mix.nodes() - 1)));
    long burst = world.chance(0.2) ? world.between(2, 10) : 1;
    for (long i = 0; i < burst; i++) {
      propose(asked, (int) world.between(0, mix.maxPadding()));
    }
  }

  @Override
  public void askFor(SimulatedNode node) {
    propose(node, 0);
  }

  private void propose(SimulatedNode node, int padding) {
    int command = clients.begin();
    if (!node.isUp() || node.isPaused()) {
      clients.refused(command); // Nobody listens: it can't have gone anywhere.
      return;
    }
    try {
      node.propose(
          Commands.encode(command, padding),
          proposal -> ((Office) node.application()).onProposed(command, proposal));
    } catch (ApiException refused) {
      clients.refused(command);
    }
  }

  @Override
  public void read(SimulatedNode node) {
    if (node.isUp() && !node.isPaused()) {
      long id = nextRead++;
      ((Office) node.application()).onRead(id);
      node.read(id);
    }
  }

  @Override
  public int acknowledged() {
    return clients.acknowledgedCount();
  }

  @Override
  public Optional<String> missing() {
    return Optional.empty();
  }
}
