package io.gofka.raft;

import static io.gofka.raft.OneReplica.config;
import static io.gofka.raft.OneReplica.data;
import static io.gofka.raft.OneReplica.voters;
import static io.gofka.raft.OneReplica.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RaftLogTest {
  private static final VoterSet FIRST = voters("a", "b", "c");

  private static RaftLog log(LogEntry... entries) {
    return new RaftLog(with(9, FIRST, entries));
  }

  private static Snapshot snapshot(RaftLog log, long index) {
    return new Snapshot(
        new SnapshotMeta(index, log.termAt(index).orElseThrow(), log.votersAt(index), 1),
        OneReplica.bytes("s"));
  }

  @Test
  void termBeforeTheFirstEntryIsKnownAndBehindTheLastIsNot() {
    RaftLog log = log(data(1, 0), data(3, 1));
    assertEquals(OptionalLong.of(0), log.termAt(-1));
    assertEquals(OptionalLong.of(3), log.termAt(1));
    assertEquals(OptionalLong.empty(), log.termAt(2));
  }

  @Test
  void lastEntryOfATermIsFoundOnlyIfThereIsOne() {
    RaftLog log = log(data(1, 0), data(1, 1), data(4, 2));
    assertEquals(OptionalLong.of(1), log.lastOfTerm(1, 2));
    assertEquals(OptionalLong.of(0), log.lastOfTerm(1, 0));
    assertEquals(OptionalLong.empty(), log.lastOfTerm(2, 2));
  }

  @Test
  void atLeastOneEntryIsHandedOutHoweverLarge() {
    RaftLog log = log(data(1, 0), data(1, 1), data(1, 2));
    int size = data(1, 0).payload().readableBytes();
    assertEquals(1, log.from(0, 1).size());
    assertEquals(2, log.from(0, 2 * size).size());
    assertEquals(0, log.from(3, 100).size());
  }

  @Test
  void configurationIsTheLatestInTheLog() { // §4.1
    RaftLog log = log(data(1, 0), config(1, 1, "a"), config(1, 2, "a", "b"));
    assertEquals(voters("a", "b"), log.voters());
    assertEquals(2, log.votersIndex());
    assertEquals(voters("a"), log.earlierVoters());
    assertEquals(FIRST, log.votersAt(0));
    log.truncateFrom(2);
    assertEquals(voters("a"), log.voters());
    log.truncateFrom(1);
    assertEquals(FIRST, log.voters());
  }

  @Test
  void compactionKeepsTermsConfigurationsAndSomeEntries() { // §5.1
    RaftLog log = log(config(1, 0, "a"), data(1, 1), data(2, 2), data(2, 3), data(3, 4));
    log.compact(snapshot(log, 3), 1);
    assertEquals(3, log.firstIndex());
    assertEquals(OptionalLong.of(2), log.termAt(2));
    assertEquals(OptionalLong.empty(), log.termAt(1));
    assertEquals(List.of(data(2, 3), data(3, 4)), log.from(3, 1000));
    assertEquals(voters("a"), log.voters());
    log.compact(snapshot(log, 4), 10);
    assertEquals(3, log.firstIndex(), "what is gone doesn't come back");
  }

  @Test
  void logThatBeginsBeforeItsSnapshotIsKept() {
    RaftLog before = log(data(1, 0), data(1, 1), data(2, 2), data(2, 3));
    Snapshot snapshot = snapshot(before, 2);
    RaftLog log =
        new RaftLog(
            new RecoveredState(
                HardState.NONE,
                java.util.Optional.of(snapshot),
                List.of(data(1, 1), data(2, 2), data(2, 3)),
                java.util.Optional.of(FIRST)));
    assertFalse(log.contradictsSnapshot());
    assertEquals(2, log.firstIndex(), "of entry 0 not even the term is known");
    assertEquals(3, log.lastIndex());
  }

  @Test
  void gapOrFallingTermIsRefused() {
    assertThrows(IllegalStateException.class, () -> log(data(1, 0), data(1, 2)));
    assertThrows(IllegalStateException.class, () -> log(data(2, 0), data(1, 1)));
    assertThrows(IllegalStateException.class, () -> log(data(1, 5)));
  }

  @Test
  void longerLogOfAnOlderTermCoversNothing() { // §3.6.1
    RaftLog log = log(data(1, 0), data(2, 1));
    assertFalse(log.isCoveredBy(9, 1));
    assertFalse(log.isCoveredBy(0, 2));
    assertTrue(log.isCoveredBy(1, 2));
    assertTrue(log.isCoveredBy(0, 3));
  }
}
