package io.gofka.system.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Compares what clients were told with what a topic holds in the end.
 *
 * <p>With acks=all, idempotent producers and never fewer than {@code min.insync.replicas} replicas
 * lost, these hold: what was acknowledged is there, once, at the offset that was told, in the order
 * in which its producer sent it; what was not acknowledged may be there or not, once; what any
 * consumer has seen stays, at its offset; nobody skips a record; a committed group offset never
 * goes back. A history in which nothing was acknowledged or read proves nothing and fails.
 */
public final class HistoryChecker {
  private final List<String> findings = new ArrayList<>();

  private HistoryChecker() {}

  /** What is wrong, each finding beginning with its kind; empty when all is well. */
  public static List<String> check(History history) {
    var checker = new HistoryChecker();
    checker.findings.addAll(history.contradictions());
    if (history.acknowledgements() == 0) {
      checker.findings.add("NOTHING CHECKED: no record was acknowledged");
    }
    history.partitions().forEach(checker::check);
    return checker.findings;
  }

  private void check(int number, History.Partition partition) {
    String name = "partition " + number;
    var finalLog = new TreeMap<Long, Entry>();
    var offsets = new HashMap<Long, Long>();
    var last = new HashMap<Integer, Integer>();
    long lastOffset = -1;
    for (Entry entry : partition.finalLog) {
      finalLog.put(entry.offset(), entry);
      Long earlier = offsets.putIfAbsent(entry.id(), entry.offset());
      if (earlier != null) {
        find("DUPLICATED", name, entry + " is at " + earlier, "too");
      } else if (entry.sequence() < last.getOrDefault(entry.producer(), -1)) {
        find("REORDERED", name, entry + " comes after", last.get(entry.producer()));
      }
      if (entry.sequence() >= partition.sent.getOrDefault(entry.producer(), 0)) {
        find("NEVER SENT", name, entry, "");
      }
      if (entry.offset() <= lastOffset) {
        find("OFFSETS", name, entry + " comes after offset", lastOffset);
      }
      last.merge(entry.producer(), entry.sequence(), Math::max);
      lastOffset = entry.offset();
    }
    checkAcknowledged(name, partition, offsets);
    partition.readings.forEach(reading -> checkReading(name, reading, partition, finalLog));
    checkGroup(name, partition, finalLog);
  }

  private void checkAcknowledged(
      String name, History.Partition partition, Map<Long, Long> offsets) {
    for (Entry entry : partition.acknowledged) {
      Long found = offsets.get(entry.id());
      if (found == null) {
        find("LOST", name, entry + " was acknowledged, of", partition.acknowledged.size());
      } else if (entry.offset() >= 0 && found != entry.offset()) {
        find("MOVED", name, entry + " is at", found);
      }
    }
  }

  /** A reader's records are a stretch of the final log without a gap. */
  private void checkReading(
      String name,
      History.Reading reading,
      History.Partition partition,
      NavigableMap<Long, Entry> finalLog) {
    String what = name + ", " + reading.reader();
    if (reading.entries().isEmpty()) {
      return;
    }
    Entry before = null;
    for (Entry entry : reading.entries()) {
      checkSeen(what, entry, finalLog);
      if (before != null) {
        Long next = finalLog.higherKey(before.offset());
        if (entry.offset() <= before.offset()) {
          find("READ TWICE", what, entry + " comes after", before);
        } else if (next != null && next < entry.offset()) {
          find("SKIPPED", what, finalLog.get(next) + " comes before", entry);
        }
      }
      before = entry;
    }
    if (!partition.finalLog.isEmpty()
        && before.offset() < partition.finalLog.get(partition.finalLog.size() - 1).offset()) {
      find("NEVER CAME", what, "the last record read is", before);
    }
  }

  private void checkSeen(String who, Entry entry, Map<Long, Entry> finalLog) {
    Entry there = finalLog.get(entry.offset());
    if (there == null || !there.isSameRecord(entry)) {
      find("DISAPPEARED", who, entry + " was read, and in the end there is", there);
    }
  }

  /** Members may get a record twice, but none that was committed over without being delivered. */
  private void checkGroup(
      String name, History.Partition partition, NavigableMap<Long, Entry> finalLog) {
    var delivered = new HashSet<Long>();
    for (Entry entry : partition.delivered) {
      delivered.add(entry.offset());
      checkSeen(name + ", group", entry, finalLog);
    }
    for (long offset : finalLog.headMap(partition.committed).keySet()) {
      if (!delivered.contains(offset)) {
        find(
            "SKIPPED",
            name + ", group",
            finalLog.get(offset) + " lies before",
            partition.committed);
      }
    }
  }

  private void find(String kind, String where, Object what, Object detail) {
    findings.add(kind + ": " + where + ": " + what + " " + detail);
  }
}
