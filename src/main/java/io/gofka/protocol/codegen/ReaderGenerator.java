package io.gofka.protocol.codegen;

import java.util.List;

/** Writes the constructor that reads a struct. */
final class ReaderGenerator {
  private final MessageSpec message;
  private final StructSpec struct;
  private final CodeWriter out;
  private final Conditions conditions;

  ReaderGenerator(MessageSpec message, StructSpec struct, CodeWriter out) {
    this.message = message;
    this.struct = struct;
    this.out = out;
    this.conditions = new Conditions(struct);
  }

  void constructor() {
    out.line("private " + struct.name() + "(WireReader in, short version) {");
    conditions.declareFlexible(out);
    for (List<FieldSpec> group : conditions.groups(struct.placedFields())) {
      placed(group);
    }
    for (FieldSpec field : struct.taggedFields()) {
      setDefault(field);
    }
    if (!struct.flexible().isEmpty()) {
      out.beginIf(conditions.flexible());
      tags();
      out.endIf(conditions.flexible());
    }
    out.line("}");
  }

  private void placed(List<FieldSpec> group) {
    String exists = conditions.exists(group.get(0));
    if (exists.equals("false")) {
      group.forEach(this::setDefault);
      return;
    }
    out.beginIf(exists);
    group.forEach(this::value);
    if (!exists.equals("true")) {
      out.line("} else {");
      group.forEach(this::setDefault);
    }
    out.endIf(exists);
  }

  private void setDefault(FieldSpec field) {
    out.line("this." + field.name() + " = " + field.javaDefault() + ";");
  }

  private void tags() {
    List<FieldSpec> known =
        struct.taggedFields().stream().filter(field -> !field.versions().isEmpty()).toList();
    if (known.isEmpty()) {
      out.line("this.unknownTaggedFields = in.unknownTags();");
      return;
    }
    out.line("int tags = in.tagCount();");
    out.line("int tag = -1;");
    out.line("for (int t = 0; t < tags; t++) {");
    out.line("tag = in.nextTag(tag);");
    String branch = "if (";
    for (FieldSpec field : known) {
      String exists = field.versions().condition(struct.flexible());
      out.line(
          branch
              + "tag == "
              + field.tag()
              + (exists.equals("true") ? "" : " && " + exists)
              + ") {");
      out.line("int outer = in.openTag(\"" + field.name() + "\");");
      value(field);
      out.line("in.closeTag(outer, \"" + field.name() + "\");");
      branch = "} else if (";
    }
    out.line("} else {");
    out.line("this.unknownTaggedFields = in.addUnknownTag(this.unknownTaggedFields, tag);");
    out.line("}");
    out.line("}");
  }

  private void value(FieldSpec field) {
    FieldType type = field.type();
    String target = "this." + field.name() + " = ";
    String name = "\"" + field.name() + "\"";
    String nullable = conditions.nullable(field);
    if (type.isArray()) {
      array(field, target, name, nullable);
    } else if (type.isStruct()) {
      out.line("in.enter(" + name + ");");
      String read = "new " + type.struct() + "(in, version)";
      out.line(
          target
              + (nullable.equals("false")
                  ? read
                  : "in."
                      + Conditions.presentMethod(field)
                      + "("
                      + nullable
                      + ", "
                      + name
                      + ") ? "
                      + read
                      + " : null")
              + ";");
      out.line("in.leave();");
    } else {
      out.line(target + scalar(type, conditions.flexible(field), nullable, name) + ";");
    }
  }

  private void array(FieldSpec field, String target, String name, String nullable) {
    FieldType element = field.type().element();
    String flexible = conditions.flexible(field);
    String count = field.name() + "Count";
    out.line(
        ("int " + count + " = in.arrayLength(" + flexible + ", " + nullable + ", ")
            + (message.minBytes(element, field.versions()) + ", " + name + ");"));
    if (!nullable.equals("false")) {
      out.line("if (" + count + " < 0) {");
      out.line(target + "null;");
      out.line("} else {");
    }
    out.line(target + "in.list(" + count + ");");
    if (element.isStruct()) {
      out.line("in.enter(" + name + ");");
    }
    out.line("for (int i = 0; i < " + count + "; i++) {");
    String value =
        element.isStruct()
            ? "new " + element.struct() + "(in, version)"
            : scalar(element, flexible, "false", name);
    out.line("this." + field.name() + ".add(" + value + ");");
    out.line("}");
    if (element.isStruct()) {
      out.line("in.leave();");
    }
    if (!nullable.equals("false")) {
      out.line("}");
    }
  }

  private static String scalar(FieldType type, String flexible, String nullable, String name) {
    String form = type.kind().fixedBytes() < 0 ? flexible + ", " + nullable + ", " : "";
    return "in." + type.kind().method() + "(" + form + name + ")";
  }
}
