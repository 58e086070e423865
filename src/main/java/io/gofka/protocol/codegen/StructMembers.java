package io.gofka.protocol.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes what a struct's class has besides reading and writing: fields, accessors, equality, text.
 */
final class StructMembers {
  private final StructSpec struct;
  private final CodeWriter out;
  private final boolean hasTags;

  StructMembers(StructSpec struct, CodeWriter out) {
    this.struct = struct;
    this.out = out;
    this.hasTags = !struct.flexible().isEmpty();
  }

  /** Fields, and the constructor that gives them their defaults. */
  void declarations() {
    for (FieldSpec field : struct.fields()) {
      out.line("private " + field.type().java() + " " + field.name() + ";");
    }
    if (hasTags) {
      out.line("private List<RawTaggedField> unknownTaggedFields = List.of();");
    }
    out.blank();
    out.line("public " + struct.name() + "() {");
    for (FieldSpec field : struct.fields()) {
      out.line("this." + field.name() + " = " + field.javaDefault() + ";");
    }
    out.line("}");
  }

  void methods(boolean comparedWithDefault) {
    for (FieldSpec field : struct.fields()) {
      accessors(field.type().java(), field.name(), field.about());
    }
    if (hasTags) {
      accessors("List<RawTaggedField>", "unknownTaggedFields", "In ascending order of their tags.");
    }
    if (comparedWithDefault) {
      isDefault();
    }
    equality();
    text();
  }

  private void accessors(String type, String name, String about) {
    out.blank();
    if (!about.isEmpty()) {
      out.line("/** " + javadoc(about) + " */");
    }
    out.line("public " + type + " " + name + "() {");
    out.line("return this." + name + ";");
    out.line("}").blank();
    out.line("public " + struct.name() + " " + name + "(" + type + " value) {");
    out.line("this." + name + " = value;");
    out.line("return this;");
    out.line("}");
  }

  private void isDefault() {
    out.blank();
    out.line("private boolean isDefault() {");
    List<String> conditions = new ArrayList<>();
    struct.fields().forEach(field -> conditions.add("(" + field.isDefault() + ")"));
    if (hasTags) {
      conditions.add("this.unknownTaggedFields.isEmpty()");
    }
    out.line("return " + (conditions.isEmpty() ? "true" : String.join(" && ", conditions)) + ";");
    out.line("}");
  }

  private void equality() {
    List<String> conditions = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (FieldSpec field : struct.fields()) {
      String mine = "this." + field.name();
      values.add(mine);
      conditions.add(equal(field, mine, "that." + field.name()));
    }
    if (hasTags) {
      values.add("this.unknownTaggedFields");
      conditions.add("this.unknownTaggedFields.equals(that.unknownTaggedFields)");
    }
    out.blank();
    out.line("@Override").line("public boolean equals(Object other) {");
    if (conditions.isEmpty()) {
      out.line("return other instanceof " + struct.name() + ";");
    } else {
      out.line("return other instanceof " + struct.name() + " that");
      out.line("    && " + String.join(" && ", conditions) + ";");
    }
    out.line("}").blank();
    out.line("@Override").line("public int hashCode() {");
    out.line("return Objects.hash(" + String.join(", ", values) + ");");
    out.line("}");
  }

  private static String equal(FieldSpec field, String mine, String other) {
    if (field.type().kind() == FieldType.Kind.FLOAT64) {
      return "Double.compare(" + mine + ", " + other + ") == 0";
    }
    return field.type().kind().primitive()
        ? mine + " == " + other
        : "Objects.equals(" + mine + ", " + other + ")";
  }

  private void text() {
    String values =
        struct.fields().stream()
            .map(field -> field.name() + "=\" + " + shown(field) + " + \"")
            .collect(Collectors.joining(", "));
    out.blank();
    out.line("@Override").line("public String toString() {");
    out.line("return \"" + struct.name() + "(" + values + ")\";");
    out.line("}");
  }

  private String shown(FieldSpec field) {
    if (field.secret(struct.name())) {
      return "\"<hidden>\"";
    }
    String value = "this." + field.name();
    return switch (field.type().kind()) {
      case BYTES, RECORDS -> "WireText.size(" + value + ")";
      case ARRAY ->
          field.type().element().kind() == FieldType.Kind.BYTES
              ? "WireText.sizes(" + value + ")"
              : value;
      default -> value;
    };
  }

  private static String javadoc(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("*/", "*&#47;")
        .replace("@", "&#64;");
  }
}
