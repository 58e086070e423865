package io.gofka.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** A host without threads: work is done when the test says so, and time is a number. */
final class VirtualHost implements ShardHost {
  private final Deque<Runnable> ordered = new ArrayDeque<>();
  private final Deque<Runnable> beside = new ArrayDeque<>();
  private final Deque<Runnable> soon = new ArrayDeque<>();
  private final TreeMap<Long, Runnable> timers = new TreeMap<>();
  private long nowMs;
  private long nextId;

  private static final long START = 1_700_000_000_000L;

  void advance(long ms) {
    nowMs += ms;
  }

  /** Lets time pass and fires what is due. */
  void pass(long ms) {
    long until = nowMs + ms;
    while (true) {
      var next =
          timers.entrySet().stream().filter(timer -> due(timer.getKey()) <= until).findFirst();
      if (next.isEmpty()) {
        break;
      }
      timers.remove(next.get().getKey());
      nowMs = Math.max(nowMs, due(next.get().getKey()));
      next.get().getValue().run();
    }
    nowMs = until;
  }

  private static long due(long key) {
    return key >>> 20;
  }

  /** Does everything that workers were given and all that follows from it. */
  void work() {
    while (!ordered.isEmpty() || !beside.isEmpty() || !soon.isEmpty()) {
      workBeside();
      while (!ordered.isEmpty()) {
        ordered.poll().run();
      }
      settle();
    }
  }

  /** Does what is beside the ordered work only. */
  void workBeside() {
    while (!beside.isEmpty()) {
      beside.poll().run();
    }
  }

  /** Ends the current turn of the loop. */
  void settle() {
    while (!soon.isEmpty()) {
      soon.poll().run();
    }
  }

  boolean hasWorkBeside() {
    return !beside.isEmpty();
  }

  @Override
  public long timestampMs() {
    return START + nowMs;
  }

  @Override
  public long nowMs() {
    return nowMs;
  }

  @Override
  public <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    ordered.add(() -> run(work, done, failed));
  }

  @Override
  public <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    beside.add(() -> run(work, done, failed));
  }

  private static <T> void run(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    T result;
    try {
      result = work.call();
    } catch (Exception failure) {
      failed.accept(failure);
      return;
    }
    done.accept(result);
  }

  @Override
  public long after(long delayMs, Runnable action) {
    long key = ((nowMs + delayMs) << 20) | nextId++;
    timers.put(key, action);
    return key;
  }

  @Override
  public void cancel(long timer) {
    timers.remove(timer);
  }

  @Override
  public void soon(Runnable action) {
    soon.add(action);
  }

  @Override
  public UUID unique() {
    return new UUID(0, nextId++);
  }
}
