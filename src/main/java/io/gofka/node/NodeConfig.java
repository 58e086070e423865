package io.gofka.node;

import io.gofka.config.BrokerConfig;
import java.util.List;

/**
 * All that a node was told before its start. Read and checked once, by {@link NodeConfigReader}.
 *
 * @param opensNodePort whether other nodes may come: a controller without peers has no use for that
 *     unless somebody says so
 * @param kafka settings by Kafka's names, without what is altered while the node runs
 * @param notes sentences for the log: settings that were made and have no effect, and environment
 *     variables that look like slips
 */
public record NodeConfig(
    ServerSettings server,
    KraftSettings kraft,
    BrokerSettings broker,
    HttpEndpoint http,
    VisualizerSettings visualizer,
    boolean opensNodePort,
    BrokerConfig kafka,
    List<String> notes) {

  public NodeConfig {
    notes = List.copyOf(notes);
  }
}
