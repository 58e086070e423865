package io.gofka.system.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What {@code /proc} says about a process. */
public final class ProcessStats {
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed by the kernel's interface.

  private ProcessStats() {}

  /** Processor time in user and kernel mode since the process began, in seconds. */
  public static double cpuSeconds(long pid) {
    String stat = read(pid, "stat");
    // The name in brackets may hold spaces: count the fields after its end.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory in bytes. */
  public static long residentBytes(long pid) {
    for (String line : read(pid, "status").split("\n")) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IllegalStateException("no VmRSS for process " + pid);
  }

  /** The number of file descriptors the process holds. */
  public static int openFiles(long pid) {
    String[] names = Path.of("/proc", Long.toString(pid), "fd").toFile().list();
    if (names == null) {
      throw new IllegalStateException("no such process: " + pid);
    }
    return names.length;
  }

  /** The number of sockets among them. */
  public static int openSockets(long pid) {
    int sockets = 0;
    try (var links = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
      for (Path link : links) {
        try {
          if (Files.readSymbolicLink(link).toString().startsWith("socket:")) {
            sockets++;
          }
        } catch (NoSuchFileException closed) {
          // Closed in between.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sockets;
  }

  private static String read(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
