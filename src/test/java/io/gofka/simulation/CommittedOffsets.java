package io.gofka.simulation;

import io.gofka.common.TopicPartition;
import io.gofka.group.FetchOffsets.Fetched;
import io.gofka.group.SimulatedCoordinator;
import io.gofka.group.SimulatedCoordinator.Written;
import io.gofka.record.RecordBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What has ever been committed about groups, in the order of the log, and what coordinators have
 * said about it. Whatever one has said, be it to somebody who commits or to somebody who asks, is
 * what it is from then on, until something later in the log is said.
 */
final class CommittedOffsets {
  private record Key(String groupId, TopicPartition partition) {}

  /** A record. */
  private record Entry(long place, Written written) {
    boolean isTombstone() {
      return written.offset().isEmpty();
    }
  }

  private final Map<Key, List<Entry>> log = new HashMap<>();
  private final Map<String, Entry> byTag = new HashMap<>();
  private final Set<String> wantedDeleted = new HashSet<>();

  /** The latest that somebody has been told of. */
  private final Map<Key, Entry> told = new HashMap<>();

  private long places;

  /** Somebody may want offsets of this group to be deleted; nobody else may delete any. */
  void mayBeDeleted(String groupId) {
    wantedDeleted.add(groupId);
  }

  void onCommitted(RecordBatch batch) {
    for (Written written : SimulatedCoordinator.offsets(batch)) {
      Entry entry = new Entry(places++, written);
      if (entry.isTombstone() && !wantedDeleted.contains(written.groupId())) {
        throw new Violation("nothing expires early", written + " is deleted");
      }
      log.computeIfAbsent(new Key(written.groupId(), written.partition()), any -> new ArrayList<>())
          .add(entry);
      byTag.put(written.metadata(), entry);
    }
  }

  private List<Entry> entries(Key key) {
    return log.getOrDefault(key, List.of());
  }

  private void tell(Key key, Entry entry) {
    told.merge(key, entry, (one, other) -> one.place() > other.place() ? one : other);
  }

  private long place(Key key) {
    Entry latest = told.get(key);
    return latest == null ? -1 : latest.place();
  }

  /**
   * A coordinator has told somebody that an offset is committed.
   *
   * @param tag the metadata of that commit, which is unique
   */
  void acknowledged(String who, String groupId, TopicPartition partition, String tag) {
    Entry entry = byTag.get(tag);
    if (entry == null) {
      throw new Violation(
          "an acknowledged offset is committed to the log",
          "%s acknowledges %s of %s for %s".formatted(who, tag, groupId, partition));
    }
    tell(new Key(groupId, partition), entry);
  }

  /** A coordinator has told somebody that a group has no offset there any more. */
  void deleted(String who, String groupId, TopicPartition partition) {
    Key key = new Key(groupId, partition);
    long since = place(key);
    Entry last = entries(key).isEmpty() ? null : entries(key).get(entries(key).size() - 1);
    if (last == null) {
      return;
    }
    Optional<Entry> tombstone = tombstone(key, since);
    if (tombstone.isEmpty() && since >= 0) {
      throw new Violation(
          "a deleted offset is deleted in the log",
          "%s has deleted %s of %s, the last is %s".formatted(who, partition, groupId, last));
    }
    tombstone.ifPresent(entry -> tell(key, entry));
  }

  /** The first at or behind a place. */
  private Optional<Entry> tombstone(Key key, long since) {
    return entries(key).stream()
        .filter(entry -> entry.isTombstone() && entry.place() >= since)
        .findFirst();
  }

  /** A coordinator has told somebody how far a group has come. */
  void told(String who, String groupId, Fetched fetched) {
    Key key = new Key(groupId, fetched.partition());
    long since = place(key);
    if (fetched.offset() < 0) {
      Optional<Entry> tombstone = tombstone(key, since);
      if (tombstone.isEmpty() && since >= 0) {
        throw new Violation(
            "no committed offset is lost",
            "%s knows none of %s, told before was %s".formatted(who, key, told.get(key)));
      }
      tombstone.ifPresent(entry -> tell(key, entry));
      return;
    }
    Entry entry = byTag.get(fetched.metadata());
    if (entry == null || entry.written().offset().orElse(-1) != fetched.offset()) {
      throw new Violation(
          "only what is committed to the log is told",
          "%s tells %s of %s, committed is %s".formatted(who, fetched, groupId, entry));
    }
    if (entry.place() < since) {
      throw new Violation(
          "a committed offset never goes back",
          "%s tells %s of %s, told before was %s".formatted(who, entry, key, told.get(key)));
    }
    tell(key, entry);
  }
}
