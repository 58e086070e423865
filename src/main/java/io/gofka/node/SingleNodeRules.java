package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.config.Listener;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What must fit together in the settings of a node, and what this release can't do: it runs a
 * single node, which is controller and broker in one.
 */
final class SingleNodeRules {
  private static final String SINGLE = "this release runs a single node: ";

  private final NodeValues values;
  private final List<Mistake> mistakes = new ArrayList<>();

  private SingleNodeRules(NodeValues values) {
    this.values = values;
  }

  /** All that doesn't fit; empty when everything does. */
  static List<Mistake> check(NodeValues values) {
    SingleNodeRules rules = new SingleNodeRules(values);
    rules.checkRoles();
    rules.checkPeers();
    rules.checkControllerAddress();
    rules.checkVisualizer();
    rules.checkCopies();
    rules.checkSameId("node.id");
    rules.checkSameId("broker.id");
    rules.checkSameDuration(NodeKeys.MAX_LAG_TIMEOUT, "replica.lag.time.max.ms");
    rules.checkSameDuration(NodeKeys.JOINING_DURATION, "group.initial.rebalance.delay.ms");
    rules.checkHeartbeat();
    rules.checkPorts();
    return rules.mistakes;
  }

  private void checkRoles() {
    Set<Role> roles = values.value(NodeKeys.ROLES).orElseThrow();
    if (!roles.equals(EnumSet.allOf(Role.class))) {
      unsupported(NodeKeys.ROLES.name(), SINGLE + "its roles are broker and controller, both");
    }
  }

  private void checkPeers() {
    Map<String, HostPort> peers = values.value(NodeKeys.PEERS).orElse(Map.of());
    Map<String, HostPort> others = new HashMap<>(peers);
    HostPort self = others.remove(values.nodeId());
    if (!others.isEmpty()) {
      unsupported(
          NodeKeys.PEERS.name(), SINGLE + "only " + values.nodeId() + " itself may stand there");
    } else if (self != null && !self.equals(values.address())) {
      add(
          NodeKeys.PEERS,
          "for this node the same as server.address and server.port, which is " + values.address());
    }
  }

  private void checkControllerAddress() {
    Optional<HostPort> controller = values.value(NodeKeys.CONTROLLER_ADDRESS);
    if (controller.isPresent() && !controller.get().equals(values.address())) {
      unsupported(
          NodeKeys.CONTROLLER_ADDRESS.name(),
          SINGLE + "it is its own controller, at " + values.address());
    }
  }

  private void checkVisualizer() {
    if (values.value(NodeKeys.VISUALIZER_ENABLED).orElseThrow()) {
      unsupported(NodeKeys.VISUALIZER_ENABLED.name(), "this release has no dashboard yet");
    }
  }

  private void checkCopies() {
    for (String name : NodeValues.COPIES) {
      if (values.kafka(name).filter(copies -> Integer.parseInt(copies) > 1).isPresent()) {
        unsupported(NodeConfigReader.KAFKA + name, SINGLE + "there is 1 copy of everything");
      }
    }
  }

  private void checkSameId(String kafkaName) {
    int id = values.id();
    if (values.kafka(kafkaName).filter(other -> Integer.parseInt(other) != id).isPresent()) {
      add(
          NodeConfigReader.KAFKA + kafkaName,
          "the same as " + firstSet(NodeKeys.ID.name(), "kafka.node.id") + ", which is " + id);
    }
  }

  private void checkSameDuration(NodeKey<Long> key, String kafkaName) {
    Optional<String> kafkaMs = values.kafka(kafkaName);
    boolean both = values.isSet(key.name()) && kafkaMs.isPresent();
    if (both && Long.parseLong(kafkaMs.get()) != values.value(key).orElseThrow()) {
      add(
          NodeConfigReader.KAFKA + kafkaName,
          "the same as "
              + key.name()
              + ", which is "
              + Durations.format(values.value(key).orElseThrow()));
    }
  }

  private void checkHeartbeat() {
    long heartbeatMs = values.value(NodeKeys.HEARTBEAT_INTERVAL).orElseThrow();
    long timeoutMs = values.value(NodeKeys.KRAFT_TIMEOUT).orElseThrow();
    if (heartbeatMs >= timeoutMs) {
      String wrong = firstSet(NodeKeys.HEARTBEAT_INTERVAL.name(), NodeKeys.KRAFT_TIMEOUT.name());
      boolean heartbeatSet = wrong.equals(NodeKeys.HEARTBEAT_INTERVAL.name());
      add(
          wrong,
          heartbeatSet
              ? "less than kraft.timeout, which is " + Durations.format(timeoutMs)
              : "more than broker.heartbeat_interval, which is " + Durations.format(heartbeatMs));
    }
  }

  private void checkPorts() {
    int port = values.address().port();
    Optional<String> listeners = values.kafka("listeners");
    if (port != 0
        && values.isSet(NodeKeys.PORT.name())
        && Listener.portsOf(listeners.orElse("PLAINTEXT://:9092")).contains(port)) {
      add(NodeKeys.PORT, "another port than those of kafka.listeners, where Kafka clients come");
    }
  }

  private String firstSet(String key, String other) {
    return values.isSet(key) ? key : other;
  }

  private void unsupported(String key, String reason) {
    mistakes.add(Mistake.unsupported(values.setting(key), reason));
  }

  private void add(NodeKey<?> key, String allowed) {
    add(key.name(), allowed);
  }

  private void add(String key, String allowed) {
    mistakes.add(Mistake.badValue(values.setting(key), allowed));
  }
}
