package io.gofka.metrics;

/**
 * Where a node answers HTTP.
 *
 * @param port 0 for one that the system chooses
 */
public record HttpSettings(String address, int port) {}
