package io.gofka.group;

import io.gofka.config.BrokerConfig;

/**
 * What the group coordinator goes by; times in ms.
 *
 * @param offsetsRetentionMs {@code offsets.retention.minutes}: how long offsets outlive their
 *     group's last member
 * @param offsetsRetentionCheckIntervalMs {@code offsets.retention.check.interval.ms}
 * @param offsetsCommitTimeoutMs {@code offsets.commit.timeout.ms}: how long the in-sync replicas
 *     may take
 * @param offsetsLoadBufferSize {@code offsets.load.buffer.size}: bytes read at once when a
 *     partition is loaded
 * @param offsetsTopicCompressionCodec {@code offsets.topic.compression.codec}: how records are
 *     compressed, by the codec's number
 * @param offsetMetadataMaxBytes {@code offset.metadata.max.bytes}
 * @param groupInitialRebalanceDelayMs {@code group.initial.rebalance.delay.ms}: how long an empty
 *     group waits for more members
 * @param groupMinSessionTimeoutMs {@code group.min.session.timeout.ms}
 * @param groupMaxSessionTimeoutMs {@code group.max.session.timeout.ms}
 * @param groupMaxSize {@code group.max.size}: members of one group
 */
public record GroupSettings(
    long offsetsRetentionMs,
    long offsetsRetentionCheckIntervalMs,
    int offsetsCommitTimeoutMs,
    int offsetsLoadBufferSize,
    int offsetsTopicCompressionCodec,
    int offsetMetadataMaxBytes,
    int groupInitialRebalanceDelayMs,
    int groupMinSessionTimeoutMs,
    int groupMaxSessionTimeoutMs,
    int groupMaxSize) {

  public static GroupSettings of(BrokerConfig config) {
    return new GroupSettings(
        config.offsetsRetentionMs(),
        config.offsetsRetentionCheckIntervalMs(),
        config.offsetsCommitTimeoutMs(),
        config.offsetsLoadBufferSize(),
        config.offsetsTopicCompressionCodec(),
        config.offsetMetadataMaxBytes(),
        config.groupInitialRebalanceDelayMs(),
        config.groupMinSessionTimeoutMs(),
        config.groupMaxSessionTimeoutMs(),
        config.groupMaxSize());
  }
}
