package io.gofka.system.process;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/** Several nodes that know each other, each in a process of its own on this machine. */
public final class Cluster implements AutoCloseable {
  /** Of nodes that are brokers only. */
  public static final int FIRST_BROKER_ID = 101;

  private final SortedMap<Integer, Broker> nodes = new TreeMap<>();

  private Cluster() {}

  /** Gofka nodes 1 to {@code size}, each of them broker and controller. */
  public static Cluster combined(int size, BrokerSettings settings) {
    return combined(size, settings, GofkaProcess::new);
  }

  /** The same of another kind. */
  public static Cluster combined(
      int size, BrokerSettings settings, Function<BrokerSettings, Broker> process) {
    var controllers = new TreeMap<Integer, Integer>();
    for (int id = 1; id <= size; id++) {
      controllers.put(id, Ports.free());
    }
    var roles = new TreeSet<>(List.of("broker", "controller"));
    var cluster = new Cluster();
    controllers.forEach(
        (id, port) -> {
          var place = new ClusterPlace(id, port, controllers, roles);
          cluster.nodes.put(id, process.apply(settings.at(place)));
        });
    return cluster;
  }

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
    return nodes.values().stream().map(Broker::bootstrap).collect(Collectors.joining(","));
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
