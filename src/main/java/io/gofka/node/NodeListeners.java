package io.gofka.node;

import io.gofka.common.Role;
import io.gofka.config.BrokerConfig;
import io.gofka.config.Listener;
import java.util.List;
import java.util.Set;

/**
 * A node's Kafka listeners by whom clients meet there.
 *
 * @param brokers where clients meet the broker; empty on a node that is none
 * @param controllers where Kafka's tools meet the controller ({@code --bootstrap-controller})
 */
record NodeListeners(List<Listener> brokers, List<Listener> controllers) {
  NodeListeners {
    brokers = List.copyOf(brokers);
    controllers = List.copyOf(controllers);
  }

  static NodeListeners of(BrokerConfig kafka, Set<Role> roles) {
    Set<String> names = kafka.controllerListenerNames();
    if (!roles.contains(Role.BROKER)) {
      return new NodeListeners(List.of(), kafka.listeners());
    }
    List<Listener> controllers =
        roles.contains(Role.CONTROLLER)
            ? kafka.listeners().stream()
                .filter(listener -> names.contains(listener.name()))
                .toList()
            : List.of();
    List<Listener> brokers =
        kafka.listeners().stream().filter(listener -> !names.contains(listener.name())).toList();
    return new NodeListeners(brokers, controllers);
  }
}
