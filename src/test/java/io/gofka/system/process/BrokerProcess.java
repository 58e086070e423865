package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the two kinds of broker process have in common. */
abstract class BrokerProcess implements Broker {
  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private static final ClusterPlace ALONE =
      new ClusterPlace(1, 0, new TreeMap<>(), new TreeSet<>());

  final BrokerSettings settings;
  final Path folder;
  private final Path logFile;
  private final int port = Ports.free();
  private ForkedProcess process;
  private int logBefore;

  BrokerProcess(BrokerSettings settings) {
    this.settings = settings;
    this.folder = TestFolders.create(settings.name());
    this.logFile = folder.resolve("broker.log");
  }

  /** The command line of a start; may write configuration files into {@link #folder}. */
  abstract List<String> command() throws IOException;

  /** Part of the line that says the broker is ready. */
  abstract String readyText();

  Map<String, String> environment() {
    return Map.of();
  }

  @Override
  public String bootstrap() {
    return host() + ":" + port;
  }

  /** Where it listens. */
  String host() {
    return settings.place().orElse(ALONE).host();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Path dataDir() {
    return folder.resolve("data");
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public String log() {
    try {
      return Files.exists(logFile)
          ? new String(Files.readAllBytes(logFile), StandardCharsets.UTF_8)
          : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path logFile() {
    return logFile;
  }

  @Override
  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  @Override
  public void launch() {
    if (isRunning()) {
      throw new IllegalStateException(settings.name() + " runs already");
    }
    logBefore = log().length();
    try {
      List<String> command = settings.place().orElse(ALONE).onHost(command());
      process = ForkedProcess.logging(command, environment(), logFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void start() {
    launch();
    awaitReady();
  }

  @Override
  public void awaitReady() {
    Await.until(
        () -> settings.name() + " is ready; its log:\n" + tailOfLog(),
        START_LIMIT,
        () -> {
          boolean ready = log().substring(logBefore).contains(readyText());
          if (!ready && !process.isAlive()) {
            throw new AssertionError(
                settings.name() + " ended before it was ready:\n" + tailOfLog());
          }
          return ready;
        });
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void pause() {
    process.signal("STOP");
  }

  @Override
  public void resume() {
    process.signal("CONT");
  }

  @Override
  public void terminate() {
    process.terminate();
  }

  @Override
  public void stop() {
    terminate();
    int exitCode = process.await(STOP_LIMIT).exitCode();
    if (exitCode != 0 && exitCode != 143) { // 143: ended by SIGTERM, after its shutdown hooks.
      throw new AssertionError(
          settings.name() + " stopped with exit code " + exitCode + ":\n" + tailOfLog());
    }
  }

  @Override
  public void close() {
    if (isRunning()) {
      stop();
    }
    LogAudit.check(log(), settings.allowedInLog(), logFile);
    TestFolders.delete(dataDir());
  }

  String tailOfLog() {
    String log = log();
    return log.substring(Math.max(0, log.length() - 6_000));
  }
}
