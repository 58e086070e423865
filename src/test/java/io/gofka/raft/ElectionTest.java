package io.gofka.raft;

import static io.gofka.raft.OneReplica.T;
import static io.gofka.raft.OneReplica.all;
import static io.gofka.raft.OneReplica.config;
import static io.gofka.raft.OneReplica.data;
import static io.gofka.raft.OneReplica.key;
import static io.gofka.raft.OneReplica.only;
import static io.gofka.raft.OneReplica.sent;
import static io.gofka.raft.OneReplica.unbound;
import static io.gofka.raft.OneReplica.voters;
import static io.gofka.raft.OneReplica.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.raft.QuorumState.Role;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.TransferNow;
import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.RaftMessage.VoteRequest;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ElectionTest {
  private static VoteRequest vote(long term, long lastIndex, long lastTerm) {
    return new VoteRequest(term, false, false, lastIndex, lastTerm);
  }

  private static VoteRequest preVote(long term, long lastIndex, long lastTerm) {
    return new VoteRequest(term, true, false, lastIndex, lastTerm);
  }

  @Test
  void voteLeavesOnlyWhenItIsDurable() { // §3.8
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    List<RaftEffect> asked = a.from("b", vote(2, -1, 0));
    assertEquals(List.of(), sent(asked, "b", VoteReply.class));
    assertEquals(
        Optional.of(new HardState(2, Optional.of(key("b")))),
        all(asked, RaftEffect.Persist.class).get(0).hard());
    assertEquals(new VoteReply(2, false, true, true), only(a.persisted(), "b", VoteReply.class));
  }

  @Test
  void secondCandidateOfATermGetsNoVote() { // §3.4
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.from("b", vote(2, -1, 0));
    a.persisted();
    assertFalse(only(a.from("c", vote(2, 5, 1)), "c", VoteReply.class).granted());
    assertTrue(only(a.from("b", vote(2, -1, 0)), "b", VoteReply.class).granted());
  }

  @Test
  void voteIsRememberedAcrossARestart() { // §3.8
    RecoveredState recovered =
        new RecoveredState(
            new HardState(2, Optional.of(key("b"))),
            Optional.empty(),
            List.of(),
            Optional.of(voters("a", "b", "c")));
    OneReplica a = new OneReplica(recovered);
    assertFalse(only(a.from("c", vote(2, 5, 1)), "c", VoteReply.class).granted());
  }

  @Test
  void candidateWithLessOfTheLogGetsNoVote() { // §3.6.1
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c"), data(1, 0), data(2, 1)));
    a.from("b", vote(3, 0, 1));
    assertFalse(only(a.persisted(), "b", VoteReply.class).granted());
    a.from("b", vote(4, 7, 1));
    assertFalse(
        only(a.persisted(), "b", VoteReply.class).granted(), "longer, but of an older term");
    a.from("b", vote(5, 1, 2));
    assertTrue(only(a.persisted(), "b", VoteReply.class).granted());
  }

  @Test
  void preVoteChangesNothingAndNeedsNoDisk() { // §9.6
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    List<RaftEffect> effects = a.from("b", preVote(2, -1, 0));
    assertTrue(only(effects, "b", VoteReply.class).granted());
    assertEquals(List.of(), all(effects, RaftEffect.Persist.class));
    assertEquals(1, a.term());
  }

  @Test
  void whoHearsTheLeaderVotesForNobodyElse() { // §4.2.3
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    a.nowMs += T - 1;
    assertFalse(only(a.from("b", preVote(3, 9, 2)), "b", VoteReply.class).granted());
    assertFalse(only(a.from("b", vote(9, 9, 2)), "b", VoteReply.class).granted());
    assertEquals(2, a.term(), "nor does the term rise");
    a.nowMs += 1;
    assertTrue(only(a.from("b", preVote(3, 9, 2)), "b", VoteReply.class).granted());
  }

  @Test
  void candidateThatTheLeaderSentNeedNotWait() { // §4.2.3, §3.10
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    a.from("b", new VoteRequest(3, false, true, 9, 2));
    assertTrue(only(a.persisted(), "b", VoteReply.class).granted());
  }

  @Test
  void leaderThatRestartsAndStandsAgainIsNotHeldOffByItself() {
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    assertTrue(only(a.from("c", preVote(3, 9, 2)), "c", VoteReply.class).granted());
  }

  @Test
  void candidateAsksOnlyWhenItsOwnVoteIsDurable() { // §3.4
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    List<RaftEffect> effects = a.stand("b");
    assertEquals(List.of(), sent(effects, "b", VoteRequest.class));
    assertEquals(Role.CANDIDATE, a.state().role());
    assertEquals(vote(2, -1, 0), only(a.persisted(), "b", VoteRequest.class));
  }

  @Test
  void majorityOfVotesMakesALeader() { // §3.4
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c", "d", "e")));
    a.stand("b", "c");
    a.persisted();
    a.from("b", new VoteReply(2, false, true, false));
    a.from("b", new VoteReply(2, false, true, false));
    assertEquals(Role.CANDIDATE, a.state().role(), "a vote counts once");
    a.from("d", new VoteReply(1, true, true, false));
    assertEquals(Role.CANDIDATE, a.state().role(), "a late pre-vote is no vote");
    a.from("c", new VoteReply(2, false, true, false));
    assertEquals(Role.LEADER, a.state().role());
  }

  @Test
  void votesOfObserversAndWipedVotersDontCount() { // KIP-853
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.stand("b");
    a.persisted();
    a.from("x", new VoteReply(2, false, true, true));
    a.from(new ReplicaKey("b", new UUID(9, 9)), new VoteReply(2, false, true, true));
    assertEquals(Role.CANDIDATE, a.state().role());
  }

  @Test
  void unboundVoterVotesOnlyFromADirectoryThatFormedTheQuorum() {
    OneReplica a = new OneReplica(with(1, unbound("a", "b", "c")));
    a.stand("b");
    a.persisted();
    a.from("b", new VoteReply(2, false, true, false));
    assertEquals(Role.CANDIDATE, a.state().role());
    a.from("b", new VoteReply(2, false, true, true));
    assertEquals(Role.LEADER, a.state().role());
  }

  @Test
  void replicaOfAWipedDirectoryNeverStands() { // KIP-853
    RecoveredState wiped =
        new RecoveredState(
            new HardState(3, Optional.empty()),
            Optional.empty(),
            List.of(new LogEntry(3, 0, LogEntry.Kind.CONFIG, unbound("a", "b", "c").encode())),
            Optional.empty());
    OneReplica a = new OneReplica(wiped);
    List<RaftEffect> effects = a.pass(10 * T);
    assertEquals(Role.FOLLOWER, a.state().role());
    assertEquals(List.of(), sent(effects, "b", VoteRequest.class));
    assertFalse(sent(effects, "b", RaftMessage.FollowRequest.class).isEmpty());
  }

  @Test
  void replicaWithoutAMajorityNeverRaisesTheTerm() { // §9.6
    OneReplica a = new OneReplica(with(4, voters("a", "b", "c")));
    a.pass(100 * T);
    assertEquals(4, a.term());
    assertEquals(Role.PRE_CANDIDATE, a.state().role());
  }

  @Test
  void requestsAreRepeatedWhileTheElectionLasts() {
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    List<RaftEffect> effects = a.pass(T / 2);
    assertTrue(sent(effects, "b", VoteRequest.class).size() >= 3);
  }

  @Test
  void leaderWithoutAMajorityGivesUp() { // §6.2
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    a.pass(T - 1);
    assertEquals(Role.LEADER, a.state().role());
    List<RaftEffect> effects = a.pass(1);
    assertEquals(Role.FOLLOWER, a.state().role());
    assertEquals(
        List.of(new RaftEffect.LeadershipChanged(2, "", false)),
        all(effects, RaftEffect.LeadershipChanged.class));
  }

  @Test
  void observersDontKeepALeaderInOffice() { // §6.2
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    for (int i = 0; i < 20; i++) {
      a.from("x", new RaftMessage.FollowRequest(2, OneReplica.address("x"), false));
      a.from("x", new RaftMessage.AppendAccepted(2, 0, 1, false));
      a.pass(T / 10);
    }
    assertEquals(Role.FOLLOWER, a.state().role());
  }

  @Test
  void leaderOfAnEarlierTermIsToldAndGivesUp() { // §3.3
    OneReplica a = new OneReplica(with(5, voters("a", "b", "c")));
    AppendRejected rejected = only(a.append("b", 4, -1, 0, -1), "b", AppendRejected.class);
    assertEquals(5, rejected.term());

    OneReplica b = new OneReplica(with(3, voters("a", "b", "c")), "b");
    b.lead("c");
    b.from("a", rejected);
    assertEquals(Role.FOLLOWER, b.state().role());
    assertEquals(5, b.term());
  }

  @Test
  void silenceOfTheLeaderLeadsToAnElectionWithinTwoTimeouts() {
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    a.pass(T - 1);
    assertEquals(Role.FOLLOWER, a.state().role());
    a.pass(T + 1);
    assertEquals(Role.PRE_CANDIDATE, a.state().role());
  }

  @Test
  void deadLeaderIsReplacedWithoutWaitingForItsSilence() {
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    a.core.onPeerUnreachable("b", a.nowMs);
    a.pass(T / 10);
    assertEquals(Role.FOLLOWER, a.state().role(), "b doesn't lead");
    a.core.onPeerUnreachable("c", a.nowMs);
    a.pass(T / 10);
    assertEquals(Role.PRE_CANDIDATE, a.state().role());
    a.append("c", 2, -1, 0, -1);
    assertEquals(Role.FOLLOWER, a.state().role(), "a mistake: it is there after all");
  }

  @Test
  void lonelyVoterLeadsAtOnceButNotBeforeItsTermIsDurable() {
    OneReplica a = new OneReplica(with(0, unbound("a")));
    assertEquals(Role.CANDIDATE, a.state().role());
    a.persisted();
    assertEquals(Role.LEADER, a.state().role());
    List<RaftEffect> effects = a.persisted();
    assertEquals(List.of(0L), OneReplica.delivered(effects));
    assertEquals(
        List.of(new RaftEffect.LeadershipChanged(1, "a", true)),
        all(effects, RaftEffect.LeadershipChanged.class));
  }

  @Test
  void removedReplicaWhoseRemovalMayNotBeCommittedStandsWithoutItsOwnVote() { // §4.2.2
    OneReplica a = new OneReplica(with(1, voters("a", "b"), data(1, 0), config(1, 1, "b")));
    a.stand();
    assertEquals(Role.PRE_CANDIDATE, a.state().role(), "its own vote would be a majority of one");
    a.win("b");
    assertEquals(Role.LEADER, a.state().role());
  }

  @Test
  void orderToTakeOverCountsOnlyFromTheLeaderOfTheTerm() { // §3.10
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    a.from("b", new TransferNow(2));
    a.from("c", new TransferNow(1));
    assertEquals(Role.FOLLOWER, a.state().role());
    a.from("c", new TransferNow(2));
    assertEquals(Role.CANDIDATE, a.state().role());
    assertTrue(only(a.persisted(), "b", VoteRequest.class).transfer());
  }

  @Test
  void leaderHandsOverOnceTheTargetHasEverything() { // §3.10
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    a.propose("x");
    List<RaftEffect> effects = a.core.transferLeadership(Optional.of("b"), a.nowMs);
    assertEquals(List.of(), sent(effects, "b", TransferNow.class));
    assertThrows(io.gofka.common.ApiException.class, () -> a.propose("y"));
    assertEquals(1, sent(a.acknowledge("b"), "b", TransferNow.class).size());
    a.pass(T / 2);
    a.acknowledge("b");
    a.pass(T / 2);
    a.propose("z"); // It led on: the target didn't stand.
  }

  @Test
  void twoLeadersOfATermStopTheReplica() { // §3.4, election safety
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c")));
    a.append("c", 2, -1, 0, -1);
    assertThrows(IllegalStateException.class, () -> a.append("b", 2, -1, 0, -1));
  }

  @Test
  void failedStorageEndsEverything() {
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    List<RaftEffect> effects = a.core.onStorageFailed(a.nowMs);
    assertEquals(
        List.of(new RaftEffect.LeadershipChanged(2, "", false)),
        all(effects, RaftEffect.LeadershipChanged.class));
    assertEquals(List.of(), a.pass(10 * T));
    assertEquals(List.of(), a.from("b", vote(9, 9, 9)));
    assertEquals(List.of(), a.append("b", 9, -1, 0, -1));
    assertThrows(io.gofka.common.ApiException.class, () -> a.propose("x"));
  }

  @Test
  void heartbeatsOfTheLeaderCarryItsLastEntry() {
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    List<AppendRequest> heartbeats = sent(a.pass(OneReplica.HEARTBEAT), "b", AppendRequest.class);
    assertEquals(a.core.nextIndex() - 1, heartbeats.get(heartbeats.size() - 1).lastIndex());
  }
}
