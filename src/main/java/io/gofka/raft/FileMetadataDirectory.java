package io.gofka.raft;

import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.storage.Disk;
import io.gofka.raft.storage.FileDisk;
import io.gofka.raft.storage.IdentityFile;
import io.gofka.raft.storage.ReplicaIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The directory in which a node keeps what it knows of its cluster, and what that directory is. It
 * is told at the first start; before there were several nodes nobody wrote it down, so that a log
 * without it is that of a quorum of one.
 *
 * @param identity as it is on the disk
 */
public record FileMetadataDirectory(Disk disk, ReplicaIdentity identity) {
  private static final String OLD_LOG = "00000000000000000000.entries";

  /**
   * Opens a directory, created when it is missing.
   *
   * @param alone whether it is a controller that is to have no peers: an empty directory is that of
   *     a quorum of one then
   * @throws LogDamagedException when it isn't what was written
   */
  public static FileMetadataDirectory open(
      Path path, String nodeId, HostPort address, boolean alone) throws IOException {
    Disk disk = FileDisk.in(path);
    Optional<ReplicaIdentity> known = IdentityFile.read(disk);
    if (known.isPresent() && !(alone && known.get().standing() == Standing.NEW)) {
      return new FileMetadataDirectory(disk, known.get());
    }
    List<String> files =
        disk.list().stream().filter(file -> !file.endsWith(IdentityFile.UNFINISHED)).toList();
    boolean old = files.equals(List.of(OLD_LOG));
    if (known.isEmpty() && !old && files.stream().anyMatch(FileMetadataDirectory::isOurs)) {
      throw new LogDamagedException(
          "%s holds a metadata log, but the file that says whose it is is missing".formatted(disk));
    }
    ReplicaIdentity made = known.orElseGet(() -> ReplicaIdentity.of(Uuids.random()));
    if (alone || old) {
      made = ofOne(made, nodeId, address);
    }
    IdentityFile.write(disk, made);
    return new FileMetadataDirectory(disk, made);
  }

  private static boolean isOurs(String file) {
    return file.endsWith(".entries") || file.endsWith(".snapshot") || file.equals("vote");
  }

  private static ReplicaIdentity ofOne(ReplicaIdentity made, String nodeId, HostPort address) {
    UUID directoryId = made.directoryId();
    Voter self = new Voter(nodeId, Optional.of(directoryId), address);
    TreeMap<String, UUID> directories = new TreeMap<>();
    directories.put(nodeId, directoryId);
    return made.formed(VoterSet.of(self), directories);
  }
}
