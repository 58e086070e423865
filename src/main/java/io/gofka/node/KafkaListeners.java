package io.gofka.node;

import io.gofka.api.ApiRegistry;
import io.gofka.config.BrokerConfig;
import io.gofka.config.Listener;
import io.gofka.network.KafkaServerVerticle;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.IntFunction;

/** Listeners of a node that have the same handlers, each on all data loops. */
final class KafkaListeners {
  private final List<KafkaListener> listeners;

  KafkaListeners(BrokerConfig config, List<Listener> configured) {
    this.listeners =
        configured.stream().map(listener -> new KafkaListener(config, listener)).toList();
  }

  /**
   * Opens them.
   *
   * @param apis the handlers of a data loop
   */
  Future<Void> open(Stages stages, IntFunction<Future<ApiRegistry>> apis) {
    List<EventLoops.Deployed> stage = stages.begin();
    Future<Void> all = Future.succeededFuture();
    for (int loop = 0; loop < stages.loops().dataLoops(); loop++) {
      int dataLoop = loop;
      all =
          all.compose(next -> apis.apply(dataLoop))
              .compose(registry -> open(stages.loops(), dataLoop, registry, stage));
    }
    return all;
  }

  private Future<Void> open(
      EventLoops loops, int loop, ApiRegistry apis, List<EventLoops.Deployed> stage) {
    Future<Void> all = Future.succeededFuture();
    for (KafkaListener listener : listeners) {
      all =
          all.compose(
              next -> {
                KafkaServerVerticle server = listener.on(apis, loops.dataLoops());
                return loops
                    .startOnDataLoop(loop, server)
                    .recover(cause -> Future.failedFuture(listener.asStartException(cause)))
                    .map(
                        deployed -> {
                          stage.add(deployed);
                          listener.opened(server.actualPort());
                          return null;
                        });
              });
    }
    return all;
  }

  /** The listeners with the ports that they got. */
  List<Listener> actual() {
    return listeners.stream().map(KafkaListener::actual).toList();
  }

  /** Where a client on this machine can connect to. */
  List<String> bootstrapAddresses() {
    return listeners.stream().map(KafkaListener::bootstrapAddress).toList();
  }
}
