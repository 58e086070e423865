package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.QuorumFormation.AskAll;
import io.gofka.raft.QuorumFormation.Effect;
import io.gofka.raft.QuorumFormation.Form;
import io.gofka.raft.QuorumFormation.Join;
import io.gofka.raft.QuorumFormation.Self;
import io.gofka.raft.QuorumFormation.Waits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QuorumFormationTest {
  private static final SortedMap<String, HostPort> THREE = peers("a", "b", "c");

  private final SortedMap<String, Node> nodes = new TreeMap<>();
  private long nowMs = 1_000;
  private long lastDirectory;

  private static SortedMap<String, HostPort> peers(String... names) {
    SortedMap<String, HostPort> peers = new TreeMap<>();
    for (String name : names) {
      peers.put(name, new HostPort(name, 42069));
    }
    return peers;
  }

  /** A controller: what its disk holds, and the core while it runs and hasn't decided. */
  private final class Node {
    final String name;
    final SortedMap<String, HostPort> peers;
    final List<String> waits = new ArrayList<>();
    UUID directoryId;
    Standing standing = Standing.NEW;
    SortedMap<String, UUID> formedWith = Collections.emptySortedMap();
    String clusterId = "";
    VoterSet voters;
    Optional<UUID> lost = Optional.empty();
    boolean alive = true;
    QuorumFormation core;

    Node(String name, SortedMap<String, HostPort> peers) {
      this.name = name;
      this.peers = peers;
      wipe();
      restart();
    }

    void wipe() {
      directoryId = new UUID(0, ++lastDirectory);
      standing = Standing.NEW;
      formedWith = Collections.emptySortedMap();
      clusterId = "";
    }

    void restart() {
      alive = true;
      core = new QuorumFormation(new Self(name, directoryId, clusterId, peers));
    }

    NodeStatus status() {
      return new NodeStatus(
          clusterId,
          name,
          directoryId,
          new UUID(7, 7),
          Set.of(Role.CONTROLLER),
          new HostPort(name, 42069),
          standing,
          formedWith,
          peers,
          "");
    }

    /** A round: all that is there answers at once, what isn't refuses. */
    void round() {
      if (!alive || standing != Standing.NEW) {
        return;
      }
      for (Effect effect : core.onTick(nowMs)) {
        perform(effect);
      }
    }

    void perform(Effect effect) {
      if (effect instanceof AskAll ask) {
        for (String peer : ask.peers().keySet()) {
          Node other = nodes.get(peer);
          List<Effect> next =
              other != null && other.alive
                  ? core.onAnswer(ask.round(), peer, other.status(), nowMs)
                  : core.onNoAnswer(ask.round(), peer, "refused", nowMs);
          next.forEach(this::perform);
        }
      } else if (effect instanceof Form form) {
        standing = Standing.FORMED;
        formedWith = form.directories();
        voters = form.voters();
      } else if (effect instanceof Join join) {
        standing = Standing.JOINED;
        lost = join.lostDirectory();
      } else if (effect instanceof Waits wait) {
        waits.add(wait.why());
      }
    }
  }

  private Node node(String name) {
    return node(name, THREE);
  }

  private Node node(String name, SortedMap<String, HostPort> peers) {
    Node node = new Node(name, peers);
    nodes.put(name, node);
    return node;
  }

  private void run(long ms) {
    for (long end = nowMs + ms; nowMs < end; nowMs += 50) {
      nodes.values().forEach(Node::round);
    }
  }

  @Test
  void allThreeFormTheQuorumOfTheNamedPeersAtOnce() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    run(QuorumFormation.ROUND_MS * 2);
    for (Node node : nodes.values()) {
      assertEquals(Standing.FORMED, node.standing, node.name);
      assertEquals(a.voters, node.voters);
      assertTrue(
          node.voters.voters().values().stream().allMatch(voter -> voter.directoryId().isEmpty()));
    }
    assertEquals(THREE.keySet(), a.voters.voters().keySet());
    assertEquals(b.directoryId, a.formedWith.get("b"));
    assertEquals(c.directoryId, a.formedWith.get("c"));
  }

  @Test
  void oneOfThreeWaits() {
    Node a = node("a");
    run(60_000);
    assertEquals(Standing.NEW, a.standing);
    assertEquals(1, a.waits.size(), a.waits::toString);
    assertTrue(a.waits.get(0).contains("majority"), a.waits::toString);
  }

  @Test
  void majorityFormsAfterAWaitAndTheLateStarterJoins() {
    Node a = node("a");
    Node b = node("b");
    run(QuorumFormation.PATIENCE_MS / 2);
    assertEquals(Standing.NEW, a.standing);
    run(QuorumFormation.PATIENCE_MS);
    assertEquals(Standing.FORMED, a.standing);
    assertEquals(Standing.FORMED, b.standing);
    Node c = node("c");
    run(1_000);
    assertEquals(Standing.JOINED, c.standing);
    assertEquals(Optional.empty(), c.lost);
  }

  @Test
  void whoWasCountedFormsEvenWhenTheOtherWasQuicker() {
    Node a = node("a");
    Node b = node("b");
    node("c").alive = false;
    a.standing = Standing.FORMED;
    a.formedWith = new TreeMap<>();
    a.formedWith.put("a", a.directoryId);
    a.formedWith.put("b", b.directoryId);
    run(400);
    assertEquals(Standing.FORMED, b.standing);
    assertEquals(a.formedWith, b.formedWith);
  }

  /** b's voice is needed: that c follows doesn't mean that a majority has ever been there. */
  @Test
  void whoJoinedAQuorumThatIsNotAtWorkLetsNobodyElseJoin() {
    Node a = node("a");
    Node b = node("b");
    a.standing = Standing.FORMED;
    a.formedWith = new TreeMap<>();
    a.formedWith.put("a", a.directoryId);
    a.formedWith.put("b", b.directoryId);
    b.alive = false;
    Node c = node("c");
    run(400);
    assertEquals(Standing.JOINED, c.standing);
    a.alive = false;
    b.restart();
    run(10_000);
    assertEquals(Standing.NEW, b.standing);
    String why = b.waits.get(b.waits.size() - 1);
    assertTrue(why.contains("c has joined"), why);
    a.restart();
    run(400);
    assertEquals(Standing.FORMED, b.standing);
  }

  @Test
  void whoHasLearntTheIdOfItsClusterLetsOthersJoin() {
    node("a").alive = false;
    Node b = node("b");
    Node c = node("c");
    c.standing = Standing.JOINED;
    c.clusterId = "first";
    run(400);
    assertEquals(Standing.JOINED, b.standing);
  }

  /** Else the new peers, which see that it knows a cluster, would join what it forms alone. */
  @Test
  void formerBrokerOfAClusterDoesNotFormAnother() {
    Node a = node("a");
    a.clusterId = "first";
    a.restart();
    node("b");
    node("c");
    run(10_000);
    nodes
        .values()
        .forEach(node -> assertTrue(node.standing != Standing.FORMED, node.name + " has formed"));
    assertEquals(Standing.NEW, a.standing);
    assertTrue(a.waits.get(0).contains("first"), a.waits::toString);
  }

  @Test
  void formerBrokerOfAClusterDoesNotJoinAnother() {
    Node a = node("a");
    a.clusterId = "first";
    a.restart();
    Node b = node("b");
    b.standing = Standing.FORMED;
    b.clusterId = "second";
    run(400);
    assertEquals(Standing.NEW, a.standing);
    b.clusterId = "first";
    run(400);
    assertEquals(Standing.JOINED, a.standing);
  }

  @Test
  void restartInTheMidstOfItForms() {
    Node a = node("a");
    Node b = node("b");
    run(QuorumFormation.PATIENCE_MS / 2);
    b.alive = false; // Before it has written anything down.
    run(300);
    b.restart();
    run(QuorumFormation.PATIENCE_MS * 2);
    assertEquals(Standing.FORMED, a.standing);
    assertEquals(Standing.FORMED, b.standing);
  }

  @Test
  void emptiedControllerJoinsAndIsToldWhatItLost() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    run(400);
    UUID lost = c.directoryId;
    c.wipe();
    c.restart();
    run(400);
    assertEquals(Standing.JOINED, c.standing);
    assertEquals(Optional.of(lost), c.lost);
    assertEquals(Standing.FORMED, a.standing);
    assertEquals(Standing.FORMED, b.standing);
  }

  /** Else two that have forgotten everything could outvote the one that hasn't. */
  @Test
  void emptiedMajorityDoesNotBeginAnewWhileTheThirdIsThere() {
    node("a");
    Node b = node("b");
    Node c = node("c");
    run(400);
    b.wipe();
    b.restart();
    c.wipe();
    c.restart();
    run(400);
    assertEquals(Standing.JOINED, b.standing);
    assertEquals(Standing.JOINED, c.standing);
  }

  @Test
  void nobodyFormsWithPeersThatNameOthers() {
    Node a = node("a");
    Node b = node("b", peers("a", "b", "d"));
    Node c = node("c");
    run(10_000);
    for (Node node : List.of(a, b, c)) {
      assertEquals(Standing.NEW, node.standing, node.name);
    }
    assertTrue(a.waits.get(a.waits.size() - 1).contains("same peers"), a.waits::toString);
  }

  @Test
  void controllerThatIsNotNamedNeverForms() {
    node("a");
    node("b").alive = false;
    node("c").alive = false;
    Node d = node("d");
    run(10_000);
    assertEquals(Standing.NEW, d.standing);
    nodes.get("b").restart();
    nodes.get("c").restart();
    run(10_000);
    assertEquals(Standing.JOINED, d.standing);
  }

  @Test
  void peersOfTwoClustersAreRefused() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    a.standing = Standing.FORMED;
    a.clusterId = "first";
    b.standing = Standing.FORMED;
    b.clusterId = "second";
    run(2_000);
    assertEquals(Standing.NEW, c.standing);
    String why = c.waits.get(c.waits.size() - 1);
    assertTrue(why.contains("first") && why.contains("second"), why);
  }

  @Test
  void anotherNodeAtThePlaceOfAPeerIsNotCounted() {
    Node a = node("a");
    Node b = node("b");
    nodes.put("c", b); // At c's address b answers.
    nodes.remove("b");
    run(10_000);
    assertEquals(Standing.NEW, a.standing);
    assertTrue(a.waits.get(0).contains("where c belongs, is b"), a.waits::toString);
  }

  @Test
  void answerOfAnEarlierRoundIsNotCounted() {
    Node b = node("b");
    QuorumFormation a = new QuorumFormation(new Self("a", new UUID(9, 9), "", THREE));
    assertEquals(new AskAll(1, peers("b", "c")), a.onTick(0).get(0));
    assertEquals(1, a.onTick(QuorumFormation.ANSWER_TIMEOUT_MS).size());
    long next = QuorumFormation.ANSWER_TIMEOUT_MS + QuorumFormation.ROUND_MS;
    assertEquals(new AskAll(2, peers("b", "c")), a.onTick(next).get(0));
    assertEquals(List.of(), a.onAnswer(1, "b", b.status(), next));
    assertEquals(List.of(), a.onNoAnswer(2, "c", "refused", next));
    assertEquals(List.of(), a.onTick(next + 1), "b of round 2 is still waited for");
  }

  /** Starts, stops and lost directories in any order: never two quorums, never a second vote. */
  @Test
  void neverDoesADirectoryFormThatTheQuorumDoesNotCountOn() {
    int losses = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      nodes.clear();
      for (String name : THREE.keySet()) {
        node(name).alive = random.nextBoolean();
      }
      Set<String> wiped = new java.util.TreeSet<>();
      for (int step = 0; step < 30; step++) {
        Node node = new ArrayList<>(nodes.values()).get(random.nextInt(3));
        boolean allKnow = nodes.values().stream().allMatch(n -> n.standing != Standing.NEW);
        switch (random.nextInt(4)) {
          case 0 -> node.alive = false;
          case 1 -> node.restart();
          case 2 -> {
            // A single directory is lost: no majority has forgotten, whoever is there.
            if (wiped.isEmpty() && allKnow && node.standing == Standing.FORMED) {
              node.wipe();
              node.restart();
              wiped.add(node.name);
            }
          }
          default -> run(random.nextInt(3_000));
        }
      }
      nodes.values().stream().filter(node -> !node.alive).forEach(Node::restart);
      run(5_000);
      for (Node node : nodes.values()) {
        assertTrue(node.standing != Standing.NEW, "seed " + seed + ", " + node.name);
        boolean mayVote = node.standing == Standing.FORMED;
        assertTrue(!mayVote || !wiped.contains(node.name), "seed " + seed + ", " + node.name);
      }
      long voters =
          nodes.values().stream()
              .filter(n -> n.standing == Standing.FORMED || wiped.contains(n.name))
              .count();
      assertTrue(voters >= 2, "seed " + seed + ": only " + voters + " ever had a vote");
      losses += wiped.size();
    }
    assertTrue(losses > 500, "directories lost: " + losses);
  }
}
