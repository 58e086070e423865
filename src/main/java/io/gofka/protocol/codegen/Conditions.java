package io.gofka.protocol.codegen;

import java.util.ArrayList;
import java.util.List;

/** The version checks inside one struct's code, as Java. */
final class Conditions {
  private final StructSpec struct;
  private final String flexible;

  Conditions(StructSpec struct) {
    this.struct = struct;
    this.flexible = struct.flexible().condition(struct.versions());
  }

  /**
   * Declares the local variable that the other methods refer to, where it isn't the same in all
   * versions.
   */
  void declareFlexible(CodeWriter out) {
    if (!isConstant(flexible)) {
      out.line("boolean flexible = " + flexible + ";");
    }
  }

  /** Whether the struct ends in tagged fields. */
  String flexible() {
    return isConstant(flexible) ? flexible : "flexible";
  }

  /** Whether the field's lengths have the compact form, where the field exists. */
  String flexible(FieldSpec field) {
    String condition = field.flexible().condition(field.versions());
    return condition.equals(flexible) ? flexible() : condition;
  }

  /** Whether the field may be null, where it exists. */
  String nullable(FieldSpec field) {
    return field.nullable().condition(field.versions());
  }

  /** The method for what stands before a struct that may be null. */
  static String presentMethod(FieldSpec field) {
    return field.isTagged() ? "presentInTag" : "present";
  }

  String exists(FieldSpec field) {
    return field.versions().condition(struct.versions());
  }

  /** Neighbours that exist in the same versions, so that one check does for all of them. */
  List<List<FieldSpec>> groups(List<FieldSpec> fields) {
    List<List<FieldSpec>> groups = new ArrayList<>();
    String last = "";
    for (FieldSpec field : fields) {
      String exists = exists(field);
      if (!exists.equals(last)) {
        groups.add(new ArrayList<>());
        last = exists;
      }
      groups.get(groups.size() - 1).add(field);
    }
    return groups;
  }

  private static boolean isConstant(String condition) {
    return condition.equals("true") || condition.equals("false");
  }
}
