package io.gofka.cli;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line. Exit codes: 0 done, 1 the configuration, the machine or the cluster doesn't
 * allow it, 2 the command line is wrong.
 */
@Command(
    name = "gofka",
    description = "A Kafka for the JVM. Without a command it runs a server with defaults.",
    versionProvider = GofkaCommand.VersionLine.class,
    synopsisHeading = "Usage: ",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    subcommands = {
      ClusterCommand.class,
      BrokersCommand.class,
      GofkaCommand.VersionCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "Configuration:",
      "  A YAML file (--config, or else the variable GOFKA_CONFIG_PATH), over it the",
      "  environment (SERVER_PORT is server.port, KAFKA_NUM_PARTITIONS is",
      "  kafka.num.partitions). conf/standalone.yaml shows every setting.",
      "  Without any: Kafka clients at 127.0.0.1:9092, data in ./data.",
      "",
      "Exit codes:",
      "  0  done",
      "  1  configuration, machine or cluster don't allow it; one line says why",
      "  2  the command line is wrong",
      "  130, 143  stopped cleanly after Ctrl-C or SIGTERM",
      "",
      "Java's own options stand before -jar, such as java -Xmx1g -jar gofka.jar.",
      "Logging: -Dlogback.configurationFile=conf/logging.xml"
    })
public final class GofkaCommand implements Callable<Integer> {
  /** {@link #run} returns it when a server runs on in the background. */
  public static final int RUNNING = -1;

  private static final int USAGE = 2;

  /** More columns than any usage line has, so that none is broken within a word. */
  private static final int ONE_LINE = 1_000;

  private final ServerRunner runner;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text and end.")
  @SuppressWarnings("unused") // Picocli looks at it.
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and end.")
  @SuppressWarnings("unused") // Picocli looks at it.
  private boolean version;

  private GofkaCommand(ServerRunner runner) {
    this.runner = runner;
  }

  /**
   * Does what the arguments say.
   *
   * @return the code to exit with, or {@link #RUNNING}
   */
  public static int run(ServerRunner runner, PrintWriter out, PrintWriter err, String... args) {
    CommandLine line = new CommandLine(new GofkaCommand(runner));
    line.addSubcommand(new ServerCommand(runner));
    line.setOut(out);
    line.setErr(err);
    line.setParameterExceptionHandler(
        (mistake, given) -> {
          CommandLine where = mistake.getCommandLine();
          err.println(oneLine(mistake.getMessage()));
          where.setUsageHelpWidth(ONE_LINE);
          err.println(oneLine(where.getHelp().fullSynopsis()).strip());
          err.println("Try '" + help(where) + "'.");
          err.flush();
          return USAGE;
        });
    return line.execute(args);
  }

  private static String help(CommandLine command) {
    boolean hasHelp = command.getCommandSpec().findOption("--help") != null;
    return hasHelp
        ? command.getCommandSpec().qualifiedName() + " --help"
        : help(command.getParent());
  }

  private static String oneLine(String message) {
    return String.valueOf(message).replaceAll("\\s+", " ");
  }

  @Override
  public Integer call() {
    return exitCode(runner.run(Optional.empty()));
  }

  private static int exitCode(OptionalInt failure) {
    return failure.orElse(RUNNING);
  }

  @Command(
      name = "server",
      description = "Run a server.",
      mixinStandardHelpOptions = false,
      optionListHeading = "%nOptions:%n")
  private static final class ServerCommand implements Callable<Integer> {
    private final ServerRunner runner;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "Configuration in YAML. Without it, the file that GOFKA_CONFIG_PATH names.")
    private String config;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this text and end.")
    @SuppressWarnings("unused") // Picocli looks at it.
    private boolean help;

    ServerCommand(ServerRunner runner) {
      this.runner = runner;
    }

    @Override
    public Integer call() {
      return exitCode(runner.run(Optional.ofNullable(config)));
    }
  }

  @Command(name = "version", description = "Show the version and end.")
  static final class VersionCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      spec.commandLine().getOut().println(Version.line());
      return 0;
    }
  }

  static final class VersionLine implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Version.line()};
    }
  }
}
