package io.gofka.log;

import io.gofka.common.TopicPartition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * {@code replication-offset-checkpoint} of a log directory: the high watermarks as they were a
 * short while ago, in Kafka's form (a version line, the number of entries, then topic, partition
 * and offset of each). Each shard but the first writes a file of its own, with its number at the
 * end.
 *
 * <p>Nothing depends on it but how soon after a restart records can be read: a high watermark that
 * is too low is found out again.
 */
final class WatermarkCheckpoint {
  private static final String FILE = "replication-offset-checkpoint";
  private static final String VERSION = "0";
  private static final int MAX_BYTES = 64 << 20;

  private WatermarkCheckpoint() {}

  static String file(int shard) {
    return shard == 0 ? FILE : FILE + "." + shard;
  }

  /**
   * What all shards of the last run have written, however many there were; the smallest where they
   * contradict each other. For a worker.
   */
  static Map<TopicPartition, Long> readAll(LogDisk disk) throws IOException {
    Map<TopicPartition, Long> found = new HashMap<>();
    for (String name : disk.list(LogDisk.ROOT)) {
      if (name.startsWith(FILE) && !name.endsWith(LogFiles.TEMPORARY)) {
        byte[] content = disk.readStart(name, MAX_BYTES).orElse(new byte[0]);
        decode(content).forEach((partition, offset) -> found.merge(partition, offset, Math::min));
      }
    }
    return found;
  }

  static byte[] encode(SortedMap<TopicPartition, Long> watermarks) {
    StringBuilder text = new StringBuilder(VERSION).append('\n').append(watermarks.size());
    watermarks.forEach(
        (partition, offset) ->
            text.append('\n')
                .append(partition.topic())
                .append(' ')
                .append(partition.partition())
                .append(' ')
                .append(offset.longValue()));
    return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Nothing when it is torn or isn't such a file. */
  static Map<TopicPartition, Long> decode(byte[] content) {
    List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
    Map<TopicPartition, Long> watermarks = new HashMap<>();
    try {
      if (lines.size() < 2
          || !lines.get(0).equals(VERSION)
          || Integer.parseInt(lines.get(1)) != lines.size() - 2) {
        return Map.of();
      }
      for (String line : lines.subList(2, lines.size())) {
        String[] words = line.split(" ", -1);
        watermarks.put(
            new TopicPartition(words[0], Integer.parseInt(words[1])), Long.parseLong(words[2]));
      }
      return watermarks;
    } catch (NumberFormatException | IndexOutOfBoundsException damaged) {
      return Map.of();
    }
  }
}
