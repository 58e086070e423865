package io.gofka.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/**
 * What a struct has in one version, taken from Kafka's own description of its messages, so that
 * what the tests write does not depend on our reading of the schemas.
 */
public record Shape(List<Place> places, boolean flexible) {
  /** A field; {@code name} in lower case, which is the same in both worlds. */
  public record Place(String name, PlaceType type, boolean nullable, boolean tagged) {}

  /** Either a scalar by its name, a struct, or an array. */
  public record PlaceType(String scalar, Shape struct, PlaceType element) {
    public static PlaceType scalar(String name) {
      return new PlaceType(name, null, null);
    }

    public static PlaceType struct(Shape shape) {
      return new PlaceType(null, shape, null);
    }

    public static PlaceType array(PlaceType element) {
      return new PlaceType(null, null, element);
    }
  }

  private static final Set<String> SIZED = Set.of("STRING", "BYTES", "RECORDS");

  static Shape of(Schema schema) {
    List<Place> places = new ArrayList<>();
    boolean flexible = false;
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields tagged) {
        flexible = true;
        tagged.fields().values().forEach(field -> places.add(place(field, true)));
      } else {
        places.add(place(bound.def, false));
      }
    }
    return new Shape(List.copyOf(places), flexible);
  }

  private static Place place(Field field, boolean tagged) {
    return new Place(plainName(field.name), type(field.type), field.type.isNullable(), tagged);
  }

  static String plainName(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  private static PlaceType type(Type type) {
    if (type instanceof Schema schema) {
      return PlaceType.struct(of(schema));
    }
    if (type instanceof ArrayOf || type instanceof CompactArrayOf) {
      return PlaceType.array(type(type.arrayElementType().orElseThrow()));
    }
    String name = type.toString();
    for (String sized : SIZED) {
      if (name.endsWith(sized)) {
        return PlaceType.scalar(sized);
      }
    }
    return PlaceType.scalar(name);
  }
}
