package io.gofka.protocol.codegen;

import io.gofka.protocol.Shape;
import io.gofka.protocol.Shape.Place;
import io.gofka.protocol.Shape.PlaceType;
import java.util.List;
import java.util.Locale;

/** What a message has in one version, for those that Kafka doesn't know. */
final class SpecShapes {
  private SpecShapes() {}

  static Shape of(MessageSpec message, int version) {
    return of(message, message.root(), version);
  }

  private static Shape of(MessageSpec message, StructSpec struct, int version) {
    List<Place> places =
        struct.fields().stream()
            .filter(field -> field.versions().contains(version))
            .map(
                field ->
                    new Place(
                        field.name().toLowerCase(Locale.ROOT),
                        type(message, field.type(), version),
                        field.nullable().contains(version),
                        field.isTagged()))
            .toList();
    return new Shape(places, struct.flexible().contains(version));
  }

  private static PlaceType type(MessageSpec message, FieldType type, int version) {
    if (type.isArray()) {
      return PlaceType.array(type(message, type.element(), version));
    }
    if (type.isStruct()) {
      return PlaceType.struct(of(message, message.structs().get(type.struct()), version));
    }
    return PlaceType.scalar(type.kind() == FieldType.Kind.BOOL ? "BOOLEAN" : type.kind().name());
  }
}
