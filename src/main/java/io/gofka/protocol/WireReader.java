package io.gofka.protocol;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads the primitives of one message; for generated code. Each method takes the name of the field
 * it reads, for the error. {@code flexible} chooses the compact form of lengths (KIP-482).
 *
 * <p>Every length and count is compared with the bytes that are left before anything is allocated
 * for it.
 */
public final class WireReader {
  /** What a string may have at most, in either form, as Kafka has it. */
  static final int MAX_STRING_BYTES = Short.MAX_VALUE;

  /** A list begins with at most this many places, however many elements are announced. */
  private static final int MAX_INITIAL_CAPACITY = 1024;

  /**
   * What all lists of a message may have together, tagged fields that nobody knows included. Two
   * bytes on the wire can become a struct of fifty in memory: without a bound a frame of the
   * allowed size could fill the heap.
   */
  static final int MAX_ELEMENTS = 1_000_000;

  /** A tag and its size have at least this many bytes. */
  private static final int MIN_TAGGED_FIELD_BYTES = 2;

  private final ByteBuf in;
  private final String message;
  private final short version;
  private final FieldPath path = new FieldPath();
  private int limit;
  private int elements;

  /**
   * @throws WireException when the version is not in the range
   */
  public WireReader(ByteBuf in, String message, short version, short lowest, short highest) {
    if (version < lowest || version > highest) {
      throw new WireException(
          message + " has no version " + version + ", only " + lowest + " to " + highest);
    }
    this.in = in;
    this.message = message;
    this.version = version;
    this.limit = in.writerIndex();
  }

  /** The fields that follow are part of this one. */
  public void enter(String name) {
    if (!path.enter(name)) {
      throw error(name, "nested deeper than " + FieldPath.MAX_DEPTH + " levels");
    }
  }

  public void leave() {
    path.leave();
  }

  public boolean bool(String name) {
    return int8(name) != 0;
  }

  public byte int8(String name) {
    need(Byte.BYTES, name);
    return in.readByte();
  }

  public short int16(String name) {
    need(Short.BYTES, name);
    return in.readShort();
  }

  public int uint16(String name) {
    need(Short.BYTES, name);
    return in.readUnsignedShort();
  }

  public int int32(String name) {
    need(Integer.BYTES, name);
    return in.readInt();
  }

  public long uint32(String name) {
    need(Integer.BYTES, name);
    return in.readUnsignedInt();
  }

  public long int64(String name) {
    need(Long.BYTES, name);
    return in.readLong();
  }

  public double float64(String name) {
    need(Double.BYTES, name);
    return in.readDouble();
  }

  public UUID uuid(String name) {
    need(2 * Long.BYTES, name);
    return new UUID(in.readLong(), in.readLong());
  }

  /** Null only where {@code nullable}. */
  public String string(boolean flexible, boolean nullable, String name) {
    int length = length(flexible ? compactLength(name) : int16(name), nullable, 1, name);
    if (length <= 0) {
      return length < 0 ? null : "";
    }
    if (length > MAX_STRING_BYTES) {
      throw error(
          name, "a string of " + length + " bytes, at most " + MAX_STRING_BYTES + " may be");
    }
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    // The lenient decoder puts this character where the bytes are no UTF-8; it may also have been
    // sent.
    if (text.indexOf('\uFFFD') >= 0) {
      checkUtf8(bytes, name);
    }
    return text;
  }

  /** A slice of the input. Null only where {@code nullable}. */
  public ByteBuf bytes(boolean flexible, boolean nullable, String name) {
    int length = length(flexible ? compactLength(name) : int32(name), nullable, 1, name);
    return length < 0 ? null : slice(length);
  }

  /** A slice of the input. Null only where {@code nullable}. */
  public Payload records(boolean flexible, boolean nullable, String name) {
    ByteBuf bytes = bytes(flexible, nullable, name);
    return bytes == null ? null : Payload.of(bytes);
  }

  /**
   * The number of elements of an array, -1 for null; each of them has at least {@code
   * minElementBytes}, which is not 0.
   */
  public int arrayLength(boolean flexible, boolean nullable, int minElementBytes, String name) {
    int length =
        length(flexible ? compactLength(name) : int32(name), nullable, minElementBytes, name);
    countElements(length, name);
    return length;
  }

  private void countElements(int more, String name) {
    if (more > MAX_ELEMENTS - elements) {
      throw error(name, "a message may have " + MAX_ELEMENTS + " elements, here are more");
    }
    elements += Math.max(0, more);
  }

  /** The list for that many elements. */
  public <T> List<T> list(int length) {
    return new ArrayList<>(Math.min(length, MAX_INITIAL_CAPACITY));
  }

  /** The byte before a struct that may be null. */
  public boolean present(boolean nullable, String name) {
    if (!nullable) {
      return true;
    }
    byte marker = int8(name);
    if (marker != 1 && marker != -1) {
      throw error(name, "a struct begins with 1, or is null with -1; here is " + marker);
    }
    return marker == 1;
  }

  /**
   * The number before a struct that may be null and is a tagged field; Kafka writes it unlike any
   * other.
   */
  public boolean presentInTag(boolean nullable, String name) {
    if (!nullable) {
      return true;
    }
    int marker = unsignedVarint(name);
    if (marker > 1) {
      throw error(name, "a tagged struct begins with 1, or is null with 0; here is " + marker);
    }
    return marker == 1;
  }

  /** The number of tagged fields that follow. */
  public int tagCount() {
    int count = unsignedVarint("tagged fields");
    if (count > (limit - in.readerIndex()) / MIN_TAGGED_FIELD_BYTES) {
      throw error("tagged fields", count + " announced, " + left());
    }
    return count;
  }

  /** The next tag; tags ascend. */
  public int nextTag(int previous) {
    int tag = unsignedVarint("tagged fields");
    if (tag <= previous) {
      throw error("tagged fields", "tag " + tag + " after tag " + previous);
    }
    return tag;
  }

  /** Begins a known tagged field: nothing beyond its size can be read until it is closed. */
  public int openTag(String name) {
    int size = tagSize(name);
    int outerLimit = limit;
    limit = in.readerIndex() + size;
    return outerLimit;
  }

  /** Ends it; it must have been read to its end. */
  public void closeTag(int outerLimit, String name) {
    if (in.readerIndex() != limit) {
      throw error(name, "the tagged field is " + (limit - in.readerIndex()) + " bytes too long");
    }
    limit = outerLimit;
  }

  /**
   * Reads an unknown tagged field and adds it; the list that is given in may be the empty constant.
   */
  public List<RawTaggedField> addUnknownTag(List<RawTaggedField> unknown, int tag) {
    countElements(1, "tagged field");
    RawTaggedField field = new RawTaggedField(tag, slice(tagSize("tagged field")));
    List<RawTaggedField> fields = unknown.isEmpty() ? new ArrayList<>(2) : unknown;
    fields.add(field);
    return fields;
  }

  /** All tagged fields of a struct that knows none. */
  public List<RawTaggedField> unknownTags() {
    List<RawTaggedField> unknown = List.of();
    int count = tagCount();
    int tag = -1;
    for (int i = 0; i < count; i++) {
      tag = nextTag(tag);
      unknown = addUnknownTag(unknown, tag);
    }
    return unknown;
  }

  private int tagSize(String name) {
    int size = unsignedVarint(name);
    if (size > limit - in.readerIndex()) {
      throw error(name, "a tagged field of " + size + " bytes, " + left());
    }
    return size;
  }

  private ByteBuf slice(int length) {
    return length == 0 ? Unpooled.EMPTY_BUFFER : in.readSlice(length);
  }

  private int length(int length, boolean nullable, int minElementBytes, String name) {
    if (length < 0) {
      if (length != -1 || !nullable) {
        throw error(name, length == -1 ? "null is not allowed" : "length " + length);
      }
    } else if (length > (limit - in.readerIndex()) / minElementBytes) {
      throw error(name, "length " + length + ", " + left());
    }
    return length;
  }

  private int compactLength(String name) {
    return unsignedVarint(name) - 1;
  }

  private int unsignedVarint(String name) {
    int value = 0;
    for (int shift = 0; shift <= 28; shift += 7) {
      byte next = int8(name);
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        if (value < 0 || (shift == 28 && next > 0x07)) {
          throw error(name, "a length or number beyond 2^31 - 1");
        }
        return value;
      }
    }
    throw error(name, "a varint of more than 5 bytes");
  }

  private void need(int bytes, String name) {
    if (limit - in.readerIndex() < bytes) {
      throw error(name, bytes + " bytes needed, " + left());
    }
  }

  private String left() {
    return (limit - in.readerIndex()) + " left";
  }

  private void checkUtf8(byte[] bytes, String name) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw error(name, "the string is no UTF-8");
    }
  }

  private WireException error(String name, String problem) {
    return path.error(message, version, name, problem);
  }
}
