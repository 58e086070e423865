package io.gofka.system.process;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where a node stands in its cluster.
 *
 * @param id by which clients know it
 * @param port on which nodes talk to each other
 * @param controllers the ports of all controllers by their ids
 * @param roles broker, controller or both
 * @param hosts where this node and its controllers run
 */
public record ClusterPlace(
    int id,
    int port,
    SortedMap<Integer, Integer> controllers,
    SortedSet<String> roles,
    Hosts hosts) {
  public ClusterPlace {
    controllers = Collections.unmodifiableSortedMap(new TreeMap<>(controllers));
    roles = Collections.unmodifiableSortedSet(new TreeSet<>(roles));
  }

  /** All nodes on this machine. */
  public ClusterPlace(
      int id, int port, SortedMap<Integer, Integer> controllers, SortedSet<String> roles) {
    this(id, port, controllers, roles, Hosts.LOOPBACK);
  }

  /** Its name, which Gofka's nodes know each other by. */
  public String nodeId() {
    return nodeId(id);
  }

  static String nodeId(int id) {
    return "gofka-" + id;
  }

  boolean isBroker() {
    return roles.contains("broker");
  }

  boolean isController() {
    return roles.contains("controller");
  }

  String host() {
    return hosts.address(id);
  }

  /** {@code host:port} of a controller for other nodes. */
  String controllerAddress(int controllerId) {
    return hosts.address(controllerId) + ":" + controllers.get(controllerId);
  }

  List<String> onHost(List<String> command) {
    return hosts.on(id, command);
  }
}
