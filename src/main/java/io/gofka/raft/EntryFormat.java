package io.gofka.raft;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The form of an entry on disk, all numbers big endian:
 *
 * <pre>
 * length        int32   bytes after the CRC
 * crc           int32   CRC-32C of these bytes
 * term          int64
 * index         int64
 * flushedIndex  int64   the last index known to be on disk when this was written, -1 for none
 * payload       bytes
 * </pre>
 */
final class EntryFormat {
  /** Length and CRC. */
  static final int PREFIX_BYTES = 8;

  /** All that surrounds a payload. */
  static final int OVERHEAD_BYTES = PREFIX_BYTES + 24;

  /** A command that needs a larger entry is refused; a larger length on disk is damage. */
  static final int MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

  private static final int MIN_LENGTH = OVERHEAD_BYTES - PREFIX_BYTES;
  private static final int MAX_LENGTH = MIN_LENGTH + MAX_PAYLOAD_BYTES;

  /** An entry as it was read, and what it knew when it was written. */
  record Decoded(LogEntry entry, long flushedIndex) {}

  private EntryFormat() {}

  static ByteBuffer encode(List<LogEntry> entries, long flushedIndex) {
    int size = 0;
    for (LogEntry entry : entries) {
      size = Math.addExact(size, OVERHEAD_BYTES + entry.payload().readableBytes());
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (LogEntry entry : entries) {
      ByteBuf payload = entry.payload();
      int start = out.position();
      int length = MIN_LENGTH + payload.readableBytes();
      out.putInt(length).putInt(0);
      out.putLong(entry.term()).putLong(entry.index()).putLong(flushedIndex);
      out.put(payload.nioBuffer());
      out.putInt(start + 4, crc(out, start + PREFIX_BYTES, length));
    }
    return out.flip();
  }

  /** Whether an entry may have this length, so that it is worth reading. */
  static boolean isLength(int length) {
    return length >= MIN_LENGTH && length <= MAX_LENGTH;
  }

  /**
   * The entry in the bytes from position to limit, which are as many as its prefix tells; empty
   * when its CRC isn't right.
   */
  static Optional<Decoded> decode(ByteBuffer in) {
    int length = in.getInt(in.position());
    int body = in.position() + PREFIX_BYTES;
    if (in.getInt(in.position() + 4) != crc(in, body, length)) {
      return Optional.empty();
    }
    byte[] payload = new byte[length - MIN_LENGTH];
    in.get(body + MIN_LENGTH, payload);
    LogEntry entry =
        new LogEntry(in.getLong(body), in.getLong(body + 8), Unpooled.wrappedBuffer(payload));
    return Optional.of(new Decoded(entry, in.getLong(body + 16)));
  }

  private static int crc(ByteBuffer bytes, int position, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(position, length));
    return (int) crc.getValue();
  }
}
