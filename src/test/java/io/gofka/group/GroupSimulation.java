package io.gofka.group;

import io.gofka.common.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A group whose members, network and coordinator fail in ways that a seed decides, in virtual time.
 * After a while the faults end; then the group must come to rest.
 *
 * <p>Checked all along: no partition has two owners in one generation; a commit of an older
 * generation is refused; what was acknowledged is never lost; a coordinator that reads the log
 * knows what the running one knows; each request is answered at most once.
 */
final class GroupSimulation {
  static final String GROUP = "group";
  static final String TOPIC = "topic";
  static final int PARTITIONS = 7;
  static final int SESSION_MS = 6_000;
  static final int REBALANCE_MS = 10_000;
  static final int HEARTBEAT_MS = 2_000;
  private static final int COMMIT_TIMEOUT_MS = 5_000;
  private static final long FAULTS_END_MS = 180_000;

  /** Longer than the whole run, and shorter than the wall clock's jumps: nothing may expire. */
  private static final long RETENTION_MS = 600_000;

  /** Nobody owns it. */
  private static final int OLD_PARTITION = PARTITIONS;

  private static final long OLD_OFFSET = 1_000_000_000;

  /**
   * A request may just have been sent that nobody answers, and each timeout may just have begun.
   */
  private static final long REST_MS = 3 * (REBALANCE_MS + 2_000) + 2 * SESSION_MS;

  private record Event(long atMs, long sequence, Runnable action) {}

  private final long seed;
  private final SplittableRandom random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) ->
              a.atMs != b.atMs
                  ? Long.compare(a.atMs, b.atMs)
                  : Long.compare(a.sequence, b.sequence));
  private final SimulatedBroker broker;
  private final List<SimulatedMember> members = new ArrayList<>();
  private final Map<Integer, Map<Integer, Integer>> ownersByGeneration = new HashMap<>();

  /** In which order commits reached a coordinator, by the offset that each alone carries. */
  private final Map<Long, Long> orderByOffset = new HashMap<>();

  /** By partition, the order of the latest commit that was acknowledged. */
  private final Map<Integer, Long> acknowledged = new HashMap<>();

  private long nowMs;
  private long nextSequence;
  private long nextOffset;
  private long nextOrder;
  private int numRefusedCommits;
  private int numAcknowledgedCommits;

  GroupSimulation(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.broker =
        new SimulatedBroker(
            this,
            new GroupSettings(
                RETENTION_MS,
                10_000,
                COMMIT_TIMEOUT_MS,
                5 << 20,
                0,
                4_096,
                random.nextInt(2) * 500,
                SESSION_MS,
                60_000,
                100));
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      members.add(new SimulatedMember(this, i, random.nextInt(3) == 0, random.nextBoolean()));
    }
  }

  /** How much has happened, so that a test can see that anything has. */
  record Outcome(int generations, int acknowledgedCommits, int refusedCommits) {}

  Outcome run() {
    // A group that has an offset is kept also while it is empty, and its generations go on.
    broker.committedBefore(OLD_PARTITION, OLD_OFFSET);
    broker.start();
    for (SimulatedMember member : members) {
      after(random.nextInt(5_000), member::start);
      after(random.nextInt(20_000), () -> nextFault(member));
    }
    after(random.nextInt(60_000), this::nextFailover);
    runUntil(FAULTS_END_MS);
    runUntil(FAULTS_END_MS + REST_MS);
    checkRest();
    members.forEach(SimulatedMember::leave);
    runUntil(nowMs + REST_MS);
    check(broker.core().describe(GROUP).state() == GroupState.EMPTY, "the group is not empty");
    check(broker.numWaiting() == 0, broker.numWaiting() + " requests never get an answer");
    return new Outcome(ownersByGeneration.size(), numAcknowledgedCommits, numRefusedCommits);
  }

  private void runUntil(long endMs) {
    while (!events.isEmpty() && events.peek().atMs <= endMs) {
      Event event = events.poll();
      nowMs = Math.max(nowMs, event.atMs);
      event.action.run();
    }
    nowMs = endMs;
  }

  private void checkRest() {
    Set<Integer> all = new TreeSet<>();
    for (SimulatedMember member : members) {
      check(member.stable(), "a member is not stable");
      check(
          member.generationId() == members.get(0).generationId(),
          "members are in different generations");
      all.addAll(member.owned());
    }
    check(all.size() == PARTITIONS, "only " + all + " have owners");
    check(
        broker.core().describe(GROUP).members().size() == members.size(),
        "the group has other members");
    broker.checkAgainstReplay();
  }

  // ---- faults

  private boolean faulty() {
    return nowMs < FAULTS_END_MS - SESSION_MS;
  }

  boolean refusesAppends() {
    return faulty();
  }

  private void nextFault(SimulatedMember member) {
    if (!faulty()) {
      if (!member.running()) {
        member.start();
      }
      return;
    }
    if (!member.running()) {
      member.start();
    } else if (random.nextInt(3) == 0) {
      member.leave();
    } else if (random.nextInt(2) == 0) {
      member.crash();
    }
    after(1_000 + random.nextInt(30_000), () -> nextFault(member));
  }

  private void nextFailover() {
    if (faulty()) {
      broker.failOver(random.nextInt(3_000));
      after(5_000 + random.nextInt(60_000), this::nextFailover);
    }
  }

  long appendDelayMs() {
    if (faulty() && random.nextInt(200) == 0) {
      return random.nextInt(3 * COMMIT_TIMEOUT_MS); // An in-sync replica doesn't keep up.
    }
    return random.nextInt(faulty() && random.nextInt(20) == 0 ? 3_000 : 30);
  }

  /** Calls the coordinator over a network that loses, delays and, as retries do, repeats. */
  void send(SimulatedBroker.Call call, Consumer<Object> onReply) {
    int copies = faulty() && random.nextInt(30) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (!lost()) {
        after(delayMs(), () -> deliver(call, onReply));
      }
    }
  }

  private void deliver(SimulatedBroker.Call call, Consumer<Object> onReply) {
    if (broker.up()) {
      broker.call(
          call,
          reply -> {
            if (!lost()) {
              after(delayMs(), () -> onReply.accept(reply));
            }
          });
    }
  }

  private boolean lost() {
    return faulty() && random.nextInt(40) == 0;
  }

  private long delayMs() {
    return random.nextInt(faulty() && random.nextInt(30) == 0 ? 4_000 : 20);
  }

  // ---- what members tell

  void onOwned(int member, int generationId, Set<Integer> owned) {
    Map<Integer, Integer> owners =
        ownersByGeneration.computeIfAbsent(generationId, id -> new HashMap<>());
    for (int partition : owned) {
      Integer other = owners.putIfAbsent(partition, member);
      check(
          other == null || other == member,
          "partition "
              + partition
              + " belongs to members "
              + other
              + " and "
              + member
              + " in generation "
              + generationId);
    }
  }

  long nextOffset() {
    return ++nextOffset;
  }

  void sendCommit(CommitOffsets commit, int partition, long offset) {
    if (!lost()) {
      after(
          delayMs(),
          () -> {
            if (broker.up()) {
              deliverCommit(commit, partition, offset);
            }
          });
    }
  }

  private void deliverCommit(CommitOffsets commit, int partition, long offset) {
    boolean outdated = commit.generationId() < broker.latestGeneration();
    orderByOffset.put(offset, ++nextOrder);
    long order = nextOrder;
    broker.call(
        (core, id, moment) -> core.commitOffsets(id, commit, moment),
        reply -> {
          if (((List<?>) reply).get(0) == ErrorCode.NONE) {
            check(!outdated, "a commit of generation " + commit.generationId() + " was accepted");
            numAcknowledgedCommits++;
            acknowledged.merge(partition, order, Math::max);
            checkAcknowledged();
          } else {
            numRefusedCommits++;
          }
        });
  }

  /** What is committed is what was acknowledged last, or something that came after it. */
  void checkAcknowledged() {
    check(broker.committed(OLD_PARTITION) == OLD_OFFSET, "an offset has expired");
    acknowledged.forEach(
        (partition, order) ->
            check(
                orderByOffset.getOrDefault(broker.committed(partition), -1L) >= order,
                "an acknowledged offset of partition " + partition + " is lost"));
  }

  // ---- the world

  SplittableRandom random() {
    return random;
  }

  Moment moment() {
    // The wall clock jumps about; nothing but stored timestamps may notice.
    return new Moment(nowMs, 1_700_000_000_000L + nowMs + (nowMs / 30_000 % 3) * 3_600_000);
  }

  void after(long delayMs, Runnable action) {
    at(nowMs + delayMs, action);
  }

  void at(long atMs, Runnable action) {
    events.add(new Event(atMs, nextSequence++, action));
  }

  void check(boolean holds, String invariant) {
    if (!holds) {
      throw new AssertionError(
          invariant
              + "\n  at "
              + nowMs
              + " ms; again with new GroupSimulation("
              + seed
              + ").run()");
    }
  }
}
