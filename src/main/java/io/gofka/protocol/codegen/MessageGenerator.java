package io.gofka.protocol.codegen;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/** Writes the class of one message with all its structs. */
final class MessageGenerator {
  static final String PACKAGE = "io.gofka.protocol.message";

  private static final Set<String> IMPORTS =
      new TreeSet<>(
          Set.of(
              "io.gofka.common.Payload",
              "io.gofka.common.Uuids",
              "io.gofka.protocol.ApiMessage",
              "io.gofka.protocol.RawTaggedField",
              "io.gofka.protocol.WireOutput",
              "io.gofka.protocol.WireReader",
              "io.gofka.protocol.WireSizer",
              "io.gofka.protocol.WireText",
              "io.gofka.protocol.WireWriter",
              "io.netty.buffer.ByteBuf",
              "io.netty.buffer.Unpooled",
              "java.util.ArrayList",
              "java.util.List",
              "java.util.Objects",
              "java.util.UUID"));

  private final MessageSpec message;
  private final CodeWriter out = new CodeWriter();

  MessageGenerator(MessageSpec message) {
    this.message = message;
  }

  String generate() {
    Set<String> compared = structsComparedWithDefault();
    StructSpec root = message.root();
    out.line("public final class " + root.name() + " implements ApiMessage {");
    out.line("public static final short LOWEST_VERSION = " + root.versions().lowest() + ";");
    out.line("public static final short HIGHEST_VERSION = " + root.versions().highest() + ";");
    out.blank();
    struct(root, false);
    messageMethods(root.name());
    for (StructSpec struct : message.nested()) {
      out.blank();
      out.line("public static final class " + struct.name() + " {");
      struct(struct, compared.contains(struct.name()));
      out.line("}");
    }
    out.line("}");
    String body = out.toString();
    StringBuilder file = new StringBuilder("package " + PACKAGE + ";\n\n");
    for (String imported : IMPORTS) {
      String simple = imported.substring(imported.lastIndexOf('.') + 1);
      if (body.matches("(?s).*\\b" + simple + "\\b.*")) {
        file.append("import ").append(imported).append(";\n");
      }
    }
    return file.append("\n/** Generated from the schema of this name. */\n")
        .append(body)
        .toString();
  }

  private void struct(StructSpec struct, boolean comparedWithDefault) {
    new StructMembers(struct, out).declarations();
    out.blank();
    new ReaderGenerator(message, struct, out).constructor();
    out.blank();
    new WriterGenerator(struct, out).put();
    new StructMembers(struct, out).methods(comparedWithDefault);
  }

  private void messageMethods(String name) {
    String begin = "(\"" + name + "\", version, LOWEST_VERSION, HIGHEST_VERSION);";
    out.blank();
    out.line("public static " + name + " read(ByteBuf in, short version) {");
    out.line("return new " + name + "(");
    out.line("    new WireReader(in, \"" + name + "\", version, LOWEST_VERSION, HIGHEST_VERSION),");
    out.line("    version);");
    out.line("}").blank();
    out.line("@Override").line("public int size(short version) {");
    out.line("WireSizer sizer = new WireSizer();");
    out.line("sizer.begin" + begin);
    out.line("put(sizer, version);");
    out.line("return sizer.size();");
    out.line("}").blank();
    out.line("@Override").line("public void write(WireWriter out, short version) {");
    out.line("out.begin" + begin);
    out.line("put(out, version);");
    out.line("}").blank();
    constant("apiKey", String.valueOf(message.apiKey()));
    out.blank();
    constant("lowestSupportedVersion", "LOWEST_VERSION");
    out.blank();
    constant("highestSupportedVersion", "HIGHEST_VERSION");
  }

  private void constant(String method, String value) {
    out.line("@Override").line("public short " + method + "() {");
    out.line("return " + value + ";");
    out.line("}");
  }

  /**
   * Tagged structs, and those that may not be dropped, are compared with the default when written.
   */
  private Set<String> structsComparedWithDefault() {
    Set<String> found = new HashSet<>();
    Deque<FieldSpec> left = new ArrayDeque<>();
    left.addAll(message.root().fields());
    message.nested().forEach(struct -> left.addAll(struct.fields()));
    left.removeIf(field -> !field.isTagged() && (field.ignorable() || alwaysThere(field)));
    while (!left.isEmpty()) {
      FieldSpec field = left.pop();
      if (field.type().isStruct() && !field.defaultsToNull() && found.add(field.type().struct())) {
        left.addAll(message.structs().get(field.type().struct()).fields());
      }
    }
    return found;
  }

  private boolean alwaysThere(FieldSpec field) {
    return field.versions().equals(message.root().versions());
  }
}
