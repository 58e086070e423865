package io.gofka.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@link WriteBack} from where Linux tells it; elsewhere nothing is known. For a worker. */
final class FileWriteBack {
  private static final Path VM_STAT = Path.of("/proc/vmstat");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private FileWriteBack() {}

  /** Of the device on which each of the directories lies. */
  static List<WriteBack> read(List<Path> directories) {
    return directories.stream().map(FileWriteBack::read).toList();
  }

  private static WriteBack read(Path directory) {
    try {
      return WriteBack.of(vmStat(), deviceStat(directory));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return WriteBack.UNKNOWN;
    }
  }

  private static Map<String, Long> vmStat() throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    for (String line : Files.readAllLines(VM_STAT)) {
      if (line.startsWith("nr_dirty") || line.startsWith("nr_writeback ")) {
        int space = line.indexOf(' ');
        numbers.put(line.substring(0, space), Long.parseLong(line, space + 1, line.length(), 10));
      }
    }
    return numbers;
  }

  private static long[] deviceStat(Path directory) throws IOException {
    long device = (Long) Files.getAttribute(directory, "unix:dev");
    long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >>> 12) & ~0xffL);
    Path stat = Path.of("/sys/dev/block/" + major + ":" + minor + "/stat");
    if (!Files.exists(stat)) {
      return new long[0]; // Not a file system on a device of its own.
    }
    String[] words = SPACES.split(Files.readString(stat).trim(), -1);
    long[] numbers = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Long.parseLong(words[i]);
    }
    return numbers;
  }
}
