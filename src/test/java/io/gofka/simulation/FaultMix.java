package io.gofka.simulation;

import io.gofka.common.HostPort;
import io.gofka.raft.RaftSettings;
import io.gofka.raft.ReplicaKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a seed has to do with: how many nodes, which kinds of faults, how often, and the settings of
 * the cores. Each seed draws a mix of its own, since a run with all faults at once hardly ever gets
 * anywhere, and faults hide each other.
 *
 * @param absentVoters of the first voters, that were not there when the quorum was formed
 * @param faultGapMicros mean time from one fault to the next
 * @param faultPhaseMicros how long there are faults
 * @param crashNoticed probability that a node notices at once that another has died
 * @param clientGapMicros mean time from one command to the next
 * @param maxDrift of a clock, as a part of true time
 * @param brokers that there are beside the nodes, when the quorum agrees about metadata
 */
record FaultMix(
    int nodes,
    int voters,
    int absentVoters,
    long electionTimeoutMs,
    long heartbeatMs,
    Network.Weather weather,
    DiskPace pace,
    Set<Fault> faults,
    long faultGapMicros,
    long faultPhaseMicros,
    double crashNoticed,
    long clientGapMicros,
    int maxPadding,
    double maxDrift,
    int snapshotEvery,
    int maxSnapshotPadding,
    int entriesKept,
    int maxAppendBytes,
    int maxInflight,
    int chunkBytes,
    int maxUncommitted,
    int brokers) {

  /** Things that go wrong. */
  enum Fault {
    CRASH,
    CRASH_BETWEEN_EFFECTS,
    CRASH_OF_LEADER,
    POWER_LOSS,
    PAUSE,
    ISOLATION,
    ISOLATION_OF_LEADER,
    ONE_WAY_CUT,
    HALVES,
    BRIDGE,
    CLOG,
    SLOW_DISK,
    DISK_FAILURE,
    LOST_DISK,
    TRANSFER,
    VOTER_CHANGE,
    FALSE_ALARM,
    FLAPPING
  }

  /**
   * How long syncs take.
   *
   * @param stall probability that one takes about stallMicros
   */
  record DiskPace(long syncMicros, double stall, long stallMicros) {
    static DiskPace quick() {
      return new DiskPace(500, 0, 0);
    }
  }

  /** The mix of a seed. */
  static FaultMix draw(SplittableRandom random) {
    long timeoutMs = new long[] {500, 1000, 2000, 5000, 10_000}[random.nextInt(5)];
    long timeoutMicros = timeoutMs * World.MILLIS;
    long heartbeatMs = timeoutMs / (2 + random.nextInt(4));
    int nodes = 1 + weighted(random, 1, 4, 45, 15, 25, 5, 5);
    int voters = Math.min(nodes, 1 + weighted(random, 3, 4, 50, 8, 35));
    int absent = voters >= 3 && random.nextInt(8) == 0 ? 1 : 0;
    Set<Fault> faults = EnumSet.noneOf(Fault.class);
    double share = 0.1 + 0.6 * random.nextDouble();
    for (Fault fault : Fault.values()) {
      if (random.nextDouble() < share) {
        faults.add(fault);
      }
    }
    if (faults.isEmpty()) {
      faults.add(Fault.CRASH);
    }
    return new FaultMix(
        nodes,
        voters,
        absent,
        timeoutMs,
        heartbeatMs,
        drawWeather(random, timeoutMicros),
        drawPace(random, timeoutMicros),
        faults,
        timeoutMicros * (1 + random.nextInt(16)) / 2,
        timeoutMicros * (60 + random.nextInt(200)),
        random.nextInt(3) / 2.0,
        timeoutMicros / (1 + random.nextInt(5)),
        random.nextInt(3) * 40,
        random.nextInt(3) == 0 ? 0 : 0.05 * random.nextDouble(),
        random.nextInt(4) == 0 ? Integer.MAX_VALUE : 2 + random.nextInt(40),
        random.nextInt(400),
        random.nextInt(3) * random.nextInt(15),
        1 + random.nextInt(300),
        1 + random.nextInt(8),
        20 + random.nextInt(200),
        random.nextInt(4) == 0 ? 4 : 1000,
        1 + weighted(random, 1, 2, 5, 1));
  }

  /**
   * A small quorum with a few faults of its own, under brokers that have theirs: see {@link
   * ReplicationSimulation}.
   */
  static FaultMix ofReplication(SplittableRandom random) {
    long timeoutMs = random.nextBoolean() ? 500 : 1000;
    int nodes = random.nextInt(3) == 0 ? 3 : 1;
    Set<Fault> faults = EnumSet.noneOf(Fault.class);
    for (Fault fault :
        List.of(Fault.CRASH, Fault.CRASH_OF_LEADER, Fault.PAUSE, Fault.ISOLATION_OF_LEADER)) {
      if (random.nextInt(3) == 0) {
        faults.add(fault);
      }
    }
    faults.add(Fault.CRASH);
    Network.Weather weather =
        random.nextBoolean()
            ? Network.Weather.fine()
            : new Network.Weather(
                0.02 * random.nextDouble(),
                0,
                0.02,
                true,
                50,
                500,
                // Beyond any patience: what was given up may still be done.
                timeoutMs * World.MILLIS * (1 + random.nextInt(3) * 5));
    return new FaultMix(
        nodes,
        nodes,
        0,
        timeoutMs,
        timeoutMs / 4,
        weather,
        DiskPace.quick(),
        faults,
        timeoutMs * World.MILLIS * (3 + random.nextInt(20)),
        // Most bugs show early; some need a long history.
        (8 + random.nextInt(random.nextInt(4) == 0 ? 50 : 18)) * World.SECONDS,
        random.nextInt(3) / 2.0,
        World.SECONDS,
        0,
        random.nextInt(3) == 0 ? 0.01 * random.nextDouble() : 0,
        random.nextInt(4) == 0 ? 30 : Integer.MAX_VALUE,
        0,
        20,
        100_000,
        8,
        100_000,
        1000,
        3 + random.nextInt(2));
  }

  /** Nothing goes wrong by itself; small bounds, so that everything happens early. */
  static FaultMix calm(int nodes, int voters) {
    return new FaultMix(
        nodes,
        voters,
        0,
        1000,
        300,
        Network.Weather.fine(),
        DiskPace.quick(),
        EnumSet.noneOf(Fault.class),
        World.SECONDS,
        World.SECONDS,
        1,
        World.SECONDS,
        20,
        0,
        6,
        100,
        2,
        60,
        3,
        50,
        1000,
        0);
  }

  private static Network.Weather drawWeather(SplittableRandom random, long timeoutMicros) {
    double loss = random.nextInt(2) * 0.3 * random.nextDouble() * random.nextDouble();
    double duplication = random.nextInt(2) * 0.2 * random.nextDouble();
    double lateness = random.nextInt(2) * 0.1 * random.nextDouble();
    long delay = random.nextInt(3) == 0 ? timeoutMicros / 40 : 300;
    return new Network.Weather(
        loss,
        duplication,
        lateness,
        random.nextBoolean(),
        50,
        delay,
        timeoutMicros * new int[] {1, 4, 20}[random.nextInt(3)]);
  }

  private static DiskPace drawPace(SplittableRandom random, long timeoutMicros) {
    long sync = new long[] {100, 1000, 10_000, timeoutMicros / 20}[random.nextInt(4)];
    double stall = random.nextInt(2) * 0.05 * random.nextDouble();
    return new DiskPace(sync, stall, timeoutMicros / 2);
  }

  private static int weighted(SplittableRandom random, int... weights) {
    int sum = 0;
    for (int weight : weights) {
      sum += weight;
    }
    int at = random.nextInt(sum);
    int chosen = 0;
    while (at >= weights[chosen]) {
      at -= weights[chosen++];
    }
    return chosen;
  }

  long electionTimeoutMicros() {
    return electionTimeoutMs * World.MILLIS;
  }

  NodeClock clock(World world) {
    double drift = maxDrift * (2 * world.random().nextDouble() - 1);
    return new NodeClock(world.between(-1_000_000, 1_000_000_000), 1 + drift);
  }

  RaftSettings settings(ReplicaKey self) {
    return new RaftSettings(
        self,
        new HostPort(self.nodeId(), 42069),
        electionTimeoutMs,
        heartbeatMs,
        maxAppendBytes,
        maxInflight,
        chunkBytes,
        1_000_000,
        entriesKept,
        maxUncommitted,
        1_000_000,
        100,
        20,
        electionTimeoutMs * 10);
  }
}
