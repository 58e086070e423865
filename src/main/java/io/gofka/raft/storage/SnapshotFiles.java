package io.gofka.raft.storage;

import io.gofka.raft.LogDamagedException;
import io.gofka.raft.Snapshot;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.VoterSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The snapshots of a replica: files named after the index of the last entry in them, of which the
 * latest counts. The content stands behind the term and the voters.
 */
final class SnapshotFiles {
  private static final Pattern NAME = Pattern.compile("\\d{20}\\.snapshot");
  private static final String MAGIC = "GOFKASN1";

  private SnapshotFiles() {}

  /** Returns when the snapshot is on disk, and earlier ones are gone. */
  static void write(Disk disk, Snapshot snapshot) throws IOException {
    SnapshotMeta meta = snapshot.meta();
    ByteBuf voters = meta.voters().encode();
    ByteBuf head = Unpooled.buffer();
    head.writeLong(meta.index()).writeLong(meta.term());
    head.writeInt(voters.readableBytes()).writeBytes(voters);
    String name = "%020d.snapshot".formatted(meta.index());
    SealedFile.write(disk, name, MAGIC, List.of(head, snapshot.content()));
    deleteAllBut(disk, name);
  }

  /**
   * The latest snapshot.
   *
   * @throws LogDamagedException when it isn't what was written: what it stands for is gone then
   */
  static Optional<Snapshot> readLatest(Disk disk) throws IOException {
    List<String> names = disk.list().stream().filter(NAME.asMatchPredicate()).toList();
    if (names.isEmpty()) {
      return Optional.empty();
    }
    String latest = names.get(names.size() - 1);
    ByteBuf in = SealedFile.read(disk, latest, MAGIC).orElseThrow();
    long index = in.readLong();
    long term = in.readLong();
    VoterSet voters = VoterSet.decode(in.readSlice(in.readInt()));
    deleteAllBut(disk, latest);
    ByteBuf content = in.slice();
    return Optional.of(
        new Snapshot(new SnapshotMeta(index, term, voters, content.readableBytes()), content));
  }

  private static void deleteAllBut(Disk disk, String latest) throws IOException {
    for (String name : disk.list()) {
      if (NAME.matcher(name).matches() && name.compareTo(latest) < 0) {
        disk.delete(name);
      }
    }
  }
}
