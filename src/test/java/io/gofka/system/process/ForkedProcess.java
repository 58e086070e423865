package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A program started by a test: its output goes to files, its end is waited for with a deadline. */
public final class ForkedProcess implements AutoCloseable {
  /** What a program left behind. */
  public record Result(int exitCode, String out, String err) {
    /** Standard output and, after it, standard error. */
    public String all() {
      return out + err;
    }
  }

  /** What must not outlive a test run that is interrupted. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final List<String> command;
  private final Process process;
  private final Path out;
  private final Path err;

  private ForkedProcess(List<String> command, Process process, Path out, Path err) {
    this.command = command;
    this.process = process;
    this.out = out;
    this.err = err;
    RUNNING.add(process);
    var unused = process.onExit().thenRun(() -> RUNNING.remove(process));
  }

  /** Starts a program; standard output and error go to files of its own below the test's folder. */
  public static ForkedProcess start(List<String> command) {
    return start(command, Map.of(), null);
  }

  /** Starts a program that reads the file {@code in} (none when null). */
  public static ForkedProcess start(
      List<String> command, Map<String, String> environment, Path in) {
    try {
      Path folder = TestFolders.create("process");
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      var builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.redirectInput(in == null ? new java.io.File("/dev/null") : in.toFile());
      return new ForkedProcess(command, builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a program whose output of both kinds is appended to one file. */
  static ForkedProcess logging(List<String> command, Map<String, String> environment, Path log) {
    try {
      Files.createDirectories(log.getParent());
      var builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.redirectInput(new java.io.File("/dev/null"));
      return new ForkedProcess(command, builder.start(), log, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a program to its end. */
  public static Result run(List<String> command, Duration limit) {
    try (var process = start(command)) {
      return process.await(limit);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Where standard output goes while the program runs. */
  public Path outFile() {
    return out;
  }

  /** Standard output so far. */
  public String out() {
    return read(out);
  }

  /** Standard error so far. */
  public String err() {
    return read(err);
  }

  /** Waits for the end; a program that is late is killed and reported with its output. */
  public Result await(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "still running after " + limit.toSeconds() + " s: " + command + "\n" + tail());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while " + command + " ran\n" + tail(), e);
    }
    return new Result(process.exitValue(), read(out), out.equals(err) ? "" : read(err));
  }

  /** Sends a signal by its name without SIG. */
  void signal(String name) {
    Result sent = run(List.of("kill", "-" + name, Long.toString(pid())), Duration.ofSeconds(60));
    if (sent.exitCode() != 0) {
      throw new AssertionError("no SIG" + name + " for " + pid() + ": " + sent.all());
    }
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** SIGKILL, and waits until the kernel has taken the process away. */
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while killing " + process.pid(), e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }

  private String tail() {
    String text = read(out) + (out.equals(err) ? "" : read(err));
    return text.substring(Math.max(0, text.length() - 4_000));
  }

  private static String read(Path file) {
    try {
      // A program under kill -9 may have written half a character.
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
