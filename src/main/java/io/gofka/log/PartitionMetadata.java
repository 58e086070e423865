package io.gofka.log;

import io.gofka.common.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** Kafka's {@code partition.metadata}: whose partition a folder holds. */
final class PartitionMetadata {
  static final int MAX_BYTES = 1024;
  private static final String TOPIC_ID = "topic_id: ";

  private PartitionMetadata() {}

  static byte[] encode(UUID topicId) {
    return ("version: 0\n" + TOPIC_ID + Uuids.toBase64(topicId) + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Empty when no id can be made out. */
  static Optional<UUID> decode(byte[] content) {
    return new String(content, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(TOPIC_ID))
        .findFirst()
        .flatMap(line -> id(line.substring(TOPIC_ID.length()).trim()));
  }

  private static Optional<UUID> id(String text) {
    try {
      return Optional.of(Uuids.fromBase64(text));
    } catch (IllegalArgumentException damaged) {
      return Optional.empty();
    }
  }
}
