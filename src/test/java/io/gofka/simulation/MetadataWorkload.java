package io.gofka.simulation;

import io.gofka.config.BrokerConfig;
import io.gofka.metadata.BrokerLifecycle;
import io.gofka.metadata.ControllerSettings;
import io.gofka.metadata.ProbeNode;
import io.gofka.raft.LogEntry;
import io.gofka.raft.Snapshot;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The quorum agrees about the metadata of a cluster: controllers as they are on its nodes, brokers
 * on machines of their own, and clients who ask any of them.
 */
class MetadataWorkload implements Workload {
  private static final BrokerConfig CONFIG =
      BrokerConfig.of(Map.of("leader.imbalance.check.interval.seconds", "20"));

  private final Cluster cluster;
  private final World world;
  private final Calls calls;
  private final MetadataHistory history = new MetadataHistory();
  private final AgreedMetadata agreed;
  private final List<SimulatedBroker> brokers = new ArrayList<>();
  private final MetadataClients clients;
  private final long sessionTimeoutMs;
  private final long gracePeriodMs;
  private boolean healed;

  MetadataWorkload(Cluster cluster) {
    this.cluster = cluster;
    this.world = cluster.world();
    this.agreed = new AgreedMetadata(this);
    FaultMix mix = cluster.mix();
    this.sessionTimeoutMs = mix.electionTimeoutMs() * world.between(1, 3);
    // Seldom as long as is wise: what is safe must not rest on it.
    long wiseMs = 2 * sessionTimeoutMs + 2 * mix.electionTimeoutMs();
    this.gracePeriodMs = world.chance(0.5) ? 0 : world.between(0, wiseMs);
    this.calls = new Calls(cluster.network(), 2 * sessionTimeoutMs);
    this.clients = new MetadataClients(this);
    for (int i = 0; i < mix.brokers(); i++) {
      brokers.add(new SimulatedBroker(this, mix.nodes() + i, "b" + (i + 1), mix.clock(world)));
    }
  }

  Cluster cluster() {
    return cluster;
  }

  Calls calls() {
    return calls;
  }

  MetadataHistory history() {
    return history;
  }

  AgreedMetadata agreed() {
    return agreed;
  }

  List<SimulatedBroker> brokers() {
    return brokers;
  }

  BrokerConfig config() {
    return CONFIG;
  }

  ControllerSettings settings() {
    return new ControllerSettings(
        Optional.empty(),
        sessionTimeoutMs,
        gracePeriodMs,
        cluster.mix().snapshotEvery() == Integer.MAX_VALUE
            ? Long.MAX_VALUE
            : cluster.mix().snapshotEvery() * 60L,
        0);
  }

  BrokerLifecycle.Settings lifecycleSettings() {
    return new BrokerLifecycle.Settings(
        sessionTimeoutMs / 5, sessionTimeoutMs, Long.MAX_VALUE / 2, 10 * sessionTimeoutMs);
  }

  /** How long somebody waits for the answer to a command. */
  int patienceMs() {
    return (int) (3 * cluster.mix().electionTimeoutMs());
  }

  long followPeriodMs() {
    return Math.max(10, sessionTimeoutMs / 4);
  }

  long leastPeriodMs() {
    return sessionTimeoutMs / 8;
  }

  @Override
  public Application begin(SimulatedNode node) {
    return new SimulatedController(this, node);
  }

  @Override
  public void onCommitted(LogEntry entry) {
    history.onCommitted(entry);
    agreed.onCommitted(entry);
  }

  @Override
  public void verify(Snapshot snapshot, long chain) {
    agreed.verify(snapshot);
  }

  /**
   * What more a broker has than its metadata, in one life; it is registered by now.
   *
   * @param whenReady the broker can serve from then on
   */
  void begin(SimulatedBroker broker, Runnable whenReady) {
    whenReady.run();
  }

  long sessionTimeoutMs() {
    return sessionTimeoutMs;
  }

  /** Whether a command that is on its way to a controller is held up for long. */
  boolean holdsBack() {
    return false;
  }

  boolean isHealed() {
    return healed;
  }

  @Override
  public void start() {
    for (SimulatedBroker broker : brokers) {
      broker.start();
    }
    strikeSoon();
  }

  /** Mean time between two things that happen to brokers. */
  long strikeGapMicros() {
    return 2 * cluster.mix().faultGapMicros();
  }

  final void strikeSoon() {
    world.after(world.about(strikeGapMicros()), this::strike);
  }

  /** What happens to brokers, while there are faults. */
  void strike() {
    if (healed || brokers.isEmpty()) {
      return;
    }
    strikeSoon();
    SimulatedBroker broker = brokers.get((int) world.between(0, brokers.size() - 1));
    long session = sessionTimeoutMs * World.MILLIS;
    switch ((int) world.between(0, 5)) {
      case 0 -> crash(broker);
      case 1 -> broker.pauseUntil(world.nowMicros() + world.between(1, 3 * session));
      case 2 -> {
        cutOff(broker, world.between(1, 4 * session), world.chance(0.5));
        if (world.chance(0.3)) {
          world.after(world.between(1, session), () -> stopIfFaulty(broker));
        }
      }
      case 3 -> broker.stop();
      case 4 ->
          cluster
              .leader()
              .ifPresent(leader -> cutOffWith(leader, broker, world.between(session, 4 * session)));
      default -> {
        if (!broker.isUp()) {
          broker.start();
        }
      }
    }
  }

  void crash(SimulatedBroker broker) {
    if (!broker.isUp()) {
      return;
    }
    broker.crash();
    agreed.tellStreamBroken(broker);
    startSoon(broker);
  }

  /**
   * A broker has stopped in order.
   *
   * @param letGo whether the controllers know that
   */
  void onStopped(SimulatedBroker broker, boolean letGo) {
    if (healed) {
      startSoon(broker);
    } // Else it may take some time.
  }

  final void startSoon(SimulatedBroker broker) {
    world.after(
        world.between(1, 3 * sessionTimeoutMs * World.MILLIS),
        () -> {
          if (!broker.isUp()) {
            broker.start();
          }
        });
  }

  final void cutOff(SimulatedBroker broker, long micros, boolean oneWay) {
    cluster.nodes().forEach(node -> cut(broker, node, micros, oneWay));
  }

  /** A broker and the active controller are on the wrong side of a cut. */
  private void cutOffWith(SimulatedNode leader, SimulatedBroker broker, long micros) {
    for (SimulatedNode node : cluster.nodes()) {
      if (node != leader) {
        cut(broker, node, micros, false);
        cut(leader, node, micros, false);
      }
    }
    cluster.tellUnreachable(leader);
    // Now two of them answer, for a while: the same is asked on both sides.
    String topic = clients.someTopic();
    for (int i = 0; i < 10; i++) {
      long index = world.between(0, cluster.nodes().size() - 1);
      SimulatedProcess asked = i % 3 == 0 ? leader : cluster.nodes().get((int) index);
      world.after(
          world.between(1, 2 * cluster.mix().electionTimeoutMicros()),
          () -> {
            if (!healed && asked.isUp() && !asked.isPaused()) {
              clients.createOrDelete(asked, services(asked), topic);
            }
          });
    }
  }

  private void stopIfFaulty(SimulatedBroker broker) {
    if (!healed) {
      broker.stop();
    }
  }

  private void cut(SimulatedProcess one, SimulatedProcess other, long micros, boolean oneWay) {
    cluster.network().cut(one.index(), other.index(), true);
    cluster.network().cut(other.index(), one.index(), !oneWay);
    world.after(
        micros,
        () -> {
          cluster.network().cut(one.index(), other.index(), false);
          cluster.network().cut(other.index(), one.index(), false);
        });
  }

  @Override
  public void heal() {
    healed = true;
    for (SimulatedBroker broker : brokers) {
      if (!broker.isUp()) {
        broker.start();
      }
    }
  }

  @Override
  public void onCrash(SimulatedNode node) {}

  @Override
  public void ask() {
    List<SimulatedProcess> there = new ArrayList<>();
    cluster.nodes().stream().filter(n -> n.isUp() && !n.isPaused()).forEach(there::add);
    brokers.stream().filter(b -> b.isUp() && !b.isPaused()).forEach(there::add);
    if (!there.isEmpty()) {
      long burst = world.chance(0.2) ? world.between(2, 6) : 1;
      for (long i = 0; i < burst; i++) {
        SimulatedProcess asked = there.get((int) world.between(0, there.size() - 1));
        if (asked.isUp()) {
          clients.ask(asked, services(asked));
        }
      }
    }
  }

  private static MetadataServices services(SimulatedProcess process) {
    return process instanceof SimulatedBroker broker
        ? broker.services()
        : SimulatedController.of((SimulatedNode) process).services();
  }

  @Override
  public void askFor(SimulatedNode node) {
    if (node.isUp() && !node.isPaused()) {
      clients.alterCluster(node, services(node), history.begin());
    }
  }

  @Override
  public void read(SimulatedNode node) {}

  @Override
  public int acknowledged() {
    return history.acknowledged();
  }

  @Override
  public Optional<String> missing() {
    for (SimulatedNode node : cluster.nodes()) {
      Optional<String> missing = agreed.missing(node.name(), services(node).image());
      if (missing.isPresent()) {
        return missing;
      }
    }
    for (SimulatedBroker broker : brokers) {
      Optional<String> missing = agreed.missing(broker.name(), broker.services().image());
      if (missing.isPresent()) {
        return missing;
      }
      if (!broker.isActive()) {
        return Optional.of(broker.name() + " isn't active");
      }
    }
    return agreed.missingLeader();
  }

  /** Whether a process is there, as whoever asks its machine finds out. */
  Future<ProbeNode.Result> probe(SimulatedProcess from, ProbeNode asked) {
    SimulatedBroker broker =
        brokers.stream().filter(b -> b.name().equals(asked.nodeId())).findFirst().orElseThrow();
    return calls
        .ask(
            from,
            broker,
            () -> Future.succeededFuture(broker.incarnationId()),
            sessionTimeoutMs / 3)
        .map(id -> new ProbeNode.Result(ProbeNode.Outcome.ANSWERED, Optional.of(id)))
        .otherwise(
            cause ->
                new ProbeNode.Result(
                    cause instanceof Calls.Refused
                        ? ProbeNode.Outcome.REFUSED
                        : ProbeNode.Outcome.SILENT,
                    Optional.empty()));
  }
}
