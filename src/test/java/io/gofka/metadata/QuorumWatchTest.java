package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.metadata.QuorumWatch.Answer;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QuorumWatchTest {
  private static final long START_MS = 1_000;
  private static final VoterSet VOTERS = VoterSet.of(voter("a"), voter("b"), voter("c"));

  private final QuorumWatch watch = new QuorumWatch(START_MS);
  private final Map<String, Answer> answers = new HashMap<>();

  private static Voter voter(String name) {
    return new Voter(name, Optional.of(directory(name)), new HostPort(name, 1));
  }

  private static UUID directory(String name) {
    return new UUID(1, name.charAt(0));
  }

  private void there(String name, UUID directoryId) {
    thereIs(name, name, directoryId);
  }

  private void thereIs(String asked, String name, UUID directoryId) {
    answers.put(
        asked,
        Answer.of(
            new NodeStatus(
                "c",
                name,
                directoryId,
                new UUID(2, 2),
                Set.of(Role.CONTROLLER),
                new HostPort(name, 1),
                Standing.JOINED,
                new TreeMap<>(),
                new TreeMap<>(),
                "")));
  }

  @Test
  void votersAreAskedWhenNobodyHasLedForAWhileAndAgainLater() {
    long askMs = START_MS + QuorumWatch.PATIENCE_MS;
    assertFalse(watch.isTimeToAsk(askMs - 1));
    watch.onLeader(false, askMs - 1); // An election that came to nothing is no new beginning.
    assertTrue(watch.isTimeToAsk(askMs));
    assertFalse(watch.isTimeToAsk(askMs + 1));
    assertTrue(watch.isTimeToAsk(askMs + QuorumWatch.ASK_AGAIN_MS));
  }

  @Test
  void nobodyIsAskedWhileSomebodyLeads() {
    watch.onLeader(true, START_MS);
    assertFalse(watch.isTimeToAsk(START_MS + 100_000));
    watch.onLeader(false, START_MS + 100_000);
    assertFalse(watch.isTimeToAsk(START_MS + 100_000));
    assertTrue(watch.isTimeToAsk(START_MS + 100_000 + QuorumWatch.PATIENCE_MS));
  }

  @Test
  void whoIsMissingIsToldOnceWithTheReason() {
    there("a", directory("a"));
    there("b", new UUID(9, 9));
    answers.put("c", Answer.none("c:1: connection refused"));
    String told =
        "no active controller is known here: it takes 2 of the 3 voters. There: a (this node)."
            + " Missing: b (its metadata directory was emptied), c (c:1: connection refused)";
    assertEquals(Optional.of(told), watch.onAnswers(VOTERS, "a", answers));
    assertEquals(Optional.empty(), watch.onAnswers(VOTERS, "a", answers));
    assertEquals(told, watch.finding());
  }

  @Test
  void anotherNodeAtTheAddressOfAVoterIsNamed() {
    there("a", directory("a"));
    thereIs("b", "d", directory("d"));
    answers.put("c", Answer.none("no answer"));
    watch.onAnswers(VOTERS, "a", answers);
    assertTrue(
        watch.finding().endsWith(" Missing: b (at its address is d), c (no answer)"),
        watch.finding());
  }

  @Test
  void nothingIsAmissOnceSomebodyLeads() {
    watch.onAnswers(VOTERS, "a", answers);
    watch.onLeader(true, START_MS);
    assertEquals("", watch.finding());
    assertEquals(Optional.empty(), watch.onAnswers(VOTERS, "a", answers), "it comes late");
    watch.onLeader(false, START_MS);
    assertTrue(watch.onAnswers(VOTERS, "a", answers).isPresent(), "the next loss is told again");
  }

  @Test
  void whoKnowsOfNoVotersHasNothingToTell() {
    assertEquals(Optional.empty(), watch.onAnswers(VoterSet.EMPTY, "a", answers));
    assertEquals("", watch.finding());
  }
}
