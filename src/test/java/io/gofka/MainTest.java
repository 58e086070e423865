package io.gofka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.node.FileDataDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real process, as far as it comes without serving anybody. */
class MainTest {
  private static final int TIMEOUT_SECONDS = 60;

  @TempDir private Path folder;
  private final List<String> jvmOptions = new ArrayList<>(List.of("-Xmx128m"));

  private record Ended(int exitCode, List<String> errors) {}

  @Test
  void wrongOptionEndsWithTwoAndTheUsage() throws Exception {
    assertEquals(
        new Ended(
            2,
            List.of(
                "Unknown option: '--foo'", "Usage: gofka [-hV] [COMMAND]", "Try 'gofka --help'.")),
        run("--foo"));
  }

  @Test
  void wrongConfigurationEndsWithOneAndALine() throws Exception {
    Path missing = folder.resolve("missing.yaml");
    assertEquals(
        new Ended(
            1,
            List.of(
                "The configuration has a mistake:", "  " + missing + ": there is no such file")),
        run("server", "--config", missing.toString()));
  }

  @Test
  void dataDirectoryInUseEndsWithOneAndASentence() throws Exception {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file, "server.data_dir: " + folder + "\nkafka.listeners: PLAINTEXT://127.0.0.1:0");
    try (FileDataDirectory held = FileDataDirectory.open(folder)) {
      assertEquals(
          new Ended(
              1,
              List.of(
                  "The data directory "
                      + held.path()
                      + " is used by another Gofka process (pid "
                      + ProcessHandle.current().pid()
                      + ").")),
          run("server", "--config", file.toString()));
    }
  }

  @Test
  void whatLibrariesLogOfACommandStaysOutOfItsOutput() throws Exception {
    jvmOptions.add("-Dio.netty.eventLoopThreads=few"); // Netty warns of it.
    Ended ended = run("cluster", "--json", "--bootstrap", "127.0.0.1:1", "--timeout", "1");

    assertTrue(String.join("\n", ended.errors).contains("eventLoopThreads"), ended.toString());
    assertEquals("", Files.readString(folder.resolve("stdout")));
  }

  private Ended run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Path errors = folder.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("stdout").toFile())
            .redirectError(errors.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(GOFKA|SERVER|KAFKA)_.*"));
    Process process = builder.start();
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + command);
      }
      return new Ended(
          process.exitValue(), Files.readString(errors, StandardCharsets.UTF_8).lines().toList());
    } finally {
      process.destroyForcibly();
    }
  }
}
