package io.gofka.raft;

import io.netty.buffer.ByteBuf;

/**
 * The state up to an entry, in place of all entries up to it.
 *
 * @param content on the heap, never changed: who reads takes slices
 */
public record Snapshot(SnapshotMeta meta, ByteBuf content) {
  public Snapshot {
    if (content.readableBytes() != meta.sizeBytes()) {
      throw new IllegalArgumentException(
          "%d bytes are not the snapshot %s".formatted(content.readableBytes(), meta));
    }
  }
}
