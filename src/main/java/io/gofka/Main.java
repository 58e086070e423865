package io.gofka;

import io.gofka.cli.GofkaCommand;
import io.gofka.cli.ServerRunner;
import io.gofka.cli.StandardLogging;
import io.gofka.node.EarlyStart;
import io.gofka.node.GofkaNode;
import io.gofka.node.NodeStarter;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Optional;

/** Where the process starts. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (!isServer(args)) {
      StandardLogging.useStandardError();
    }
    boolean plainServer = isPlainServer(args);
    NodeStarter starter = plainServer ? EarlyStart.begin() : GofkaNode::start;
    ServerRunner runner = new ServerRunner(starter, System.getenv(), System.err);
    int exitCode =
        plainServer
            ? runner.run(configFile(args)).orElse(GofkaCommand.RUNNING)
            : GofkaCommand.run(runner, writer(System.out), writer(System.err), args);
    if (exitCode != GofkaCommand.RUNNING) {
      System.exit(exitCode);
    }
  }

  /** The usual starts don't wait for the command line library to look at itself. */
  private static boolean isPlainServer(String[] args) {
    boolean withConfig = args.length == 3 && args[1].equals("--config") && !args[2].startsWith("-");
    return isServer(args) && (args.length <= 1 || withConfig);
  }

  private static boolean isServer(String[] args) {
    return args.length == 0 || args[0].equals("server");
  }

  private static Optional<String> configFile(String[] args) {
    return args.length == 3 ? Optional.of(args[2]) : Optional.empty();
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, Charset.defaultCharset()), true);
  }
}
