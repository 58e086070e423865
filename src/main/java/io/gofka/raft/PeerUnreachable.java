package io.gofka.raft;

/** The connection to a node broke, and dialling it again was refused: its process is gone. */
public record PeerUnreachable(String nodeId) {}
