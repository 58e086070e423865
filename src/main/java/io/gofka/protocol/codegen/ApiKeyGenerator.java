package io.gofka.protocol.codegen;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Writes the enum of all APIs from their requests and responses. */
final class ApiKeyGenerator {
  static final String PACKAGE = "io.gofka.protocol";

  /**
   * Read by clients that don't know yet what the broker speaks, so its response has the oldest
   * header always.
   */
  private static final int API_VERSIONS = 18;

  private final List<MessageSpec> requests;
  private final Map<Integer, MessageSpec> responses = new TreeMap<>();
  private final CodeWriter out = new CodeWriter();

  ApiKeyGenerator(List<MessageSpec> messages) {
    requests =
        messages.stream()
            .filter(message -> message.type().equals("request"))
            .sorted(Comparator.comparingInt(MessageSpec::apiKey))
            .toList();
    for (MessageSpec message : messages) {
      if (message.type().equals("response") && responses.put(message.apiKey(), message) != null) {
        throw new SchemaException("two responses with API key " + message.apiKey());
      }
    }
    int last = -1;
    for (MessageSpec request : requests) {
      MessageSpec response = responses.get(request.apiKey());
      if (request.apiKey() <= last) {
        throw new SchemaException("two requests with API key " + request.apiKey());
      }
      if (response == null
          || !response.root().versions().equals(request.root().versions())
          || !response.root().flexible().equals(request.root().flexible())) {
        throw new SchemaException(request.name() + " has no response of the same versions");
      }
      last = request.apiKey();
    }
  }

  String generate() {
    out.line("package " + PACKAGE + ";").blank();
    out.line("import io.netty.buffer.ByteBuf;");
    out.line("import java.util.Optional;").blank();
    out.line("/** The APIs by their Kafka names, with their stable versions. Generated. */");
    out.line("public enum ApiKey {");
    for (int i = 0; i < requests.size(); i++) {
      out.line(constant(requests.get(i)) + (i + 1 < requests.size() ? "," : ";"));
    }
    out.blank();
    fields();
    lookup();
    versions();
    headers();
    dispatch("readRequest", "Request");
    dispatch("readResponse", "Response");
    out.line("}");
    return out.toString();
  }

  private static String constant(MessageSpec request) {
    Versions versions = request.root().versions();
    Versions flexible = request.root().flexible();
    int highestStable = versions.highest() - (request.latestVersionUnstable() ? 1 : 0);
    String api = apiName(request);
    return api.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT)
        + ("(" + request.apiKey() + ", \"" + api + "\", ")
        + (versions.lowest() + ", " + highestStable + ", ")
        + ((flexible.isEmpty() ? "Short.MAX_VALUE" : flexible.lowest()) + ", ")
        + (request.listeners().contains("broker") + ", ")
        + (request.listeners().contains("controller") + ")");
  }

  private static String apiName(MessageSpec request) {
    if (!request.name().endsWith("Request")) {
      throw new SchemaException(request.name() + " is a request, but not called one");
    }
    return request.name().substring(0, request.name().length() - "Request".length());
  }

  private void fields() {
    int highest = requests.isEmpty() ? -1 : requests.get(requests.size() - 1).apiKey();
    out.line("private static final ApiKey[] BY_ID = new ApiKey[" + (highest + 1) + "];").blank();
    out.line("static {");
    out.line("for (ApiKey api : values()) {");
    out.line("BY_ID[api.id] = api;");
    out.line("}");
    out.line("}").blank();
    out.line("private final short id;");
    out.line("private final String apiName;");
    out.line("private final short lowestVersion;");
    out.line("private final short highestVersion;");
    out.line("private final short flexibleFrom;");
    out.line("private final boolean onBroker;");
    out.line("private final boolean onController;").blank();
    out.line("ApiKey(");
    out.line("    int id,");
    out.line("    String apiName,");
    out.line("    int lowestVersion,");
    out.line("    int highestVersion,");
    out.line("    int flexibleFrom,");
    out.line("    boolean onBroker,");
    out.line("    boolean onController) {");
    out.line("this.id = (short) id;");
    out.line("this.apiName = apiName;");
    out.line("this.lowestVersion = (short) lowestVersion;");
    out.line("this.highestVersion = (short) highestVersion;");
    out.line("this.flexibleFrom = (short) flexibleFrom;");
    out.line("this.onBroker = onBroker;");
    out.line("this.onController = onController;");
    out.line("}").blank();
  }

  private void lookup() {
    out.line("/** The API with this number, if there is one. */");
    out.line("public static Optional<ApiKey> of(short id) {");
    out.line("return id < 0 || id >= BY_ID.length");
    out.line("    ? Optional.empty()");
    out.line("    : Optional.ofNullable(BY_ID[id]);");
    out.line("}").blank();
    getter("short", "id", "id", "The number in request headers.");
    getter("String", "apiName", "apiName", "Kafka's name in its documentation, as in ListOffsets.");
    getter("boolean", "onBroker", "onBroker", "Whether brokers answer it.");
    getter("boolean", "onController", "onController", "Whether controllers answer it.");
  }

  private void versions() {
    getter("short", "lowestVersion", "lowestVersion", "The lowest version there is.");
    getter("short", "highestVersion", "highestVersion", "The highest version that is stable.");
    out.line("/** Whether this version is there and stable. */");
    out.line("public boolean supports(short version) {");
    out.line("return version >= lowestVersion && version <= highestVersion;");
    out.line("}").blank();
    out.line("/** Whether this version has compact lengths and tagged fields (KIP-482). */");
    getter("boolean", "flexible(short version)", "version >= flexibleFrom", "");
  }

  private void headers() {
    out.line("/** The version of RequestHeader before a request of this version. */");
    getter(
        "short", "requestHeaderVersion(short version)", "(short) (flexible(version) ? 2 : 1)", "");
    out.line("/** The version of ResponseHeader before a response of this version. */");
    String flexible = "flexible(version) && id != " + API_VERSIONS;
    getter(
        "short", "responseHeaderVersion(short version)", "(short) (" + flexible + " ? 1 : 0)", "");
  }

  private void getter(String type, String method, String value, String javadoc) {
    if (!javadoc.isEmpty()) {
      out.line("/** " + javadoc + " */");
    }
    out.line("public " + type + " " + method + (method.endsWith(")") ? " {" : "() {"));
    out.line("return " + value + ";");
    out.line("}").blank();
  }

  private void dispatch(String method, String suffix) {
    out.line("/** Reads the body that follows the header; the input may have more behind it. */");
    out.line("public ApiMessage " + method + "(ByteBuf in, short version) {");
    out.line("switch (id) {");
    for (MessageSpec request : requests) {
      String type = MessageGenerator.PACKAGE + "." + apiName(request) + suffix;
      out.line("case " + request.apiKey() + ":");
      out.line("  return " + type + ".read(in, version);");
    }
    out.line("default:");
    out.line("  throw new IllegalStateException(\"no message for \" + this);");
    out.line("}");
    out.line("}").blank();
  }
}
