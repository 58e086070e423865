package io.gofka.system.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A file system on a device that can be made to answer nothing for a while: its image lies in a
 * FUSE mount, whose process is stopped. It takes root, loop devices and bindfs.
 */
public final class StallingDisk implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SIZE_BYTES = 1L << 30;

  private final Path folder;
  private final Deque<List<String>> undo = new ArrayDeque<>();
  private String bindfs;

  private StallingDisk(Path folder) {
    this.folder = folder;
  }

  /** Mounts one; empty where that is not possible. */
  public static Optional<StallingDisk> mount() throws IOException {
    var disk = new StallingDisk(TestFolders.create("stalling"));
    if (disk.tryToMount()) {
      return Optional.of(disk);
    }
    disk.close();
    return Optional.empty();
  }

  private boolean tryToMount() throws IOException {
    Path source = Files.createDirectories(folder.resolve("source"));
    Path through = Files.createDirectories(folder.resolve("through"));
    Path image = source.resolve("disk.img");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    if (!run("mkfs.ext4", "-q", "-m", "0", image.toString())
        || !run("bindfs", source.toString(), through.toString())) {
      return false;
    }
    undo.push(List.of("umount", through.toString()));
    bindfs = output("pgrep", "-f", "bindfs " + source + " ").strip();
    String device =
        output("losetup", "-f", "--show", through.resolve("disk.img").toString()).strip();
    if (bindfs.isEmpty() || device.isEmpty()) {
      return false;
    }
    undo.push(List.of("losetup", "-d", device));
    if (!run("mount", device, Files.createDirectories(root()).toString())) {
      return false;
    }
    undo.push(List.of("umount", root().toString()));
    return true;
  }

  /** Where the file system is. */
  public Path root() {
    return folder.resolve("disk");
  }

  /** From now on the device answers nothing. */
  public void stall() {
    if (!run("kill", "-STOP", bindfs)) {
      throw new IllegalStateException("process " + bindfs + " can't be stopped");
    }
  }

  /** It answers again. */
  public void resume() {
    if (!run("kill", "-CONT", bindfs)) {
      throw new IllegalStateException("process " + bindfs + " has gone");
    }
  }

  @Override
  public void close() {
    if (bindfs != null && !bindfs.isEmpty()) {
      resume();
    }
    while (!undo.isEmpty()) {
      List<String> command = undo.pop();
      Await.until(String.join(" ", command), LIMIT, () -> run(command.toArray(String[]::new)));
    }
    TestFolders.delete(folder);
  }

  private static boolean run(String... command) {
    try {
      return ForkedProcess.run(List.of(command), LIMIT).exitCode() == 0;
    } catch (RuntimeException missing) {
      return false;
    }
  }

  private static String output(String... command) {
    try {
      var result = ForkedProcess.run(List.of(command), LIMIT);
      return result.exitCode() == 0 ? result.out() : "";
    } catch (RuntimeException missing) {
      return "";
    }
  }
}
