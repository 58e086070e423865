package io.gofka.rpc;

import io.gofka.rpc.proto.Refusal;
import io.gofka.rpc.proto.ReplicaFrame;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@link ReplicaFrame}s in the form of gRPC: each one after a byte that says that it isn't
 * compressed, and four with its length.
 *
 * <p>By hand, because the generated class would want to have the records copied, twice: here they
 * stay in the buffers in which they are.
 */
final class ReplicaFrameWriter {
  /** A frame that has so many bytes takes no further entry: who reads it can begin sooner. */
  private static final int FULL_FRAME_BYTES = 256 * 1024;

  private static final int PREFIX_BYTES = 5;

  /** What an entry has without its records, at most. */
  private static final int MAX_ENTRY_HEAD_BYTES = 112;

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private ReplicaFrameWriter() {}

  /** The first frame of either side. */
  static ByteBuf hello(ByteBufAllocator allocator, ReplicaHello hello) {
    return frame(allocator, ReplicaFrame.newBuilder().setHello(hello).build());
  }

  /** The only frame of a server that wants no stream. */
  static ByteBuf refusal(ByteBufAllocator allocator, Refusal refusal) {
    return frame(allocator, ReplicaFrame.newBuilder().setRefusal(refusal).build());
  }

  private static ByteBuf frame(ByteBufAllocator allocator, ReplicaFrame frame) {
    byte[] bytes = frame.toByteArray();
    return allocator
        .buffer(PREFIX_BYTES + bytes.length)
        .writeByte(0)
        .writeInt(bytes.length)
        .writeBytes(bytes);
  }

  /**
   * One frame or more with these entries.
   *
   * @return belongs to the caller, and holds references to the buffers of the records
   */
  static ByteBuf entries(ByteBufAllocator allocator, List<ReplicaEntry> entries) {
    ByteBuf heads = allocator.buffer(entries.size() * MAX_ENTRY_HEAD_BYTES / 2 + PREFIX_BYTES);
    List<Cut> cuts = new ArrayList<>();
    try {
      int frameAt = beginFrame(heads);
      int recordBytes = 0;
      for (ReplicaEntry entry : entries) {
        if (heads.writerIndex() - frameAt + recordBytes >= FULL_FRAME_BYTES) {
          endFrame(heads, frameAt, recordBytes);
          frameAt = beginFrame(heads);
          recordBytes = 0;
        }
        writeHead(heads, entry);
        if (entry.records().isReadable()) {
          recordBytes = Math.addExact(recordBytes, entry.records().readableBytes());
          cuts.add(new Cut(heads.writerIndex(), entry.records()));
        }
      }
      endFrame(heads, frameAt, recordBytes);
      return cuts.isEmpty() ? heads.retain() : assemble(allocator, heads, cuts);
    } finally {
      heads.release();
    }
  }

  /** Where records stand between the heads. */
  private record Cut(int at, ByteBuf records) {}

  private static int beginFrame(ByteBuf heads) {
    int at = heads.writerIndex();
    heads.writeByte(0).writeInt(0); // The length is known at the end.
    return at;
  }

  private static void endFrame(ByteBuf heads, int frameAt, int recordBytes) {
    int length = Math.addExact(heads.writerIndex() - frameAt - PREFIX_BYTES, recordBytes);
    heads.setInt(frameAt + 1, length);
  }

  private static CompositeByteBuf assemble(
      ByteBufAllocator allocator, ByteBuf heads, List<Cut> cuts) {
    CompositeByteBuf all = allocator.compositeBuffer(2 * cuts.size() + 1);
    int from = 0;
    for (Cut cut : cuts) {
      all.addComponent(true, heads.retainedSlice(from, cut.at() - from));
      all.addComponent(true, cut.records().retainedSlice());
      from = cut.at();
    }
    if (from < heads.writerIndex()) {
      all.addComponent(true, heads.retainedSlice(from, heads.writerIndex() - from));
    }
    return all;
  }

  /** All of an entry but the records themselves. */
  private static void writeHead(ByteBuf out, ReplicaEntry entry) {
    int recordBytes = entry.records().readableBytes();
    ByteBuf head = Unpooled.buffer(MAX_ENTRY_HEAD_BYTES);
    writeVarint(head, 1, entry.kind().number());
    writeTag(head, 2, LENGTH_DELIMITED);
    head.writeByte(16)
        .writeLong(entry.topicId().getMostSignificantBits())
        .writeLong(entry.topicId().getLeastSignificantBits());
    writeVarint(head, 3, zigzag(entry.partition()));
    writeVarint(head, 4, zigzag(entry.leaderEpoch()));
    writeVarint(head, 5, zigzag(entry.session()));
    writeVarint(head, 6, zigzag(entry.offset()));
    writeVarint(head, 7, zigzag(entry.epoch()));
    writeVarint(head, 8, zigzag(entry.logStartOffset()));
    writeVarint(head, 9, zigzag(entry.errorCode()));
    writeVarint(head, 10, zigzag(entry.fromOffset()));
    writeVarint(head, 11, zigzag(entry.endOffset()));
    writeTag(head, 12, FIXED_32);
    head.writeIntLE(entry.checksum());
    if (recordBytes > 0) {
      writeTag(head, 13, LENGTH_DELIMITED);
      writeRawVarint(head, recordBytes);
    }
    writeTag(out, 3, LENGTH_DELIMITED);
    writeRawVarint(out, (long) head.readableBytes() + recordBytes);
    out.writeBytes(head);
  }

  private static void writeTag(ByteBuf out, int field, int wireType) {
    out.writeByte(field << 3 | wireType);
  }

  private static void writeVarint(ByteBuf out, int field, long value) {
    if (value != 0) { // As proto3 has it.
      writeTag(out, field, VARINT);
      writeRawVarint(out, value);
    }
  }

  private static void writeRawVarint(ByteBuf out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }
}
