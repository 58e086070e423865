package io.gofka.raft;

import static io.gofka.raft.OneReplica.all;
import static io.gofka.raft.OneReplica.config;
import static io.gofka.raft.OneReplica.data;
import static io.gofka.raft.OneReplica.delivered;
import static io.gofka.raft.OneReplica.key;
import static io.gofka.raft.OneReplica.only;
import static io.gofka.raft.OneReplica.sent;
import static io.gofka.raft.OneReplica.voters;
import static io.gofka.raft.OneReplica.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.RaftMessage.AppendAccepted;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.AppendRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ReplicationTest {
  private static OneReplica follower(LogEntry... entries) {
    return new OneReplica(with(2, voters("a", "b", "c"), entries));
  }

  /** Leads term 2 with entry 0, which opens it. */
  private static OneReplica leader() {
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c")));
    a.lead("b");
    return a;
  }

  @Test
  void entriesAreAcknowledgedOnlyWhenTheyAreDurable() { // fig. 3.1
    OneReplica a = follower();
    List<RaftEffect> effects = a.append("b", 2, -1, 0, -1, data(1, 0), data(2, 1));
    assertEquals(List.of(), sent(effects, "b", AppendAccepted.class));
    assertEquals(1, only(a.persisted(), "b", AppendAccepted.class).matchIndex());
  }

  @Test
  void heartbeatIsAnsweredWhileTheDiskIsBusyButAcknowledgesOnlyWhatIsDurable() {
    OneReplica a = follower(data(1, 0));
    a.append("b", 2, 0, 1, -1, data(2, 1));
    AppendAccepted accepted = only(a.append("b", 2, 1, 2, -1), "b", AppendAccepted.class);
    assertEquals(0, accepted.matchIndex());
  }

  @Test
  void termIsDurableBeforeAnythingIsSaidInIt() { // §3.8
    OneReplica a = follower();
    assertEquals(List.of(), sent(a.append("b", 7, -1, 0, -1), "b", AppendAccepted.class));
    assertEquals(7, only(a.persisted(), "b", AppendAccepted.class).term());
  }

  @Test
  void entryIsCommittedNoFurtherThanTheLogIsKnownToBeTheLeaders() { // §3.5
    OneReplica a = follower(data(1, 0), data(1, 1), data(1, 2));
    // The leader has committed up to 2, but only entry 0 of this log is known to be the same.
    assertEquals(List.of(0L), delivered(a.append("b", 2, 0, 1, 2)));
    assertEquals(List.of(1L), delivered(a.append("b", 2, 0, 1, 2, data(1, 1))));
  }

  @Test
  void missingEntryIsRejectedWithTheEndOfTheLog() { // §3.5
    OneReplica a = follower(data(1, 0));
    AppendRejected rejected = only(a.append("b", 2, 9, 2, -1), "b", AppendRejected.class);
    assertEquals(0, rejected.conflictTerm());
    assertEquals(1, rejected.conflictIndex());
  }

  @Test
  void conflictingTermIsRejectedInOneGo() { // §3.5
    OneReplica a = follower(data(1, 0), data(2, 1), data(2, 2), data(2, 3));
    a.append("b", 3, 3, 3, -1);
    AppendRejected rejected = only(a.persisted(), "b", AppendRejected.class);
    assertEquals(2, rejected.conflictTerm());
    assertEquals(1, rejected.conflictIndex());
  }

  @Test
  void conflictingEntriesAreTruncatedAndReplaced() { // §3.5
    OneReplica a = follower(data(1, 0), data(1, 1), data(1, 2));
    List<RaftEffect> effects = a.append("b", 2, 0, 1, -1, data(2, 1));
    Persist persist = all(effects, Persist.class).get(0);
    assertEquals(OptionalLong.of(1), persist.truncateFrom());
    assertEquals(List.of(data(2, 1)), persist.append());
    assertEquals(2, a.core.nextIndex());
  }

  @Test
  void lateAppendThatIsAPrefixOfTheLogTruncatesNothing() { // §3.5
    OneReplica a = follower();
    a.append("b", 2, -1, 0, -1, data(1, 0), data(1, 1), data(2, 2));
    a.persisted();
    List<RaftEffect> late = a.append("b", 2, -1, 0, -1, data(1, 0));
    assertEquals(List.of(), all(late, Persist.class));
    assertEquals(2, OneReplica.only(late, "b", AppendAccepted.class).matchIndex());
    assertEquals(3, a.core.nextIndex());
  }

  @Test
  void fsyncOfATruncatedEntryDoesNotAcknowledgeTheOneInItsPlace() {
    OneReplica a = follower();
    a.append("b", 2, -1, 0, -1, data(1, 0), data(2, 1));
    long first = a.lastSequence();
    a.append("c", 3, 0, 1, -1, data(3, 1));
    List<RaftEffect> effects = a.persisted(first);
    assertTrue(
        sent(effects, "c", AppendAccepted.class).stream().allMatch(ack -> ack.matchIndex() < 1));
    List<AppendAccepted> acknowledged = sent(a.persisted(), "c", AppendAccepted.class);
    assertEquals(1, acknowledged.get(acknowledged.size() - 1).matchIndex());
  }

  @Test
  void committedEntryIsNeverTruncated() { // §3.6.3
    OneReplica a = follower(data(1, 0), data(1, 1));
    a.append("b", 2, 1, 1, 1);
    assertThrows(IllegalStateException.class, () -> a.append("c", 3, 0, 1, -1, data(3, 1)));
  }

  @Test
  void leaderCountsItselfOnlyOnceItsEntryIsDurable() { // §10.2.1
    OneReplica a = leader();
    List<RaftEffect> effects = a.propose("x");
    assertEquals(1, sent(effects, "b", AppendRequest.class).size(), "sent before the fsync");
    assertEquals(List.of(), delivered(a.acknowledge("b")));
    assertEquals(List.of(1L), delivered(a.persisted()));
  }

  @Test
  void twoOtherVotersCommitWithoutTheLeadersDisk() { // §10.2.1
    OneReplica a = leader();
    a.propose("x");
    a.acknowledge("b");
    assertEquals(List.of(1L), delivered(a.acknowledge("c")));
  }

  @Test
  void entryOfAnEarlierTermIsCommittedOnlyWithOneOfTheOwn() { // §3.6.2, fig. 3.7
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c"), data(1, 0), data(2, 1)));
    a.win("b");
    a.persisted();
    assertEquals(List.of(), delivered(a.accepted("b", 1)), "on a majority, but of term 2");
    assertEquals(List.of(0L, 1L, 2L), delivered(a.accepted("b", 2)));
  }

  @Test
  void nobodyProposesBeforeAllEarlierEntriesAreDelivered() {
    OneReplica a = new OneReplica(with(2, voters("a", "b", "c"), data(1, 0)));
    a.win("b");
    a.persisted();
    assertThrows(ApiException.class, () -> a.propose("x"));
    List<RaftEffect> effects = a.acknowledge("b");
    int deliver = effects.indexOf(all(effects, RaftEffect.Deliver.class).get(0));
    int leads = effects.indexOf(new RaftEffect.LeadershipChanged(3, "a", true));
    assertTrue(deliver >= 0 && leads > deliver, effects::toString);
  }

  @Test
  void deposedLeaderIsToldBeforeItGetsTheNextOnesEntries() {
    OneReplica a = leader();
    a.propose("x");
    List<RaftEffect> effects = a.append("b", 3, 0, 2, 1, new LogEntry(3, 1, OneReplica.bytes("")));
    int lost = effects.indexOf(new RaftEffect.LeadershipChanged(3, "", false));
    int deliver = effects.indexOf(all(effects, RaftEffect.Deliver.class).get(0));
    assertTrue(lost >= 0 && deliver > lost, effects::toString);
  }

  @Test
  void commitIsToldAtOnce() {
    OneReplica a = leader();
    a.acknowledge("c");
    a.propose("x");
    a.persisted();
    List<RaftEffect> effects = a.acknowledge("b");
    assertEquals(1, OneReplica.only(effects, "b", AppendRequest.class).commitIndex());
    assertEquals(1, OneReplica.only(effects, "c", AppendRequest.class).commitIndex());
  }

  @Test
  void entriesAreSentAheadUpToABound() { // §10.2.2
    OneReplica a = leader();
    int sent = 0;
    for (int i = 0; i < 100; i++) {
      sent += sent(a.propose("x" + i), "b", AppendRequest.class).size();
    }
    assertEquals(64, sent);
    List<AppendRequest> next = sent(a.accepted("b", 1), "b", AppendRequest.class);
    assertEquals(36, next.get(0).entries().size(), "what has waited goes in one");
  }

  @Test
  void lostAppendIsSentAgainOnceAHeartbeatIsRejected() {
    OneReplica a = leader();
    a.propose("lost");
    AppendRequest heartbeat = sent(a.pass(OneReplica.HEARTBEAT), "b", AppendRequest.class).get(0);
    assertEquals(1, heartbeat.prevIndex());
    List<RaftEffect> effects = a.from("b", new AppendRejected(2, 1, 0, 1, 2, true));
    assertEquals(1, OneReplica.only(effects, "b", AppendRequest.class).entries().size());
  }

  @Test
  void backOffSkipsATermThatTheLeaderDoesNotHave() { // §3.5
    OneReplica a =
        new OneReplica(
            with(5, voters("a", "b", "c"), data(1, 0), data(1, 1), data(4, 2), data(4, 3)));
    a.win("c");
    // b has 1 1 2 2 2 2
    List<RaftEffect> effects = a.from("b", new AppendRejected(6, 3, 2, 2, 1, true));
    assertEquals(1, OneReplica.only(effects, "b", AppendRequest.class).prevIndex());
  }

  @Test
  void backOffGoesToTheEndOfATermThatBothHave() { // §3.5
    OneReplica a =
        new OneReplica(
            with(5, voters("a", "b", "c"), data(1, 0), data(1, 1), data(4, 2), data(4, 3)));
    a.win("c");
    // b has 1 1 1 1: entry 3 is of term 1, whose first is 0.
    List<RaftEffect> effects = a.from("b", new AppendRejected(6, 3, 1, 0, 1, true));
    assertEquals(1, OneReplica.only(effects, "b", AppendRequest.class).prevIndex());
  }

  @Test
  void lateRejectionDoesNotMoveAnAcknowledgedReplicaBack() {
    OneReplica a = leader();
    a.propose("x");
    a.acknowledge("b");
    assertEquals(
        List.of(),
        sent(a.from("b", new AppendRejected(2, 0, 0, 0, 1, true)), "b", AppendRequest.class));
  }

  @Test
  void lateAcknowledgementTakesNothingBack() {
    OneReplica a = leader();
    a.propose("x");
    a.acknowledge("b");
    a.accepted("b", 0);
    assertEquals(List.of(1L), delivered(a.persisted()));
  }

  @Test
  void acknowledgementOfAnotherTermDoesNotCount() {
    OneReplica a = leader();
    a.propose("x");
    a.persisted();
    assertEquals(List.of(), delivered(a.from("b", new AppendAccepted(1, 1, 1, true))));
  }

  @Test
  void observersGetTheLogAndDoNotCount() { // §4.2.1
    OneReplica a = leader();
    a.propose("x");
    a.persisted();
    List<RaftEffect> effects =
        a.from("x", new RaftMessage.FollowRequest(2, OneReplica.address("x"), false));
    assertEquals(1, sent(effects, "x", AppendRequest.class).size());
    assertEquals(List.of(), delivered(a.from("x", new AppendAccepted(2, 1, 1, false))));
  }

  @Test
  void silentObserverIsForgotten() {
    OneReplica a = new OneReplica(with(1, OneReplica.voters("a")));
    a.persisted();
    a.persisted();
    a.from("x", new RaftMessage.FollowRequest(2, OneReplica.address("x"), false));
    assertEquals(2, a.state().replicas().size());
    a.pass(3 * OneReplica.T + OneReplica.HEARTBEAT);
    assertEquals(1, a.state().replicas().size());
  }

  @Test
  void proposalsThatWaitAreBounded() {
    OneReplica a = leader();
    for (int i = 0; i < 10_000; i++) {
      a.propose("x");
    }
    assertThrows(ApiException.class, () -> a.propose("one too many"));
    a.persisted();
    a.acknowledge("b");
    a.propose("room again");
  }

  @Test
  void proposalsThatWaitForTheLeadersOwnDiskAreBoundedThoughOthersCommitThem() {
    OneReplica a = leader();
    for (int i = 0; i < 10_000; i++) {
      a.propose("x");
      a.acknowledge("b");
      a.acknowledge("c");
    }
    assertEquals(a.core.nextIndex(), a.state().highWatermark());
    assertThrows(ApiException.class, () -> a.propose("one too many"));
    a.persisted();
    a.propose("room again");
  }

  @Test
  void configurationComesBackWhenItsEntryIsTruncated() { // §4.1
    OneReplica a = follower(data(1, 0), config(1, 1, "a", "b", "c", "d"));
    assertTrue(a.state().voters().voters().containsKey("d"));
    List<RaftEffect> effects = a.append("b", 2, 0, 1, -1, data(2, 1));
    assertEquals(voters("a", "b", "c"), a.state().voters());
    assertEquals(
        List.of(new RaftEffect.VotersChanged(voters("a", "b", "c"))),
        all(effects, RaftEffect.VotersChanged.class));
  }

  @Test
  void configurationIsInUseWithItsEntryAndAfterARestart() { // §4.1
    OneReplica a = follower();
    a.append("b", 2, -1, 0, -1, config(2, 0, "a", "b"));
    assertEquals(voters("a", "b"), a.state().voters());
    OneReplica again = follower(config(2, 0, "a", "b"));
    assertEquals(voters("a", "b"), again.state().voters());
  }

  @Test
  void messageOfANamesakeIsIgnored() {
    OneReplica a = leader();
    assertEquals(
        List.of(),
        a.from(new ReplicaKey("a", key("b").directoryId()), new AppendAccepted(9, 0, 1, true)));
    assertFalse(a.state().replicas().isEmpty());
  }

  @Test
  void readIsAnsweredAfterARoundThatBeganBehindIt() { // §6.4
    OneReplica a = leader();
    a.propose("x");
    a.persisted();
    a.acknowledge("b");
    List<RaftEffect> asked = a.core.requestRead(7, a.nowMs);
    long round = OneReplica.only(asked, "b", AppendRequest.class).round();
    assertEquals(
        List.of(),
        all(a.from("b", new AppendAccepted(2, 1, round - 1, true)), RaftEffect.ReadReady.class));
    assertEquals(
        List.of(new RaftEffect.ReadReady(7, 1)),
        all(a.from("b", new AppendAccepted(2, 1, round, true)), RaftEffect.ReadReady.class));
  }

  @Test
  void newLeaderReadsNothingBeforeItHasCommittedInItsTerm() { // §6.4
    OneReplica a = new OneReplica(with(1, voters("a", "b", "c"), data(1, 0)));
    a.win("b");
    assertEquals(
        List.of(new RaftEffect.ReadFailed(7)),
        all(a.core.requestRead(7, a.nowMs), RaftEffect.ReadFailed.class));
  }

  @Test
  void readsOfADeposedLeaderFail() { // §6.4
    OneReplica a = leader();
    a.core.requestRead(7, a.nowMs);
    a.core.requestRead(8, a.nowMs);
    assertEquals(
        List.of(new RaftEffect.ReadFailed(7), new RaftEffect.ReadFailed(8)),
        all(a.append("b", 3, 0, 2, 0), RaftEffect.ReadFailed.class));
  }

  @Test
  void wipedVoterAsksForTheLogAlthoughWhatIsMeantForItsFormerSelfReachesIt() { // KIP-853
    OneReplica wiped = new OneReplica(RecoveredState.joining());
    List<RaftEffect> effects = wiped.append("b", 2, -1, 0, -1);
    assertEquals(
        new RaftMessage.FollowRequest(2, OneReplica.address("a"), false),
        only(effects, "b", RaftMessage.FollowRequest.class));
    OneReplica leader = leader();
    ReplicaKey other = new ReplicaKey("c", key("x").directoryId());
    leader.from(other, new RaftMessage.FollowRequest(2, OneReplica.address("c"), false));
    leader.from(other, new AppendAccepted(2, 0, 1, false));
    List<RaftEffect> proposed = leader.propose("x");
    assertEquals(1, sent(proposed, "c", AppendRequest.class).size(), "once, not for both");
  }

  @Test
  void answerToAnAppendOfAnEarlierTermConfirmsNoReadAndMovesNobodyBack() { // §6.4
    OneReplica b = new OneReplica(with(2, voters("a", "b", "c")), "b");
    // a led term 1 for long, and leads term 2 when its late append reaches b.
    AppendRejected rejected =
        only(
            b.from("a", new AppendRequest(1, 5, 1, List.of(), -1, 183)), "a", AppendRejected.class);
    OneReplica a = leader();
    List<RaftEffect> effects = new ArrayList<>(a.from("b", rejected));
    effects.addAll(a.core.requestRead(7, a.nowMs));
    assertEquals(List.of(), all(effects, RaftEffect.ReadReady.class));
    a.pass(OneReplica.HEARTBEAT);
    effects = a.from("c", new AppendRejected(2, 3, 0, 0, 0, true));
    assertEquals(List.of(), sent(effects, "c", AppendRequest.class));
  }
}
