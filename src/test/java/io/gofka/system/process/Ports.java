package io.gofka.system.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Free TCP ports that stay free: below the range the kernel takes outgoing ports from, so that a
 * broker can be killed and started again on its port while clients keep trying to reach it.
 */
public final class Ports {
  private static final int FIRST = 15_000;
  private static final int END = 32_000;
  private static final SplittableRandom RANDOM = new SplittableRandom();
  private static final Set<Integer> HANDED_OUT = new HashSet<>();

  private Ports() {}

  /** A port nobody listens on now, and that this JVM has not handed out before. */
  public static synchronized int free() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = RANDOM.nextInt(FIRST, END);
      if (HANDED_OUT.contains(port)) {
        continue;
      }
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        HANDED_OUT.add(socket.getLocalPort());
        return port;
      } catch (IOException taken) {
        // Try another one.
      }
    }
    throw new IllegalStateException("no free port between " + FIRST + " and " + END);
  }
}
