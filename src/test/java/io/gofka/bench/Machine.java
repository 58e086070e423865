package io.gofka.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures depend on, apart from the brokers. */
final class Machine {
  private static final Path CONGESTION_CONTROL =
      Path.of("/proc/sys/net/ipv4/tcp_congestion_control");

  private Machine() {}

  static String describe() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " processors, Java "
        + System.getProperty("java.version")
        + ", TCP "
        + congestionControl();
  }

  /** BBR sets a timer for every 64 KB that are sent, also to this machine: that outweighs much. */
  private static String congestionControl() {
    try {
      return Files.readString(CONGESTION_CONTROL).strip();
    } catch (IOException unknown) {
      return "unknown";
    }
  }
}
