package io.gofka.protocol;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.UUID;

/**
 * Where generated code puts a message: {@link WireSizer} counts the bytes, {@link WireWriter}
 * writes them. Being the same code, the two cannot disagree. Methods that can refuse their value
 * take the field's name, for the error; {@code flexible} chooses the compact form of lengths
 * (KIP-482).
 */
public abstract sealed class WireOutput permits WireSizer, WireWriter {
  private final FieldPath path = new FieldPath();
  private String message = "";
  private short version;

  /**
   * A message begins.
   *
   * @throws WireException when the version is not in the range
   */
  public final void begin(String message, short version, short lowest, short highest) {
    if (version < lowest || version > highest) {
      throw new WireException(
          message + " has no version " + version + ", only " + lowest + " to " + highest);
    }
    this.message = message;
    this.version = version;
    path.clear();
  }

  /** The fields that follow are part of this one. */
  public final void enter(String name) {
    if (!path.enter(name)) {
      throw error(name, "nested deeper than " + FieldPath.MAX_DEPTH + " levels");
    }
  }

  public final void leave() {
    path.leave();
  }

  /** Counts what is written at this place, for the size of a tagged field. */
  public final WireSizer sizer() {
    WireSizer sizer = new WireSizer();
    WireOutput base = sizer;
    base.message = message;
    base.version = version;
    base.path.copyFrom(path);
    return sizer;
  }

  public abstract void int8(byte value);

  public abstract void int16(short value);

  public abstract void int32(int value);

  public abstract void int64(long value);

  abstract void unsignedVarint(int value);

  abstract void utf8(String value, int length);

  abstract void slice(ByteBuf value);

  abstract void payload(Payload value);

  public final void bool(boolean value) {
    int8((byte) (value ? 1 : 0));
  }

  public final void uint16(int value, String name) {
    if (value < 0 || value > 0xffff) {
      throw error(name, value + " is no uint16");
    }
    int16((short) value);
  }

  public final void uint32(long value, String name) {
    if (value < 0 || value > 0xffff_ffffL) {
      throw error(name, value + " is no uint32");
    }
    int32((int) value);
  }

  public final void float64(double value) {
    int64(Double.doubleToRawLongBits(value));
  }

  public final void uuid(UUID value, String name) {
    if (value == null) {
      throw nullRefused(name);
    }
    int64(value.getMostSignificantBits());
    int64(value.getLeastSignificantBits());
  }

  public final void string(boolean flexible, boolean nullable, String value, String name) {
    int length = value == null ? nullLength(nullable, name) : ByteBufUtil.utf8Bytes(value);
    if (length > WireReader.MAX_STRING_BYTES) {
      throw error(
          name,
          "a string of " + length + " bytes, at most " + WireReader.MAX_STRING_BYTES + " may be");
    }
    if (flexible) {
      unsignedVarint(length + 1);
    } else {
      int16((short) length);
    }
    if (length > 0) {
      utf8(value, length);
    }
  }

  public final void bytes(boolean flexible, boolean nullable, ByteBuf value, String name) {
    length(flexible, value == null ? nullLength(nullable, name) : value.readableBytes());
    if (value != null) {
      slice(value);
    }
  }

  public final void records(boolean flexible, boolean nullable, Payload value, String name) {
    length(flexible, value == null ? nullLength(nullable, name) : value.size());
    if (value != null) {
      payload(value);
    }
  }

  public final void arrayLength(boolean flexible, boolean nullable, List<?> value, String name) {
    length(flexible, value == null ? nullLength(nullable, name) : value.size());
  }

  /** The byte before a struct that may be null; says whether the struct itself follows. */
  public final boolean present(boolean nullable, Object value, String name) {
    if (nullable) {
      int8((byte) (value == null ? -1 : 1));
    }
    return presentOrRefused(nullable, value, name);
  }

  /** The same for a tagged field, where Kafka writes a number unlike any other. */
  public final boolean presentInTag(boolean nullable, Object value, String name) {
    if (nullable) {
      unsignedVarint(value == null ? 0 : 1);
    }
    return presentOrRefused(nullable, value, name);
  }

  /** Begins the tagged fields: how many there are, known and unknown. */
  public final void tagCount(int known, List<RawTaggedField> unknown) {
    unsignedVarint(known + unknown.size());
  }

  /** Begins a known tagged field of that many bytes. */
  public final void tag(int tag, int size) {
    unsignedVarint(tag);
    unsignedVarint(size);
  }

  /**
   * Writes the unknown tagged fields from {@code index} on that come before {@code tag}, and
   * returns the next index.
   */
  public final int unknownTagsBefore(long tag, List<RawTaggedField> unknown, int index) {
    int next = index;
    while (next < unknown.size() && unknown.get(next).tag() <= tag) {
      RawTaggedField field = unknown.get(next);
      int previous = next == 0 ? -1 : unknown.get(next - 1).tag();
      if (field.tag() <= previous || field.tag() == tag) {
        throw error("tagged fields", "unknown tag " + field.tag() + " is out of order or known");
      }
      unsignedVarint(field.tag());
      unsignedVarint(field.data().readableBytes());
      slice(field.data());
      next++;
    }
    return next;
  }

  /** All tagged fields of a struct that knows none, or what follows the known ones. */
  public final void unknownTags(List<RawTaggedField> unknown, int index) {
    if (index < unknown.size()) {
      unknownTagsBefore(Long.MAX_VALUE, unknown, index);
    }
  }

  /** A field that this version lacks is set, and may not be dropped. */
  public final WireException unsupported(String name) {
    return error(name, "is set, but this version has no such field");
  }

  private void length(boolean flexible, int length) {
    if (flexible) {
      unsignedVarint(length + 1);
    } else {
      int32(length);
    }
  }

  private boolean presentOrRefused(boolean nullable, Object value, String name) {
    if (value == null && !nullable) {
      throw nullRefused(name);
    }
    return value != null;
  }

  private int nullLength(boolean nullable, String name) {
    if (!nullable) {
      throw nullRefused(name);
    }
    return -1;
  }

  private WireException nullRefused(String name) {
    return error(name, "null is not allowed");
  }

  final WireException error(String name, String problem) {
    return path.error(message, version, name, problem);
  }
}
