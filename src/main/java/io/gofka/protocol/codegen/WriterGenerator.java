package io.gofka.protocol.codegen;

import java.util.List;

/** Writes the method that puts a struct into an output, be it counted or written. */
final class WriterGenerator {
  private final StructSpec struct;
  private final CodeWriter out;
  private final Conditions conditions;

  WriterGenerator(StructSpec struct, CodeWriter out) {
    this.struct = struct;
    this.out = out;
    this.conditions = new Conditions(struct);
  }

  void put() {
    out.line("private void put(WireOutput out, short version) {");
    conditions.declareFlexible(out);
    for (List<FieldSpec> group : conditions.groups(struct.placedFields())) {
      placed(group);
    }
    for (FieldSpec field : struct.taggedFields()) {
      String exists = conditions.exists(field);
      if (!field.ignorable() && !exists.equals("true")) {
        String absent = exists.equals("false") ? "" : "!(" + exists + ") && ";
        out.line("if (" + absent + "!(" + field.isDefault() + ")) {");
        out.line("throw out.unsupported(\"" + field.name() + "\");");
        out.line("}");
      }
    }
    if (!struct.flexible().isEmpty()) {
      out.beginIf(conditions.flexible());
      tags();
      if (!conditions.flexible().equals("true")) {
        out.line("} else if (!this.unknownTaggedFields.isEmpty()) {");
        out.line("throw out.unsupported(\"tagged fields\");");
      }
      out.endIf(conditions.flexible());
    }
    out.line("}");
    for (FieldSpec field : knownTags()) {
      if (field.type().kind().fixedBytes() < 0) {
        out.blank();
        out.line("private void " + putMethod(field) + "(WireOutput out, short version) {");
        value(field);
        out.line("}");
      }
    }
  }

  private void placed(List<FieldSpec> group) {
    String exists = conditions.exists(group.get(0));
    List<FieldSpec> kept = group.stream().filter(field -> !field.ignorable()).toList();
    if (exists.equals("false")) {
      kept.forEach(this::refuseUnlessDefault);
      return;
    }
    out.beginIf(exists);
    group.forEach(this::value);
    if (!exists.equals("true") && !kept.isEmpty()) {
      out.line("} else {");
      kept.forEach(this::refuseUnlessDefault);
    }
    out.endIf(exists);
  }

  private void refuseUnlessDefault(FieldSpec field) {
    out.line("if (!(" + field.isDefault() + ")) {");
    out.line("throw out.unsupported(\"" + field.name() + "\");");
    out.line("}");
  }

  private List<FieldSpec> knownTags() {
    return struct.taggedFields().stream().filter(field -> !field.versions().isEmpty()).toList();
  }

  private void tags() {
    List<FieldSpec> known = knownTags();
    if (known.isEmpty()) {
      out.line("out.tagCount(0, this.unknownTaggedFields);");
      out.line("out.unknownTags(this.unknownTaggedFields, 0);");
      return;
    }
    out.line("int tags = 0;");
    for (FieldSpec field : known) {
      String exists = field.versions().condition(struct.flexible());
      out.line(
          ("boolean " + present(field) + " = ")
              + (exists.equals("true") ? "" : exists + " && ")
              + ("!(" + field.isDefault() + ");"));
      out.line("tags += " + present(field) + " ? 1 : 0;");
    }
    out.line("out.tagCount(tags, this.unknownTaggedFields);");
    out.line("int unknown = 0;");
    for (FieldSpec field : known) {
      out.line("if (" + present(field) + ") {");
      out.line(
          "unknown = out.unknownTagsBefore("
              + (field.tag() + ", this.unknownTaggedFields, unknown);"));
      tagged(field);
      out.line("}");
    }
    out.line("out.unknownTags(this.unknownTaggedFields, unknown);");
  }

  private void tagged(FieldSpec field) {
    int fixed = field.type().kind().fixedBytes();
    if (fixed >= 0) {
      out.line("out.tag(" + field.tag() + ", " + fixed + ");");
      value(field);
      return;
    }
    out.line("WireSizer sizer = out.sizer();");
    out.line(putMethod(field) + "(sizer, version);");
    out.line("out.tag(" + field.tag() + ", sizer.size());");
    out.line(putMethod(field) + "(out, version);");
  }

  private static String present(FieldSpec field) {
    return field.name() + "Present";
  }

  private static String putMethod(FieldSpec field) {
    return "put" + Character.toUpperCase(field.name().charAt(0)) + field.name().substring(1);
  }

  private void value(FieldSpec field) {
    FieldType type = field.type();
    String value = "this." + field.name();
    String name = "\"" + field.name() + "\"";
    String nullable = conditions.nullable(field);
    String flexible = conditions.flexible(field);
    if (type.isArray()) {
      array(field, flexible, nullable);
    } else if (type.isStruct()) {
      String present = "out." + Conditions.presentMethod(field);
      out.line("if (" + present + "(" + nullable + ", " + value + ", " + name + ")) {");
      out.line("out.enter(" + name + ");");
      out.line(value + ".put(out, version);");
      out.line("out.leave();");
      out.line("}");
    } else {
      out.line(scalar(type, flexible, nullable, value, name));
    }
  }

  private void array(FieldSpec field, String flexible, String nullable) {
    FieldType element = field.type().element();
    String value = "this." + field.name();
    String name = "\"" + field.name() + "\"";
    String guard = nullable.equals("false") ? "true" : value + " != null";
    out.line("out.arrayLength(" + flexible + ", " + nullable + ", " + value + ", " + name + ");");
    out.beginIf(guard);
    if (element.isStruct()) {
      out.line("out.enter(" + name + ");");
    }
    out.line("for (" + element.java() + " element : " + value + ") {");
    out.line(
        element.isStruct()
            ? "element.put(out, version);"
            : scalar(element, flexible, "false", "element", name));
    out.line("}");
    if (element.isStruct()) {
      out.line("out.leave();");
    }
    out.endIf(guard);
  }

  private static String scalar(
      FieldType type, String flexible, String nullable, String value, String name) {
    String call = "out." + type.kind().method() + "(";
    return switch (type.kind()) {
      case STRING, BYTES, RECORDS ->
          call + flexible + ", " + nullable + ", " + value + ", " + name + ");";
      case UINT16, UINT32, UUID -> call + value + ", " + name + ");";
      default -> call + value + ");";
    };
  }
}
