package io.gofka.system.process;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Command lines of JVMs. Every one names its heap: many run on one machine at the same time. */
public final class Java {
  private static final String EXECUTABLE =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private static final Pattern GOFKA_JAR = Pattern.compile(".*/gofka[^/]*\\.jar");

  private Java() {}

  /** {@code java -Xmx…} and further options. */
  public static List<String> command(String heap, List<String> options) {
    var command = new ArrayList<String>();
    command.add(EXECUTABLE);
    command.add("-Xmx" + heap);
    command.addAll(options);
    return command;
  }

  /** A main class of this project's tests, or of Kafka, on the test class path. */
  public static List<String> onTestClassPath(String heap, String mainClass, List<String> args) {
    return onClassPath(testClassPath(), heap, mainClass, args);
  }

  /** A main class on a class path of its own. */
  public static List<String> onClassPath(
      String classPath, String heap, String mainClass, List<String> args) {
    // Short-lived programs on two cores: they finish before the second compiler would pay.
    var command =
        command(heap, List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath));
    command.add(mainClass);
    command.addAll(args);
    return command;
  }

  /**
   * The class path of the tests, also when the test runner has put it into a jar's manifest, and
   * without Gofka's own classes: Kafka's programs are to find nothing of ours.
   */
  public static String testClassPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(all.split(File.pathSeparator))
        .filter(entry -> !entry.endsWith("target/classes") && !GOFKA_JAR.matcher(entry).matches())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
