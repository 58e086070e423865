package io.gofka.simulation;

import java.util.Arrays;

/**
 * What is going to happen, by time; what happens at the same time keeps the order in which it was
 * planned. A binary heap over plain arrays, since a run consists of little else.
 */
final class EventQueue {
  private long[] times = new long[1024];
  private long[] sequences = new long[1024];
  private Runnable[] events = new Runnable[1024];
  private int size;
  private long nextSequence;

  boolean isEmpty() {
    return size == 0;
  }

  /** Time of the next event; there must be one. */
  long nextTime() {
    return times[0];
  }

  void add(long time, Runnable event) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      sequences = Arrays.copyOf(sequences, size * 2);
      events = Arrays.copyOf(events, size * 2);
    }
    long sequence = nextSequence++;
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (times[parent] <= time) {
        break; // An earlier sequence is never behind a later one of the same time.
      }
      move(parent, at);
      at = parent;
    }
    place(at, time, sequence, event);
  }

  Runnable poll() {
    Runnable first = events[0];
    int last = --size;
    long time = times[last];
    long sequence = sequences[last];
    Runnable event = events[last];
    events[last] = null;
    if (last > 0) {
      siftDown(time, sequence, event);
    }
    return first;
  }

  private void siftDown(long time, long sequence, Runnable event) {
    int at = 0;
    int half = size >>> 1;
    while (at < half) {
      int child = 2 * at + 1;
      if (child + 1 < size && isBefore(child + 1, times[child], sequences[child])) {
        child++;
      }
      if (!isBefore(child, time, sequence)) {
        break;
      }
      move(child, at);
      at = child;
    }
    place(at, time, sequence, event);
  }

  private boolean isBefore(int at, long time, long sequence) {
    return times[at] < time || (times[at] == time && sequences[at] < sequence);
  }

  private void move(int from, int to) {
    place(to, times[from], sequences[from], events[from]);
  }

  private void place(int at, long time, long sequence, Runnable event) {
    times[at] = time;
    sequences[at] = sequence;
    events[at] = event;
  }
}
