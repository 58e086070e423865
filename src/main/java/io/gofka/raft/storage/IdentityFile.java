package io.gofka.raft.storage;

import io.gofka.raft.LogDamagedException;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.VoterSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** The file {@code identity} of a metadata directory, replaced as a whole. */
public final class IdentityFile {
  /** How the name of a file ends that is being written. */
  public static final String UNFINISHED = SealedFile.TEMPORARY_SUFFIX;

  static final String NAME = "identity";
  private static final String MAGIC = "GOFKAID1";

  private IdentityFile() {}

  /** Returns when it is on disk. */
  public static void write(Disk disk, ReplicaIdentity identity) throws IOException {
    ByteBuf out = Unpooled.buffer();
    Fields.write(out, identity.directoryId());
    Fields.write(out, identity.clusterId());
    out.writeByte(number(identity.standing()));
    identity.firstVoters().ifPresent(voters -> write(out, voters));
    out.writeInt(identity.formedWith().size());
    identity
        .formedWith()
        .forEach(
            (nodeId, directoryId) -> {
              Fields.write(out, nodeId);
              Fields.write(out, directoryId);
            });
    SealedFile.write(disk, NAME, MAGIC, List.of(out));
  }

  /**
   * What was written last; empty when nothing ever was.
   *
   * @throws LogDamagedException when the file isn't what was written
   */
  public static Optional<ReplicaIdentity> read(Disk disk) throws IOException {
    Optional<ByteBuf> content = SealedFile.read(disk, NAME, MAGIC);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    ByteBuf in = content.get();
    UUID directoryId = Fields.readId(in);
    String clusterId = Fields.readText(in);
    Standing standing = standing(in.readByte());
    Optional<VoterSet> voters =
        standing == Standing.FORMED ? Optional.of(readVoters(in)) : Optional.empty();
    SortedMap<String, UUID> formedWith = new TreeMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      formedWith.put(Fields.readText(in), Fields.readId(in));
    }
    return Optional.of(new ReplicaIdentity(directoryId, clusterId, standing, voters, formedWith));
  }

  private static void write(ByteBuf out, VoterSet voters) {
    ByteBuf encoded = voters.encode();
    out.writeInt(encoded.readableBytes()).writeBytes(encoded);
  }

  private static VoterSet readVoters(ByteBuf in) {
    return VoterSet.decode(in.readSlice(in.readInt()));
  }

  private static int number(Standing standing) {
    return switch (standing) {
      case NEW -> 0;
      case FORMED -> 1;
      case JOINED -> 2;
    };
  }

  private static Standing standing(byte number) throws LogDamagedException {
    return switch (number) {
      case 0 -> Standing.NEW;
      case 1 -> Standing.FORMED;
      case 2 -> Standing.JOINED;
      default -> throw new LogDamagedException(NAME + " has an unknown standing: " + number);
    };
  }
}
