package io.gofka.raft;

import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.raft.storage.RaftStorage;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.TreeMap;

/** The real log of a quorum of one. */
public final class LoneLog {
  private static final HostPort HERE = new HostPort("localhost", 42069);

  private LoneLog() {}

  /**
   * The log in a directory, made when it is missing.
   *
   * @throws LogDamagedException when the directory isn't what was written
   */
  public static ReplicatedLog in(Vertx vertx, Bus bus, Path directory, String nodeId)
      throws IOException {
    FileMetadataDirectory metadata = FileMetadataDirectory.open(directory, nodeId, HERE, true);
    ReplicaKey self = new ReplicaKey(nodeId, metadata.identity().directoryId());
    return new RaftShell(
        vertx,
        bus,
        RaftSettings.of(self, HERE, 1_000, 200),
        metadata.identity(),
        new TreeMap<>(),
        () -> RaftStorage.open(metadata.disk()));
  }
}
