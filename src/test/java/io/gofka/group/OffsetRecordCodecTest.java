package io.gofka.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.GroupRecord.CommittedOffset;
import io.gofka.group.GroupRecord.GroupMetadata;
import io.gofka.group.GroupRecord.GroupMetadataRecord;
import io.gofka.group.GroupRecord.Member;
import io.gofka.group.GroupRecord.OffsetRecord;
import io.gofka.protocol.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordHelpers;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.OffsetAndMetadata;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against Kafka's own writer and reader of {@code __consumer_offsets}. */
class OffsetRecordCodecTest {
  private static final UUID TOPIC_ID = new UUID(0x1234, 0x5678);
  private static final GroupCoordinatorRecordSerde KAFKA = new GroupCoordinatorRecordSerde();

  static Stream<Arguments> records() {
    return Stream.of(
        Arguments.of("offset", offset(5, 3, "note", OptionalLong.empty(), TOPIC_ID)),
        Arguments.of("bare offset", offset(0, -1, "", OptionalLong.empty(), Uuids.ZERO)),
        Arguments.of("offset with expiry", offset(7, -1, "n", OptionalLong.of(99), Uuids.ZERO)),
        Arguments.of("no offset", OffsetRecord.tombstone("g", new TopicPartition("topic", 2))),
        Arguments.of("generation", generation()),
        Arguments.of(
            "empty group",
            new GroupMetadataRecord(
                "g",
                Optional.of(
                    new GroupMetadata(
                        "consumer", 4, Optional.empty(), Optional.empty(), 17, List.of())))),
        Arguments.of("no group", GroupMetadataRecord.tombstone("g")));
  }

  private static OffsetRecord offset(
      long offset, int leaderEpoch, String metadata, OptionalLong expires, UUID topicId) {
    return new OffsetRecord(
        "g",
        new TopicPartition("topic", 2),
        Optional.of(new CommittedOffset(offset, leaderEpoch, metadata, 1_000, expires, topicId)));
  }

  private static GroupMetadataRecord generation() {
    Member dynamic =
        new Member(
            "a-1",
            Optional.empty(),
            "a",
            "/10.0.0.1",
            300_000,
            45_000,
            Joins.bytes("wants"),
            Joins.bytes("gets"));
    Member fixed =
        new Member("b-2", Optional.of("b"), "", "/10.0.0.2", 1, 2, Bytes.EMPTY, Bytes.EMPTY);
    return new GroupMetadataRecord(
        "g",
        Optional.of(
            new GroupMetadata(
                "consumer",
                3,
                Optional.of("range"),
                Optional.of("a-1"),
                5_000,
                List.of(dynamic, fixed))));
  }

  /** The same record as Kafka's coordinator makes it. */
  private static CoordinatorRecord kafkas(GroupRecord record) {
    if (record instanceof OffsetRecord offset) {
      if (offset.value().isEmpty()) {
        return GroupCoordinatorRecordHelpers.newOffsetCommitTombstoneRecord("g", "topic", 2);
      }
      CommittedOffset value = offset.value().get();
      return GroupCoordinatorRecordHelpers.newOffsetCommitRecord(
          "g",
          "topic",
          2,
          new OffsetAndMetadata(
              value.offset(),
              value.leaderEpoch() < 0 ? OptionalInt.empty() : OptionalInt.of(value.leaderEpoch()),
              value.metadata(),
              value.commitTimestampMs(),
              value.expireTimestampMs(),
              new Uuid(
                  value.topicId().getMostSignificantBits(),
                  value.topicId().getLeastSignificantBits())));
    }
    GroupMetadataRecord group = (GroupMetadataRecord) record;
    if (group.value().isEmpty()) {
      return GroupCoordinatorRecordHelpers.newGroupMetadataTombstoneRecord("g");
    }
    GroupMetadata value = group.value().get();
    GroupMetadataValue kafka =
        new GroupMetadataValue()
            .setProtocolType(value.protocolType())
            .setGeneration(value.generationId())
            .setProtocol(value.protocolName().orElse(null))
            .setLeader(value.leaderId().orElse(null))
            .setCurrentStateTimestamp(value.stateTimestampMs());
    for (Member member : value.members()) {
      kafka
          .members()
          .add(
              new GroupMetadataValue.MemberMetadata()
                  .setMemberId(member.memberId())
                  .setGroupInstanceId(member.groupInstanceId().orElse(null))
                  .setClientId(member.clientId())
                  .setClientHost(member.clientHost())
                  .setRebalanceTimeout(member.rebalanceTimeoutMs())
                  .setSessionTimeout(member.sessionTimeoutMs())
                  .setSubscription(ByteBufUtil.getBytes(member.subscription().toByteBuf()))
                  .setAssignment(ByteBufUtil.getBytes(member.assignment().toByteBuf())));
    }
    return CoordinatorRecord.record(
        new GroupMetadataKey().setGroup("g"), new ApiMessageAndVersion(kafka, (short) 3));
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("records")
  void bytesAreThoseThatKafkaWrites(String name, GroupRecord record) {
    CoordinatorRecord kafka = kafkas(record);
    assertArrayEquals(
        KAFKA.serializeKey(kafka),
        bytes(OffsetRecordCodec.key(UnpooledByteBufAllocator.DEFAULT, record)));
    assertArrayEquals(
        KAFKA.serializeValue(kafka),
        OffsetRecordCodec.value(UnpooledByteBufAllocator.DEFAULT, record)
            .map(OffsetRecordCodecTest::bytes)
            .orElse(null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("records")
  void whatKafkaWritesIsReadAsItWasMeant(String name, GroupRecord record) {
    CoordinatorRecord kafka = kafkas(record);
    byte[] value = KAFKA.serializeValue(kafka);
    assertEquals(
        Optional.of(record),
        OffsetRecordCodec.read(
            Unpooled.wrappedBuffer(KAFKA.serializeKey(kafka)),
            Optional.ofNullable(value).map(Unpooled::wrappedBuffer)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("records")
  void kafkaReadsWhatIsWritten(String name, GroupRecord record) {
    ByteBuffer key =
        ByteBuffer.wrap(bytes(OffsetRecordCodec.key(UnpooledByteBufAllocator.DEFAULT, record)));
    ByteBuffer value =
        OffsetRecordCodec.value(UnpooledByteBufAllocator.DEFAULT, record)
            .map(OffsetRecordCodecTest::bytes)
            .map(ByteBuffer::wrap)
            .orElse(null);
    assertEquals(kafkas(record), KAFKA.deserialize(key, value));
  }

  @Test
  void oldestKeysAndValuesAreRead() {
    ByteBuf key = Unpooled.buffer().writeShort(0);
    writeString(writeString(key, "g"), "topic").writeInt(2);
    ByteBuf value = Unpooled.buffer().writeShort(0).writeLong(5);
    writeString(value, "note").writeLong(1_000);
    assertEquals(
        Optional.of(offset(5, -1, "note", OptionalLong.empty(), Uuids.ZERO)),
        OffsetRecordCodec.read(key, Optional.of(value)));
  }

  @Test
  void groupWithoutRebalanceTimeoutWaitsAsLongAsForASession() {
    ByteBuf key = writeString(Unpooled.buffer().writeShort(2), "g");
    ByteBuf value = Unpooled.buffer().writeShort(0);
    writeString(value, "consumer").writeInt(1);
    writeString(writeString(value, "range"), "a-1").writeInt(1);
    writeString(writeString(writeString(value, "a-1"), "a"), "/h").writeInt(7_000);
    value.writeInt(0).writeInt(0);
    GroupMetadataRecord read =
        (GroupMetadataRecord) OffsetRecordCodec.read(key, Optional.of(value)).orElseThrow();
    assertEquals(7_000, read.value().orElseThrow().members().get(0).rebalanceTimeoutMs());
    assertEquals(-1, read.value().orElseThrow().stateTimestampMs());
  }

  private static ByteBuf writeString(ByteBuf out, String text) {
    return out.writeShort(text.length())
        .writeBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void recordsOfOtherKindsOfGroupsAreLeftAlone() {
    ByteBuf key = writeString(Unpooled.buffer().writeShort(3), "g");
    assertEquals(Optional.empty(), OffsetRecordCodec.read(key, Optional.empty()));
  }

  @Test
  void rubbishIsTold() {
    ByteBuf key = Unpooled.buffer().writeShort(1).writeShort(1_000);
    assertThrows(WireException.class, () -> OffsetRecordCodec.read(key, Optional.empty()));
    assertThrows(
        WireException.class,
        () -> OffsetRecordCodec.read(Unpooled.buffer().writeByte(1), Optional.empty()));
  }

  @Test
  void groupIsKeptWhereEveryKafkaBrokerWouldLookForIt() {
    for (String groupId : List.of("", "g1", "a much longer name", "polygenelubricants")) {
      int hash = org.apache.kafka.common.utils.Utils.abs(groupId.hashCode());
      assertEquals(hash % 50, GroupPartitions.of(groupId, 50), groupId);
    }
    assertEquals(Integer.MIN_VALUE, "polygenelubricants".hashCode()); // The one without abs.
  }
}
