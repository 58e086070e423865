package io.gofka.protocol.codegen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Content;
import io.gofka.protocol.GofkaObjects;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import java.io.File;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateProtocolTest {
  /** Every type in every position a schema allows, also those that Kafka doesn't use today. */
  private static final String EVERYTHING =
      """
      {
        "type": "data", "name": "Everything", "validVersions": "0-3", "flexibleVersions": "2+",
        "commonStructs": [
          { "name": "Point", "versions": "0+", "fields": [
            { "name": "X", "type": "int32", "versions": "0+" },
            { "name": "Label", "type": "string", "versions": "1+", "nullableVersions": "2+" },
            { "name": "Note", "type": "string", "versions": "3+", "taggedVersions": "3+",
              "tag": 0, "default": "none" } ] }
        ],
        "fields": [
          { "name": "Yes", "type": "bool", "versions": "0+", "default": "true" },
          { "name": "Tiny", "type": "int8", "versions": "0+", "default": "-128" },
          { "name": "Small", "type": "int16", "versions": "1+", "ignorable": true },
          { "name": "Port", "type": "uint16", "versions": "0+" },
          { "name": "Crc", "type": "uint32", "versions": "0-2", "default": "4294967295" },
          { "name": "Ratio", "type": "float64", "versions": "0+", "default": "0.5" },
          { "name": "Id", "type": "uuid", "versions": "1-2" },
          { "name": "Raw", "type": "bytes", "versions": "0+", "nullableVersions": "1+" },
          { "name": "Records", "type": "records", "versions": "0+", "nullableVersions": "0+" },
          { "name": "Flags", "type": "[]bool", "versions": "0+", "nullableVersions": "2+" },
          { "name": "Ports", "type": "[]uint16", "versions": "0+" },
          { "name": "Crcs", "type": "[]uint32", "versions": "0+" },
          { "name": "Ratios", "type": "[]float64", "versions": "0+" },
          { "name": "Ids", "type": "[]uuid", "versions": "0+" },
          { "name": "Raws", "type": "[]bytes", "versions": "0+" },
          { "name": "Here", "type": "Point", "versions": "0+" },
          { "name": "There", "type": "Point", "versions": "1+", "nullableVersions": "1+",
            "default": "null" },
          { "name": "Path", "type": "[]Point", "versions": "0+", "mapKey": false },
          { "name": "Goal", "type": "Point", "versions": "2+", "taggedVersions": "2+", "tag": 0 },
          { "name": "Hops", "type": "[]Hop", "versions": "2+", "taggedVersions": "2+", "tag": 2,
            "fields": [ { "name": "At", "type": "Point", "versions": "2+" } ] },
          { "name": "Weight", "type": "float64", "versions": "3+", "taggedVersions": "3+",
            "tag": 1, "ignorable": true },
          { "name": "Maybe", "type": "Point", "versions": "3+", "nullableVersions": "3+",
            "taggedVersions": "3+", "tag": 3, "default": "null" },
          { "name": "Old", "type": "string", "versions": "0+", "flexibleVersions": "none" }
        ]
      }
      """;

  /** A struct that contains itself, with a name from java.lang. */
  private static final String TREE =
      """
      {
        "type": "data", "name": "Tree", "validVersions": "0", "flexibleVersions": "0+",
        "fields": [ { "name": "Root", "type": "Node", "versions": "0+", "fields": [
          { "name": "Children", "type": "[]Node", "versions": "0+" } ] } ]
      }
      """;

  @TempDir Path folder;

  @Test
  void everyTypeCompilesWithoutWarningAndComesBackInEveryVersion() throws Exception {
    Path schemas = Files.createDirectories(folder.resolve("schemas"));
    Files.writeString(schemas.resolve("Everything.json"), EVERYTHING);
    Files.writeString(schemas.resolve("Tree.json"), TREE);
    Path sources = generate(schemas);
    Path classes = compile(sources);

    MessageSpec spec = new SchemaReader().read(EVERYTHING).orElseThrow();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      Class<? extends ApiMessage> type =
          loader.loadClass(MessageGenerator.PACKAGE + ".Everything").asSubclass(ApiMessage.class);
      for (short version = 0; version <= 3; version++) {
        for (int trial = 0; trial < 50; trial++) {
          assertComesBack(spec, type, version, new Random(version * 1000L + trial));
        }
      }
    }
  }

  static void assertComesBack(
      MessageSpec spec, Class<? extends ApiMessage> type, short version, Random random)
      throws ReflectiveOperationException {
    Content content = Content.random(SpecShapes.of(spec, version), random, 1);
    ApiMessage message = GofkaObjects.create(type, content);
    byte[] bytes = GofkaObjects.write(message, version);
    ApiMessage read = GofkaObjects.read(type, Unpooled.wrappedBuffer(bytes), version);
    assertEquals(GofkaObjects.content(message), GofkaObjects.content(read));
    assertEquals(message, read);
    assertEquals(message.hashCode(), read.hashCode());
    assertEquals(bytes.length, message.size(version));
    assertArrayEquals(bytes, GofkaObjects.write(read, version));
  }

  @Test
  void unchangedFilesAreLeftAloneAndThoseOfRemovedSchemasDeleted() throws Exception {
    Path schemas = Files.createDirectories(folder.resolve("schemas"));
    Files.writeString(schemas.resolve("Tree.json"), TREE);
    Files.writeString(schemas.resolve("Everything.json"), EVERYTHING);
    Path sources = generate(schemas);
    Path tree = sources.resolve("io/gofka/protocol/message/Tree.java");
    Path everything = sources.resolve("io/gofka/protocol/message/Everything.java");
    FileTime longAgo = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(tree, longAgo);
    assertTrue(Files.exists(everything));

    Files.delete(schemas.resolve("Everything.json"));
    generate(schemas);
    assertEquals(longAgo, Files.getLastModifiedTime(tree));
    assertTrue(Files.notExists(everything));

    Files.writeString(schemas.resolve("Tree.json"), TREE.replace("Children", "Kids"));
    generate(schemas);
    assertTrue(Files.readString(tree).contains("kids"));
  }

  @Test
  void folderThatIsMissingIsEmpty() throws Exception {
    Path sources = generate(folder.resolve("nowhere"));
    assertTrue(Files.readString(sources.resolve("io/gofka/protocol/ApiKey.java")).contains("enum"));
  }

  @Test
  void requestNeedsItsResponseInTheSameVersions() throws Exception {
    Path schemas = Files.createDirectories(folder.resolve("schemas"));
    String request =
        """
        { "type": "request", "name": "PingRequest", "apiKey": 3, "listeners": ["broker"],
          "validVersions": "0-1", "flexibleVersions": "1+", "fields": [] }
        """;
    Files.writeString(schemas.resolve("PingRequest.json"), request);
    assertThrows(SchemaException.class, () -> generate(schemas));
    String response = request.replace("request", "response").replace("Request", "Response");
    Path file = schemas.resolve("PingResponse.json");
    Files.writeString(file, response.replace("0-1", "0-2"));
    assertThrows(SchemaException.class, () -> generate(schemas));
    Files.writeString(file, response);
    Path apiKey = generate(schemas).resolve("io/gofka/protocol/ApiKey.java");
    assertTrue(Files.readString(apiKey).contains("PING(3, \"Ping\", 0, 1, 1, true, false);"));
  }

  @Test
  void twoSchemasOfOneNameAreRefused() throws Exception {
    Path schemas = Files.createDirectories(folder.resolve("schemas"));
    Files.writeString(schemas.resolve("Tree.json"), TREE);
    Files.writeString(schemas.resolve("Bush.json"), TREE);
    SchemaException e = assertThrows(SchemaException.class, () -> generate(schemas));
    assertEquals("two schemas describe Tree", e.getMessage());
  }

  private Path generate(Path schemas) throws Exception {
    Path output = folder.resolve("generated");
    GenerateProtocol.main(new String[] {schemas.toString(), output.toString()});
    return output;
  }

  private Path compile(Path sources) throws Exception {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    String classPath =
        Stream.of(ApiMessage.class, ByteBuf.class, ReferenceCounted.class)
            .map(
                type ->
                    new File(type.getProtectionDomain().getCodeSource().getLocation().getPath()))
            .map(File::toString)
            .collect(Collectors.joining(File.pathSeparator));
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter problems = new StringWriter();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(sources.resolve("io/gofka/protocol/message"))) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    try (StandardJavaFileManager manager = javac.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              ("-Xlint:all,-processing,-classfile,-serial,-path -Werror -proc:none --release 17 -d "
                      + classes)
                  .split(" "));
      boolean compiled =
          javac
              .getTask(
                  problems,
                  manager,
                  null,
                  Stream.concat(options.stream(), Stream.of("-cp", classPath)).toList(),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      assertTrue(compiled, problems::toString);
    }
    return classes;
  }
}
