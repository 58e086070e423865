package io.gofka.cli;

/** Which Gofka this is. */
final class Version {
  private Version() {}

  /** The version as the jar's manifest has it. */
  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(not from a jar)" : version;
  }

  /** One line for {@code gofka version}. */
  static String line() {
    return "gofka "
        + number()
        + " (Java "
        + System.getProperty("java.version")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ")";
  }
}
