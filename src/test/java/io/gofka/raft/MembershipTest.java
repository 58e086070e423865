package io.gofka.raft;

import static io.gofka.raft.OneReplica.T;
import static io.gofka.raft.OneReplica.address;
import static io.gofka.raft.OneReplica.all;
import static io.gofka.raft.OneReplica.data;
import static io.gofka.raft.OneReplica.delivered;
import static io.gofka.raft.OneReplica.key;
import static io.gofka.raft.OneReplica.sent;
import static io.gofka.raft.OneReplica.unbound;
import static io.gofka.raft.OneReplica.voters;
import static io.gofka.raft.OneReplica.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.QuorumState.Role;
import io.gofka.raft.RaftEffect.VoterChangeDone;
import io.gofka.raft.RaftEffect.VoterChangeFailed;
import io.gofka.raft.RaftMessage.AppendAccepted;
import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.FollowRequest;
import io.gofka.raft.RaftMessage.LeaderHint;
import io.gofka.raft.RaftMessage.TransferNow;
import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.RaftMessage.VoteRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MembershipTest {
  /** Leads term 2, whose first entry is 0. */
  private static OneReplica leaderOf(String... names) {
    OneReplica a = new OneReplica(with(1, voters(names)));
    a.lead(names.length > 3 ? new String[] {"b", "c"} : new String[] {"b"});
    return a;
  }

  private static void observe(OneReplica leader, String name) {
    leader.from(name, new FollowRequest(leader.term(), address(name), false));
  }

  private static ErrorCode failure(List<RaftEffect> effects) {
    return all(effects, VoterChangeFailed.class).get(0).errorCode();
  }

  private static List<RaftEffect> acceptedByObserver(OneReplica leader, String name) {
    long last = leader.core.nextIndex() - 1;
    return leader.from(name, new AppendAccepted(leader.term(), last, 1, false));
  }

  @Test
  void observerBecomesAVoterOnceItHasCaughtUp() { // §4.2.1
    OneReplica a = leaderOf("a", "b", "c");
    observe(a, "d");
    a.addVoter(7, "d");
    assertEquals(voters("a", "b", "c"), a.state().voters(), "not before it has answered");
    List<RaftEffect> effects = acceptedByObserver(a, "d");
    assertEquals(voters("a", "b", "c", "d"), a.state().voters());
    assertEquals(List.of(), all(effects, VoterChangeDone.class), "in use, but not committed");
    a.persisted();
    a.acknowledge("b");
    assertEquals(List.of(new VoterChangeDone(7)), all(a.acknowledge("c"), VoterChangeDone.class));
  }

  @Test
  void whoCannotWaitForTheCommitIsAnsweredOnceWhenTheVoterIsInTheLog() { // KIP-1186
    OneReplica a = leaderOf("a", "b", "c");
    observe(a, "d");
    a.beginAddingVoter(7, "d");
    assertEquals(
        List.of(new VoterChangeDone(7)),
        all(acceptedByObserver(a, "d"), VoterChangeDone.class),
        "not committed");
    assertEquals(
        ErrorCode.REQUEST_TIMED_OUT,
        failure(a.removeVoter(8, "b")),
        "it is under way all the same");
    a.persisted();
    a.acknowledge("b");
    assertEquals(List.of(), all(a.acknowledge("c"), VoterChangeDone.class));
    assertEquals(List.of(), all(a.removeVoter(9, "b"), VoterChangeFailed.class));
  }

  @Test
  void newConfigurationNeedsItsOwnMajority() { // §4.1
    OneReplica a = leaderOf("a", "b", "c");
    observe(a, "d");
    a.addVoter(7, "d");
    acceptedByObserver(a, "d");
    a.persisted();
    assertEquals(List.of(), delivered(a.acknowledge("b")), "2 of 3, but 2 of 4 by now");
    assertEquals(List.of(1L), delivered(acceptedByObserver(a, "d")));
  }

  @Test
  void voterThatNeverCatchesUpIsNotAdded() { // §4.2.1
    OneReplica a = leaderOf("a", "b", "c");
    observe(a, "d");
    a.addVoter(7, "d");
    List<RaftEffect> effects = new ArrayList<>();
    for (int round = 0; round < 100 && all(effects, VoterChangeFailed.class).isEmpty(); round++) {
      long end = a.core.nextIndex() - 1;
      a.propose("more");
      for (int i = 0; i < 4; i++) {
        effects.addAll(a.pass(T / 3));
        a.persisted();
        a.acknowledge("b");
      }
      effects.addAll(a.from("d", new AppendAccepted(2, end, 1, false)));
    }
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, failure(effects));
    assertEquals(voters("a", "b", "c"), a.state().voters());
  }

  @Test
  void voterThatIsSilentIsNotAdded() {
    OneReplica a = new OneReplica(with(1, voters("a")));
    a.persisted();
    a.persisted();
    observe(a, "d");
    a.addVoter(7, "d");
    List<RaftEffect> effects = a.pass(4 * T);
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, failure(effects));
  }

  @Test
  void onlyOneChangeIsMadeAtATime() { // §4.1
    OneReplica a = leaderOf("a", "b", "c", "d", "e");
    a.removeVoter(1, "e");
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, failure(a.removeVoter(2, "d")));
    assertEquals(voters("a", "b", "c", "d"), a.state().voters());
  }

  @Test
  void noChangeIsMadeBeforeAnEntryOfTheOwnTermIsCommitted() { // the bug of 2015
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c"), data(1, 0)));
    a.win("b");
    assertEquals(ErrorCode.NOT_CONTROLLER, failure(a.removeVoter(1, "c")));
  }

  @Test
  void refusalsNameTheirReason() {
    OneReplica a = leaderOf("a", "b", "c");
    assertEquals(ErrorCode.DUPLICATE_VOTER, failure(a.addVoter(1, "b")));
    assertEquals(ErrorCode.INVALID_REQUEST, failure(a.addVoter(2, "x")));
    assertEquals(ErrorCode.VOTER_NOT_FOUND, failure(a.removeVoter(3, "x")));
    Optional<UUID> another = Optional.of(new UUID(9, 9));
    assertEquals(ErrorCode.VOTER_NOT_FOUND, failure(a.core.removeVoter(4, "b", another, a.nowMs)));
    OneReplica alone = new OneReplica(with(1, voters("a")));
    alone.persisted();
    alone.persisted();
    assertEquals(ErrorCode.INVALID_REQUEST, failure(alone.removeVoter(5, "a")));
  }

  @Test
  void removedLeaderDoesNotCountItselfAndStepsDownWhenThatIsCommitted() { // §4.2.2
    OneReplica a = leaderOf("a", "b", "c");
    a.removeVoter(7, "a");
    a.persisted();
    assertEquals(List.of(), delivered(a.acknowledge("b")), "one of the two that are left");
    assertEquals(Role.LEADER, a.state().role());
    List<RaftEffect> effects = a.acknowledge("c");
    assertEquals(List.of(1L), delivered(effects));
    assertEquals(List.of(new VoterChangeDone(7)), all(effects, VoterChangeDone.class));
    assertEquals(Role.FOLLOWER, a.state().role());
    int successors =
        sent(effects, "b", TransferNow.class).size() + sent(effects, "c", TransferNow.class).size();
    assertEquals(1, successors);
  }

  @Test
  void removedVoterHearsOfItsRemoval() {
    OneReplica a = leaderOf("a", "b", "c");
    a.acknowledge("c");
    List<RaftEffect> effects = a.removeVoter(7, "c");
    assertEquals(1, sent(effects, "c", AppendRequest.class).size());
    a.persisted();
    assertEquals(1, sent(a.acknowledge("b"), "c", AppendRequest.class).get(0).commitIndex());
  }

  @Test
  void removedVoterThatDoesNotKnowItCannotDisturbAndIsTold() { // §4.2.3
    OneReplica a = leaderOf("a", "b");
    List<RaftEffect> effects = a.from("c", new VoteRequest(9, true, false, 99, 8));
    assertFalse(sent(effects, "c", VoteReply.class).get(0).granted());
    assertEquals(Role.LEADER, a.state().role());
    assertEquals(1, sent(effects, "c", AppendRequest.class).size(), "it learns it from the log");

    OneReplica follower = new OneReplica(with(2, voters("a", "b")));
    follower.append("b", 2, -1, 0, -1);
    effects = follower.from("c", new VoteRequest(9, true, false, 99, 8));
    assertEquals(
        List.of(new LeaderHint(2, "b", address("b"))), sent(effects, "c", LeaderHint.class));
  }

  @Test
  void lostLeadershipLeavesTheFateOfAnAppendedChangeUnknown() {
    OneReplica a = leaderOf("a", "b", "c");
    a.removeVoter(7, "c");
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, failure(a.append("b", 3, 0, 2, 0)));
  }

  @Test
  void voterIsBoundToTheDirectoryItFirstAnswersFrom() { // KIP-853
    OneReplica a = new OneReplica(with(1, unbound("a", "b", "c")));
    a.lead("b");
    VoterSet bound = a.state().voters();
    assertEquals(Optional.of(key("a").directoryId()), bound.voters().get("a").directoryId());
    assertEquals(Optional.of(key("b").directoryId()), bound.voters().get("b").directoryId());
    assertEquals(Optional.empty(), bound.voters().get("c").directoryId());
    a.persisted();
    a.acknowledge("c");
    assertEquals(voters("a", "b", "c"), a.state().voters());
  }

  @Test
  void wipedVoterCountsForNothing() { // KIP-853
    OneReplica a = leaderOf("a", "b", "c");
    ReplicaKey wiped = new ReplicaKey("b", new UUID(7, 7));
    a.propose("x");
    a.persisted();
    a.from(wiped, new FollowRequest(2, address("b"), false));
    assertEquals(List.of(), delivered(a.from(wiped, new AppendAccepted(2, 1, 1, true))));
  }

  @Test
  void voterThatWasNotThereAtTheFormingComesInByTwoChanges() {
    OneReplica a = new OneReplica(with(1, unbound("a", "b", "c")));
    a.lead("b");
    a.persisted();
    a.acknowledge("b");
    observe(a, "c");
    acceptedByObserver(a, "c");
    assertEquals(List.of("a", "b"), List.copyOf(a.state().voters().voters().keySet()));
    assertTrue(a.state().voters().reserved().containsKey("c"));
    a.persisted();
    a.acknowledge("b"); // The first is committed, c has answered a moment ago: now the second.
    assertEquals(voters("a", "b", "c"), a.state().voters());
  }

  @Test
  void seatIsNotVacatedWhenTheOthersCouldNotGoOn() {
    OneReplica a = new OneReplica(with(1, unbound("a", "b", "c")));
    a.lead("b");
    a.persisted();
    a.acknowledge("b");
    VoterSet before = a.state().voters();
    a.pass(T - 50); // b is nearly given up by now.
    observe(a, "c");
    a.pass(40);
    a.nowMs += 20;
    acceptedByObserver(a, "c");
    assertEquals(before, a.state().voters());
  }

  @Test
  void addressOfAVoterFollowsWhereItIsReached() {
    OneReplica a = leaderOf("a", "b", "c");
    HostPort moved = new HostPort("elsewhere", 1);
    List<RaftEffect> effects = a.from("b", new FollowRequest(2, moved, true));
    assertEquals(
        List.of(new RaftEffect.AddressLearnt("b", moved)),
        all(effects, RaftEffect.AddressLearnt.class));
    assertEquals(moved, a.state().voters().voters().get("b").address());
  }

  @Test
  void newcomerWithoutALogAsksItsContactsUntilALeaderAnswers() {
    OneReplica x = new OneReplica(RecoveredState.joining(), "x");
    List<RaftEffect> effects = x.core.onContacts(java.util.Set.of("b", "c"), x.nowMs);
    assertEquals(1, sent(effects, "b", FollowRequest.class).size());
    effects = x.from("b", new LeaderHint(2, "d", address("d")));
    assertEquals(1, sent(effects, "d", FollowRequest.class).size());
    assertEquals(
        List.of(new RaftEffect.AddressLearnt("d", address("d"))),
        all(effects, RaftEffect.AddressLearnt.class));
  }
}
