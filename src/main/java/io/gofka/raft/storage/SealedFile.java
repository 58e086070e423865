package io.gofka.raft.storage;

import io.gofka.raft.LogDamagedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A file that is only ever replaced as a whole: eight bytes that name its kind and version, the
 * CRC-32C of all that follows it, the length of the content, the content.
 *
 * <p>A new content is written beside the old one, synced, and then gets its name. So a file of this
 * name is never half written, and whatever is wrong with it is damage.
 */
final class SealedFile {
  static final String TEMPORARY_SUFFIX = ".tmp";
  private static final int MAGIC_BYTES = 8;
  private static final int HEADER_BYTES = MAGIC_BYTES + 8;

  /** More is damage: reading it would need more memory than the metadata of any cluster. */
  private static final int MAX_CONTENT_BYTES = 1 << 30;

  private SealedFile() {}

  /** Replaces the content; returns when it is on disk under its name. */
  static void write(Disk disk, String name, String magic, List<ByteBuf> content)
      throws IOException {
    List<ByteBuffer> parts = content.stream().map(ByteBuf::nioBuffer).toList();
    int length = parts.stream().mapToInt(ByteBuffer::remaining).reduce(0, Math::addExact);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.put(magic.getBytes(StandardCharsets.US_ASCII));
    header.putInt(0).putInt(length);
    header.putInt(MAGIC_BYTES, crc(header, parts));
    String temporary = name + TEMPORARY_SUFFIX;
    try (Disk.OpenFile file = disk.open(temporary)) {
      file.truncate(0);
      file.write(header.flip(), 0);
      long position = HEADER_BYTES;
      for (ByteBuffer part : parts) {
        int size = part.remaining();
        file.write(part, position);
        position += size;
      }
      file.sync();
    }
    disk.rename(temporary, name);
    disk.sync();
  }

  /**
   * The content; empty when there is no such file.
   *
   * @throws LogDamagedException when it isn't what was written
   */
  static Optional<ByteBuf> read(Disk disk, String name, String magic) throws IOException {
    if (!disk.list().contains(name)) {
      return Optional.empty();
    }
    try (Disk.OpenFile file = disk.open(name)) {
      long size = file.size();
      if (size < HEADER_BYTES || size > HEADER_BYTES + (long) MAX_CONTENT_BYTES) {
        throw damaged(disk, name, "has %d bytes".formatted(size));
      }
      ByteBuffer all = ByteBuffer.allocate((int) size);
      for (int got = 0; all.hasRemaining() && got >= 0; ) {
        got = file.read(all, all.position());
      }
      all.flip();
      return Optional.of(content(disk, name, magic, all));
    }
  }

  private static ByteBuf content(Disk disk, String name, String magic, ByteBuffer all)
      throws LogDamagedException {
    byte[] kind = new byte[MAGIC_BYTES];
    all.get(0, kind);
    if (!new String(kind, StandardCharsets.US_ASCII).equals(magic)) {
      throw damaged(disk, name, "doesn't begin with " + magic);
    }
    int length = all.getInt(MAGIC_BYTES + 4);
    if (length != all.limit() - HEADER_BYTES) {
      throw damaged(disk, name, "holds another number of bytes than it says");
    }
    ByteBuffer content = all.slice(HEADER_BYTES, length);
    if (all.getInt(MAGIC_BYTES) != crc(all, List.of(content))) {
      throw damaged(disk, name, "has another CRC than when it was written");
    }
    return Unpooled.wrappedBuffer(content);
  }

  private static int crc(ByteBuffer header, List<ByteBuffer> content) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(MAGIC_BYTES + 4, 4));
    content.forEach(part -> crc.update(part.duplicate()));
    return (int) crc.getValue();
  }

  private static LogDamagedException damaged(Disk disk, String name, String how) {
    return new LogDamagedException("%s/%s is damaged: it %s".formatted(disk, name, how));
  }
}
