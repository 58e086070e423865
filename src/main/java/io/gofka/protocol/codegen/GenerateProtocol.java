package io.gofka.protocol.codegen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Build step: reads all schemas of the given folders and writes the Java for them. A file is
 * written only when its content changed and deleted when its schema is gone, so that a second build
 * compiles nothing anew.
 */
public final class GenerateProtocol {
  private GenerateProtocol() {}

  /**
   * The build step.
   *
   * @param args one or more folders of schemas (those that don't exist are empty), then the output
   *     folder
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      throw new IllegalArgumentException("usage: <schemas>... <output folder>");
    }
    List<Path> folders = Stream.of(args).limit(args.length - 1L).map(Path::of).toList();
    write(Path.of(args[args.length - 1]), generate(folders));
  }

  /** All generated files: path below the output folder and content. */
  static Map<Path, String> generate(List<Path> folders) throws IOException {
    List<MessageSpec> messages = new ArrayList<>();
    SchemaReader reader = new SchemaReader();
    for (Path file : schemaFiles(folders)) {
      reader.read(file).ifPresent(messages::add);
    }
    Map<Path, String> files = new TreeMap<>();
    for (MessageSpec message : messages) {
      Path path = javaFile(MessageGenerator.PACKAGE, message.name());
      if (files.put(path, new MessageGenerator(message).generate()) != null) {
        throw new SchemaException("two schemas describe " + message.name());
      }
    }
    files.put(
        javaFile(ApiKeyGenerator.PACKAGE, "ApiKey"), new ApiKeyGenerator(messages).generate());
    return files;
  }

  private static List<Path> schemaFiles(List<Path> folders) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> listing = Files.list(folder)) {
          listing.filter(file -> file.toString().endsWith(".json")).sorted().forEach(files::add);
        }
      }
    }
    return files;
  }

  private static Path javaFile(String javaPackage, String name) {
    return Path.of(javaPackage.replace('.', '/'), name + ".java");
  }

  private static void write(Path output, Map<Path, String> files) throws IOException {
    Files.createDirectories(output);
    try (Stream<Path> present = Files.walk(output)) {
      for (Path file : present.filter(Files::isRegularFile).toList()) {
        if (!files.containsKey(output.relativize(file))) {
          Files.delete(file);
        }
      }
    }
    for (Map.Entry<Path, String> entry : files.entrySet()) {
      Path file = output.resolve(entry.getKey());
      if (!Files.exists(file) || !Files.readString(file).equals(entry.getValue())) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, entry.getValue());
      }
    }
  }
}
