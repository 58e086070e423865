package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * Kafka's {@code partition.metadata}: whose partition a folder holds. A stamp follows as a third
 * line, so that the file of another folder is not taken for this one's.
 */
final class PartitionMetadata {
  static final int MAX_BYTES = 1024;
  private static final String TOPIC_ID = "topic_id: ";

  private PartitionMetadata() {}

  static byte[] encode(TopicIdPartition partition) {
    byte[] lines =
        ("version: 0\n" + TOPIC_ID + Uuids.toBase64(partition.topicId()) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    return Stamp.text(partition, name(partition.toString()), lines);
  }

  private static String name(String topicPartition) {
    return topicPartition + '/' + LogFiles.PARTITION_METADATA;
  }

  /**
   * Empty when no id can be made out.
   *
   * @param topicPartition {@code topic-N}
   */
  static Optional<UUID> decode(byte[] content, String topicPartition) {
    int partition;
    try {
      partition = Integer.parseInt(topicPartition.substring(topicPartition.lastIndexOf('-') + 1));
    } catch (NumberFormatException other) {
      return Optional.empty();
    }
    return new String(content, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(TOPIC_ID))
        .findFirst()
        .flatMap(line -> id(line.substring(TOPIC_ID.length()).trim()))
        .filter(
            id ->
                Stamp.fromText(
                        new TopicIdPartition(id, topicPartition, partition),
                        name(topicPartition),
                        content)
                    .isPresent());
  }

  private static Optional<UUID> id(String text) {
    try {
      return Optional.of(Uuids.fromBase64(text));
    } catch (IllegalArgumentException damaged) {
      return Optional.empty();
    }
  }
}
