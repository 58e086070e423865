package io.gofka.raft.storage;

import io.gofka.raft.LogEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
 * kind          int8    1 data, 2 opens a term, 3 configuration; not there in version 1
 * payload       bytes
 * </pre>
 */
enum EntryFormat {
  /** What a quorum of one wrote before there were others: an entry without payload opens a term. */
  VERSION_1("GOFKARL1", 0),
  VERSION_2("GOFKARL2", 1);

  /** Length and CRC. */
  static final int PREFIX_BYTES = 8;

  /** A command that needs a larger entry is refused; a larger length on disk is damage. */
  static final int MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

  private static final int NUMBERS_BYTES = 24;

  private final String magic;
  private final int kindBytes;

  EntryFormat(String magic, int kindBytes) {
    this.magic = magic;
    this.kindBytes = kindBytes;
  }

  /** An entry as it was read, what it knew when it was written, and how many bytes it takes. */
  record Decoded(LogEntry entry, long flushedIndex, int sizeBytes) {}

  /** The bytes with which a file of this version begins. */
  ByteBuffer magic() {
    return ByteBuffer.wrap(magic.getBytes(StandardCharsets.US_ASCII));
  }

  int magicBytes() {
    return magic.length();
  }

  /** All that surrounds a payload. */
  int overheadBytes() {
    return PREFIX_BYTES + NUMBERS_BYTES + kindBytes;
  }

  /** Entries in the form of today. */
  static ByteBuffer encode(List<LogEntry> entries, long flushedIndex) {
    int overhead = VERSION_2.overheadBytes();
    int size = 0;
    for (LogEntry entry : entries) {
      size = Math.addExact(size, overhead + entry.payload().readableBytes());
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (LogEntry entry : entries) {
      ByteBuf payload = entry.payload();
      int start = out.position();
      int length = overhead - PREFIX_BYTES + payload.readableBytes();
      out.putInt(length).putInt(0);
      out.putLong(entry.term()).putLong(entry.index()).putLong(flushedIndex);
      out.put(number(entry.kind()));
      out.put(payload.nioBuffer());
      out.putInt(start + 4, crc(out, start + PREFIX_BYTES, length));
    }
    return out.flip();
  }

  /** Whether an entry may have this length, so that it is worth reading. */
  boolean isLength(int length) {
    int least = overheadBytes() - PREFIX_BYTES;
    return length >= least && length <= least + MAX_PAYLOAD_BYTES;
  }

  /**
   * The entry in the bytes from position to limit, which are as many as its prefix tells; empty
   * when its CRC isn't right.
   */
  Optional<Decoded> decode(ByteBuffer in) {
    int length = in.getInt(in.position());
    int body = in.position() + PREFIX_BYTES;
    if (in.getInt(in.position() + 4) != crc(in, body, length)) {
      return Optional.empty();
    }
    int numbers = NUMBERS_BYTES + kindBytes;
    byte[] payload = new byte[length - numbers];
    in.get(body + numbers, payload);
    LogEntry.Kind kind = kindBytes > 0 ? kind(in.get(body + NUMBERS_BYTES)) : kindIn1(payload);
    if (kind == null) {
      return Optional.empty(); // Right by its CRC, but nobody ever wrote it.
    }
    LogEntry entry =
        new LogEntry(in.getLong(body), in.getLong(body + 8), kind, Unpooled.wrappedBuffer(payload));
    return Optional.of(new Decoded(entry, in.getLong(body + 16), overheadBytes() + payload.length));
  }

  private static LogEntry.Kind kindIn1(byte[] payload) {
    return payload.length == 0 ? LogEntry.Kind.TERM_START : LogEntry.Kind.DATA;
  }

  private static byte number(LogEntry.Kind kind) {
    return switch (kind) {
      case DATA -> 1;
      case TERM_START -> 2;
      case CONFIG -> 3;
    };
  }

  private static LogEntry.Kind kind(byte number) {
    return switch (number) {
      case 1 -> LogEntry.Kind.DATA;
      case 2 -> LogEntry.Kind.TERM_START;
      case 3 -> LogEntry.Kind.CONFIG;
      default -> null;
    };
  }

  private static int crc(ByteBuffer bytes, int position, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(position, length));
    return (int) crc.getValue();
  }
}
