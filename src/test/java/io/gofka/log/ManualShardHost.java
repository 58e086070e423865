package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.ReplicasUnusable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** A shard's world in one thread: work is done when the test says so, and time is the test's. */
class ManualShardHost implements ShardHost {
  static final long NOW = 1_700_000_000_000L;

  private record Timer(long id, long dueMs, Runnable action) {}

  private final Deque<Runnable> ordered = new ArrayDeque<>();
  private final Deque<Runnable> beside = new ArrayDeque<>();
  private final Deque<Runnable> cleaning = new ArrayDeque<>();
  private final Deque<Runnable> writes = new ArrayDeque<>();
  private final Deque<Runnable> soon = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>((a, b) -> Long.compare(a.dueMs, b.dueMs));
  private final Deque<Sent<FollowerMessage>> toLeaders = new ArrayDeque<>();
  private final Deque<Sent<LeaderMessage>> toFollowers = new ArrayDeque<>();
  private final Deque<IsrRequest> isrChanges = new ArrayDeque<>();
  private List<WriteBack> writeBack = List.of();
  private List<LogDirState> directories = List.of();
  private List<TopicIdPartition> unusable = List.of();
  private Optional<String> brokenDirectories = Optional.empty();
  private CopyThrottles throttles = new CopyThrottles(BrokerConfig.DEFAULTS, 0);
  private long nowMs;
  private long pauseMs;
  private long nextId;

  @Override
  public long timestampMs() {
    return NOW + nowMs;
  }

  @Override
  public long nowMs() {
    nowMs += pauseMs;
    return nowMs;
  }

  /** From now on the rates of this configuration hold. */
  void throttle(BrokerConfig config) {
    throttles = new CopyThrottles(config, nowMs);
  }

  @Override
  public int piece(CopyThrottles.Side side, int bytes) {
    return throttles.piece(side, bytes);
  }

  @Override
  public long throttleMs(CopyThrottles.Side side, long bytes) {
    return throttles.reserveMs(side, bytes, nowMs);
  }

  /** From now on so much time passes before each look at the clock, as when the disk is slow. */
  void pauseBeforeEachLook(long durationMs) {
    pauseMs = durationMs;
  }

  @Override
  public <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    ordered.add(() -> run(work, done, failed));
  }

  @Override
  public <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    beside.add(() -> run(work, done, failed));
  }

  @Override
  public <T> void cleaning(
      int threads, Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    cleaning.add(() -> run(work, done, failed));
  }

  @Override
  public <T> void removing(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    beside.add(() -> run(work, done, failed));
  }

  @Override
  public void pause(long durationMs) {
    nowMs += durationMs;
  }

  @Override
  public <T> void write(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    writes.add(() -> run(work, done, failed));
  }

  private static <T> void run(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
    T result;
    try {
      result = work.call();
    } catch (Throwable failure) {
      failed.accept(failure);
      return;
    }
    done.accept(result);
  }

  @Override
  public List<WriteBack> writeBack() {
    return writeBack;
  }

  /** How far behind the kernel is from now on. */
  void writeBack(WriteBack now) {
    writeBack = List.of(now);
  }

  @Override
  public long after(long delayMs, Runnable action) {
    timers.add(new Timer(nextId, nowMs + delayMs, action));
    return nextId++;
  }

  @Override
  public void cancel(long timer) {
    timers.removeIf(each -> each.id == timer);
  }

  @Override
  public void soon(Runnable action) {
    soon.add(action);
  }

  @Override
  public void onDirectories(LogDirState.Changed states) {
    directories = states.directories();
  }

  @Override
  public void onUnusable(ReplicasUnusable replicas) {
    unusable = replicas.partitions();
  }

  /** The replicas that were told last to be unusable. */
  List<TopicIdPartition> unusable() {
    return unusable;
  }

  @Override
  public void onAllDirectoriesBroken(String why) {
    brokenDirectories = Optional.of(why);
  }

  /** What was told when no directory could be expected to come back. */
  Optional<String> brokenDirectories() {
    return brokenDirectories;
  }

  /** What was told of the log directories last. */
  List<LogDirState> directories() {
    return directories;
  }

  @Override
  public void toLeader(int leaderId, List<FollowerMessage> messages) {
    messages.forEach(each -> toLeaders.add(new Sent<>(leaderId, each)));
  }

  @Override
  public void toFollower(
      int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
    messages.forEach(each -> toFollowers.add(new Sent<>(followerId, each)));
    soon.add(written);
  }

  @Override
  public void changeIsrs(
      List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {
    isrChanges.add(new IsrRequest(changes, answered, failed));
  }

  /** A message and the broker it is for. */
  record Sent<M>(int brokerId, M message) {}

  /** Changes that the controllers are asked for. */
  record IsrRequest(
      List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {}

  /** What was sent to leaders. */
  Deque<Sent<FollowerMessage>> toLeaders() {
    return toLeaders;
  }

  /** What was sent to followers; the records are the sender's. */
  Deque<Sent<LeaderMessage>> toFollowers() {
    return toFollowers;
  }

  Deque<IsrRequest> isrChanges() {
    return isrChanges;
  }

  @Override
  public UUID unique() {
    return new UUID(0, nextId++);
  }

  /** One piece of the work that goes in order. */
  void runOrdered() {
    ordered.remove().run();
  }

  int orderedWork() {
    return ordered.size();
  }

  /** One piece of the work that goes beside. */
  void runBeside() {
    beside.remove().run();
  }

  /** One piece of the work of compaction; whether there was any. */
  boolean runCleaning() {
    Runnable next = cleaning.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  /** The write or sync that was given away first. */
  void runWrite() {
    writes.remove().run();
  }

  /** Writes and syncs that no worker has begun with. */
  int writes() {
    return writes.size();
  }

  /** The process has ended: what it was about to do is not done. */
  void forgetWork() {
    timers.clear();
    ordered.clear();
    beside.clear();
    cleaning.clear();
    writes.clear();
    soon.clear();
  }

  /** At most one piece of each kind of work. */
  void runSome() {
    endTurn();
    for (Deque<Runnable> queue : List.of(beside, writes, ordered)) {
      if (!queue.isEmpty()) {
        queue.remove().run();
      }
    }
  }

  /** Everything that is to be done now. */
  void runAll() {
    while (!ordered.isEmpty() || !beside.isEmpty() || !writes.isEmpty() || !soon.isEmpty()) {
      Deque<Runnable> next =
          !soon.isEmpty()
              ? soon
              : !beside.isEmpty() ? beside : !writes.isEmpty() ? writes : ordered;
      next.remove().run();
    }
  }

  /** Ends what is going on now: only what was put off until then is done. */
  void endTurn() {
    while (!soon.isEmpty()) {
      soon.remove().run();
    }
  }

  boolean hasWorkBeside() {
    return !beside.isEmpty();
  }

  /** Lets time pass within what is going on now: no timer can fire. */
  void elapse(long durationMs) {
    nowMs += durationMs;
  }

  /** Lets time pass, and timers fire. */
  void advance(long durationMs) {
    long untilMs = nowMs + durationMs;
    while (!timers.isEmpty() && timers.element().dueMs <= untilMs) {
      Timer due = timers.remove();
      nowMs = Math.max(nowMs, due.dueMs);
      due.action.run();
    }
    nowMs = untilMs;
  }
}
