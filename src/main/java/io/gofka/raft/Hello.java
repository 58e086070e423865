package io.gofka.raft;

import io.gofka.common.HostPort;

/** Asks whoever listens at an address who it is; answered by its {@link NodeStatus}. */
public record Hello(HostPort address) {}
