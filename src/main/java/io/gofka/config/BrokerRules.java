package io.gofka.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What must fit together among settings of a broker that are allowed one by one. */
final class BrokerRules {
  private final BrokerConfig config;
  private final List<ConfigError> errors = new ArrayList<>();

  private BrokerRules(BrokerConfig config) {
    this.config = config;
  }

  /** All that doesn't fit; empty when everything does. */
  static List<ConfigError> check(BrokerConfig config) {
    BrokerRules rules = new BrokerRules(config);
    rules.checkListeners();
    rules.checkIdentity();
    rules.checkOrder("group.min.session.timeout.ms", "group.max.session.timeout.ms");
    rules.checkOrder("log.cleaner.min.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms");
    rules.checkOrder("replica.fetch.wait.max.ms", "replica.socket.timeout.ms");
    rules.checkOrder("replica.fetch.wait.max.ms", "replica.lag.time.max.ms");
    if (config.queuedMaxRequestBytes() > 0) {
      rules.checkOrder("socket.request.max.bytes", "queued.max.request.bytes");
    }
    for (String kind : List.of("consumer", "share", "streams")) {
      rules.checkBounds("group." + kind + ".", "session.timeout.ms");
      rules.checkBounds("group." + kind + ".", "heartbeat.interval.ms");
      rules.checkBounds("group." + kind + ".", "assignment.interval.ms");
      rules.checkOrder(
          "group." + kind + ".heartbeat.interval.ms", "group." + kind + ".session.timeout.ms");
    }
    rules.checkBounds("group.share.", "delivery.count.limit");
    rules.checkBounds("group.share.", "record.lock.duration.ms");
    rules.checkBounds("group.share.", "partition.max.record.locks");
    return rules.errors;
  }

  private void checkListeners() {
    Map<String, String> protocols =
        Pairs.parse(config.stringValue("listener.security.protocol.map"));
    List<Listener> listeners = config.listeners();
    for (Listener listener : listeners) {
      String protocol = protocols.get(listener.name());
      if (protocol == null
          && config.controllerListenerNames().contains(listener.name())
          && config.setText("listener.security.protocol.map").isEmpty()) {
        continue;
      }
      if (!"PLAINTEXT".equals(protocol)) {
        String standsFor = protocol == null ? "no protocol" : protocol;
        errors.add(
            ConfigError.of(
                "listeners",
                listener.toString(),
                "a name that listener.security.protocol.map maps to PLAINTEXT, the only protocol of"
                    + " this release; "
                    + listener.name()
                    + " stands for "
                    + standsFor));
      }
    }
    Set<String> names = listeners.stream().map(Listener::name).collect(Collectors.toSet());
    for (Listener advertised : config.advertisedListeners().orElse(List.of())) {
      if (!names.contains(advertised.name())) {
        errors.add(
            ConfigError.of(
                "advertised.listeners",
                advertised.toString(),
                "a name that stands in listeners: " + String.join(", ", names)));
      }
    }
  }

  private void checkIdentity() {
    Optional<String> nodeId = config.setText("node.id");
    Optional<String> brokerId = config.setText("broker.id");
    if (nodeId.isPresent() && brokerId.isPresent() && !nodeId.equals(brokerId)) {
      errors.add(
          ConfigError.of(
              "broker.id", brokerId.get(), "the same as node.id, which is " + nodeId.get()));
    }
  }

  private void checkBounds(String prefix, String name) {
    checkOrder(prefix + "min." + name, prefix + name);
    checkOrder(prefix + name, prefix + "max." + name);
  }

  private void checkOrder(String smaller, String larger) {
    long least = number(smaller);
    long most = number(larger);
    if (least <= most) {
      return;
    }
    // The one that somebody set is at fault, not a default.
    boolean blameLarger = config.setText(smaller).isEmpty() && config.setText(larger).isPresent();
    errors.add(
        blameLarger
            ? ConfigError.of(
                larger, Long.toString(most), "at least " + smaller + ", which is " + least)
            : ConfigError.of(
                smaller, Long.toString(least), "at most " + larger + ", which is " + most));
  }

  private long number(String name) {
    return ((Number) config.optionalValue(name).orElseThrow()).longValue();
  }
}
