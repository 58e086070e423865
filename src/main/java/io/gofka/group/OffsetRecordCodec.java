package io.gofka.group;

import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.GroupRecord.CommittedOffset;
import io.gofka.group.GroupRecord.GroupMetadata;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.GroupRecord.Member;
import io.gofka.group.GroupRecord.OffsetRecord;
import io.gofka.protocol.CoordinatorRecords;
import io.gofka.protocol.message.GroupMetadataKey;
import io.gofka.protocol.message.GroupMetadataValue;
import io.gofka.protocol.message.GroupMetadataValue.MemberMetadata;
import io.gofka.protocol.message.LegacyOffsetCommitKey;
import io.gofka.protocol.message.LegacyOffsetCommitValue;
import io.gofka.protocol.message.OffsetCommitKey;
import io.gofka.protocol.message.OffsetCommitValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Records of {@code __consumer_offsets} in the bytes that Kafka 4.3 writes; what older versions
 * have written is read, too.
 */
final class OffsetRecordCodec {
  /** The only version that can tell when an offset is to expire. */
  private static final short OFFSET_VALUE_WITH_EXPIRY = 1;

  /** Has the topic's id. */
  private static final short OFFSET_VALUE = 4;

  private static final short GROUP_VALUE = 3;

  private static final short LEGACY_OFFSET_KEY_TYPE = new LegacyOffsetCommitKey().apiKey();
  private static final short OFFSET_KEY_TYPE = new OffsetCommitKey().apiKey();
  private static final short GROUP_KEY_TYPE = new GroupMetadataKey().apiKey();

  private OffsetRecordCodec() {}

  /** The bytes of the key, the caller's. */
  static ByteBuf key(ByteBufAllocator allocator, GroupRecord record) {
    if (record instanceof OffsetRecord offset) {
      return CoordinatorRecords.writeKey(
          allocator,
          new OffsetCommitKey()
              .group(offset.groupId())
              .topic(offset.partition().topic())
              .partition(offset.partition().partition()));
    }
    return CoordinatorRecords.writeKey(allocator, new GroupMetadataKey().group(record.groupId()));
  }

  /** The bytes of the value, the caller's; nothing for a tombstone. */
  static Optional<ByteBuf> value(ByteBufAllocator allocator, GroupRecord record) {
    if (record instanceof OffsetRecord offset) {
      return offset.value().map(value -> offsetValue(allocator, value));
    }
    if (record instanceof GroupMetadataRecord group) {
      return group.value().map(value -> groupValue(allocator, value));
    }
    throw new IllegalStateException("no format for " + record);
  }

  private static ByteBuf offsetValue(ByteBufAllocator allocator, CommittedOffset offset) {
    OffsetCommitValue value =
        new OffsetCommitValue()
            .offset(offset.offset())
            .leaderEpoch(offset.leaderEpoch())
            .metadata(offset.metadata())
            .commitTimestamp(offset.commitTimestampMs())
            .expireTimestamp(offset.expireTimestampMs().orElse(-1))
            .topicId(offset.topicId());
    return CoordinatorRecords.writeValue(
        allocator,
        value,
        offset.expireTimestampMs().isPresent() ? OFFSET_VALUE_WITH_EXPIRY : OFFSET_VALUE);
  }

  private static ByteBuf groupValue(ByteBufAllocator allocator, GroupMetadata group) {
    List<MemberMetadata> members = new ArrayList<>();
    for (Member member : group.members()) {
      members.add(
          new MemberMetadata()
              .memberId(member.memberId())
              .groupInstanceId(member.groupInstanceId().orElse(null))
              .clientId(member.clientId())
              .clientHost(member.clientHost())
              .rebalanceTimeout(member.rebalanceTimeoutMs())
              .sessionTimeout(member.sessionTimeoutMs())
              .subscription(member.subscription().toByteBuf())
              .assignment(member.assignment().toByteBuf()));
    }
    GroupMetadataValue value =
        new GroupMetadataValue()
            .protocolType(group.protocolType())
            .generation(group.generationId())
            .protocol(group.protocolName().orElse(null))
            .leader(group.leaderId().orElse(null))
            .currentStateTimestamp(group.stateTimestampMs())
            .members(members);
    return CoordinatorRecords.writeValue(allocator, value, GROUP_VALUE);
  }

  /**
   * Reads a record; nothing for those of other kinds of groups.
   *
   * @throws io.gofka.protocol.WireException when the bytes are not what the key's type promises
   */
  static Optional<GroupRecord> read(ByteBuf key, Optional<ByteBuf> value) {
    short type = CoordinatorRecords.readKeyType(key);
    if (type == OFFSET_KEY_TYPE) {
      OffsetCommitKey offset = CoordinatorRecords.readKey(key, OffsetCommitKey::read);
      return Optional.of(
          new OffsetRecord(
              offset.group(),
              new TopicPartition(offset.topic(), offset.partition()),
              value.map(OffsetRecordCodec::readOffset)));
    }
    if (type == LEGACY_OFFSET_KEY_TYPE) {
      LegacyOffsetCommitKey offset = CoordinatorRecords.readKey(key, LegacyOffsetCommitKey::read);
      return Optional.of(
          new OffsetRecord(
              offset.group(),
              new TopicPartition(offset.topic(), offset.partition()),
              value.map(OffsetRecordCodec::readLegacyOffset)));
    }
    if (type == GROUP_KEY_TYPE) {
      GroupMetadataKey group = CoordinatorRecords.readKey(key, GroupMetadataKey::read);
      return Optional.of(
          new GroupMetadataRecord(group.group(), value.map(OffsetRecordCodec::readGroup)));
    }
    return Optional.empty();
  }

  private static CommittedOffset readOffset(ByteBuf in) {
    OffsetCommitValue value = CoordinatorRecords.readValue(in, OffsetCommitValue::read);
    return new CommittedOffset(
        value.offset(),
        value.leaderEpoch(),
        value.metadata(),
        value.commitTimestamp(),
        expireTimestamp(value.expireTimestamp()),
        value.topicId());
  }

  private static CommittedOffset readLegacyOffset(ByteBuf in) {
    LegacyOffsetCommitValue value = CoordinatorRecords.readValue(in, LegacyOffsetCommitValue::read);
    return new CommittedOffset(
        value.offset(),
        -1,
        value.metadata(),
        value.commitTimestamp(),
        OptionalLong.empty(),
        Uuids.ZERO);
  }

  private static OptionalLong expireTimestamp(long timestampMs) {
    return timestampMs == -1 ? OptionalLong.empty() : OptionalLong.of(timestampMs);
  }

  private static GroupMetadata readGroup(ByteBuf in) {
    GroupMetadataValue value = CoordinatorRecords.readValue(in, GroupMetadataValue::read);
    List<Member> members = new ArrayList<>();
    for (MemberMetadata member : value.members()) {
      // The oldest version knew one timeout for both.
      int rebalanceTimeoutMs =
          member.rebalanceTimeout() == -1 ? member.sessionTimeout() : member.rebalanceTimeout();
      members.add(
          new Member(
              member.memberId(),
              Optional.ofNullable(member.groupInstanceId()),
              member.clientId(),
              member.clientHost(),
              rebalanceTimeoutMs,
              member.sessionTimeout(),
              Bytes.copyOf(member.subscription()),
              Bytes.copyOf(member.assignment())));
    }
    return new GroupMetadata(
        value.protocolType(),
        value.generation(),
        Optional.ofNullable(value.protocol()),
        Optional.ofNullable(value.leader()),
        value.currentStateTimestamp(),
        members);
  }
}
