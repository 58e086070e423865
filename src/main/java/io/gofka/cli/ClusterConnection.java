package io.gofka.cli;

import io.gofka.client.ClientException;
import io.gofka.client.ClientSettings;
import io.gofka.client.ClusterAdmin;
import io.gofka.common.ApiException;
import io.gofka.common.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of every command that asks a cluster, and how they ask. */
final class ClusterConnection {
  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int MAX_TIMEOUT_SECONDS = 3_600;
  private static final int MS_PER_SECOND = 1_000;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      split = ",",
      defaultValue = "127.0.0.1:9092",
      description = "A node of the cluster, or several with commas; ${DEFAULT-VALUE} if not given.")
  private List<String> bootstrap = List.of();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long the cluster may take to answer; ${DEFAULT-VALUE} if not given.")
  private int timeoutSeconds;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text and end.")
  @SuppressWarnings("unused") // Picocli looks at it.
  private boolean help;

  /**
   * Asks, and hands the answer on.
   *
   * @return the code to exit with
   */
  <T> int ask(CommandSpec spec, Function<ClusterAdmin, Future<T>> question, Consumer<T> onAnswer) {
    List<HostPort> addresses = addresses(spec);
    if (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_SECONDS) {
      throw mistake(spec, "--timeout takes 1 to " + MAX_TIMEOUT_SECONDS + " seconds");
    }
    ClientSettings settings =
        ClientSettings.defaults().withTimeouts(CONNECT_TIMEOUT_MS, timeoutSeconds * MS_PER_SECOND);
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      Promise<T> answer = Promise.promise();
      vertx.runOnContext(
          started ->
              ClusterAdmin.connect(vertx, addresses, settings)
                  .compose(admin -> question.apply(admin).eventually(admin::close))
                  .onComplete(answer));
      onAnswer.accept(answer.future().toCompletionStage().toCompletableFuture().get());
      return 0;
    } catch (ExecutionException failed) {
      spec.commandLine().getErr().println(sentence(failed.getCause()));
      return ServerRunner.FAILURE;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return ServerRunner.FAILURE;
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  private List<HostPort> addresses(CommandSpec spec) {
    List<HostPort> addresses = new ArrayList<>();
    for (String text : bootstrap) {
      try {
        addresses.add(HostPort.parse(text));
      } catch (IllegalArgumentException malformed) {
        throw mistake(spec, "--bootstrap is " + malformed.getMessage());
      }
    }
    return addresses;
  }

  private static ParameterException mistake(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static String sentence(Throwable cause) {
    if (cause instanceof ApiException refused) {
      return refused.errorCode() + ": " + refused.getMessage();
    }
    if (cause instanceof ClientException failure) {
      return switch (failure.kind()) {
        case UNREACHABLE -> "The cluster can't be reached: " + failure.getMessage();
        case TIMED_OUT ->
            "No answer: %s. Perhaps no majority of the controllers answers."
                .formatted(failure.getMessage());
        case DISCONNECTED -> "No answer: " + failure.getMessage();
        case UNSUPPORTED -> "The node can't answer that: " + failure.getMessage();
        case UNREADABLE -> "The node isn't understood: " + failure.getMessage();
      };
    }
    return "A bug of Gofka: " + cause;
  }
}
