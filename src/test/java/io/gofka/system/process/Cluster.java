package io.gofka.system.process;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
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
<<<<<<< HEAD
  /** As a node does by itself. */
  private static final int BLOCKED_LOOP_MS = 2_000;
=======
  /** Of nodes that are brokers only. */
  public static final int FIRST_BROKER_ID = 101;

  private final SortedMap<Integer, Broker> nodes = new TreeMap<>();
>>>>>>> main

  private final SortedMap<Integer, Broker> nodes = new TreeMap<>();
  private final SortedSet<Integer> brokers = new TreeSet<>();

  private final BrokerSettings settings;
  private final SortedMap<Integer, Integer> controllers;

  private Cluster(BrokerSettings settings, SortedMap<Integer, Integer> controllers) {
    // Where many processes start at the same time, loading a class takes long; that is no wait.
    this.settings = settings.withJvmOption("-Dgofka.event.loop.blocked.ms=" + BLOCKED_LOOP_MS);
    this.controllers = controllers;
  }

  /** Gofka nodes 1 to {@code size}, each of them broker and controller. */
  public static Cluster combined(int size, BrokerSettings settings) {
    return combined(size, settings, GofkaProcess::new);
  }

  /** The same of another kind. */
  public static Cluster combined(
      int size, BrokerSettings settings, Function<BrokerSettings, Broker> process) {
    return of(Collections.nCopies(size, Set.of("broker", "controller")), settings, process);
  }

  /** Gofka nodes with these roles, numbered from 1. */
  public static Cluster of(List<Set<String>> roles, BrokerSettings settings) {
    return of(roles, settings, GofkaProcess::new);
  }

  private static Cluster of(
      List<Set<String>> roles, BrokerSettings settings, Function<BrokerSettings, Broker> process) {
    List<Integer> ports = roles.stream().map(role -> Ports.free()).toList();
    var controllers = new TreeMap<Integer, Integer>();
    for (int id = 1; id <= roles.size(); id++) {
      if (roles.get(id - 1).contains("controller")) {
        controllers.put(id, ports.get(id - 1));
      }
    }
    var cluster = new Cluster(settings, controllers);
    for (int id = 1; id <= roles.size(); id++) {
      var own = new TreeSet<>(roles.get(id - 1));
      var place = new ClusterPlace(id, ports.get(id - 1), controllers, own);
      cluster.nodes.put(id, process.apply(cluster.settings.at(place)));
      if (own.contains("broker")) {
        cluster.brokers.add(id);
      }
    }
    return cluster;
  }

<<<<<<< HEAD
  /**
   * One more Gofka node, which knows the controllers that are there and is none of them yet; not
   * started.
   *
   * @return its id
   */
  public int add(Set<String> roles) {
    int id = nodes.lastKey() + 1;
    var place = new ClusterPlace(id, Ports.free(), controllers, new TreeSet<>(roles));
    nodes.put(id, new GofkaProcess(settings.at(place)));
    if (roles.contains("broker")) {
      brokers.add(id);
    }
    return id;
=======
  /** Gofka nodes with one role each: controllers 1 to {@code controllers}, brokers from 101 on. */
  public static Cluster separate(int controllers, int brokers, BrokerSettings settings) {
    var ports = new TreeMap<Integer, Integer>();
    for (int id = 1; id <= controllers; id++) {
      ports.put(id, Ports.free());
    }
    var cluster = new Cluster();
    var controller = new TreeSet<>(List.of("controller"));
    ports.forEach(
        (id, port) -> cluster.add(new ClusterPlace(id, port, ports, controller), settings));
    var broker = new TreeSet<>(List.of("broker"));
    for (int id = FIRST_BROKER_ID; id < FIRST_BROKER_ID + brokers; id++) {
      cluster.add(new ClusterPlace(id, Ports.free(), ports, broker), settings);
    }
    return cluster;
  }

  private void add(ClusterPlace place, BrokerSettings settings) {
    nodes.put(place.id(), new GofkaProcess(settings.at(place)));
>>>>>>> main
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

  /** Stops all at once: one after the other, the last ones would wait for a lost majority. */
  @Override
  public void close() {
    List<Broker> running = new ArrayList<>(nodes.values());
    running.removeIf(node -> !node.isRunning());
    running.forEach(Broker::terminate);
    nodes.values().forEach(Broker::close);
  }
}
