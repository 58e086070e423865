package io.gofka.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gofka.rpc.ReplicaEntry.Kind;
import io.gofka.rpc.proto.Refusal;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Reads a frame that {@link ReplicaFrameWriter} has written; also one by a later version, of which
 * it skips what it doesn't know.
 *
 * <p>Everything that can't be so is refused with an {@link IllegalArgumentException}: an entry of
 * no known kind, or one whose checksum says that it was for another partition.
 */
final class ReplicaFrameReader {
  /**
   * What a frame says.
   *
   * @param entries their records are slices of the frame, and keep no reference to it
   */
  record Frame(
      Optional<ReplicaHello> hello, Optional<Refusal> refusal, List<ReplicaEntry> entries) {}

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private static final int MAX_VARINT_BITS = 64;

  private ReplicaFrameReader() {}

  /** Reads all of {@code message}. */
  static Frame read(ByteBuf message) {
    Optional<ReplicaHello> hello = Optional.empty();
    Optional<Refusal> refusal = Optional.empty();
    List<ReplicaEntry> entries = new ArrayList<>();
    try {
      ByteBuf in = message.slice();
      while (in.isReadable()) {
        int tag = tag(in);
        switch (tag) {
          case 1 << 3 | LENGTH_DELIMITED ->
              hello = Optional.of(ReplicaHello.parseFrom(part(in).nioBuffer()));
          case 2 << 3 | LENGTH_DELIMITED ->
              refusal = Optional.of(Refusal.parseFrom(part(in).nioBuffer()));
          case 3 << 3 | LENGTH_DELIMITED -> entries.add(entry(part(in)));
          default -> skip(in, tag);
        }
      }
    } catch (InvalidProtocolBufferException | IndexOutOfBoundsException cut) {
      throw new IllegalArgumentException("a frame between replicas can't be read", cut);
    }
    return new Frame(hello, refusal, entries);
  }

  private static ReplicaEntry entry(ByteBuf in) {
    long kind = 0;
    UUID topicId = null;
    int partition = 0;
    int leaderEpoch = 0;
    long session = 0;
    long offset = 0;
    int epoch = 0;
    long logStartOffset = 0;
    int errorCode = 0;
    long fromOffset = 0;
    long endOffset = 0;
    int checksum = 0;
    ByteBuf records = Unpooled.EMPTY_BUFFER;
    while (in.isReadable()) {
      int tag = tag(in);
      switch (tag) {
        case 1 << 3 | VARINT -> kind = varint(in);
        case 2 << 3 | LENGTH_DELIMITED -> topicId = id(part(in));
        case 3 << 3 | VARINT -> partition = signedInt(in);
        case 4 << 3 | VARINT -> leaderEpoch = signedInt(in);
        case 5 << 3 | VARINT -> session = signed(in);
        case 6 << 3 | VARINT -> offset = signed(in);
        case 7 << 3 | VARINT -> epoch = signedInt(in);
        case 8 << 3 | VARINT -> logStartOffset = signed(in);
        case 9 << 3 | VARINT -> errorCode = signedInt(in);
        case 10 << 3 | VARINT -> fromOffset = signed(in);
        case 11 << 3 | VARINT -> endOffset = signed(in);
        case 12 << 3 | FIXED_32 -> checksum = in.readIntLE();
        case 13 << 3 | LENGTH_DELIMITED -> records = part(in);
        default -> skip(in, tag);
      }
    }
    if (topicId == null || partition < 0 || errorCode != (short) errorCode) {
      throw new IllegalArgumentException(
          "an entry for partition %d of topic %s with error %d"
              .formatted(partition, topicId, errorCode));
    }
    ReplicaEntry entry =
        new ReplicaEntry(
            Kind.of(kind),
            topicId,
            partition,
            leaderEpoch,
            session,
            offset,
            epoch,
            logStartOffset,
            (short) errorCode,
            fromOffset,
            endOffset,
            records);
    if (entry.checksum() != checksum) {
      throw new IllegalArgumentException(
          "what came for partition %d of topic %s was not meant for it, or was changed on its way"
              .formatted(partition, topicId));
    }
    return entry;
  }

  private static UUID id(ByteBuf bytes) {
    if (bytes.readableBytes() != 16) {
      throw new IllegalArgumentException("an id of " + bytes.readableBytes() + " bytes");
    }
    return new UUID(bytes.readLong(), bytes.readLong());
  }

  private static int tag(ByteBuf in) {
    long tag = varint(in);
    if (tag < 0 || tag > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no field has tag " + tag);
    }
    return (int) tag;
  }

  private static void skip(ByteBuf in, int tag) {
    switch (tag & 7) {
      case VARINT -> varint(in);
      case FIXED_64 -> in.skipBytes(8);
      case LENGTH_DELIMITED -> part(in);
      case FIXED_32 -> in.skipBytes(4);
      default -> throw new IllegalArgumentException("no field has tag " + tag);
    }
  }

  private static ByteBuf part(ByteBuf in) {
    long length = varint(in);
    if (length < 0 || length > in.readableBytes()) {
      throw new IllegalArgumentException(
          "%d bytes of %d that are there".formatted(length, in.readableBytes()));
    }
    return in.readSlice((int) length);
  }

  private static long varint(ByteBuf in) {
    long value = 0;
    for (int shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
      byte next = in.readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 10 bytes");
  }

  private static long signed(ByteBuf in) {
    long zigzag = varint(in);
    return zigzag >>> 1 ^ -(zigzag & 1);
  }

  private static int signedInt(ByteBuf in) {
    long value = signed(in);
    if (value != (int) value) {
      throw new IllegalArgumentException(value + " doesn't fit into 32 bits");
    }
    return (int) value;
  }
}
