package io.gofka.cli;

import io.gofka.node.ConfigMistakesException;
import io.gofka.node.NodeConfig;
import io.gofka.node.NodeConfigReader;
import io.gofka.node.NodeStarter;
import io.gofka.node.RunningNode;
import io.gofka.node.StartException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a node in this process: reads its configuration, starts it, and stops it when the process is
 * asked to end. What a person can do something about becomes a sentence on the error stream.
 */
public final class ServerRunner {
  /** The process can't do what it was asked for. */
  public static final int FAILURE = 1;

  /** Names the configuration file when {@code --config} doesn't. */
  public static final String CONFIG_PATH_VARIABLE = "GOFKA_CONFIG_PATH";

  /** Opening many logs after a crash takes time; a start that hangs must not do so forever. */
  private static final long START_TIMEOUT_MINUTES = 60;

  /** Below the time after which container runtimes kill what they have asked to stop. */
  private static final long STOP_TIMEOUT_SECONDS = 25;

  private final NodeStarter starter;
  private final Map<String, String> environment;
  private final PrintStream errors;
  private final IntConsumer exit;

  public ServerRunner(NodeStarter starter, Map<String, String> environment, PrintStream errors) {
    this(starter, environment, errors, System::exit);
  }

  /**
   * @param exit ends the process in the usual way, which stops the node
   */
  ServerRunner(
      NodeStarter starter, Map<String, String> environment, PrintStream errors, IntConsumer exit) {
    this.exit = exit;
    this.starter = starter;
    this.environment = Map.copyOf(environment);
    this.errors = errors;
  }

  /**
   * Starts the node.
   *
   * @param configFile from the command line
   * @return the code to exit with when it didn't start; empty when it runs
   */
  public OptionalInt run(Optional<String> configFile) {
    NodeConfig config;
    try {
      config = NodeConfigReader.read(file(configFile), environment);
    } catch (ConfigMistakesException mistakes) {
      errors.println(mistakes.getMessage());
      return OptionalInt.of(FAILURE);
    }
    return start(config);
  }

  private Optional<Path> file(Optional<String> configFile) {
    return configFile
        .or(() -> Optional.ofNullable(environment.get(CONFIG_PATH_VARIABLE)))
        .filter(path -> !path.isBlank())
        .map(Path::of);
  }

  private OptionalInt start(NodeConfig config) {
    Logger log = LoggerFactory.getLogger(ServerRunner.class);
    config.notes().forEach(log::warn);
    try {
      RunningNode node =
          starter
              .start(config)
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_TIMEOUT_MINUTES, TimeUnit.MINUTES);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, log), "stop"));
      node.broken().onSuccess(why -> giveUp(why, log));
      log.info(
          "Gofka {} is ready for {}, bootstrap address {}",
          Version.number(),
          node.isBroker() ? "Kafka clients" : "Kafka's tools as a controller",
          String.join(",", node.bootstrapAddresses()));
      return OptionalInt.empty();
    } catch (ExecutionException failed) {
      return refused(failed.getCause(), log);
    } catch (TimeoutException late) {
      errors.println("The node did not start within " + START_TIMEOUT_MINUTES + " minutes.");
    } catch (InterruptedException stopped) {
      errors.println("The start was interrupted.");
    }
    return OptionalInt.of(FAILURE);
  }

  /** Not on the thread that hears of it: to stop the node, that one is needed. */
  private void giveUp(String why, Logger log) {
    log.error("The node stops: {}", why);
    errors.println(why + ". The node stops.");
    new Thread(() -> exit.accept(FAILURE), "give-up").start();
  }

  private OptionalInt refused(Throwable cause, Logger log) {
    if (cause instanceof StartException) {
      errors.println(cause.getMessage());
    } else {
      log.error("The node did not start, which is a bug of Gofka", cause);
    }
    return OptionalInt.of(FAILURE);
  }

  private static void stop(RunningNode node, Logger log) {
    try {
      node.stop()
          .toCompletionStage()
          .toCompletableFuture()
          .get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      log.info("Gofka has stopped");
    } catch (ExecutionException failed) {
      log.error("Gofka did not stop cleanly", failed.getCause());
    } catch (TimeoutException late) {
      log.error("Gofka did not stop within {} s", STOP_TIMEOUT_SECONDS);
    } catch (InterruptedException halted) {
      Thread.currentThread().interrupt();
    }
  }
}
