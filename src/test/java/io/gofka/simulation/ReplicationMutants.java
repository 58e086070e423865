package io.gofka.simulation;

import java.util.List;

/** Bugs that one could make in replication, each found by the simulation of whole clusters. */
final class ReplicationMutants {
  private static final String LEADER = "replica/LeaderReplica.java";

  private ReplicationMutants() {}

  static final List<Mutant> COMMITTING =
      List.of(
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
              "a follower may join that lacks what is committed",
              LEADER,
              "&& follower.endOffset() >= Math.max(highWatermark, epochStartOffset)",
              "&& follower.endOffset() >= 0"),
          new Mutant(
              "whether a follower's log has diverged is not asked",
              LEADER,
              "if (end.get().leaderEpoch() < follow.lastFetchedEpoch()\n"
                  + "        || end.get().offset() < follow.fetchOffset()) {",
              "if (end.get().offset() < 0) {"),
          new Mutant(
              "a follower's log has diverged only if it is longer",
              LEADER,
              "if (end.get().leaderEpoch() < follow.lastFetchedEpoch()\n"
                  + "        || end.get().offset() < follow.fetchOffset()) {",
              "if (log.logEndOffset() < follow.fetchOffset()) {"));

  static List<Mutant> all() {
    return List.of(COMMITTING, FOLLOWERS).stream().flatMap(List::stream).toList();
  }
}
