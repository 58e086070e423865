package io.gofka.node;

import io.gofka.log.FileLogDisk;
import io.gofka.log.LogDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories that hold the partitions of a node, each held by one node at a time.
 *
 * <p>Each has an id in a file of its own, and the node's data directory remembers which ids there
 * are: {@code log-directories}, a line {@code <id> <path>} for each. So an empty folder where a
 * disk should be mounted is not taken for a directory without partitions, which would then be made
 * anew, empty. Who gives a directory up for good removes its line.
 */
final class FileLogDirs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileLogDirs.class);
  static final String ID_FILE = ".directory-id";
  static final String LIST_FILE = "log-directories";
  private static final int MAX_LIST_BYTES = 1 << 20;

  private final LogDirs dirs;
  private final List<UUID> ids;
  private final List<FileDataDirectory> locks;

  private FileLogDirs(LogDirs dirs, List<UUID> ids, List<FileDataDirectory> locks) {
    this.dirs = dirs;
    this.ids = List.copyOf(ids);
    this.locks = List.copyOf(locks);
  }

  /**
   * Takes all that can be used; one that can't is left out, with an error on the node's log.
   *
   * @param own the node's own directory, which is held already
   * @param paths as configured
   * @throws StartException when another process has one of them, or none can be used
   */
  static FileLogDirs open(FileDataDirectory own, List<Path> paths) {
    Opening opening = new Opening(own.path());
    try {
      paths.forEach(path -> opening.add(path.toAbsolutePath().normalize()));
      return opening.finish();
    } catch (IOException failure) {
      opening.locks.forEach(FileDataDirectory::close);
      throw new StartException(
          "The data directory "
              + own.path()
              + " "
              + FileDataDirectory.reason(own.path(), failure)
              + ".");
    } catch (StartException refused) {
      opening.locks.forEach(FileDataDirectory::close);
      throw refused;
    }
  }

  LogDirs dirs() {
    return dirs;
  }

  /**
   * Of all that are remembered, those that can't be used included: only what was emptied or given
   * up is not among them.
   */
  List<UUID> ids() {
    return ids;
  }

  @Override
  public void close() {
    locks.forEach(FileDataDirectory::close);
  }

  private static final class Opening {
    private final Path own;
    private final FileLogDisk list;
    private final List<FileDataDirectory> locks = new ArrayList<>();
    private final List<String> usable = new ArrayList<>();
    private final SortedMap<String, String> offline = new TreeMap<>();
    private final Map<String, String> found = new LinkedHashMap<>();
    private Optional<Map<String, String>> known = Optional.empty();

    Opening(Path own) {
      this.own = own;
      this.list = new FileLogDisk(own);
    }

    /** What is remembered: paths by id. */
    private Map<String, String> known() throws IOException {
      if (known.isEmpty()) {
        Map<String, String> lines = new LinkedHashMap<>();
        String text =
            list.read(LIST_FILE, MAX_LIST_BYTES)
                .map(content -> new String(content, StandardCharsets.UTF_8))
                .orElse("");
        for (String line : text.lines().toList()) {
          int space = line.indexOf(' ');
          if (space > 0) {
            lines.put(line.substring(0, space), line.substring(space + 1));
          }
        }
        known = Optional.of(lines);
      }
      return known.get();
    }

    void add(Path path) {
      try {
        if (!path.equals(own)) {
          locks.add(FileDataDirectory.take(path));
        }
        FileLogDisk disk = new FileLogDisk(path.resolve(LogDirs.FOLDER));
        Optional<String> id = id(disk);
        if (id.isEmpty() && known().containsValue(path.toString())) {
          throw new IOException("it was in use, but is empty now: is its disk mounted?");
        }
        found.put(id.isPresent() ? id.get() : begin(disk), path.toString());
        usable.add(path.toString());
      } catch (IOException failure) {
        String why = FileDataDirectory.reason(path, failure);
        LOG.error("The log directory {} can't be used: {} {}", path, path, why);
        offline.put(path.toString(), why);
      }
    }

    private static Optional<String> id(FileLogDisk disk) throws IOException {
      return disk.read(ID_FILE, MAX_LIST_BYTES)
          .map(content -> new String(content, StandardCharsets.UTF_8).trim())
          .filter(id -> !id.isEmpty() && id.indexOf(' ') < 0);
    }

    private static String begin(FileLogDisk disk) throws IOException {
      String id = UUID.randomUUID().toString();
      disk.createFolder("");
      disk.replace(ID_FILE, id.getBytes(StandardCharsets.UTF_8));
      return id;
    }

    FileLogDirs finish() throws IOException {
      if (usable.isEmpty()) {
        throw new StartException("No log directory can be used: " + offline + ".");
      }
      Map<String, String> all = new LinkedHashMap<>(known());
      known()
          .forEach(
              (id, path) -> {
                if (!found.containsKey(id) && !offline.containsKey(path)) {
                  LOG.error(
                      "The log directory {} is not among log.dirs any more; its partitions are not"
                          + " served. If it is given up for good, remove its line from {}",
                      path,
                      own.resolve(LIST_FILE));
                  offline.put(path, "is not among log.dirs any more");
                }
              });
      all.putAll(found);
      if (!all.equals(known())) {
        StringBuilder lines = new StringBuilder();
        all.forEach((id, path) -> lines.append(id).append(' ').append(path).append('\n'));
        list.replace(LIST_FILE, lines.toString().getBytes(StandardCharsets.UTF_8));
      }
      List<UUID> ids = all.keySet().stream().flatMap(id -> asUuid(id).stream()).sorted().toList();
      return new FileLogDirs(new LogDirs(usable, offline), ids, locks);
    }

    /** Whoever edits the files may write anything. */
    private static Optional<UUID> asUuid(String id) {
      try {
        return Optional.of(UUID.fromString(id));
      } catch (IllegalArgumentException another) {
        return Optional.empty();
      }
    }
  }
}
