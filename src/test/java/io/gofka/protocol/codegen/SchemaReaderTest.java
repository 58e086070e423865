package io.gofka.protocol.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SchemaReaderTest {
  private static final ObjectMapper LENIENT =
      new ObjectMapper().enable(JsonParser.Feature.ALLOW_SINGLE_QUOTES);

  private final SchemaReader reader = new SchemaReader();

  @Test
  void commentsAreReadOver() throws Exception {
    MessageSpec message =
        reader
            .read(
                """
                // A comment.
                {
                  "type": "data", "name": "Thing", // another
                  "validVersions": "0-2", "flexibleVersions": "1+",
                  "fields": [ { "name": "Count", "type": "int32", "versions": "0+" } ]
                }
                """)
            .orElseThrow();
    assertEquals("Thing", message.name());
    assertEquals(-1, message.apiKey());
    assertEquals(new Versions(1, 2), message.root().flexible());
    assertEquals("count", message.root().fields().get(0).name());
  }

  @Test
  void messageWithoutAVersionIsNoMessage() throws Exception {
    assertTrue(
        reader
            .read("{'type':'data','name':'Gone','validVersions':'none'}".replace('\'', '"'))
            .isEmpty());
  }

  @Test
  void fieldWithoutVersionsHasThoseInWhichItIsTagged() throws Exception {
    FieldSpec field =
        only("{'name':'A','type':'int64','taggedVersions':'1+','tag':0,'default':-1}");
    assertEquals(new Versions(1, 2), field.versions());
    assertEquals("-1L", field.javaDefault());
  }

  @Test
  void defaultsAreWrittenAsJava() throws Exception {
    assertEquals("0", only("{'name':'A','type':'int32'}").javaDefault());
    assertEquals("2147483647", withDefault("int32", "'0x7fffffff'").javaDefault());
    assertEquals("(short) -1", withDefault("int16", "'-1'").javaDefault());
    assertEquals("true", withDefault("bool", "true").javaDefault());
    assertEquals("\"x\"", withDefault("string", "'x'").javaDefault());
    assertEquals("Uuids.ZERO", only("{'name':'A','type':'uuid'}").javaDefault());
    assertEquals("new ArrayList<>(0)", only("{'name':'A','type':'[]int8'}").javaDefault());
    assertEquals("null", only("{'name':'A','type':'records'}").javaDefault());
  }

  @Test
  void textNullIsADefaultAndLiteralNullIsNone() throws Exception {
    String field = "{'name':'A','type':'string','nullableVersions':'0+','default':%s}";
    assertEquals("null", only(field.formatted("'null'")).javaDefault());
    assertEquals("\"\"", only(field.formatted("null")).javaDefault());
  }

  @Test
  void defaultThatDoesNotFitIsRefused() {
    assertRefused("{'name':'A','type':'int32','default':'many'}");
    assertRefused("{'name':'A','type':'bool','default':'1'}");
    assertRefused("{'name':'A','type':'int32','default':'null'}");
    assertRefused("{'name':'A','type':'[]int32','default':'1'}");
    assertRefused("{'name':'A','type':'int8','default':'300'}");
    assertRefused("{'name':'A','type':'uint32','default':'-1'}");
    assertRefused("{'name':'A','type':'string','default':'null'}");
  }

  @Test
  void whatTheGeneratorDoesNotKnowStopsIt() {
    assertRefused("{'name':'A','type':'int32','surprise':1}");
    assertRefused("{'name':'A','type':'int128'}");
    assertRefused("{'name':'A','type':'Missing'}");
    assertRefused("{'name':'A','type':'[][]int32'}");
    assertRefused("{'name':'A','type':'int32','nullableVersions':'0+'}");
    assertRefused("{'name':'Class','type':'int32'}");
    assertRefused("{'name':'HashCode','type':'int32'}");
    assertRefused("{'name':'ApiKey','type':'int32'}");
    assertRefused("{'name':'A','type':'int32'},{'name':'A','type':'int8'}");
  }

  @Test
  void tagsAreNumberedFromZeroInFlexibleVersionsOnly() {
    assertRefused("{'name':'A','type':'int32','tag':1,'taggedVersions':'1+'}");
    assertRefused("{'name':'A','type':'int32','tag':0,'taggedVersions':'0+'}");
    assertRefused("{'name':'A','type':'int32','tag':0}");
    assertRefused("{'name':'A','type':'int32','versions':'1+','taggedVersions':'1+'}");
    assertRefused("{'name':'A','type':'int32','versions':'1+','tag':0,'taggedVersions':'2+'}");
  }

  @Test
  void arrayOfElementsWithoutBytesIsRefused() {
    // In version 0, which isn't flexible, each element would take no byte at all.
    assertRefused(
        "{'name':'A','type':'[]B','fields':[{'name':'C','type':'int32','versions':'1+'}]}");
  }

  @Test
  void elementsHaveTheFewestBytesOfAnyVersion() throws Exception {
    MessageSpec message =
        message(
            "{'name':'A','type':'[]B','fields':["
                + "{'name':'C','type':'int32','versions':'0+'},"
                + "{'name':'D','type':'uuid','versions':'2+'},"
                + "{'name':'E','type':'string','versions':'1+'}]}");
    FieldType element = message.root().fields().get(0).type().element();
    assertEquals(4, message.minBytes(element, new Versions(0, 2)));
    assertEquals(4 + 1 + 1, message.minBytes(element, new Versions(1, 1)));
    assertEquals(4 + 16 + 1 + 1, message.minBytes(element, new Versions(2, 2)));
  }

  @Test
  void messageThatContainsItselfIsMeasured() throws Exception {
    MessageSpec message =
        message(
            "{'name':'A','type':'B','fields':[{'name':'Children','type':'[]B','versions':'0+'}]}");
    assertEquals(1, message.minBytes(message.root().fields().get(0).type(), new Versions(0, 0)));
  }

  private FieldSpec withDefault(String type, String value) throws IOException {
    return only("{'name':'A','type':'" + type + "','default':" + value + "}");
  }

  private FieldSpec only(String field) throws IOException {
    return message(field).root().fields().get(0);
  }

  private void assertRefused(String fields) {
    assertThrows(SchemaException.class, () -> message(fields), fields);
  }

  /** Versions 0 to 2, flexible from 1 on; fields are everywhere unless they say otherwise. */
  private MessageSpec message(String fields) throws IOException {
    JsonNode parsed = LENIENT.readTree("[" + fields + "]");
    for (JsonNode field : parsed) {
      if (!field.has("versions") && !field.has("taggedVersions")) {
        ((ObjectNode) field).put("versions", "0+");
      }
    }
    ObjectNode schema =
        LENIENT
            .createObjectNode()
            .put("type", "data")
            .put("name", "Thing")
            .put("validVersions", "0-2")
            .put("flexibleVersions", "1+");
    schema.set("fields", parsed);
    return reader.read(schema.toString()).orElseThrow();
  }
}
