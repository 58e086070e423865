package io.gofka.node;

import io.gofka.common.HostPort;
import java.util.Optional;

/**
 * Where the dashboard is fed: the keys below {@code visualizer.}, explained in {@link NodeKeys}.
 *
 * @param address of the node that shows it
 */
public record VisualizerSettings(boolean enabled, Optional<HostPort> address) {}
