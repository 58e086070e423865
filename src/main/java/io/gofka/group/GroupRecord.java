package io.gofka.group;

import io.gofka.common.TopicPartition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One record of {@code __consumer_offsets}. The later record of the same key replaces the earlier
 * one; a record without value deletes.
 */
sealed interface GroupRecord {
  String groupId();

  /** How far a group has come in one partition; nothing: the offset is forgotten. */
  record OffsetRecord(String groupId, TopicPartition partition, Optional<CommittedOffset> value)
      implements GroupRecord {
    static OffsetRecord tombstone(String groupId, TopicPartition partition) {
      return new OffsetRecord(groupId, partition, Optional.empty());
    }
  }

  /** A generation of a group; nothing: the group is deleted. */
  record GroupMetadataRecord(String groupId, Optional<GroupMetadata> value) implements GroupRecord {
    static GroupMetadataRecord tombstone(String groupId) {
      return new GroupMetadataRecord(groupId, Optional.empty());
    }
  }

  /**
   * @param leaderEpoch -1 when unknown
   * @param commitTimestampMs wall clock
   * @param expireTimestampMs wall clock, where the client has said itself how long to keep it
   * @param topicId zero when unknown
   */
  record CommittedOffset(
      long offset,
      int leaderEpoch,
      String metadata,
      long commitTimestampMs,
      OptionalLong expireTimestampMs,
      UUID topicId) {
    public CommittedOffset {
      Objects.requireNonNull(metadata, "metadata");
    }
  }

  /**
   * @param protocolType empty for none
   * @param stateTimestampMs wall clock of the last change of state, -1 when unknown
   */
  record GroupMetadata(
      String protocolType,
      int generationId,
      Optional<String> protocolName,
      Optional<String> leaderId,
      long stateTimestampMs,
      List<Member> members) {
    public GroupMetadata {
      members = List.copyOf(members);
    }
  }

  /**
   * @param subscription what the member wants, under the protocol in force
   */
  record Member(
      String memberId,
      Optional<String> groupInstanceId,
      String clientId,
      String clientHost,
      int rebalanceTimeoutMs,
      int sessionTimeoutMs,
      Bytes subscription,
      Bytes assignment) {}
}
