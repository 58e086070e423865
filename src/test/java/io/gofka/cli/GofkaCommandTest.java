package io.gofka.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.node.NodeConfig;
import io.gofka.node.NodeStarter;
import io.gofka.node.RunningNode;
import io.gofka.node.StartException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GofkaCommandTest {
  @TempDir private Path folder;

  private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();
  private final List<NodeConfig> started = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream runnerErrors = new ByteArrayOutputStream();
  private NodeStarter starter =
      config -> {
        started.add(config);
        return Future.succeededFuture(new Node());
      };

  @Test
  void withoutArgumentsAServerWithDefaultsRuns() {
    assertEquals(GofkaCommand.RUNNING, run(Map.of()));
    assertEquals("gofka-1", started.get(0).server().nodeId());
  }

  @Test
  void serverTakesItsFileFromTheOptionOrElseFromTheEnvironment() throws IOException {
    String first = Files.writeString(folder.resolve("a.yaml"), "server.id: 1").toString();
    String second = Files.writeString(folder.resolve("b.yaml"), "server.id: 2").toString();
    Map<String, String> environment = Map.of(ServerRunner.CONFIG_PATH_VARIABLE, second);
    assertEquals(GofkaCommand.RUNNING, run(environment, "server", "--config", first));
    assertEquals(GofkaCommand.RUNNING, run(environment, "server", "--config=" + first));
    assertEquals(GofkaCommand.RUNNING, run(environment, "server"));
    assertEquals(GofkaCommand.RUNNING, run(environment));
    assertEquals(
        List.of(1, 1, 2, 2),
        started.stream().map(config -> config.server().id().orElseThrow()).toList());
  }

  @Test
  void mistakesInTheConfigurationEndWithOneAndALineEach() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), "server.id: x\nserver.port: y");
    assertEquals(1, run(Map.of(), "server", "--config", file.toString()));
    assertEquals(
        List.of(
            "The configuration has 2 mistakes:",
            "  " + file + ":1: server.id is \"x\", allowed is a whole number from 0 to 2147483647",
            "  " + file + ":2: server.port is \"y\", allowed is a port, from 0 to 65535"),
        runnerErrors.toString(StandardCharsets.UTF_8).lines().toList());
    assertEquals(List.of(), started);
  }

  @Test
  void nodeThatCannotStartEndsWithOneAndItsSentence() {
    starter = config -> Future.failedFuture(new StartException("Port 9092 is in use."));
    assertEquals(1, run(Map.of(), "server"));
    assertEquals("Port 9092 is in use.\n", runnerErrors.toString(StandardCharsets.UTF_8));
  }

  @Test
  void nodeThatCanNotGoOnEndsTheProcessWithOneAndItsSentence() throws InterruptedException {
    Promise<String> broken = Promise.promise();
    starter = config -> Future.succeededFuture(new Node(broken.future()));
    assertEquals(GofkaCommand.RUNNING, run(Map.of(), "server"));
    broken.complete("All log directories have been broken for 60 s");
    assertEquals(1, exits.poll(10, TimeUnit.SECONDS));
    assertEquals(
        "All log directories have been broken for 60 s. The node stops.\n",
        runnerErrors.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          servr             | Unmatched argument at index 0: 'servr'
          --foo             | Unknown option: '--foo'
          server --config   | Missing required parameter for option '--config' (FILE)
          server --confg x  | Unknown options: '--confg', 'x'
          server extra      | Unmatched argument at index 1: 'extra'
          version extra     | Unmatched argument at index 1: 'extra'
          """)
  void wrongCommandLinesEndWithTwoALineAndTheUsage(String arguments, String told) {
    assertEquals(2, run(Map.of(), arguments.split(" ", -1)));
    List<String> lines = err.toString().lines().toList();
    assertEquals(3, lines.size(), lines.toString());
    assertEquals(told, lines.get(0));
    assertTrue(lines.get(1).startsWith("Usage: gofka"), lines.get(1));
    assertEquals(List.of(), started);
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @CsvSource({"--help", "-h", "help", "server --help", "help server", "--version", "version", "-V"})
  void askingStartsNothingAndEndsWithZero(String arguments) {
    assertEquals(0, run(Map.of(), arguments.split(" ", -1)));
    assertEquals(List.of(), started);
    assertEquals("", err.toString());
    boolean version =
        arguments.toLowerCase(Locale.ROOT).contains("v") && !arguments.contains("server");
    assertTrue(out.toString().startsWith(version ? "gofka " : "Usage: gofka"), out.toString());
  }

  @Test
  void helpNamesEveryCommandAndOption() {
    run(Map.of(), "--help");
    run(Map.of(), "server", "--help");
    for (String named : List.of("server", "version", "help", "--config=FILE", "--version")) {
      assertTrue(out.toString().contains(named), named + " is missing in " + out);
    }
    assertTrue(out.toString().contains(ServerRunner.CONFIG_PATH_VARIABLE));
  }

  private int run(Map<String, String> environment, String... arguments) {
    PrintStream errors = new PrintStream(runnerErrors, true, StandardCharsets.UTF_8);
    ServerRunner runner =
        new ServerRunner(config -> starter.start(config), environment, errors, exits::add);
    return GofkaCommand.run(
        runner, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private static final class Node implements RunningNode {
    private final Future<String> broken;

    Node() {
      this(Promise.<String>promise().future());
    }

    Node(Future<String> broken) {
      this.broken = broken;
    }

    @Override
    public Future<String> broken() {
      return broken;
    }

    @Override
    public boolean isBroker() {
      return true;
    }

    @Override
    public List<String> bootstrapAddresses() {
      return List.of("127.0.0.1:9092");
    }

    @Override
    public Future<Void> stop() {
      return Future.succeededFuture();
    }
  }
}
