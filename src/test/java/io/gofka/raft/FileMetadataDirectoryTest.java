package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.HostPort;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.storage.IdentityFile;
import io.gofka.raft.storage.RaftStorage;
import io.gofka.raft.storage.ReplicaIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMetadataDirectoryTest {
  private static final HostPort HERE = new HostPort("localhost", 42069);

  @TempDir Path scratch;

  private FileMetadataDirectory open(boolean alone) throws IOException {
    return FileMetadataDirectory.open(scratch.resolve("metadata"), "n1", HERE, alone);
  }

  @Test
  void directoryKeepsItsIdOverSeveralStarts() throws IOException {
    UUID id = open(false).identity().directoryId();
    assertEquals(id, open(false).identity().directoryId());
    assertEquals(Standing.NEW, open(false).identity().standing());
    assertNotEquals(
        id,
        FileMetadataDirectory.open(scratch.resolve("other"), "n1", HERE, false)
            .identity()
            .directoryId());
  }

  @Test
  void controllerWithoutPeersIsAQuorumOfOneBoundToItsDirectory() throws IOException {
    ReplicaIdentity identity = open(true).identity();
    Voter self = new Voter("n1", Optional.of(identity.directoryId()), HERE);
    assertEquals(Optional.of(VoterSet.of(self)), identity.firstVoters());
    assertEquals(identity, open(false).identity(), "it stays one when it is given peers");
  }

  @Test
  void whatBecameOfADirectoryIsKept() throws IOException {
    FileMetadataDirectory made = open(false);
    TreeMap<String, UUID> directories = new TreeMap<>();
    directories.put("n1", made.identity().directoryId());
    directories.put("n2", new UUID(4, 5));
    VoterSet voters = VoterSet.of(new Voter("n2", Optional.empty(), HERE));
    ReplicaIdentity formed = made.identity().formed(voters, directories).of("cluster");
    IdentityFile.write(made.disk(), formed);
    assertEquals(formed, open(true).identity());
    IdentityFile.write(made.disk(), made.identity().joined());
    assertEquals(made.identity().joined(), open(true).identity());
  }

  /** Written before there were several nodes: nobody said whose it was. */
  @Test
  void oldLogIsThatOfAQuorumOfOne() throws IOException {
    Path metadata = Files.createDirectories(scratch.resolve("metadata"));
    Files.writeString(metadata.resolve("00000000000000000000.entries"), "GOFKARL1");
    Files.writeString(metadata.resolve("identity.tmp"), "stopped while it was wri");
    assertEquals(Standing.FORMED, open(false).identity().standing());
    assertEquals(1, open(false).identity().firstVoters().orElseThrow().voters().size());
  }

  @Test
  void logThatHasLostItsIdentityIsNotOpened() throws IOException {
    FileMetadataDirectory made = open(true);
    RaftStorage.open(made.disk()).close();
    Files.writeString(scratch.resolve("metadata/vote"), "x");
    Files.delete(scratch.resolve("metadata/identity"));
    LogDamagedException refused = assertThrows(LogDamagedException.class, () -> open(true));
    assertTrue(refused.getMessage().contains("metadata"), refused.getMessage());
  }
}
