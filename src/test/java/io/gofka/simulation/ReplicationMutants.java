package io.gofka.simulation;

import java.util.List;

/** Bugs that one could make in replication, each found by the simulation of whole clusters. */
final class ReplicationMutants {
  private static final String LEADER = "replica/LeaderReplica.java";
  private static final String OBJECTIONS = "replica/Objections.java";
  private static final String FOLLOWER = "replica/FollowerReplica.java";
  private static final String AGREEMENT = "replica/IsrAgreement.java";

  private ReplicationMutants() {}

  static final List<Mutant> COMMITTING =
      List.of(
          new Mutant(
              "the ISR instead of the maximal ISR",
              LEADER,
              "(agreement.mayBeInSync(follower.brokerId()) || isWaitedFor(follower, nowMs))",
              "isr().contains(follower.brokerId())"),
          new Mutant(
              "a follower that lags is not waited for before the controllers' consent",
              LEADER,
              "(agreement.mayBeInSync(follower.brokerId()) || isWaitedFor(follower, nowMs))",
              "agreement.mayBeInSync(follower.brokerId())\n"
                  + "          && follower.isCaughtUp(log.logEndOffset(), nowMs, lagTimeMaxMs)"),
          new Mutant(
              "a follower without a session is not waited for",
              LEADER,
              "(agreement.mayBeInSync(follower.brokerId()) || isWaitedFor(follower, nowMs))",
              "agreement.mayBeInSync(follower.brokerId()) && follower.isLive()"),
          new Mutant(
              "something is committed with fewer than min.insync.replicas",
              LEADER,
              "if (isUnderMinIsr()) {\n      return;\n    }\n    long committed",
              "long committed"),
          new Mutant(
              "what the leader has is committed",
              LEADER,
              "if (follower.endOffset() < committed\n",
              "if (follower.endOffset() < 0\n"),
          new Mutant(
              "whoever is proposed counts only once the controllers have agreed",
              AGREEMENT,
              "change.isr().forEach(each -> perhapsInSync.add(each.brokerId()));",
              ""),
          new Mutant(
              "a deposed leader acknowledges what waits",
              "log/ShardLeading.java",
              "led.get().parked().takeAll().forEach(each -> each.refuse(lost(partition), why));",
              "led.get().parked().takeAll().forEach(each -> each.succeed(why.length() - 1));"),
          new Mutant(
              "everything that waits is acknowledged when something is committed",
              "log/ShardLeading.java",
              "led.parked().takeBelow(highWatermark).forEach(",
              "led.parked().takeBelow(Long.MAX_VALUE).forEach("));

  static final List<Mutant> FOLLOWERS =
      List.of(
          new Mutant(
              "a batch that more than the remembered ones have passed is out of order",
              "log/ProducerState.java",
              "if (producer.hasPassed(batch.lastSequence(), batch.lastOffsetDelta())) {",
              "if (sequence < 0) {"),
          new Mutant(
              "a batch before all that are known of its producer counts as written",
              "log/ProducerEntry.java",
              "return behind >= remembered && (long) behind + offsetDelta + 1 <= consecutive;",
              "return behind >= remembered;"),
          new Mutant(
              "what ends where the leader's log begins is taken for what was deleted there",
              OBJECTIONS,
              "if (follow.lastFetchedEpoch() < log.firstEpoch()) {",
              "if (follow.lastFetchedEpoch() < 0) {"),
          new Mutant(
              "whether a follower's log has diverged is not asked",
              OBJECTIONS,
              "if (end.get().leaderEpoch() < follow.lastFetchedEpoch()\n"
                  + "        || end.get().offset() < follow.fetchOffset()) {",
              "if (end.get().offset() < 0) {"),
          new Mutant(
              "a follower's log has diverged only if it is longer",
              OBJECTIONS,
              "if (end.get().leaderEpoch() < follow.lastFetchedEpoch()\n"
                  + "        || end.get().offset() < follow.fetchOffset()) {",
              "if (log.logEndOffset() < follow.fetchOffset()) {"),
          new Mutant(
              "a restarted follower still has what it had",
              LEADER,
              "follower.restarted(itsBrokerEpoch);",
              ""),
          new Mutant(
              "a follower acknowledges what it has not appended yet",
              FOLLOWER,
              "log.durableEndOffset(),\n                Math.max(logStartTold",
              "nextOffset,\n                Math.max(logStartTold"),
          new Mutant(
              "a follower cuts its log at its high watermark",
              FOLLOWER,
              "return Math.min(offset, log.logEndOffset());",
              "return Math.min(log.highWatermark(), log.logEndOffset());"),
          new Mutant(
              "a follower cuts its log without a look at its own epochs",
              FOLLOWER,
              "return Math.min(offset, log.logEndOffset());",
              "return Math.min(leaderEnd.offset(), log.logEndOffset());"),
          new Mutant(
              "a follower that has diverged goes on as it is",
              FOLLOWER,
              "long offset = cutAt(diverged.end());",
              "long offset = log.logEndOffset();"));

  static final List<Mutant> LOGS =
      List.of(
          new Mutant(
              "followers keep no account of producers",
              "log/LogAppender.java",
              "log.producers().appended(batch, timestampMs).ifPresent(segment::onAborted);",
              "if (batch.partitionLeaderEpoch() == log.latestEpoch() && log.highWatermark() < 0) {\n"
                  + "log.producers().appended(batch, timestampMs).ifPresent(segment::onAborted);}"),
          new Mutant(
              "what a crash has left behind is not checked",
              "log/BatchScanner.java",
              "return crc.getValue() == expected;",
              "return crc.getValue() == expected || expected != 0;"),
          new Mutant(
              "a high watermark without records is not told",
              "log/ShardLeading.java",
              "forEach(each -> each.succeed(logStartOffset));\n    }\n    push.onWatermark(partition);",
              "forEach(each -> each.succeed(logStartOffset));\n    }"),
          new Mutant(
              "the end of the log is told before it is known what is committed",
              LEADER,
              "return highWatermark >= epochStartOffset;",
              "return true;"),
          new Mutant(
              "a repetition is appended again",
              "log/PartitionLog.java",
              "return batch.hasProducerId() ? producers.check(batch) : Optional.empty();",
              "return Optional.empty();"));

  static final List<Mutant> CONTROLLERS =
      List.of(
          new Mutant(
              "a proposal of unknown fate counts as not made",
              AGREEMENT,
              "if (endsAttempt(change, nowMs)) {\n      fateUnknown = true;",
              "if (endsAttempt(change, nowMs)) {\n      perhapsInSync.clear();"),
          new Mutant(
              "another leader in the same epoch",
              "metadata/PartitionChange.java",
              "before.leaderEpoch() + (newEpoch ? 1 : 0),",
              "before.leaderEpoch(),"),
          new Mutant(
              "the partition epoch stays although something changes",
              "metadata/PartitionChange.java",
              "state.partitionEpoch() + 1,",
              "state.partitionEpoch(),"),
          new Mutant(
              "a broker that may have lost the end of its logs stays eligible",
              "metadata/BrokerRegistration.java",
              "return state.isr().contains(id) || state.elr().contains(id)\n",
              "return state.isr().contains(-id)\n"),
          new Mutant(
              "any live replica may lead",
              "metadata/PartitionChange.java",
              "if (election == Election.UNCLEAN || rules.unclean()) {",
              "if (rules.minIsr() > 0) {"));

  static List<Mutant> all() {
    return List.of(COMMITTING, FOLLOWERS, LOGS, CONTROLLERS).stream()
        .flatMap(List::stream)
        .toList();
  }
}
