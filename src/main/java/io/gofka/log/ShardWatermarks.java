package io.gofka.log;

import io.gofka.common.TopicPartition;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the high watermarks of a shard's partitions over a restart, see {@link
 * WatermarkCheckpoint}. A partition with a single replica needs none: all it has is committed.
 */
final class ShardWatermarks {
  private static final Logger LOG = LoggerFactory.getLogger(ShardWatermarks.class);

  private final LogShard shard;
  private final ShardHost host;
  private final long intervalMs;
  private final Map<String, byte[]> stored = new HashMap<>();
  private Map<TopicPartition, Long> found = Map.of();

  /**
   * @param intervalMs replica.high.watermark.checkpoint.interval.ms
   */
  ShardWatermarks(LogShard shard, ShardHost host, long intervalMs) {
    this.shard = shard;
    this.host = host;
    this.intervalMs = intervalMs;
  }

  /** On a worker: what the directories say. */
  static Map<TopicPartition, Long> read(Iterable<LogDirectory> directories) {
    Map<TopicPartition, Long> all = new HashMap<>();
    for (LogDirectory directory : directories) {
      try {
        WatermarkCheckpoint.readAll(directory.disk())
            .forEach((partition, offset) -> all.merge(partition, offset, Math::min));
      } catch (IOException unreadable) {
        LOG.warn("{}: no high watermarks: {}", directory.name(), unreadable.toString());
      }
    }
    return all;
  }

  /** From now on logs are opened with these, and what they become is stored. */
  void start(Map<TopicPartition, Long> atStart) {
    found = atStart;
    storeLater();
  }

  private void storeLater() {
    host.after(
        intervalMs,
        () -> {
          if (!shard.isStopping()) {
            store();
            storeLater();
          }
        });
  }

  /** The log was opened: so much of it was known to be committed. */
  void restore(ShardPartition partition) {
    Long offset = found.get(partition.id().topicPartition());
    if (offset != null && !partition.isAlone()) {
      partition.log().onCommitted(offset);
    }
  }

  /** Has a worker write down what has changed. */
  void store() {
    for (LogDirectory directory : shard.directories().all()) {
      TreeMap<TopicPartition, Long> watermarks = new TreeMap<>();
      for (ShardPartition partition : shard.partitions()) {
        if (!partition.isAlone()
            && partition.isIn(directory)
            && partition.isOpen()
            && partition.log().highWatermark() > 0) {
          watermarks.put(partition.id().topicPartition(), partition.log().highWatermark());
        }
      }
      store(directory, WatermarkCheckpoint.encode(watermarks), watermarks.isEmpty());
    }
  }

  private void store(LogDirectory directory, byte[] content, boolean isEmpty) {
    byte[] before = stored.get(directory.name());
    if (before == null ? isEmpty : Arrays.equals(before, content)) {
      return;
    }
    stored.put(directory.name(), content);
    shard
        .work()
        .inOrder(
            () -> {
              directory.disk().replaceEventually(WatermarkCheckpoint.file(shard.number()), content);
              return true;
            },
            done -> {},
            failure -> {
              stored.remove(directory.name());
              LOG.debug("{}: high watermarks are not stored", directory.name(), failure);
            });
  }
}
