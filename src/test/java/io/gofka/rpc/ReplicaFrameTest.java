package io.gofka.rpc;

import static io.gofka.rpc.ReplicaMessages.TOPIC;
import static io.gofka.rpc.ReplicaMessages.acked;
import static io.gofka.rpc.ReplicaMessages.batches;
import static io.gofka.rpc.ReplicaMessages.follow;
import static io.gofka.rpc.ReplicaMessages.pushed;
import static io.gofka.rpc.ReplicaMessages.unfollow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.gofka.rpc.proto.ReplicaFrame;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplicaFrameTest {
  private static final PooledByteBufAllocator POOL = PooledByteBufAllocator.DEFAULT;

  private static ByteBuf write(List<ReplicaEntry> entries) {
    return ReplicaFrameWriter.entries(POOL, entries);
  }

  /** What came before the first message is taken off each. */
  private static List<ByteBuf> messages(ByteBuf written) {
    List<ByteBuf> messages = new ArrayList<>();
    ByteBuf in = written.slice();
    while (in.isReadable()) {
      assertEquals(0, in.readByte());
      messages.add(in.readSlice(in.readInt()));
    }
    return messages;
  }

  private static List<ReplicaEntry> read(ByteBuf written) {
    List<ReplicaEntry> entries = new ArrayList<>();
    messages(written).forEach(one -> entries.addAll(ReplicaFrameReader.read(one).entries()));
    return entries;
  }

  private static ReplicaEntry pushedEntry(ByteBuf records) {
    return ReplicaForms.entry(pushed(7, 40, 43, records));
  }

  @Test
  void whatAFollowerSaysComesOutAsItWentIn() {
    List<FollowerMessage> said =
        List.of(
            follow(0, 1, 0),
            new FollowerMessage.Follow(TOPIC, 5, 0, 1L << 40, Long.MAX_VALUE, -1, 1L << 33),
            acked(1, 2, 300),
            unfollow(Integer.MAX_VALUE, 9));
    ByteBuf written = write(said.stream().map(ReplicaForms::entry).toList());
    try {
      assertEquals(said, read(written).stream().map(ReplicaForms::followerMessage).toList());
    } finally {
      written.release();
    }
  }

  @Test
  void whatALeaderSaysComesOutAsItWentIn() {
    ByteBuf records = batches(3, 200, 40);
    List<LeaderMessage> said =
        List.of(
            new Watermark(TOPIC, 0, 3, 1, 12, 4),
            pushed(7, 40, 43, records),
            new Diverged(TOPIC, 1, 3, 2, new OffsetAndEpoch(17, 2)),
            pushed(8, 40, 43, records),
            new Refused(TOPIC, 2, 3, 4, ErrorCode.OFFSET_OUT_OF_RANGE, 99),
            new Refused(TOPIC, 2, 3, 4, ErrorCode.FENCED_LEADER_EPOCH, -1));
    ByteBuf written = write(said.stream().map(ReplicaForms::entry).toList());
    try {
      assertEquals(said, read(written).stream().map(ReplicaForms::leaderMessage).toList());
    } finally {
      written.release();
    }
    assertEquals(1, records.refCnt());
    records.release();
  }

  /** The contract is {@code node.proto}, whoever writes it. */
  @Test
  void theGeneratedClassReadsTheSame() throws Exception {
    ByteBuf records = batches(2, 100, 40);
    ByteBuf written = write(List.of(pushedEntry(records), ReplicaForms.entry(acked(1, 2, 300))));
    ByteBuf message = messages(written).get(0);
    ReplicaFrame frame = ReplicaFrame.parseFrom(message.nioBuffer());
    assertEquals(2, frame.getEntriesCount());
    assertEquals(4, frame.getEntries(0).getKind());
    assertEquals(7, frame.getEntries(0).getPartition());
    assertEquals(43, frame.getEntries(0).getEndOffset());
    assertEquals(
        records, Unpooled.wrappedBuffer(frame.getEntries(0).getRecords().asReadOnlyByteBuffer()));
    assertEquals(300, frame.getEntries(1).getOffset());
    assertEquals(message, Unpooled.wrappedBuffer(frame.toByteArray()));
    written.release();
    records.release();
  }

  @Test
  void fieldsOfLaterVersionsAreSkipped() {
    ReplicaEntry entry = ReplicaForms.entry(acked(1, 2, 300));
    ReplicaFrame frame =
        ReplicaFrame.newBuilder()
            .setHello(ReplicaHello.newBuilder().setBrokerId(3))
            .addEntries(
                io.gofka.rpc.proto.ReplicaEntry.newBuilder()
                    .setKind(2)
                    .setTopicId(Forms.uuid(TOPIC))
                    .setPartition(1)
                    .setLeaderEpoch(3)
                    .setSession(2)
                    .setOffset(300)
                    .setChecksum(entry.checksum())
                    .setUnknownFields(unknown()))
            .setUnknownFields(unknown())
            .build();
    ReplicaFrameReader.Frame read =
        ReplicaFrameReader.read(Unpooled.wrappedBuffer(frame.toByteArray()));
    assertEquals(List.of(entry), read.entries());
    assertEquals(3, read.hello().orElseThrow().getBrokerId());
  }

  private static UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            100,
            UnknownFieldSet.Field.newBuilder()
                .addVarint(-5)
                .addFixed32(7)
                .addFixed64(8)
                .addLengthDelimited(ByteString.copyFromUtf8("later"))
                .build())
        .build();
  }

  @Test
  void recordsAreNotCopied() {
    ByteBuf records = batches(1, 100, 40);
    ByteBuf written = write(List.of(pushedEntry(records)));
    assertEquals(2, records.refCnt());
    assertTrue(written.isDirect()); // Else the socket would copy all of it.
    records.setByte(99, 77);
    assertEquals(77, read(written).get(0).records().getByte(99));
    written.release();
    assertEquals(1, records.refCnt());
    records.release();
  }

  @Test
  void manyEntriesMakeSeveralFrames() {
    ByteBuf records = batches(1, 100_000, 40);
    List<ReplicaEntry> entries = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      entries.add(pushedEntry(records));
    }
    ByteBuf written = write(entries);
    List<ByteBuf> messages = messages(written);
    assertEquals(10, messages.size());
    assertTrue(messages.stream().allMatch(one -> one.readableBytes() < 400_000));
    assertEquals(entries, read(written));
    written.release();
    records.release();
  }

  /** A buffer that was given to somebody else while it was on its way: KAFKA-19012. */
  @Test
  void recordsOfAnotherPartitionAreNoticed() {
    ByteBuf records = batches(2, 100, 40);
    ByteBuf others = batches(2, 100, 41);
    ByteBuf written = write(List.of(pushedEntry(records)));
    records.setBytes(0, others, 0, 200);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> read(written));
    assertTrue(refused.getMessage().contains("not meant for it"), refused.getMessage());
    written.release();
    records.release();
    others.release();
  }

  @Test
  void anEntryThatNamesAnotherPartitionIsNoticed() {
    ByteBuf written = write(List.of(ReplicaForms.entry(acked(1, 2, 300))));
    int kindTopicAndTag = 5 + 2 + 2 + 2 + 16 + 1;
    assertEquals(1 << 1, written.getByte(kindTopicAndTag)); // Partition 1, as zigzag.
    written.setByte(kindTopicAndTag, 2 << 1);
    assertThrows(IllegalArgumentException.class, () -> read(written));
    written.release();
  }

  @Test
  void whateverComesIsReadOrRefused() {
    ByteBuf records = batches(2, 60, 40);
    ByteBuf written = write(List.of(pushedEntry(records), ReplicaForms.entry(follow(1, 2, 3))));
    byte[] bytes = ByteBufUtil.getBytes(messages(written).get(0));
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      int length = random.nextInt(4) == 0 ? random.nextInt(changed.length) : changed.length;
      try {
        for (ReplicaEntry entry :
            ReplicaFrameReader.read(Unpooled.wrappedBuffer(changed, 0, length)).entries()) {
          ReplicaForms.leaderMessage(entry);
        }
      } catch (IllegalArgumentException expected) {
        refused++;
      }
    }
    assertTrue(refused > 10_000, "refused " + refused);
    written.release();
    records.release();
  }

  @Test
  void offsetsThatCannotBeAreRefused() {
    for (FollowerMessage impossible :
        List.of(
            follow(1, 2, -1),
            acked(1, 2, -1),
            new FollowerMessage.Follow(TOPIC, 1, -1, 2, 3, 2, 0),
            new FollowerMessage.Follow(TOPIC, 1, 3, 2, 3, -2, 0),
            new FollowerMessage.Acked(TOPIC, 1, 3, 2, 3, -1))) {
      ReplicaEntry entry = ReplicaForms.entry(impossible);
      assertThrows(
          IllegalArgumentException.class,
          () -> ReplicaForms.followerMessage(entry),
          entry::toString);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> ReplicaForms.leaderMessage(pushedEntry(Unpooled.EMPTY_BUFFER)));
    assertThrows(
        IllegalArgumentException.class,
        () -> ReplicaForms.leaderMessage(ReplicaForms.entry(acked(1, 2, 3))));
  }
}
