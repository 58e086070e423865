package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Replicas under random faults; the simulation does this at length and with worse disks. */
class RaftCoreRandomTest {
  private static final int SEEDS = Integer.getInteger("gofka.raft.seeds", 100);
  private static final long FIRST = Long.getLong("gofka.raft.seed", 0);
  private static final boolean TRACE = Boolean.getBoolean("gofka.raft.trace");

  @Test
  void whatIsDeliveredOnceStaysAndWorkGoesOnWhenTheFaultsEnd() {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        run(seed);
      } catch (RuntimeException | AssertionError failed) {
        throw new AssertionError("-Dgofka.raft.seeds=1 -Dgofka.raft.seed=" + seed, failed);
      }
    }
  }

  private static void run(long seed) {
    RaftWorld world = new RaftWorld(seed);
    if (TRACE) {
      world.tellMessages = true;
      world.listener = line -> System.out.println(world.nowMs + " " + line);
    }
    int size = 1 + world.random.nextInt(5);
    String[] names = List.of("a", "b", "c", "d", "e").subList(0, size).toArray(new String[0]);
    world.quorum(names);
    int keep = world.random.nextInt(10);
    int inflight = 1 + world.random.nextInt(5);
    world.settings =
        key ->
            new RaftSettings(
                key,
                RaftWorld.address(key.nodeId()),
                RaftWorld.TIMEOUT_MS,
                RaftWorld.HEARTBEAT_MS,
                20,
                inflight,
                7,
                1 << 20,
                keep,
                100,
                1 << 20,
                100,
                64,
                10_000);
    world.startAll();
    for (String name : List.of("x", "y")) {
      world.joining(name).start();
    }
    world.loss = world.random.nextDouble() * 0.2;
    world.duplication = world.random.nextDouble() * 0.2;
    world.maxDelayMs = 1 + world.random.nextLong(200);
    List<String> all = new ArrayList<>(world.nodes.keySet());
    for (int step = 0; step < 300; step++) {
      RaftWorld.Node node = world.node(all.get(world.random.nextInt(all.size())));
      switch (world.random.nextInt(22)) {
        case 0 -> crash(world, node);
        case 1, 2 -> world.startAll();
        case 3 -> world.cuts.add(node.name + ">" + all.get(world.random.nextInt(all.size())));
        case 4, 5 -> world.cuts.clear();
        case 6 -> isolate(world, node);
        case 7 -> node.diskMs = 1 + world.random.nextLong(500);
        case 8, 9 -> snapshot(world, node);
        case 10, 11, 12, 14 -> administrate(world, node, step);
        case 13 -> notice(world, node);
        default -> propose(world, step);
      }
      world.run(world.random.nextInt(300));
    }
    world.cuts.clear();
    world.loss = 0;
    world.maxDelayMs = 5;
    world.nodes.values().forEach(node -> node.diskMs = 1);
    world.startAll();
    boolean done = false;
    for (int i = 0; i < 20 && !done; i++) {
      // Its leader may be on the way out, and the proposal may be lost with it.
      world.leader().ifPresent(leader -> world.propose(leader.name, "last"));
      done = world.runUntil(() -> allHave(world, "last"), 1000);
    }
    assertTrue(done, "a leader takes proposals, and all get them");
  }

  private static boolean allHave(RaftWorld world, String text) {
    return world.nodes.values().stream().allMatch(node -> node.applied.contains(text));
  }

  private static void crash(RaftWorld world, RaftWorld.Node node) {
    if (node.up()) {
      node.crash(world.random.nextInt(3));
    }
  }

  private static void isolate(RaftWorld world, RaftWorld.Node node) {
    for (String other : world.nodes.keySet()) {
      world.cuts.add(node.name + ">" + other);
      world.cuts.add(other + ">" + node.name);
    }
  }

  private static void snapshot(RaftWorld world, RaftWorld.Node node) {
    if (node.up() && node.appliedIndex >= 0) {
      world.snapshot(node.name);
    }
  }

  private static void notice(RaftWorld world, RaftWorld.Node gone) {
    for (RaftWorld.Node other : world.nodes.values()) {
      if (other.up() && !gone.up()) {
        other.perform(other.core.onPeerUnreachable(gone.name, world.nowMs));
      }
    }
  }

  private static void administrate(RaftWorld world, RaftWorld.Node node, int step) {
    if (!node.up()) {
      return;
    }
    List<String> all = new ArrayList<>(world.nodes.keySet());
    String other = all.get(world.random.nextInt(all.size()));
    List<RaftEffect> effects =
        switch (world.random.nextInt(5)) {
          case 0, 1 -> node.core.addVoter(step, world.node(other).key(), world.nowMs);
          case 2 -> node.core.removeVoter(step, other, Optional.empty(), world.nowMs);
          case 3 -> node.core.transferLeadership(Optional.empty(), world.nowMs);
          default -> node.core.requestRead(step, world.nowMs);
        };
    node.perform(effects);
  }

  private static void propose(RaftWorld world, int step) {
    for (int i = 0; i < 3; i++) {
      Optional<RaftWorld.Node> leader = world.leader();
      if (leader.isPresent()) {
        world.propose(leader.get().name, "p" + step + "-" + i);
      }
    }
  }
}
