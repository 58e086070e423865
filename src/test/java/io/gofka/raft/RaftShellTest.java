package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.gofka.raft.ShellNode.Network;
import io.gofka.raft.storage.IdentityFile;
import io.gofka.raft.storage.RaftStorage;
import io.gofka.raft.storage.ReplicaIdentity;
import io.gofka.system.process.Await;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shells on real event loops and real disks; messages travel in memory. */
@Timeout(60)
class RaftShellTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> NAMES = List.of("a", "b", "c");

  @TempDir Path scratch;
  private final Network network = new Network();
  private final List<ShellNode> nodes = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (ShellNode node : nodes) {
      node.kill();
    }
  }

  // ---- A quorum of one.

  private ShellNode alone() throws Exception {
    ShellNode node = ShellNode.alone(scratch);
    nodes.add(node);
    node.open();
    Await.until("it leads", LIMIT, node::leads);
    return node;
  }

  private void close(ShellNode node) throws Exception {
    nodes.remove(node);
    node.close();
  }

  @Test
  void everyStartLeadsInANewTermAfterAllThatWasCommittedBefore() throws Exception {
    ShellNode node = alone();
    assertEquals(List.of("TERM_START 1", new Leadership(1, "n1", true)), node.events);
    assertEquals(1, node.propose(42));
    node.awaitNumber(42);
    close(node);

    ShellNode again = alone();
    assertEquals(
        List.of("TERM_START 1", 42, "TERM_START 2", new Leadership(2, "n1", true)), again.events);
  }

  @Test
  void nothingIsDeliveredBeforeItsProposerKnowsItsIndex() throws Exception {
    ShellNode node = alone();
    for (int i = 1; i <= 300; i++) {
      int number = i;
      node.onLoop(
          () -> {
            int before = node.events.size();
            assertEquals(number, node.shell.propose(Unpooled.copyInt(number)));
            assertEquals(before, node.events.size());
            return Future.succeededFuture();
          });
      node.awaitNumber(number);
    }
  }

  @Test
  void closeFlushesAndDeliversWhatWasProposed() throws Exception {
    ShellNode node = alone();
    node.onLoop(
        () -> {
          for (int i = 0; i < 10; i++) {
            node.shell.propose(Unpooled.copyInt(i));
          }
          return Future.fromCompletionStage(node.shell.close());
        });
    ApiException refused = assertThrows(ApiException.class, () -> node.propose(11));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    assertEquals(10, node.state().size());
    close(node);
    assertEquals(10, alone().state().size());
  }

  @Test
  void longLogIsReplayedInSlicesAndInOrder() throws Exception {
    ShellNode node = alone();
    node.onLoop(
        () -> {
          for (int i = 0; i < 40; i++) {
            byte[] large = new byte[RaftShell.DELIVERY_SLICE_BYTES / 4];
            node.shell.propose(Unpooled.wrappedBuffer(large).setInt(0, i));
          }
          return Future.succeededFuture();
        });
    node.awaitNumber(39);
    close(node);
    ShellNode again = alone();
    again.awaitNumber(39);
    List<Object> replayed = new ArrayList<>();
    replayed.add("TERM_START 1");
    for (int i = 0; i < 40; i++) {
      replayed.add(i);
    }
    replayed.add("TERM_START 2");
    replayed.add(new Leadership(2, "n1", true));
    assertEquals(replayed, again.events);
  }

  @Test
  void proposalsAreBoundedInNumberAndSize() throws Exception {
    ShellNode node = alone();
    ApiException tooLarge =
        assertThrows(
            ApiException.class,
            () ->
                node.onLoop(
                    () -> {
                      byte[] large = new byte[RaftStorage.MAX_PAYLOAD_BYTES + 1];
                      node.shell.propose(Unpooled.wrappedBuffer(large));
                      return Future.succeededFuture();
                    }));
    assertEquals(ErrorCode.RECORD_LIST_TOO_LARGE, tooLarge.errorCode());
    ApiException tooMany =
        assertThrows(
            ApiException.class,
            () ->
                node.onLoop(
                    () -> {
                      for (int i = 0; i <= 10_000; i++) {
                        node.shell.propose(Unpooled.copyInt(i));
                      }
                      return Future.succeededFuture();
                    }));
    assertEquals(ErrorCode.NOT_CONTROLLER, tooMany.errorCode());
  }

  @Test
  void snapshotTakesThePlaceOfWhatLedToItAtTheNextStart() throws Exception {
    ShellNode node = alone();
    for (int i = 0; i < 50; i++) {
      node.propose(i);
    }
    node.awaitNumber(49);
    node.takeSnapshot();
    node.propose(50);
    node.awaitNumber(50);
    SortedMap<Long, Integer> state = node.state();
    close(node);

    ShellNode again = alone();
    assertEquals(50, again.snapshotIndex());
    assertEquals(state, again.state());
    assertEquals("snapshot 50", again.events.get(0));
  }

  @Test
  void readIsAnsweredWithWhatWasDelivered() throws Exception {
    ShellNode node = alone();
    node.propose(7);
    node.awaitNumber(7);
    long index = node.onLoop(() -> Future.fromCompletionStage(node.shell.readIndex()));
    assertTrue(index >= 1, "index " + index);
  }

  // ---- Three controllers.

  private ReplicaIdentity formed(UUID directoryId) {
    SortedMap<String, Voter> voters = new TreeMap<>();
    SortedMap<String, UUID> directories = new TreeMap<>();
    for (String name : NAMES) {
      voters.put(name, new Voter(name, Optional.empty(), new HostPort(name, 1)));
      directories.put(name, directoryId);
    }
    return ReplicaIdentity.of(directoryId).formed(new VoterSet(voters), directories);
  }

  private ShellNode start(String name) throws Exception {
    return start(name, scratch.resolve(name), true);
  }

  private ShellNode start(String name, Path directory, boolean forms) throws Exception {
    FileMetadataDirectory made =
        FileMetadataDirectory.open(directory, name, new HostPort(name, 1), false);
    if (made.identity().standing() == Standing.NEW) {
      UUID id = made.identity().directoryId();
      ReplicaIdentity decided = forms ? formed(id) : made.identity().joined();
      IdentityFile.write(made.disk(), decided);
      made = new FileMetadataDirectory(made.disk(), decided);
    }
    ShellNode node = new ShellNode(network, made, name, 1);
    nodes.add(node);
    return node.open();
  }

  private void kill(ShellNode node) throws Exception {
    nodes.remove(node);
    node.kill();
  }

  private ShellNode leader() {
    Await.until("one leads", LIMIT, () -> nodes.stream().anyMatch(ShellNode::leads));
    return nodes.stream().filter(ShellNode::leads).findFirst().orElseThrow();
  }

  private void startAll() throws Exception {
    for (String name : NAMES) {
      start(name);
    }
  }

  /** Proposes where the leader is, until one takes it. */
  private void propose(int number) {
    Await.until(
        number + " is proposed",
        LIMIT,
        () -> {
          for (ShellNode node : nodes) {
            if (node.leads()) {
              node.propose(number);
              node.awaitNumber(number);
              return true;
            }
          }
          return false;
        });
  }

  @Test
  void threeElectALeaderAndDeliverTheSame() throws Exception {
    startAll();
    leader();
    for (int i = 0; i < 20; i++) {
      propose(i);
    }
    for (ShellNode node : nodes) {
      node.awaitNumber(19);
      assertEquals(
          java.util.stream.IntStream.range(0, 20).boxed().toList(),
          List.copyOf(node.state().values()),
          node.nodeId);
    }
    QuorumState quorum = leader().quorum();
    assertEquals(
        3,
        quorum.replicas().stream()
            .filter(replica -> replica.voter())
            .map(replica -> replica.key().nodeId())
            .collect(Collectors.toSet())
            .size(),
        quorum::toString);
  }

  @Test
  void killOfTheLeaderLosesNothingAndTheRestGoesOn() throws Exception {
    startAll();
    propose(1);
    ShellNode first = leader();
    kill(first);
    propose(2);
    start(first.nodeId).awaitNumber(2);
    for (ShellNode node : nodes) {
      node.awaitNumber(2);
      assertEquals(List.of(1, 2), List.copyOf(node.state().values()));
    }
  }

  @Test
  void leaderThatStopsHandsOverBeforeItGoes() throws Exception {
    network.electionTimeoutMs = 5_000;
    startAll();
    propose(1);
    long before = System.nanoTime();
    close(leader());
    leader();
    assertTrue(System.nanoTime() - before < 4_000_000_000L, "it took an election to replace it");
    propose(2);
  }

  @Test
  void restartOfAllKeepsWhatWasCommitted() throws Exception {
    startAll();
    for (int i = 0; i < 10; i++) {
      propose(i);
    }
    for (ShellNode node : List.copyOf(nodes)) {
      kill(node);
    }
    startAll();
    propose(10);
    for (ShellNode node : nodes) {
      node.awaitNumber(10);
      assertEquals(11, node.state().size());
    }
  }

  @Test
  void leaderWithoutAMajorityGivesUpAndItsProposalsWait() throws Exception {
    startAll();
    propose(1);
    ShellNode old = leader();
    old.cut(true);
    Await.until("another leads", LIMIT, () -> nodes.stream().anyMatch(n -> n != old && n.leads()));
    Await.until("the old one gives up", LIMIT, () -> !old.leads());
    propose(2);
    old.cut(false);
    old.awaitNumber(2);
    assertEquals(List.of(1, 2), List.copyOf(old.state().values()));
  }

  @Test
  void emptiedControllerFollowsBySnapshotWithoutAVote() throws Exception {
    startAll();
    for (int i = 0; i < 30; i++) {
      propose(i);
    }
    for (ShellNode node : nodes) {
      node.awaitNumber(29);
      node.takeSnapshot();
    }
    ShellNode lost = nodes.stream().filter(node -> !node.leads()).findFirst().orElseThrow();
    kill(lost);
    propose(30);
    ShellNode again = start(lost.nodeId, scratch.resolve("emptied"), false);
    again.awaitNumber(30);
    assertEquals(31, again.state().size());
    QuorumState quorum = leader().quorum();
    UUID directory = again.metadata.identity().directoryId();
    assertTrue(
        quorum.replicas().stream()
            .anyMatch(replica -> replica.key().directoryId().equals(directory) && !replica.voter()),
        quorum::toString);
  }

  @Test
  void controllerIsAddedAndRemovedWhileEntriesAreCommitted() throws Exception {
    startAll();
    propose(1);
    ShellNode fourth = start("d", scratch.resolve("d"), false);
    ReplicaKey key = new ReplicaKey("d", fourth.metadata.identity().directoryId());
    fourth.awaitNumber(1);
    ShellNode leader = leader();
    leader.onLoop(() -> Future.fromCompletionStage(leader.shell.addVoter(key)));
    propose(2);
    assertEquals(4, leader().quorum().voters().voters().size());
    leader.onLoop(
        () -> Future.fromCompletionStage(leader.shell.removeVoter("d", Optional.empty())));
    propose(3);
    assertEquals(3, leader().quorum().voters().voters().size());
  }
}
