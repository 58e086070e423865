package io.gofka.protocol.codegen;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.SourceVersion;

/** Reads a schema in Kafka's form: JSON with {@code //} comments. */
final class SchemaReader {
  private static final Set<String> MESSAGE_KEYS =
      Set.of(
          "apiKey",
          "type",
          "name",
          "listeners",
          "validVersions",
          "flexibleVersions",
          "latestVersionUnstable",
          "fields",
          "commonStructs");
  private static final Set<String> FIELD_KEYS =
      Set.of(
          "name",
          "type",
          "versions",
          "nullableVersions",
          "taggedVersions",
          "tag",
          "flexibleVersions",
          "ignorable",
          "default",
          "about",
          "fields",
          "mapKey",
          "entityType",
          "zeroCopy");
  private static final Set<String> TYPES =
      Set.of("request", "response", "header", "data", "coordinator-key", "coordinator-value");

  /** Names that Java gives a meaning of its own when they are methods without parameters. */
  private static final Set<String> TAKEN =
      Set.of(
          "hashCode",
          "toString",
          "getClass",
          "notify",
          "notifyAll",
          "wait",
          "clone",
          "finalize",
          "unknownTaggedFields",
          "isDefault");

  private static final Set<String> TAKEN_IN_MESSAGES =
      Set.of("apiKey", "lowestSupportedVersion", "highestSupportedVersion");

  private final ObjectMapper json = new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);

  /** The message, or nothing for one that has no version left. */
  Optional<MessageSpec> read(Path file) throws IOException {
    try {
      return read(Files.readString(file));
    } catch (SchemaException e) {
      throw new SchemaException(file.getFileName() + ": " + e.getMessage());
    }
  }

  Optional<MessageSpec> read(String text) throws IOException {
    JsonNode schema = json.readTree(text);
    checkKeys(schema, MESSAGE_KEYS);
    Versions valid = Versions.parse(required(schema, "validVersions"));
    String type = required(schema, "type");
    if (!TYPES.contains(type)) {
      throw new SchemaException("unknown type " + type);
    }
    if (valid.isEmpty()) {
      return Optional.empty();
    }
    Versions flexible = Versions.parse(required(schema, "flexibleVersions")).intersect(valid);
    if (!flexible.isEmpty() && flexible.highest() != valid.highest()) {
      throw new SchemaException("flexible versions end before the valid ones");
    }
    Map<String, StructSpec> structs = new LinkedHashMap<>();
    for (JsonNode common : schema.path("commonStructs")) {
      Versions versions = Versions.parse(required(common, "versions")).intersect(valid);
      addStruct(required(common, "name"), versions, flexible, common.path("fields"), structs);
    }
    String name = required(schema, "name");
    addStruct(name, valid, flexible, schema.path("fields"), structs);
    StructSpec root = structs.remove(name);
    Set<String> listeners = new TreeSet<>();
    schema.path("listeners").forEach(listener -> listeners.add(listener.asText()));
    MessageSpec message =
        new MessageSpec(
            type,
            schema.path("apiKey").asInt(-1),
            listeners,
            schema.path("latestVersionUnstable").asBoolean(),
            root,
            structs);
    check(message);
    return Optional.of(message);
  }

  private static void addStruct(
      String name,
      Versions versions,
      Versions flexible,
      JsonNode fields,
      Map<String, StructSpec> structs) {
    if (structs.containsKey(name)) {
      throw new SchemaException("struct " + name + " is described twice");
    }
    structs.put(name, new StructSpec(name, versions, flexible, List.of())); // Keeps its place.
    List<FieldSpec> specs = new ArrayList<>();
    for (JsonNode field : fields) {
      FieldSpec spec = field(field, versions, flexible);
      specs.add(spec);
      if (field.has("fields")) {
        addStruct(
            spec.type().structName(), spec.versions(), flexible, field.get("fields"), structs);
      }
    }
    structs.put(
        name, new StructSpec(name, versions, flexible.intersect(versions), List.copyOf(specs)));
  }

  private static FieldSpec field(JsonNode field, Versions structVersions, Versions flexible) {
    checkKeys(field, FIELD_KEYS);
    String name = required(field, "name");
    String tagged = field.path("taggedVersions").asText("none");
    Versions versions =
        Versions.parse(field.has("versions") ? field.get("versions").asText() : tagged);
    Versions exists = versions.intersect(structVersions);
    String ownFlexible = field.path("flexibleVersions").asText("");
    JsonNode defaultNode = field.path("default");
    FieldSpec spec =
        new FieldSpec(
            Character.toLowerCase(name.charAt(0)) + name.substring(1),
            FieldType.parse(required(field, "type")),
            exists,
            Versions.parse(field.path("nullableVersions").asText("none")).intersect(exists),
            Versions.parse(tagged).intersect(exists),
            field.path("tag").asInt(-1),
            (ownFlexible.isEmpty() ? flexible : Versions.parse(ownFlexible)).intersect(exists),
            field.path("ignorable").asBoolean(),
            // The text "null" is the default null; the literal null means, in Kafka, that none is
            // given.
            defaultNode.isMissingNode() || defaultNode.isNull() ? "" : defaultNode.asText(),
            field.path("about").asText(""));
    checkField(spec, exists);
    return spec;
  }

  private static void checkField(FieldSpec field, Versions exists) {
    String name = field.name();
    if (SourceVersion.isKeyword(name) || TAKEN.contains(name)) {
      throw new SchemaException("field " + name + " cannot be a method's name");
    }
    if (field.isTagged() != !field.tagged().isEmpty() && !exists.isEmpty()) {
      throw new SchemaException("field " + name + " needs both tag and taggedVersions");
    }
    if (field.isTagged() && !field.tagged().containsAll(exists)) {
      throw new SchemaException("field " + name + " is tagged in some of its versions only");
    }
    if (field.isTagged() && !field.flexible().containsAll(exists)) {
      throw new SchemaException("field " + name + " is tagged in versions that aren't flexible");
    }
    if (!field.nullable().isEmpty() && field.type().kind().primitive()) {
      throw new SchemaException("field " + name + " cannot be null");
    }
    if (field.defaultsToNull() && !field.nullable().containsAll(exists)) {
      throw new SchemaException("field " + name + " cannot have default null");
    }
    String ignored = field.javaDefault(); // Throws when the default doesn't fit.
    if (ignored.isEmpty()) {
      throw new IllegalStateException("no default for " + name);
    }
  }

  private static void check(MessageSpec message) {
    List<StructSpec> all = new ArrayList<>(message.nested());
    all.add(message.root());
    for (StructSpec struct : all) {
      Set<String> names = new HashSet<>();
      int lastTag = -1;
      for (FieldSpec field : struct.taggedFields()) {
        if (field.tag() != lastTag + 1) {
          throw new SchemaException(struct.name() + ": tags must be 0, 1, 2 and so on");
        }
        lastTag = field.tag();
      }
      for (FieldSpec field : struct.fields()) {
        if (!names.add(field.name())) {
          throw new SchemaException(struct.name() + " has two fields " + field.name());
        }
        checkStructReference(message, struct, field);
      }
    }
    for (FieldSpec field : message.root().fields()) {
      if (TAKEN_IN_MESSAGES.contains(field.name())) {
        throw new SchemaException("field " + field.name() + " cannot be a method's name");
      }
    }
  }

  private static void checkStructReference(
      MessageSpec message, StructSpec struct, FieldSpec field) {
    String reference = field.type().structName();
    if (!reference.isEmpty() && !message.structs().containsKey(reference)) {
      throw new SchemaException(struct.name() + "." + field.name() + ": no struct " + reference);
    }
    if (!reference.isEmpty()
        && !message.structs().get(reference).versions().containsAll(field.versions())) {
      throw new SchemaException(
          struct.name() + "." + field.name() + " exists in versions that " + reference + " lacks");
    }
    if (field.type().isArray() && !field.versions().isEmpty()) {
      for (int v = field.versions().lowest(); v <= field.versions().highest(); v++) {
        if (message.minBytes(field.type().element(), new Versions(v, v)) == 0) {
          // Such an array would let a few bytes ask for any number of elements.
          throw new SchemaException(
              struct.name() + "." + field.name() + " has elements without bytes in version " + v);
        }
      }
    }
  }

  private static String required(JsonNode node, String key) {
    JsonNode value = node.get(key);
    if (value == null || !value.isValueNode()) {
      throw new SchemaException("no " + key + " in " + node.path("name").asText("the schema"));
    }
    return value.asText();
  }

  private static void checkKeys(JsonNode node, Set<String> known) {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw new SchemaException("unknown key " + key);
              }
            });
  }
}
