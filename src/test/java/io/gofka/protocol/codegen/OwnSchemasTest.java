package io.gofka.protocol.codegen;

import io.gofka.protocol.ApiMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages that only we have; nobody else can say what their bytes should be. */
class OwnSchemasTest {
  private static final Path SCHEMAS = Path.of("src/main/resources/schemas");
  private static final int TRIALS = 50;

  @Test
  void everyMessageOfOursComesBackInEveryVersion() throws Exception {
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        MessageSpec spec = new SchemaReader().read(file).orElseThrow();
        Class<? extends ApiMessage> type =
            Class.forName(MessageGenerator.PACKAGE + "." + spec.name())
                .asSubclass(ApiMessage.class);
        Versions versions = spec.root().versions();
        for (int version = versions.lowest(); version <= versions.highest(); version++) {
          for (int trial = 0; trial < TRIALS; trial++) {
            GenerateProtocolTest.assertComesBack(
                spec, type, (short) version, new Random(version * 1000L + trial));
          }
        }
      }
    }
  }
}
