package io.gofka.log;

import io.gofka.log.LogDirectory.PartitionFolder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The log directories as one shard knows them: where a new partition goes, and which of them can't
 * be used now. On the shard's thread.
 */
final class ShardDirectories {
  private final List<LogDirectory> directories;
  private final SortedMap<String, String> offline;
  private final int firstChoice;
  private final Map<String, Unusable> unusable = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();

  /**
   * @param directories those that could be opened, at least one
   * @param offline why the others could not, by name
   * @param firstChoice which to prefer among equals, so that not every shard takes the same
   */
  ShardDirectories(
      List<LogDirectory> directories, SortedMap<String, String> offline, int firstChoice) {
    if (directories.isEmpty()) {
      throw new IllegalArgumentException("no log directory can be used: " + offline);
    }
    this.directories = List.copyOf(directories);
    this.offline = new TreeMap<>(offline);
    this.firstChoice = firstChoice;
  }

  List<LogDirectory> all() {
    return directories;
  }

  /** Whether all that the node has was found, so that what was not found does not exist. */
  boolean isComplete() {
    return offline.isEmpty();
  }

  SortedMap<String, String> offline() {
    return offline;
  }

  Optional<LogDirectory> named(String name) {
    return directories.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  boolean isKnown(String name) {
    return offline.containsKey(name) || named(name).isPresent();
  }

  boolean isUsable(LogDirectory directory) {
    return !unusable.containsKey(directory.name());
  }

  /**
   * Why a directory takes no writes.
   *
   * @param brokenSinceMs monotonic; empty when it only has no room, or may not be written to
   */
  private record Unusable(String why, OptionalLong brokenSinceMs) {}

  /**
   * True when that is news.
   *
   * @param broken whether it is more than a lack of space or of permission
   * @param nowMs monotonic
   */
  boolean becomeUnusable(LogDirectory directory, String why, boolean broken, long nowMs) {
    Unusable before = unusable.get(directory.name());
    OptionalLong brokenSinceMs = OptionalLong.empty();
    if (broken) {
      boolean was = before != null && before.brokenSinceMs().isPresent();
      brokenSinceMs = was ? before.brokenSinceMs() : OptionalLong.of(nowMs);
    }
    unusable.put(directory.name(), new Unusable(why, brokenSinceMs));
    return before == null;
  }

  /** Whether all directories have been broken for so long, and none is just full. */
  boolean areAllBroken(long durationMs, long nowMs) {
    return directories.stream()
        .map(each -> Optional.ofNullable(unusable.get(each.name())))
        .allMatch(
            each ->
                each.isPresent()
                    && each.get().brokenSinceMs().isPresent()
                    && nowMs - each.get().brokenSinceMs().getAsLong() >= durationMs);
  }

  /** True when that is news. */
  boolean becomeUsable(LogDirectory directory) {
    return unusable.remove(directory.name()) != null;
  }

  boolean isAnyUsable() {
    return directories.stream().anyMatch(this::isUsable);
  }

  /** The one with the fewest partitions, as in Kafka; of those that can be used, if any can. */
  LogDirectory place() {
    LogDirectory best = null;
    for (int i = 0; i < directories.size(); i++) {
      LogDirectory next = directories.get((firstChoice + i) % directories.size());
      if (best == null
          || (isUsable(next) && !isUsable(best))
          || (isUsable(next) == isUsable(best) && count(next) < count(best))) {
        best = next;
      }
    }
    return best;
  }

  private int count(LogDirectory directory) {
    return counts.getOrDefault(directory.name(), 0);
  }

  void added(LogDirectory directory) {
    counts.merge(directory.name(), 1, Integer::sum);
  }

  void removed(LogDirectory directory) {
    counts.merge(directory.name(), -1, Integer::sum);
  }

  /** A folder and where it lies. */
  record Place(LogDirectory directory, PartitionFolder folder) {}

  /** The folders of partitions by their names, of those of the same name the newest first. */
  Map<String, List<Place>> folders() {
    Map<String, List<Place>> folders = new HashMap<>();
    for (LogDirectory directory : directories) {
      for (PartitionFolder folder : directory.folders()) {
        folders
            .computeIfAbsent(folder.name(), name -> new ArrayList<>(1))
            .add(new Place(directory, folder));
      }
    }
    for (List<Place> places : folders.values()) {
      places.sort((a, b) -> Long.compare(b.folder().moves(), a.folder().moves()));
    }
    return folders;
  }

  /** How they all do. */
  List<LogDirState> states(Collection<ShardPartition> partitions) {
    List<LogDirState> states = new ArrayList<>();
    for (LogDirectory directory : directories) {
      int all = 0;
      int refused = 0;
      int down = 0;
      for (ShardPartition partition : partitions) {
        if (partition.isIn(directory)) {
          all++;
          refused += partition.state() == LogState.WRITES_REFUSED ? 1 : 0;
          down += partition.isDown() ? 1 : 0;
        }
      }
      states.add(
          new LogDirState(
              directory.name(),
              Optional.ofNullable(unusable.get(directory.name())).map(Unusable::why),
              all,
              refused,
              down));
    }
    // Those that were not found may be in any of the others; they are told once.
    int missing = (int) partitions.stream().filter(each -> !each.isPlaced()).count();
    for (Map.Entry<String, String> other : offline.entrySet()) {
      states.add(
          new LogDirState(other.getKey(), Optional.of(other.getValue()), missing, 0, missing));
      missing = 0;
    }
    return states;
  }
}
