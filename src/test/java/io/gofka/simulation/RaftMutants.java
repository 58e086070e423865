package io.gofka.simulation;

import java.util.List;

/** Bugs that one could make in the core of Raft, each found by the simulation. */
final class RaftMutants {
  private RaftMutants() {}

  static final List<Mutant> DURABILITY =
      List.of(
          new Mutant(
              "messages leave before what they promise is durable",
              "raft/Outbox.java",
              "if (until <= durableSequence) {",
              "if (until <= Long.MAX_VALUE) {"),
          new Mutant(
              "entries count as durable as soon as they are written",
              "raft/Outbox.java",
              "long durableIndex() {\n    return durableIndex;",
              "long durableIndex() {\n    return log.lastIndex();"),
          new Mutant(
              "what was durable before a truncation still counts behind it",
              "raft/Outbox.java",
              "durableIndex = Math.min(durableIndex, from - 1);",
              ""),
          new Mutant(
              "a write under way counts although a later one truncates it",
              "raft/Outbox.java",
              "Math.min(p.lastIndex, from - 1)",
              "p.lastIndex"),
          new Mutant(
              "a candidate counts its vote before it is durable",
              "raft/Election.java",
              "state.mayVote() && (preVote || state.out.isTermDurable());",
              "state.mayVote();"),
          new Mutant(
              "a term is not persisted",
              "raft/ReplicaState.java",
              "hard = new HardState(term, Optional.empty());\n    out.persist(hard);",
              "hard = new HardState(term, Optional.empty());"),
          new Mutant(
              "a log that contradicts the snapshot stays on the disk",
              "raft/RaftCore.java",
              "state.out.truncate(0);",
              ""),
          new Mutant(
              "a vote is not persisted",
              "raft/ReplicaState.java",
              "hard = new HardState(hard.term(), Optional.of(candidate));\n    out.persist(hard);",
              "hard = new HardState(hard.term(), Optional.of(candidate));"),
          new Mutant(
              "a snapshot is acknowledged before it is durable",
              "raft/LogReceiver.java",
              "state.out.sendAfterAll(",
              "state.out.sendAfterTerm("),
          new Mutant(
              "entries are dropped before the snapshot in their place is durable",
              "raft/RaftCore.java",
              "state.out.persist(snapshot);",
              "state.out.persist(snapshot);\n"
                  + "state.out.add(new RaftEffect.DropPrefix(state.log.firstIndex()));"),
          new Mutant(
              "a truncation is not persisted",
              "raft/LogReceiver.java",
              "state.out.truncate(index);",
              ""),
          new Mutant(
              "a replica goes on after its storage has failed",
              "raft/RaftCore.java",
              "roles.becomeFailed();",
              ""));

  static final List<Mutant> ELECTION =
      List.of(
          new Mutant(
              "a vote for a candidate that has less",
              "raft/Roles.java",
              "&& covered\n              && state.votedFor()",
              "&& state.votedFor()"),
          new Mutant(
              "two votes in a term",
              "raft/Roles.java",
              "&& state.votedFor().filter(voted -> !voted.equals(from)).isEmpty();",
              ";"),
          new Mutant(
              "no pre-vote",
              "raft/Roles.java",
              "if (state.mayStand()) {\n      becomePreCandidate(nowMs);",
              "if (state.mayStand()) {\n      becomeCandidate(false, nowMs);"),
          new Mutant(
              "votes against a live leader",
              "raft/Roles.java",
              "boolean sticky = isSticky(from, nowMs);",
              "boolean sticky = false;"),
          new Mutant(
              "no check of the quorum",
              "raft/Roles.java",
              "if (leading.orElseThrow().hearsMajority(nowMs)) {",
              "if (leading.isPresent()) {"),
          new Mutant(
              "votes of an earlier term count",
              "raft/Election.java",
              "&& (preVote || reply.term() == state.term())",
              ""),
          new Mutant(
              "the vote of a wiped replica counts",
              "raft/Voter.java",
              "bound.equals(replica.directoryId())",
              "true"),
          new Mutant(
              "a replica that didn't form the quorum votes for an unbound voter",
              "raft/Voter.java",
              ".orElse(formed)",
              ".orElse(true)"),
          new Mutant(
              "half of the voters are a majority",
              "raft/VoterSet.java",
              "voters.size() / 2 + 1",
              "(voters.size() + 1) / 2"),
          new Mutant(
              "a leader is announced before it knows what is committed",
              "raft/ReplicaState.java",
              "boolean self = role == Role.LEADER && active;",
              "boolean self = role == Role.LEADER;"));

  static final List<Mutant> REPLICATION =
      List.of(
          new Mutant(
              "entries of earlier terms are committed by counting",
              "raft/Leader.java",
              "|| !state.log.hasTermAt(majority, state.term())",
              ""),
          new Mutant(
              "a leader counts what it has not on its disk",
              "raft/Leader.java",
              "replicas.reachedByMajority(Progress::match, state.out.durableIndex());",
              "replicas.reachedByMajority(Progress::match, state.log.lastIndex());"),
          new Mutant(
              "no check of the entry before",
              "raft/LogReceiver.java",
              "if (prev > state.commitIndex() && !log.hasTermAt(prev, request.prevTerm())) {",
              "if (prev > log.lastIndex() && !log.hasTermAt(prev, request.prevTerm())) {"),
          new Mutant(
              "entries that are there already are truncated",
              "raft/LogReceiver.java",
              "log.termAt(index).isPresent() && !log.hasTermAt(index, entry.term())) {",
              "log.termAt(index).isPresent()) {"),
          new Mutant(
              "what was proven to be the last leader's counts for the next",
              "raft/LogReceiver.java",
              "proven = state.commitIndex();\n    round = 0;",
              "round = 0;"),
          new Mutant(
              "a leader doesn't go back behind a conflict",
              "raft/Leader.java",
              "progress.becomeProbe(backOff(rejected));",
              "progress.becomeProbe(rejected.prevIndex() + 1);"),
          new Mutant(
              "an answer to an earlier term confirms a round of this one",
              "raft/Roles.java",
              "private static final long NO_ROUND = 0;",
              "private static final long NO_ROUND = 200;"),
          new Mutant(
              "answers of an earlier term count",
              "raft/Roles.java",
              "if (leading.isPresent() && reply.term() == state.term()) {",
              "if (leading.isPresent() && reply.term() <= state.term()) {"),
          new Mutant(
              "a lost append is not noticed",
              "raft/Progress.java",
              "return mode == Mode.REPLICATE || rejected.prevIndex() == next - 1;",
              "return mode == Mode.PROBE && rejected.prevIndex() == next - 1;"),
          new Mutant(
              "an acknowledgement is owed for ever",
              "raft/LogReceiver.java",
              "acknowledgementOwed = true;",
              "acknowledgementOwed = false;"));

  static final List<Mutant> SNAPSHOTS =
      List.of(
          new Mutant(
              "a snapshot without the voters",
              "raft/RaftLog.java",
              "configurations.put(baseIndex, installed.meta().voters());",
              "configurations.put(baseIndex, VoterSet.EMPTY);"),
          new Mutant(
              "a snapshot with the voters of now instead of then",
              "raft/RaftCore.java",
              "state.log.votersAt(index)",
              "state.log.voters()"),
          new Mutant(
              "a log that contradicts the installed snapshot is kept",
              "raft/LogReceiver.java",
              "if (state.log.hasTermAt(meta.index(), meta.term())) {",
              "if (state.log.lastIndex() >= meta.index()) {"),
          new Mutant(
              "entries behind the installed snapshot are dropped",
              "raft/LogReceiver.java",
              "if (state.log.hasTermAt(meta.index(), meta.term())) {",
              "if (meta.index() < 0) {"),
          new Mutant(
              "pieces of two snapshots are put together",
              "raft/LogReceiver.java",
              "if (!meta.equals(receiving)) {",
              "if (receiving == null) {"),
          new Mutant(
              "a piece that comes twice is taken twice",
              "raft/LogReceiver.java",
              "if (chunk.offset() == received.readableBytes()) {",
              "if (chunk.offset() <= received.readableBytes()) {"),
          new Mutant(
              "a lost piece is not sent again",
              "raft/Progress.java",
              "(!chunkInFlight || nowMs - chunkSentMs >= retryMs)",
              "!chunkInFlight"),
          new Mutant(
              "the snapshot on the disk isn't delivered at the start",
              "raft/RaftCore.java",
              "state.log.snapshot().ifPresent(state::commitSnapshot);",
              ""));

  static final List<Mutant> MEMBERSHIP_AND_READS =
      List.of(
          new Mutant(
              "a change of voters before the last is committed",
              "raft/Leader.java",
              "state.active() && !resigning && state.log.votersIndex() <= state.commitIndex();",
              "state.active() && !resigning;"),
          new Mutant(
              "a change of voters before the leader has committed in its term",
              "raft/Leader.java",
              "state.active() && !resigning && state.log.votersIndex() <= state.commitIndex();",
              "!resigning && state.log.votersIndex() <= state.commitIndex();"),
          new Mutant(
              "a configuration stays although its entry is truncated",
              "raft/RaftLog.java",
              "configurations.tailMap(index, true).clear();",
              ""),
          new Mutant(
              "a read before the leader has committed in its term",
              "raft/Leader.java",
              "if (!state.active()) {\n      state.out.add(new RaftEffect.ReadFailed(id));",
              "if (state.term() < 0) {\n      state.out.add(new RaftEffect.ReadFailed(id));"),
          new Mutant(
              "a read without asking whether it still leads",
              "raft/Reads.java",
              "if (confirmedRound >= round) {",
              "if (confirmedRound >= Long.MIN_VALUE) {"),
          new Mutant(
              "a read is confirmed by an earlier round",
              "raft/Sender.java",
              "return round;",
              "return round - 1;"),
          new Mutant(
              "a handover without success never ends",
              "raft/Handover.java",
              "if (nowMs >= deadlineMs) {",
              "if (nowMs < 0) {"),
          new Mutant(
              "votes of strangers count",
              "raft/Election.java",
              "&& voter.isVotedBy(from, reply.formed())",
              ""));

  static List<Mutant> all() {
    return List.of(DURABILITY, ELECTION, REPLICATION, SNAPSHOTS, MEMBERSHIP_AND_READS).stream()
        .flatMap(List::stream)
        .toList();
  }
}
