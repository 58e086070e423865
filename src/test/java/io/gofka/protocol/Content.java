package io.gofka.protocol;

import io.gofka.protocol.Shape.Place;
import io.gofka.protocol.Shape.PlaceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The content of a message, apart from any class for it: integers as Long, bytes as {@link Bytes},
 * structs as Content, arrays as List.
 */
public record Content(Map<String, Object> values, List<Unknown> unknown) {
  /** An unknown tagged field. */
  public record Unknown(int tag, Bytes data) {}

  /** Bytes with equality, in hex. */
  public record Bytes(String hex) {
    static Bytes of(byte[] bytes) {
      return new Bytes(java.util.HexFormat.of().formatHex(bytes));
    }

    byte[] array() {
      return java.util.HexFormat.of().parseHex(hex);
    }
  }

  private static final String LETTERS = "abcXYZ019-._ äß\u20ac\ud83d\ude00\u0000";

  /**
   * Random content.
   *
   * @param filled how many of the fields are set, 0 to 1; the others keep their default
   */
  public static Content random(Shape shape, Random random, double filled) {
    Map<String, Object> values = new TreeMap<>();
    for (Place place : shape.places()) {
      boolean set = random.nextDouble() < (place.tagged() ? filled / 2 : filled);
      if (set) {
        boolean isNull = place.nullable() && random.nextInt(4) == 0;
        values.put(place.name(), isNull ? null : value(place.type(), random, filled));
      }
    }
    List<Unknown> unknown = new ArrayList<>();
    if (shape.flexible() && filled == 1 && random.nextInt(3) == 0) {
      int tag = 0;
      for (int i = random.nextInt(3); i >= 0; i--) {
        tag += 100 + random.nextInt(100_000);
        unknown.add(new Unknown(tag, bytes(random)));
      }
    }
    return new Content(values, List.copyOf(unknown));
  }

  private static Object value(PlaceType type, Random random, double filled) {
    if (type.struct() != null) {
      return random(type.struct(), random, filled);
    }
    if (type.element() != null) {
      List<Object> list = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        list.add(value(type.element(), random, filled));
      }
      return list;
    }
    return switch (type.scalar()) {
      case "BOOLEAN" -> random.nextBoolean();
      case "INT8" -> (long) (byte) random.nextInt();
      case "INT16" -> (long) (short) random.nextInt();
      case "UINT16" -> (long) random.nextInt(0x10000);
      case "INT32" -> (long) random.nextInt();
      case "UNSIGNED_INT32", "UINT32" -> random.nextInt() & 0xffff_ffffL;
      case "INT64" -> random.nextLong();
      case "FLOAT64" -> random.nextDouble() - 0.5;
      case "UUID" -> new UUID(random.nextLong(), random.nextLong());
      case "STRING" -> text(random);
      case "BYTES", "RECORDS" -> bytes(random);
      default -> throw new IllegalStateException("no values for " + type.scalar());
    };
  }

  private static String text(Random random) {
    int[] letters = LETTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(10) == 0 ? random.nextInt(400) : random.nextInt(8); i > 0; i--) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }

  private static Bytes bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(10) == 0 ? random.nextInt(3000) : random.nextInt(8)];
    random.nextBytes(bytes);
    return Bytes.of(bytes);
  }
}
