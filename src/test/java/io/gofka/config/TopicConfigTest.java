package io.gofka.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.config.TopicConfig.CompressionType;
import io.gofka.config.TopicConfig.Durability;
import io.gofka.config.TopicConfig.TimestampType;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.junit.jupiter.api.Test;

class TopicConfigTest {
  @Test
  void defaultsAreThoseOfKafka() {
    assertSame(new LogConfig(Map.of()), TopicConfig.DEFAULTS);
  }

  @Test
  void overridesGoBeforeTheBrokersSettings() {
    Map<String, String> overrides = new HashMap<>();
    overrides.put("segment.bytes", "2097152");
    overrides.put("segment.ms", "1");
    overrides.put("segment.jitter.ms", "2");
    overrides.put("segment.index.bytes", "3000");
    overrides.put("index.interval.bytes", "4");
    overrides.put("preallocate", "true");
    overrides.put("flush.messages", "5");
    overrides.put("flush.ms", "6");
    overrides.put("file.delete.delay.ms", "7");
    overrides.put("cleanup.policy", "compact");
    overrides.put("retention.ms", "8");
    overrides.put("retention.bytes", "9");
    overrides.put("delete.retention.ms", "10");
    overrides.put("min.compaction.lag.ms", "11");
    overrides.put("max.compaction.lag.ms", "12");
    overrides.put("min.cleanable.dirty.ratio", "0.25");
    overrides.put("max.message.bytes", "13");
    overrides.put("message.timestamp.type", "LogAppendTime");
    overrides.put("message.timestamp.before.max.ms", "14");
    overrides.put("message.timestamp.after.max.ms", "15");
    overrides.put("compression.type", "zstd");
    overrides.put("compression.gzip.level", "1");
    overrides.put("compression.lz4.level", "2");
    overrides.put("compression.zstd.level", "-3");
    overrides.put("min.insync.replicas", "2");
    overrides.put("unclean.leader.election.enable", "true");
    TopicConfig ours = TopicConfig.of(BrokerConfig.DEFAULTS, overrides);
    assertSame(new LogConfig(overrides), ours);
    assertEquals(CompressionType.ZSTD, ours.compressionType());
    assertEquals(1, ours.gzipLevel());
    assertEquals(2, ours.lz4Level());
    assertEquals(-3, ours.zstdLevel());
  }

  private static void assertSame(LogConfig kafka, TopicConfig ours) {
    assertEquals(kafka.segmentSize(), ours.segmentBytes());
    assertEquals(kafka.segmentMs, ours.segmentMs());
    assertEquals(kafka.segmentJitterMs, ours.segmentJitterMs());
    assertEquals(kafka.maxIndexSize, ours.segmentIndexBytes());
    assertEquals(kafka.indexInterval, ours.indexIntervalBytes());
    assertEquals(kafka.preallocate, ours.preallocate());
    assertEquals(kafka.flushInterval, ours.flushMessages());
    assertEquals(kafka.flushMs, ours.flushMs());
    assertEquals(kafka.fileDeleteDelayMs, ours.fileDeleteDelayMs());
    assertEquals(kafka.compact, ours.compacts());
    assertEquals(kafka.delete, ours.deletes());
    assertEquals(kafka.retentionMs, ours.retentionMs());
    assertEquals(kafka.retentionSize, ours.retentionBytes());
    assertEquals(kafka.deleteRetentionMs, ours.deleteRetentionMs());
    assertEquals(kafka.compactionLagMs, ours.minCompactionLagMs());
    assertEquals(kafka.maxCompactionLagMs, ours.maxCompactionLagMs());
    assertEquals(kafka.minCleanableRatio, ours.minCleanableDirtyRatio());
    assertEquals(kafka.maxMessageSize(), ours.maxMessageBytes());
    assertEquals(kafka.messageTimestampBeforeMaxMs, ours.timestampBeforeMaxMs());
    assertEquals(kafka.messageTimestampAfterMaxMs, ours.timestampAfterMaxMs());
    assertEquals(kafka.minInSyncReplicas, ours.minInsyncReplicas());
    assertEquals(kafka.uncleanLeaderElectionEnable, ours.uncleanLeaderElectionEnable());
    assertEquals(
        kafka.messageTimestampType.name.equals("CreateTime")
            ? TimestampType.CREATE_TIME
            : TimestampType.LOG_APPEND_TIME,
        ours.timestampType());
  }

  @Test
  void cleanupMayDoBothOrNothing() {
    TopicConfig both = topic("cleanup.policy", "compact, delete");
    assertTrue(both.compacts() && both.deletes());
    TopicConfig nothing = topic("cleanup.policy", "");
    assertFalse(nothing.compacts() || nothing.deletes());
  }

  @Test
  void testsMayHaveSmallSegments() {
    assertEquals(100, topic("internal.segment.bytes", "100").segmentBytes());
    assertEquals(
        0,
        TopicConfigs.validate(Map.of("internal.segment.bytes", "100"), BrokerConfig.DEFAULTS)
            .size());
    assertEquals(
        1, TopicConfigs.validate(Map.of("segment.bytes", "100"), BrokerConfig.DEFAULTS).size());
  }

  @Test
  void overridesThatAreNotAllowedCountAsNotSet() {
    TopicConfig config = topic("retention.ms", "soon");
    assertEquals(TopicConfig.DEFAULTS, config);
    assertEquals(TopicConfig.DEFAULTS, topic("unknown", "x"));
  }

  @Test
  void durabilityIsThatOfTheBrokerUnlessTheTopicHasItsOwn() {
    BrokerConfig careful = BrokerConfig.of(Map.of(OwnKeys.DURABILITY, "fsync"));
    assertEquals(Durability.OS, TopicConfig.DEFAULTS.durability());
    assertEquals(Durability.FSYNC, TopicConfig.of(careful, Map.of()).durability());
    assertEquals(
        Durability.OS, TopicConfig.of(careful, Map.of(OwnKeys.DURABILITY, "os")).durability());
    assertEquals(
        1,
        TopicConfigs.validate(Map.of(OwnKeys.DURABILITY, "later"), BrokerConfig.DEFAULTS).size());
  }

  private static TopicConfig topic(String name, String value) {
    return TopicConfig.of(BrokerConfig.DEFAULTS, Map.of(name, value));
  }
}
