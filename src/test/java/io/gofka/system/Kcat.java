package io.gofka.system;

import io.gofka.system.process.ForkedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program kcat: librdkafka on the command line. */
final class Kcat {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Kcat() {}

  /** Whether the machine has kcat; says so on standard error when it has not. */
  static boolean isInstalled() {
    boolean installed =
        List.of(System.getenv("PATH").split(":")).stream()
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kcat")));
    if (!installed) {
      System.err.println("SKIPPED: kcat is not installed (apt-get install kcat)");
    }
    return installed;
  }

  static ForkedProcess start(String bootstrap, Path in, String... args) {
    var command = new ArrayList<>(List.of("kcat", "-b", bootstrap));
    command.addAll(List.of(args));
    return ForkedProcess.start(command, Map.of(), in);
  }

  /** Runs kcat with a file as its standard input, and asks for a good end. */
  static String run(String bootstrap, Path in, String... args) {
    try (var kcat = start(bootstrap, in, args)) {
      var result = kcat.await(LIMIT);
      if (result.exitCode() != 0) {
        throw new AssertionError(
            "kcat " + List.of(args) + " ended with " + result.exitCode() + ":\n" + result.all());
      }
      return result.out();
    }
  }
}
