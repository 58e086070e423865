package io.gofka.metadata;

import io.gofka.common.TopicPartition;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.event.Level;

/**
 * What a broker has lost that comes back with other log directories than it was known by: its data
 * directory was emptied, or its disk exchanged. Nothing can bring back what no other replica had,
 * but somebody has to say so.
 *
 * @param brokerId of the broker
 * @param nodeId its name
 * @param missing how many of the directories it was known by are not there
 * @param known how many it was known by
 * @param emptied partitions that rest on this broker, so that nobody else has all their records; if
 *     some directories are there, they may lie in those
 */
record LostLogs(int brokerId, String nodeId, int missing, int known, List<TopicPartition> emptied) {
  /** More names than these are counted and not told. */
  static final int MAX_NAMES = 20;

  LostLogs {
    emptied = List.copyOf(emptied);
  }

  /**
   * What is missing; empty when nothing is, and when it isn't known what there was before.
   *
   * @param image in which the broker is still known as it was before
   * @param former the broker in it
   * @param logDirs ids of the directories that it has now
   */
  static Optional<LostLogs> of(ClusterImage image, BrokerImage former, List<UUID> logDirs) {
    int known = former.logDirs().size();
    int missing = (int) former.logDirs().stream().filter(id -> !logDirs.contains(id)).count();
    if (missing == 0 || logDirs.isEmpty()) {
      return Optional.empty();
    }
    List<TopicPartition> emptied = new ArrayList<>();
    image
        .topicsByName()
        .forEach(
            (name, topic) -> {
              for (int index = 0; index < topic.partitions().size(); index++) {
                if (restsOn(topic.partitions().get(index), former.id())) {
                  emptied.add(new TopicPartition(name, index));
                }
              }
            });
    return Optional.of(new LostLogs(former.id(), former.nodeId(), missing, known, emptied));
  }

  /** Whether the broker leads the partition as soon as it can, and nobody else may instead. */
  private static boolean restsOn(PartitionImage partition, int brokerId) {
    List<Integer> leaders = new ArrayList<>(partition.isr());
    leaders.addAll(partition.elr());
    return leaders.isEmpty()
        ? partition.lastKnownElr().contains(brokerId)
        : Collections.frequency(leaders, brokerId) == leaders.size();
  }

  /** Whether there are records that no other replica has. */
  boolean isLoss() {
    return !emptied.isEmpty();
  }

  /** What it is told at. */
  Level level() {
    return isLoss() ? Level.WARN : Level.INFO;
  }

  /** A sentence for people. */
  @Override
  public String toString() {
    boolean all = missing == known;
    String who =
        "Broker %d (%s) comes back without %s"
            .formatted(
                brokerId,
                nodeId,
                all ? "its data" : missing + " of its " + known + " log directories");
    if (!isLoss()) {
      return who + "; what it had is copied from the leaders";
    }
    String what =
        all
            ? "%s: empty now, since no other broker had them in full, %s %s"
            : "%s: what lay there is empty now of those that no other broker had in full, %s %s";
    return what.formatted(
        who,
        emptied.size() == 1 ? "is 1 partition:" : "are " + emptied.size() + " partitions:",
        names());
  }

  private String names() {
    String some =
        emptied.stream()
            .limit(MAX_NAMES)
            .map(TopicPartition::toString)
            .collect(Collectors.joining(", "));
    int more = emptied.size() - MAX_NAMES;
    return more > 0 ? some + " and " + more + " more" : some;
  }
}
