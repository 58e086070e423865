package io.gofka.simulation;

import java.util.List;

/**
 * Bugs that one could make in coordinators of groups, and in moves of partitions, each found by the
 * simulation of whole clusters.
 */
final class GroupMutants {
  private static final String OFFSETS_LOG = "group/OffsetsLogShell.java";
  private static final String VERTICLE = "group/GroupCoordinatorVerticle.java";
  private static final String OFFSETS = "group/GroupOffsets.java";

  private GroupMutants() {}

  static final List<Mutant> COORDINATORS =
      List.of(
          new Mutant(
              "a coordinator answers before its load is done",
              OFFSETS_LOG,
              "return load(replayed.nextOffset, endOffset,",
              "return load(endOffset, endOffset,"),
          new Mutant(
              "an offset is acknowledged before it is committed",
              OFFSETS_LOG,
              "(short) -1,",
              "(short) 1,"),
          new Mutant(
              "a coordinator that leads again goes on with what it knew",
              VERTICLE,
              "return partition.leader() == brokerId && partition.leaderEpoch() == one.leaderEpoch;",
              "return partition.leaderEpoch() >= one.leaderEpoch;"),
          new Mutant(
              "a coordinator doesn't look whether it is still in office",
              VERTICLE,
              "if (lease.isOver(clock.get().nowMs())) {",
              "if (lease == null) {"),
          new Mutant(
              "what is deleted comes back when the log is read",
              OFFSETS,
              "offsets.remove(record.partition());",
              "if (nowMs != Retention.BEFORE_LOADING) offsets.remove(record.partition());"),
          new Mutant(
              "offsets expire by the clock on the wall",
              "group/Retention.java",
              "if (watchedMs >= retentionMs) {",
              "if (watchedMs >= 0 && moment.timestampMs() - since.timestampMs() >= retentionMs) {"),
          new Mutant(
              "an offset counts before it is committed",
              "group/GroupCoordinator.java",
              "offsets.takeOff(records);",
              "offsets.takeOff(records);"
                  + "records.forEach(record -> offsets.apply(record, moment.nowMs()));"));

  static final List<Mutant> GENERATIONS =
      List.of(
          new Mutant(
              "members of an earlier generation commit",
              OFFSETS,
              "ClassicMembership.checkGeneration(group, commit.generationId());",
              ""));

  static final List<Mutant> MOVES =
      List.of(
          new Mutant(
              "old replicas go before the new ones are in sync",
              "metadata/PartitionChange.java",
              "if (isr.containsAll(adding) && !remaining.isEmpty() && !remainingIsr.isEmpty()"
                  + " && enough) {\n      replicas = remaining;\n      isr = remainingIsr;",
              "if (!remaining.isEmpty()) {\n      replicas = remaining;\n      isr = remaining;"),
          new Mutant(
              "who has all that is committed goes before enough others have it",
              "metadata/PartitionChange.java",
              "id -> isr.contains(id) || before.isr().contains(id) || before.elr().contains(id));",
              "id -> isr.contains(id));"),
          new Mutant(
              "a new replica of a log that begins within a batch is refused it",
              "log/ShardFollowing.java",
              "if (!isWithin) {",
              "if (true) {"));

  static List<Mutant> all() {
    return List.of(COORDINATORS, GENERATIONS, MOVES).stream().flatMap(List::stream).toList();
  }
}
