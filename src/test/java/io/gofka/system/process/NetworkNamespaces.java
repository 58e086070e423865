package io.gofka.system.process;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * One network namespace of Linux for each node, all on one bridge, with clients on the outside of
 * it: connections between nodes can be cut, in one direction too, while clients reach every node.
 *
 * <p>Needs root and iproute2, nothing else. Every host has a fixed hardware address and knows those
 * of the others without asking. A cut is a wrong address: what is sent to it goes to nobody, and
 * nobody is told, neither those who are connected nor those who connect.
 */
public final class NetworkNamespaces implements Hosts, AutoCloseable {
  private static final int ATTEMPTS = 50;
  private static final int NETWORKS = 250;
  private static final int NO_PROGRAM = 127;
  private static final int OUTSIDE = 254;
  private static final String NOBODY = "02:ff:ff:ff:ff:ff";

  private final int network;
  private final SortedSet<Integer> nodes = new TreeSet<>();
  private Process delaying;
  private int delayed;
  private final Thread onExit = new Thread(this::remove);

  private NetworkNamespaces(int network) {
    this.network = network;
  }

  /** Whether this machine lets us make namespaces; says why not on standard error. */
  public static boolean areAvailable() {
    String name = "gofka-probe-" + ProcessHandle.current().pid();
    ForkedProcess.Result made = run("ip", "netns", "add", name);
    run("ip", "netns", "delete", name);
    if (made.exitCode() != 0) {
      System.err.println("SKIPPED: no network namespaces (root and iproute2?): " + made.out());
    }
    return made.exitCode() == 0;
  }

  /** Whether {@link #delay} works here; says why not on standard error. */
  public static boolean canDelay() {
    boolean can = Files.exists(Path.of("/dev/net/tun")) && run("perl", "-v").exitCode() == 0;
    if (!can) {
      System.err.println("SKIPPED: no delay of the network (perl and /dev/net/tun?)");
    }
    return can;
  }

  /** Namespaces for the nodes 1 to {@code size}. */
  public static NetworkNamespaces create(int size) {
    var random = new SplittableRandom();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      var made = new NetworkNamespaces(random.nextInt(1, NETWORKS));
      // The bridge's name is the claim to the network's number.
      if (run("ip", "link", "add", made.bridge(), "type", "bridge").exitCode() == 0) {
        made.build(size);
        return made;
      }
    }
    throw new IllegalStateException("no network was made in " + ATTEMPTS + " attempts");
  }

  private void build(int size) {
    Runtime.getRuntime().addShutdownHook(onExit);
    must("ip", "link", "set", bridge(), "address", hardware(OUTSIDE));
    must("ip", "addr", "add", ip(OUTSIDE) + "/24", "dev", bridge());
    must("ip", "link", "set", bridge(), "up");
    for (int id = 1; id <= size; id++) {
      nodes.add(id);
      must("ip", "netns", "add", namespace(id));
      String outer = link(id);
      must(
          "ip",
          "link",
          "add",
          outer,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          namespace(id));
      must("ip", "link", "set", outer, "master", bridge(), "up");
      in(id, "link", "set", "lo", "up");
      in(id, "link", "set", "eth0", "address", hardware(id));
      in(id, "addr", "add", ip(id) + "/24", "dev", "eth0");
      in(id, "link", "set", "eth0", "up");
    }
    for (int id : nodes) {
      tell(id, OUTSIDE, hardware(OUTSIDE));
      nodes.stream().filter(other -> other != id).forEach(other -> heal(id, other));
      must(
          "ip",
          "neigh",
          "replace",
          ip(id),
          "lladdr",
          hardware(id),
          "dev",
          bridge(),
          "nud",
          "permanent");
    }
  }

  @Override
  public String address(int nodeId) {
    return ip(nodeId);
  }

  @Override
  public List<String> on(int nodeId, List<String> command) {
    var there = new ArrayList<>(List.of("ip", "netns", "exec", namespace(nodeId)));
    there.addAll(command);
    return there;
  }

  public SortedSet<Integer> nodes() {
    return nodes;
  }

  /** What {@code from} sends to {@code to} is lost from now on; not what comes back. */
  public void cut(int from, int to) {
    tell(from, to, NOBODY);
  }

  /** Ends {@link #cut}. */
  public void heal(int from, int to) {
    tell(from, to, hardware(to));
  }

  /** What a node sends to others is lost, and what they send to it. */
  public void isolate(int node) {
    nodes.stream()
        .filter(other -> other != node)
        .forEach(
            other -> {
              cut(node, other);
              cut(other, node);
            });
  }

  /**
   * A node's sending is slowed down to so much; what has queued up is late by that. Clients suffer,
   * too.
   */
  public void slow(int node, String rate) {
    must(
        "ip",
        "netns",
        "exec",
        namespace(node),
        "tc",
        "qdisc",
        "replace",
        "dev",
        "eth0",
        "root",
        "tbf",
        "rate",
        rate,
        "burst",
        "16kb",
        "latency",
        "400ms");
  }

  /**
   * What a node sends and gets is on its way for so long, and for up to the jitter longer, which
   * changes its order. By user space, since many kernels can't.
   */
  public void delay(int node, int delayMs, int jitterMs) {
    must("ip", "link", "add", slowBridge(), "type", "bridge");
    must("ip", "link", "set", slowBridge(), "up");
    try {
      delaying =
          new ProcessBuilder(
                  "perl",
                  Path.of(NetworkNamespaces.class.getResource("/system/delay.pl").toURI())
                      .toString(),
                  slowBridge() + "a",
                  slowBridge(),
                  slowBridge() + "b",
                  bridge(),
                  Integer.toString(delayMs),
                  Integer.toString(jitterMs))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (delaying.getInputStream().read() < 0) {
        throw new IllegalStateException("delay.pl ended");
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    delayed = node;
    must("ip", "link", "set", link(node), "master", slowBridge());
  }

  private void endDelay() {
    if (delaying == null) {
      return;
    }
    run("ip", "link", "set", link(delayed), "master", bridge());
    delaying.destroyForcibly();
    delaying = null;
    run("ip", "link", "delete", slowBridge());
  }

  /** Ends all that was done to the network. */
  public void healAll() {
    endDelay();
    for (int id : nodes) {
      nodes.stream().filter(other -> other != id).forEach(other -> heal(id, other));
      run("ip", "netns", "exec", namespace(id), "tc", "qdisc", "delete", "dev", "eth0", "root");
    }
  }

  private void tell(int node, int about, String hardware) {
    in(node, "neigh", "replace", ip(about), "lladdr", hardware, "dev", "eth0", "nud", "permanent");
  }

  private void in(int node, String... arguments) {
    var command = new ArrayList<>(List.of("ip", "-n", namespace(node)));
    command.addAll(List.of(arguments));
    must(command.toArray(String[]::new));
  }

  private String bridge() {
    return "gofka-br" + network;
  }

  private String slowBridge() {
    return "gofka-slow" + network;
  }

  private String link(int node) {
    return "gofka-" + network + "-" + node;
  }

  private String namespace(int node) {
    return "gofka-" + network + "-" + node;
  }

  private String ip(int host) {
    return "10.77." + network + "." + host;
  }

  private String hardware(int host) {
    return String.format("02:77:00:00:%02x:%02x", network, host);
  }

  private static void must(String... command) {
    ForkedProcess.Result result = run(command);
    if (result.exitCode() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + result.all());
    }
  }

  private static ForkedProcess.Result run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new ForkedProcess.Result(process.waitFor(), out.trim(), "");
    } catch (IOException noProgram) {
      return new ForkedProcess.Result(NO_PROGRAM, noProgram.toString(), "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted in " + String.join(" ", command), e);
    }
  }

  /** The nodes must have ended. */
  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(onExit);
    remove();
  }

  private void remove() {
    endDelay();
    for (int id : nodes) {
      run("ip", "link", "delete", link(id)); // A namespace may live on for a while.
      run("ip", "netns", "delete", namespace(id));
    }
    run("ip", "link", "delete", bridge());
  }
}
