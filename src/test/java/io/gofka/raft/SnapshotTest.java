package io.gofka.raft;

import static io.gofka.raft.OneReplica.all;
import static io.gofka.raft.OneReplica.bytes;
import static io.gofka.raft.OneReplica.config;
import static io.gofka.raft.OneReplica.data;
import static io.gofka.raft.OneReplica.delivered;
import static io.gofka.raft.OneReplica.only;
import static io.gofka.raft.OneReplica.sent;
import static io.gofka.raft.OneReplica.voters;
import static io.gofka.raft.OneReplica.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.raft.RaftEffect.DeliverSnapshot;
import io.gofka.raft.RaftEffect.DropPrefix;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.SnapshotChunk;
import io.gofka.raft.RaftMessage.SnapshotReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static final VoterSet VOTERS = voters("a", "b", "c");

  private static Snapshot snapshot(long index, long term, VoterSet voters, String content) {
    return new Snapshot(new SnapshotMeta(index, term, voters, content.length()), bytes(content));
  }

  private static List<RaftEffect> chunk(
      OneReplica replica, long term, Snapshot snapshot, int offset, int end) {
    return replica.from(
        "b",
        new SnapshotChunk(
            term, snapshot.meta(), offset, snapshot.content().slice(offset, end - offset), 1));
  }

  private static RecoveredState recovered(Snapshot snapshot, LogEntry... entries) {
    return new RecoveredState(
        new HardState(5, Optional.empty()),
        Optional.of(snapshot),
        List.of(entries),
        Optional.of(VOTERS));
  }

  /** Leads term 2 over a, b and c; entries from 0, which opens the term, to the last. */
  private static OneReplica leaderWith(int lastIndex) {
    OneReplica a = new OneReplica(with(1, VOTERS));
    a.lead("b");
    for (int i = 1; i <= lastIndex; i++) {
      a.propose("x" + i);
    }
    a.persisted();
    a.acknowledge("b");
    return a;
  }

  @Test
  void prefixOfTheLogIsDroppedOnlyWhenTheSnapshotIsDurable() { // §5.1
    OneReplica a = leaderWith(1500);
    List<RaftEffect> effects = a.snapshot(1500, "state");
    assertEquals(VOTERS, all(effects, Persist.class).get(0).snapshot().get().meta().voters());
    assertEquals(List.of(), all(effects, DropPrefix.class));
    assertEquals(List.of(new DropPrefix(501)), all(a.persisted(), DropPrefix.class));
  }

  @Test
  void snapshotOfWhatIsNotDeliveredIsABug() {
    OneReplica a = leaderWith(1);
    a.propose("not committed");
    assertThrows(IllegalStateException.class, () -> a.snapshot(2, "state"));
  }

  @Test
  void snapshotCarriesTheConfigurationAtItsEnd() { // §5.1
    OneReplica a = leaderWith(1);
    a.removeVoter(1, "c");
    assertEquals(voters("a", "b"), a.state().voters());
    Snapshot taken = all(a.snapshot(1, "state"), Persist.class).get(0).snapshot().get();
    assertEquals(VOTERS, taken.meta().voters(), "that of entry 1, not the one in use");
  }

  @Test
  void replicaBehindTheLogGetsTheSnapshotChunkByChunk() { // §5.2
    OneReplica a = leaderWith(2000);
    String content = "s".repeat(3 * 1024 * 1024);
    a.snapshot(2000, content);
    List<RaftEffect> effects = a.from("c", new AppendRejected(2, 0, 0, 0, 1, true));
    // What was sent to c first was lost: it has nothing.
    effects = effects.isEmpty() ? a.pass(OneReplica.HEARTBEAT) : effects;
    List<SnapshotChunk> chunks = new ArrayList<>(sent(effects, "c", SnapshotChunk.class));
    while (chunks.isEmpty()) {
      AppendRequest probe = sent(a.pass(OneReplica.HEARTBEAT), "c", AppendRequest.class).get(0);
      chunks.addAll(
          sent(
              a.from("c", new AppendRejected(2, probe.prevIndex(), 0, 0, 1, true)),
              "c",
              SnapshotChunk.class));
    }
    assertEquals(0, chunks.get(0).offset());
    effects = a.from("c", new SnapshotReply(2, 2000, 1024 * 1024, 1, true));
    assertEquals(1024 * 1024, only(effects, "c", SnapshotChunk.class).offset());
    effects = a.from("c", new SnapshotReply(2, 2000, 2 * 1024 * 1024, 1, true));
    assertTrue(only(effects, "c", SnapshotChunk.class).last());
    a.propose("behind the snapshot");
    effects = a.from("c", new SnapshotReply(2, 2000, 3 * 1024 * 1024, 1, true));
    assertEquals(2000, only(effects, "c", AppendRequest.class).prevIndex());
  }

  @Test
  void installedSnapshotReplacesAConflictingLog() { // §5.2
    OneReplica a = new OneReplica(with(2, VOTERS, data(1, 0), data(1, 1), data(1, 2)));
    Snapshot snapshot = snapshot(1, 2, voters("a", "b"), "state");
    assertEquals(
        new SnapshotReply(2, 1, 3, 1, true),
        only(chunk(a, 2, snapshot, 0, 3), "b", SnapshotReply.class));
    List<RaftEffect> effects = chunk(a, 2, snapshot, 3, 5);
    Persist persist = all(effects, Persist.class).get(0);
    assertEquals(snapshot.meta(), persist.snapshot().get().meta());
    assertEquals(OptionalLong.of(0), persist.truncateFrom());
    assertEquals(1, all(effects, DeliverSnapshot.class).size());
    assertEquals(voters("a", "b"), a.state().voters());
    assertEquals(List.of(), sent(effects, "b", SnapshotReply.class), "not durable yet");
    assertEquals(5, only(a.persisted(), "b", SnapshotReply.class).nextOffset());
    assertEquals(2, a.core.nextIndex());
  }

  @Test
  void snapshotOfWhatTheLogHasLeavesTheLogAlone() { // §5.2
    OneReplica a = new OneReplica(with(2, VOTERS, data(1, 0), data(1, 1), data(1, 2)));
    List<RaftEffect> effects = chunk(a, 2, snapshot(1, 1, VOTERS, "state"), 0, 5);
    assertEquals(List.of(), all(effects, Persist.class));
    assertEquals(List.of(0L, 1L), delivered(effects));
    assertEquals(3, a.core.nextIndex());
  }

  @Test
  void chunkOutOfOrderIsAnsweredWithWhatIsMissing() {
    OneReplica a = new OneReplica(with(2, VOTERS));
    Snapshot snapshot = snapshot(1, 1, VOTERS, "state");
    assertEquals(0, only(chunk(a, 2, snapshot, 3, 5), "b", SnapshotReply.class).nextOffset());
    chunk(a, 2, snapshot, 0, 3);
    assertEquals(3, only(chunk(a, 2, snapshot, 0, 3), "b", SnapshotReply.class).nextOffset());
    assertFalse(all(chunk(a, 2, snapshot, 3, 5), DeliverSnapshot.class).isEmpty());
  }

  @Test
  void anotherLeadersHalfSnapshotIsForgotten() {
    OneReplica a = new OneReplica(with(2, VOTERS));
    Snapshot snapshot = snapshot(1, 1, VOTERS, "state");
    chunk(a, 2, snapshot, 0, 3);
    a.append("c", 3, -1, 0, -1);
    a.persisted();
    List<RaftEffect> effects =
        a.from("c", new SnapshotChunk(3, snapshot.meta(), 3, snapshot.content().slice(3, 2), 1));
    assertEquals(0, only(effects, "c", SnapshotReply.class).nextOffset());
  }

  @Test
  void restartDeliversTheSnapshotAndGoesOnBehindIt() {
    OneReplica a =
        new OneReplica(
            recovered(
                snapshot(1, 1, voters("a", "b"), "state"), data(1, 0), data(1, 1), data(2, 2)));
    assertEquals(1, all(a.start, DeliverSnapshot.class).size());
    assertEquals(voters("a", "b"), a.state().voters());
    assertEquals(List.of(2L), delivered(a.append("b", 5, 2, 2, 2)));
  }

  @Test
  void configurationBehindTheSnapshotCountsAfterARestart() {
    OneReplica a =
        new OneReplica(
            recovered(snapshot(1, 1, voters("a", "b"), "s"), config(2, 2, "a", "b", "c")));
    assertEquals(VOTERS, a.state().voters());
    a.append("b", 5, 1, 1, -1, data(5, 2));
    assertEquals(voters("a", "b"), a.state().voters(), "truncated back to the snapshot's");
  }

  @Test
  void crashBetweenSnapshotAndTruncationLeavesNoContradictingEntry() { // §5.2
    OneReplica contradicting =
        new OneReplica(recovered(snapshot(1, 2, VOTERS, "s"), data(1, 0), data(1, 1), data(1, 2)));
    assertEquals(OptionalLong.of(0), all(contradicting.start, Persist.class).get(0).truncateFrom());
    assertEquals(2, contradicting.core.nextIndex());

    OneReplica shorter = new OneReplica(recovered(snapshot(7, 2, VOTERS, "s"), data(1, 0)));
    assertEquals(8, shorter.core.nextIndex());
    assertEquals(OptionalLong.of(0), all(shorter.start, Persist.class).get(0).truncateFrom());
  }

  @Test
  void gapBetweenSnapshotAndLogStopsTheReplica() {
    assertThrows(
        IllegalStateException.class,
        () -> new OneReplica(recovered(snapshot(1, 1, VOTERS, "s"), data(2, 3))));
  }

  @Test
  void oversizedSnapshotIsNotTaken() {
    OneReplica a = new OneReplica(with(2, VOTERS));
    SnapshotMeta huge = new SnapshotMeta(5, 1, VOTERS, Long.MAX_VALUE);
    List<RaftEffect> effects = a.from("b", new SnapshotChunk(2, huge, 0, bytes("x"), 1));
    assertEquals(List.of(), sent(effects, "b", SnapshotReply.class));
  }
}
