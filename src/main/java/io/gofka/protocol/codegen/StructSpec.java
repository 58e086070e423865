package io.gofka.protocol.codegen;

import java.util.Comparator;
import java.util.List;

/**
 * A struct, the message itself included.
 *
 * @param versions where it can occur, within the message's
 * @param flexible where it ends in tagged fields, within {@code versions}
 */
record StructSpec(String name, Versions versions, Versions flexible, List<FieldSpec> fields) {
  /** The fields that stand in place, in wire order. */
  List<FieldSpec> placedFields() {
    return fields.stream().filter(field -> !field.isTagged()).toList();
  }

  /** The tagged fields by tag. */
  List<FieldSpec> taggedFields() {
    return fields.stream()
        .filter(FieldSpec::isTagged)
        .sorted(Comparator.comparingInt(FieldSpec::tag))
        .toList();
  }
}
