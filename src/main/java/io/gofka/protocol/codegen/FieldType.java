package io.gofka.protocol.codegen;

import java.util.Locale;

/**
 * The type of a field.
 *
 * @param struct the name of the struct, empty for all other kinds
 * @param element what an array has as elements, null for all other kinds
 */
record FieldType(Kind kind, String struct, FieldType element) {
  /**
   * Everything the wire knows, with its Java type and its size where it is fixed (otherwise -1).
   */
  enum Kind {
    BOOL("boolean", "Boolean", 1),
    INT8("byte", "Byte", 1),
    INT16("short", "Short", 2),
    UINT16("int", "Integer", 2),
    INT32("int", "Integer", 4),
    UINT32("long", "Long", 4),
    INT64("long", "Long", 8),
    FLOAT64("double", "Double", 8),
    UUID("UUID", "UUID", 16),
    STRING("String", "String", -1),
    BYTES("ByteBuf", "ByteBuf", -1),
    RECORDS("Payload", "Payload", -1),
    STRUCT("", "", -1),
    ARRAY("", "", -1);

    private final String java;
    private final String boxed;
    private final int fixedBytes;

    Kind(String java, String boxed, int fixedBytes) {
      this.java = java;
      this.boxed = boxed;
      this.fixedBytes = fixedBytes;
    }

    int fixedBytes() {
      return fixedBytes;
    }

    /** Whether Java holds it as a primitive, which has no null. */
    boolean primitive() {
      return fixedBytes > 0 && this != UUID;
    }

    /** Whether this kind of integer has such a value. */
    boolean holds(long value) {
      if (fixedBytes == Long.BYTES) {
        return true;
      }
      boolean unsigned = this == UINT16 || this == UINT32;
      long limit = 1L << (8 * fixedBytes - (unsigned ? 0 : 1));
      return value < limit && value >= (unsigned ? 0 : -limit);
    }

    /** The name of the method of the reader and the output. */
    String method() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Kind scalar(String name) {
      for (Kind kind : values()) {
        if (kind.method().equals(name) && kind != STRUCT && kind != ARRAY) {
          return kind;
        }
      }
      throw new SchemaException("unknown type " + name);
    }
  }

  static FieldType parse(String text) {
    if (text.startsWith("[]")) {
      FieldType element = parse(text.substring(2));
      if (element.kind == Kind.ARRAY || element.kind == Kind.RECORDS) {
        throw new SchemaException("no arrays of " + element.kind.method() + " (" + text + ")");
      }
      return new FieldType(Kind.ARRAY, "", element);
    }
    if (!text.isEmpty() && Character.isUpperCase(text.charAt(0))) {
      return new FieldType(Kind.STRUCT, text, null);
    }
    return new FieldType(Kind.scalar(text), "", null);
  }

  boolean isArray() {
    return kind == Kind.ARRAY;
  }

  boolean isStruct() {
    return kind == Kind.STRUCT;
  }

  /** The struct it is, or an array of it has; empty when neither. */
  String structName() {
    return isArray() ? element.struct : struct;
  }

  String java() {
    if (isArray()) {
      return "List<" + element.boxed() + ">";
    }
    return isStruct() ? struct : kind.java;
  }

  private String boxed() {
    return isStruct() ? struct : kind.boxed;
  }
}
