package io.gofka.protocol.codegen;

import java.util.Locale;
import java.util.Set;

/**
 * A field of a struct.
 *
 * @param name its name in Java: lower camel
 * @param versions where it exists; {@code nullable}, {@code tagged} and {@code flexible} lie within
 *     them
 * @param tag -1 where it isn't tagged
 * @param ignorable whether a version without it drops it silently
 * @param defaultText as in the schema; empty for the type's own default
 * @param about one sentence for people, may be empty
 */
record FieldSpec(
    String name,
    FieldType type,
    Versions versions,
    Versions nullable,
    Versions tagged,
    int tag,
    Versions flexible,
    boolean ignorable,
    String defaultText,
    String about) {
  /** What must never reach a log, by the Kafka names of such fields, in lower case. */
  private static final Set<String> SECRETS =
      Set.of(
          "password",
          "authbytes",
          "salt",
          "saltedpassword",
          "hmac",
          "token",
          "secret",
          "credential",
          "storedkey",
          "serverkey",
          "requestdata",
          "responsedata");

  boolean isTagged() {
    return tag >= 0;
  }

  boolean defaultsToNull() {
    return defaultText.equals("null");
  }

  /**
   * Whether logs hide the content. The values of configurations are hidden wherever they are set,
   * because passwords are set that way.
   */
  boolean secret(String struct) {
    String lower = name.toLowerCase(Locale.ROOT);
    return SECRETS.contains(lower) || (lower.equals("value") && struct.contains("Config"));
  }

  /** The initial value, as Java. */
  String javaDefault() {
    if (defaultsToNull()) {
      return "null";
    }
    return switch (type.kind()) {
      case BOOL -> defaultText.isEmpty() ? "false" : String.valueOf(parseBoolean());
      case INT8, INT16 -> "(" + type.java() + ") " + number();
      case UINT16, INT32 -> String.valueOf(number());
      case UINT32, INT64 -> number() + "L";
      case FLOAT64 -> (defaultText.isEmpty() ? 0.0 : Double.parseDouble(defaultText)) + "d";
      case STRING -> "\"" + defaultText + "\"";
      case UUID, BYTES, RECORDS, STRUCT, ARRAY -> {
        if (!defaultText.isEmpty()) {
          throw new SchemaException("field " + name + " cannot have default " + defaultText);
        }
        yield emptyDefault();
      }
    };
  }

  private String emptyDefault() {
    return switch (type.kind()) {
      case UUID -> "Uuids.ZERO";
      case BYTES -> "Unpooled.EMPTY_BUFFER";
      case RECORDS -> "null";
      case ARRAY -> "new ArrayList<>(0)";
      case STRUCT -> "new " + type.struct() + "()";
      default -> throw new IllegalStateException("no empty default for " + type);
    };
  }

  /** Java that says whether the field has its initial value. */
  String isDefault() {
    String field = "this." + name;
    if (javaDefault().equals("null")) {
      return field + " == null";
    }
    return switch (type.kind()) {
      case BOOL -> javaDefault().equals("true") ? field : "!" + field;
      case FLOAT64 -> "Double.compare(" + field + ", " + javaDefault() + ") == 0";
      case STRING, UUID -> javaDefault() + ".equals(" + field + ")";
      case BYTES -> field + " != null && !" + field + ".isReadable()";
      case ARRAY -> field + " != null && " + field + ".isEmpty()";
      case STRUCT -> field + " != null && " + field + ".isDefault()";
      default -> field + " == " + javaDefault();
    };
  }

  private boolean parseBoolean() {
    if (!defaultText.equals("true") && !defaultText.equals("false")) {
      throw new SchemaException("field " + name + " cannot have default " + defaultText);
    }
    return defaultText.equals("true");
  }

  private long number() {
    long number;
    try {
      number = defaultText.isEmpty() ? 0 : Long.decode(defaultText);
    } catch (NumberFormatException e) {
      throw new SchemaException("field " + name + " cannot have default " + defaultText);
    }
    if (!type.kind().holds(number)) {
      throw new SchemaException("field " + name + " cannot have default " + defaultText);
    }
    return number;
  }
}
