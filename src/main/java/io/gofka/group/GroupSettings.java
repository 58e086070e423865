package io.gofka.group;

/**
 * What the group coordinator goes by; times in ms.
 *
 * @param offsetsTopicNumPartitions {@code offsets.topic.num.partitions}: over how many partitions
 *     of {@code __consumer_offsets} the groups are spread; counts when the topic is created
 * @param offsetsTopicReplicationFactor {@code offsets.topic.replication.factor}
 * @param offsetsTopicSegmentBytes {@code offsets.topic.segment.bytes}
 * @param offsetsRetentionMs {@code offsets.retention.minutes}: how long offsets outlive their
 *     group's last member
 * @param offsetsRetentionCheckIntervalMs {@code offsets.retention.check.interval.ms}
 * @param offsetsCommitTimeoutMs {@code offsets.commit.timeout.ms}: how long the in-sync replicas
 *     may take
 * @param offsetsLoadBufferSize {@code offsets.load.buffer.size}: bytes read at once when a
 *     partition is loaded
 * @param offsetMetadataMaxBytes {@code offset.metadata.max.bytes}
 * @param groupInitialRebalanceDelayMs {@code group.initial.rebalance.delay.ms}: how long an empty
 *     group waits for more members
 * @param groupMinSessionTimeoutMs {@code group.min.session.timeout.ms}
 * @param groupMaxSessionTimeoutMs {@code group.max.session.timeout.ms}
 * @param groupMaxSize {@code group.max.size}: members of one group
 */
public record GroupSettings(
    int offsetsTopicNumPartitions,
    short offsetsTopicReplicationFactor,
    int offsetsTopicSegmentBytes,
    long offsetsRetentionMs,
    long offsetsRetentionCheckIntervalMs,
    int offsetsCommitTimeoutMs,
    int offsetsLoadBufferSize,
    int offsetMetadataMaxBytes,
    int groupInitialRebalanceDelayMs,
    int groupMinSessionTimeoutMs,
    int groupMaxSessionTimeoutMs,
    int groupMaxSize) {

  /** Kafka's defaults. */
  public static final GroupSettings DEFAULTS =
      new GroupSettings(
          50,
          (short) 3,
          100 * 1024 * 1024,
          10_080L * 60_000,
          600_000,
          5_000,
          5 * 1024 * 1024,
          4_096,
          3_000,
          6_000,
          1_800_000,
          Integer.MAX_VALUE);
}
