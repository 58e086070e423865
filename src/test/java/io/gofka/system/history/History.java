package io.gofka.system.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that the clients of one topic asked for and were told. Many threads write, and nobody reads
 * before they have ended.
 */
public final class History {
  /** What happened in one partition. */
  static final class Partition {
    /** By producer: how many records it tried to send. */
    final SortedMap<Integer, Integer> sent = new TreeMap<>();

    final List<Entry> acknowledged = new ArrayList<>();

    /** One list for each consumer that read from one offset on, without a gap. */
    final List<Reading> readings = new ArrayList<>();

    /** What members of a group got, in any order. */
    final List<Entry> delivered = new ArrayList<>();

    /** The largest offset that a group was told to have committed. */
    long committed;

    /** What the topic holds when all is over. */
    List<Entry> finalLog = List.of();
  }

  /** What one consumer got, in this order. */
  record Reading(String reader, List<Entry> entries) {}

  private final SortedMap<Integer, Partition> partitions = new TreeMap<>();
  private final Map<String, Map<Integer, Reading>> readings = new HashMap<>();
  private final List<String> contradictions = new ArrayList<>();
  private final List<String> surfaced = new ArrayList<>();
  private long acknowledgements;

  private Partition partition(int number) {
    return partitions.computeIfAbsent(number, any -> new Partition());
  }

  /**
   * Comes before the call of send.
   *
   * @return the sequence of the record
   */
  public synchronized int sending(int partition, int producer) {
    return partition(partition).sent.merge(producer, 1, Integer::sum) - 1;
  }

  /** What was sent by a program that numbers its records itself, from 0. */
  public synchronized void sentAll(int partition, int producer, int count) {
    partition(partition).sent.put(producer, count);
  }

  /** The producer was told that its record is there, at this offset (-1: somewhere). */
  public synchronized void acknowledged(int partition, Entry entry) {
    partition(partition).acknowledged.add(entry);
    acknowledgements++;
  }

  /** A reader that may not miss anything got a record. */
  public synchronized void read(String reader, int partition, Entry entry) {
    readings
        .computeIfAbsent(reader, any -> new HashMap<>())
        .computeIfAbsent(
            partition,
            any -> {
              var reading = new Reading(reader, new ArrayList<>());
              partition(partition).readings.add(reading);
              return reading;
            })
        .entries()
        .add(entry);
  }

  /** A member of the group got a record. */
  public synchronized void delivered(int partition, Entry entry) {
    partition(partition).delivered.add(entry);
  }

  /** A member was told that its commit of this offset is done. */
  public synchronized void committed(int partition, long offset) {
    Partition changed = partition(partition);
    changed.committed = Math.max(changed.committed, offset);
  }

  /**
   * Somebody asked for the offset of the group.
   *
   * @param promised what {@link #committed(int)} was before the question
   * @param found the answer
   */
  public synchronized void commitFound(int partition, long promised, long found) {
    if (found < promised) {
      contradictions.add(
          "COMMIT LOST: partition " + partition + " at " + found + " instead of " + promised);
    }
  }

  /** The largest offset that was committed so far. */
  public synchronized long committed(int partition) {
    return partition(partition).committed;
  }

  /** A client threw this at its user, or gave its record up. */
  public synchronized void surfaced(String error) {
    surfaced.add(error);
  }

  /** Something that no broker may tell. */
  public synchronized void contradiction(String what) {
    contradictions.add(what);
  }

  /** The whole partition, read from its begin to its end when all clients had ended. */
  public synchronized void finalLog(int partition, List<Entry> entries) {
    partition(partition).finalLog = List.copyOf(entries);
  }

  /** Records that were acknowledged so far. */
  public synchronized long acknowledgements() {
    return acknowledgements;
  }

  /** The same of one partition. */
  public synchronized long acknowledgements(int partition) {
    return partition(partition).acknowledged.size();
  }

  /** Errors that clients told their users. */
  public synchronized List<String> surfaced() {
    return List.copyOf(surfaced);
  }

  synchronized List<String> contradictions() {
    return List.copyOf(contradictions);
  }

  SortedMap<Integer, Partition> partitions() {
    return Collections.unmodifiableSortedMap(partitions);
  }
}
