package io.gofka.cli;

import io.vertx.core.Future;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** The command line as somebody calls it who asks a cluster, and what that prints. */
final class CommandLineCalls {
  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  /** Returns the exit code. */
  int run(List<String> arguments) {
    ServerRunner runner =
        new ServerRunner(
            config -> Future.failedFuture("no server is wanted"),
            Map.of(),
            new PrintStream(PrintStream.nullOutputStream()));
    return GofkaCommand.run(
        runner,
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments.toArray(String[]::new));
  }
}
