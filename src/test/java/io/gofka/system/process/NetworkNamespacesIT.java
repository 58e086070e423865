package io.gofka.system.process;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The faults of the network are faults, and end. */
class NetworkNamespacesIT {
  private static final int PORT = 5_000;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Says so once it listens, and closes each connection as soon as it is there. */
  private static final String SERVER =
      "$| = 1; $s = IO::Socket::INET->new(LocalPort => "
          + PORT
          + ", Listen => 9, ReuseAddr => 1) or die; print qq(listening\\n);"
          + " while ($c = $s->accept) { close $c }";

  private static boolean connects(NetworkNamespaces hosts, int from, int to) {
    String connect = "exec 3<>/dev/tcp/" + hosts.address(to) + "/" + PORT;
    List<String> command = List.of("timeout", "2", "bash", "-c", connect);
    return ForkedProcess.run(hosts.on(from, command), LIMIT).exitCode() == 0;
  }

  @Test
  void connectionsAreCutInOneDirectionAndInBothAndAreLate() {
    Assumptions.assumeTrue(NetworkNamespaces.areAvailable(), "no network namespaces here");
    List<String> listen = List.of("perl", "-MIO::Socket::INET", "-e", SERVER);
    try (var hosts = NetworkNamespaces.create(3);
        var server = ForkedProcess.start(hosts.on(2, listen), Map.of(), null)) {
      Await.until("somebody listens", LIMIT, () -> server.out().contains("listening"));
      assertTrue(connects(hosts, 1, 2));

      hosts.cut(1, 2);
      assertFalse(connects(hosts, 1, 2));
      assertTrue(connects(hosts, 3, 2));
      hosts.healAll();

      hosts.cut(2, 1); // The answer is lost.
      assertFalse(connects(hosts, 1, 2));
      hosts.heal(2, 1);
      assertTrue(connects(hosts, 1, 2));

      hosts.isolate(2);
      assertFalse(connects(hosts, 1, 2));
      assertFalse(connects(hosts, 3, 2));
      hosts.healAll();

      Assumptions.assumeTrue(NetworkNamespaces.canDelay(), "no delay here");
      hosts.delay(2, 200, 50);
      long begin = System.nanoTime();
      assertTrue(connects(hosts, 1, 2));
      assertTrue(System.nanoTime() - begin >= Duration.ofMillis(400).toNanos());
      hosts.healAll();
      assertTrue(connects(hosts, 1, 2));
    }
  }
}
