package io.gofka.node;

import io.gofka.common.HostPort;
import io.gofka.config.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What must fit together in the settings of a node about itself and the others, and what this
 * release can't do.
 */
final class ClusterRules {
  private final NodeValues values;
  private final List<Mistake> mistakes = new ArrayList<>();

  private ClusterRules(NodeValues values) {
    this.values = values;
  }

  /** All that doesn't fit; empty when everything does. */
  static List<Mistake> check(NodeValues values) {
    ClusterRules rules = new ClusterRules(values);
    rules.checkPeers();
    rules.checkControllerAddress();
    rules.checkVisualizer();
    rules.checkSameId("node.id");
    rules.checkSameId("broker.id");
    rules.checkSameDuration(NodeKeys.MAX_LAG_TIMEOUT, "replica.lag.time.max.ms");
    rules.checkSameDuration(NodeKeys.JOINING_DURATION, "group.initial.rebalance.delay.ms");
    rules.checkHeartbeat();
    rules.checkPorts();
    return rules.mistakes;
  }

  private void checkPeers() {
    Optional<Map<String, HostPort>> peers = values.value(NodeKeys.PEERS);
    HostPort self = peers.orElse(Map.of()).get(values.nodeId());
    if (self != null && !values.isController()) {
      add(NodeKeys.PEERS, "controllers only, and " + values.nodeId() + " is none");
    } else if (self != null && !self.equals(values.address())) {
      add(
          NodeKeys.PEERS,
          "for this node the same as server.address and server.port, which is " + values.address());
    }
  }

  private void checkControllerAddress() {
    Optional<List<HostPort>> controllers = values.value(NodeKeys.CONTROLLER_ADDRESS);
    if (values.isController()) {
      boolean others =
          controllers.filter(all -> !all.equals(List.of(values.address()))).isPresent();
      if (others && values.value(NodeKeys.PEERS).isEmpty()) {
        add(
            NodeKeys.CONTROLLER_ADDRESS,
            "nothing but " + values.address() + " for a node that is a controller itself");
      }
    } else if (controllers.isEmpty() && values.value(NodeKeys.PEERS).isEmpty()) {
      add(
          NodeKeys.ROLES,
          "a broker alone only with broker.controller_address or server.cluster.peers, where it"
              + " finds a controller");
    }
  }

  private void checkVisualizer() {
    if (values.value(NodeKeys.VISUALIZER_ENABLED).orElseThrow()) {
      unsupported(NodeKeys.VISUALIZER_ENABLED.name(), "this release has no dashboard yet");
    }
  }

  private void checkSameId(String kafkaName) {
    Optional<Integer> id = values.id();
    Optional<Integer> other = values.kafka(kafkaName).map(Integer::parseInt);
    if (other.isPresent() && !other.equals(id)) {
      add(
          NodeConfigReader.KAFKA + kafkaName,
          "the same as "
              + firstSet(NodeKeys.ID.name(), "kafka.node.id")
              + ", which is "
              + id.orElseThrow());
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
    if (port == 0 && !values.peers().keySet().equals(Set.of(values.nodeId()))) {
      add(NodeKeys.PORT, "a port of its own, since other nodes must know it");
    }
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
