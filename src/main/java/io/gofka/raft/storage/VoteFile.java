package io.gofka.raft.storage;

import io.gofka.raft.HardState;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.ReplicaKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The term and vote of a replica: the file {@code vote}, replaced as a whole. */
final class VoteFile {
  static final String NAME = "vote";
  private static final String MAGIC = "GOFKAVT1";

  private VoteFile() {}

  /** Returns when it is on disk. */
  static void write(Disk disk, HardState state) throws IOException {
    ByteBuf content = Unpooled.buffer();
    content.writeLong(state.term());
    content.writeBoolean(state.votedFor().isPresent());
    state.votedFor().ifPresent(replica -> Fields.write(content, replica));
    SealedFile.write(disk, NAME, MAGIC, List.of(content));
  }

  /**
   * What was written last; empty when nothing ever was.
   *
   * @throws LogDamagedException when the file isn't what was written
   */
  static Optional<HardState> read(Disk disk) throws IOException {
    Optional<ByteBuf> content = SealedFile.read(disk, NAME, MAGIC);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    ByteBuf in = content.get();
    long term = in.readLong();
    Optional<ReplicaKey> votedFor =
        in.readBoolean() ? Optional.of(Fields.readReplica(in)) : Optional.empty();
    return Optional.of(new HardState(term, votedFor));
  }
}
