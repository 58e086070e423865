package io.gofka.system.process;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/** Several nodes that know each other, each in a process of its own on this machine. */
public final class Cluster implements AutoCloseable {
  private static final Set<String> CONTROLLER = Set.of("controller");

  /** Of nodes that are brokers only. */
  public static final int FIRST_BROKER_ID = 101;

  /** As a node does by itself. */
  private static final int BLOCKED_LOOP_MS = 2_000;

  private final SortedMap<Integer, Broker> nodes = new TreeMap<>();
  private final SortedSet<Integer> brokers = new TreeSet<>();
  private final BrokerSettings settings;
  private final SortedMap<Integer, Integer> controllers;
  private final Function<BrokerSettings, Broker> process;
  private final Hosts hosts;

  private Cluster(
      BrokerSettings settings,
      SortedMap<Integer, Integer> controllers,
      Function<BrokerSettings, Broker> process,
      Hosts hosts) {
    // Where many processes start at the same time, loading a class takes long; that is no wait.
    this.settings = settings.withJvmOption("-Dgofka.event.loop.blocked.ms=" + BLOCKED_LOOP_MS);
    this.controllers = controllers;
    this.process = process;
    this.hosts = hosts;
  }

  /** Gofka nodes 1 to {@code size}, each of them broker and controller. */
  public static Cluster combined(int size, BrokerSettings settings) {
    return combined(size, settings, GofkaProcess::new);
  }

  /** The same of another kind. */
  public static Cluster combined(
      int size, BrokerSettings settings, Function<BrokerSettings, Broker> process) {
    return combined(size, settings, process, Hosts.LOOPBACK);
  }

  /** The same on hosts that are not all one. */
  public static Cluster combined(
      int size, BrokerSettings settings, Function<BrokerSettings, Broker> process, Hosts hosts) {
    return of(size, 0, settings, process, hosts);
  }

  /**
   * Gofka nodes 1 to {@code combined}, each of them broker and controller, and behind them some
   * that are only controllers.
   */
  public static Cluster of(int combined, int onlyControllers, BrokerSettings settings) {
    return of(combined, onlyControllers, settings, GofkaProcess::new, Hosts.LOOPBACK);
  }

  private static Cluster of(
      int combined,
      int onlyControllers,
      BrokerSettings settings,
      Function<BrokerSettings, Broker> process,
      Hosts hosts) {
    var cluster = new Cluster(settings, freePorts(combined + onlyControllers), process, hosts);
    cluster.controllers.forEach(
        (id, port) -> {
          Set<String> roles = id <= combined ? Set.of("broker", "controller") : CONTROLLER;
          cluster.add(id, port, roles);
        });
    return cluster;
  }

  /** Gofka nodes with one role each: controllers 1 to {@code controllers}, brokers from 101 on. */
  public static Cluster separate(int controllers, int brokers, BrokerSettings settings) {
    var cluster = new Cluster(settings, freePorts(controllers), GofkaProcess::new, Hosts.LOOPBACK);
    cluster.controllers.forEach((id, port) -> cluster.add(id, port, CONTROLLER));
    for (int id = FIRST_BROKER_ID; id < FIRST_BROKER_ID + brokers; id++) {
      cluster.add(id, Ports.free(), Set.of("broker"));
    }
    return cluster;
  }

  private static SortedMap<Integer, Integer> freePorts(int count) {
    var ports = new TreeMap<Integer, Integer>();
    for (int id = 1; id <= count; id++) {
      ports.put(id, Ports.free());
    }
    return ports;
  }

  /**
   * One more controller, which knows those that are there and is none of them yet; not started.
   *
   * @return its id
   */
  public int addController() {
    int id = nodes.lastKey() + 1;
    add(id, Ports.free(), CONTROLLER);
    return id;
  }

  private void add(int id, int port, Set<String> roles) {
    var place = new ClusterPlace(id, port, controllers, new TreeSet<>(roles), hosts);
    nodes.put(id, process.apply(settings.at(place)));
    if (roles.contains("broker")) {
      brokers.add(id);
    }
  }

  /** Starts all that don't run, and waits until each says that it is ready. */
  public void start() {
    List<Broker> stopped = nodes.values().stream().filter(node -> !node.isRunning()).toList();
    stopped.forEach(Broker::prepare);
    stopped.forEach(Broker::launch);
    stopped.forEach(Broker::awaitReady);
  }

  /** Addresses of all brokers, running or not. */
  public String bootstrap() {
    return brokers.stream().map(id -> nodes.get(id).bootstrap()).collect(Collectors.joining(","));
  }

  public Broker node(int id) {
    Broker node = nodes.get(id);
    if (node == null) {
      throw new IllegalArgumentException("no node " + id + " among " + nodes.keySet());
    }
    return node;
  }

  public Collection<Broker> nodes() {
    return nodes.values();
  }

  /** Id of the active controller, as a broker tells it. */
  public int activeController() throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
      return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
    }
  }

  /** Stops all that run, and waits for a good end of each. */
  public void stop() {
    List<Broker> running = nodes.values().stream().filter(Broker::isRunning).toList();
    running.forEach(Broker::terminate);
    running.forEach(Broker::stop);
  }

  /** Stops all at once: one after the other, the last ones would wait for a lost majority. */
  @Override
  public void close() {
    List<Broker> running = new ArrayList<>(nodes.values());
    running.removeIf(node -> !node.isRunning());
    running.forEach(Broker::terminate);
    nodes.values().forEach(Broker::close);
  }
}
