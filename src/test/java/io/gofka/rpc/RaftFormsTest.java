package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gofka.common.HostPort;
import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEnvelope;
import io.gofka.raft.RaftMessage;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import io.gofka.rpc.proto.AppendRequest;
import io.gofka.rpc.proto.Entry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.WireFormat;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RaftFormsTest {
  private final Random random = new Random(7);

  @Test
  void everyMessageIsTheSameOnTheOtherSide() {
    Set<Class<?>> seen = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      RaftEnvelope envelope = new RaftEnvelope(replica(), message());
      seen.add(envelope.message().getClass());
      assertEquals(envelope, RaftForms.decode(overTheWire(RaftForms.encode(envelope))));
    }
    Set<Class<?>> all = new HashSet<>(List.of(RaftMessage.class.getPermittedSubclasses()));
    all.remove(RaftMessage.Reply.class);
    all.addAll(List.of(RaftMessage.Reply.class.getPermittedSubclasses()));
    assertEquals(all, seen);
  }

  @Test
  void payloadsStayWhereTheyCameIn() {
    byte[] wire = RaftForms.encode(new RaftEnvelope(replica(), append(1, 3))).toByteArray();
    GrpcMessage message = GrpcMessage.message("identity", WireFormat.PROTOBUF, Buffer.buffer(wire));
    byte[] array =
        ((io.vertx.core.internal.buffer.BufferInternal) message.payload()).getByteBuf().array();
    RaftEnvelope decoded = RaftForms.decode(NodeMethods.RAFT.server().decoder().decode(message));
    for (LogEntry entry : ((RaftMessage.AppendRequest) decoded.message()).entries()) {
      if (entry.payload().isReadable()) {
        assertSame(array, entry.payload().array());
      }
    }
  }

  @Test
  void whatIsNoMessageIsRefused() {
    RaftEnvelope envelope = new RaftEnvelope(replica(), new RaftMessage.TransferNow(3));
    var good = RaftForms.encode(envelope);
    refused(good.toBuilder().clearMessage());
    refused(good.toBuilder().setTerm(-1));
    refused(good.toBuilder().setFromNodeId(""));
    refused(good.toBuilder().setFromNodeId("a\nb"));
    refused(good.toBuilder().setFromDirectoryId(ByteString.copyFromUtf8("short")));
    refused(
        good.toBuilder()
            .setAppendRequest(
                AppendRequest.newBuilder()
                    .setPrevIndex(Long.MAX_VALUE)
                    .addEntries(Entry.newBuilder().setKind(0))));
    refused(
        good.toBuilder()
            .setAppendRequest(
                AppendRequest.newBuilder()
                    .setPrevIndex(-1)
                    .addEntries(Entry.newBuilder().setKind(9))));
    refused(
        good.toBuilder()
            .setAppendRequest(
                AppendRequest.newBuilder()
                    .setPrevIndex(-1)
                    .addEntries(
                        Entry.newBuilder().setKind(2).setPayload(ByteString.copyFromUtf8("x")))));
  }

  @Test
  void randomBytesNeverDoMoreThanBeRefused() {
    for (int i = 0; i < 20_000; i++) {
      byte[] wire =
          random.nextBoolean()
              ? bytes(200)
              : damaged(RaftForms.encode(new RaftEnvelope(replica(), message())).toByteArray());
      GrpcMessage message =
          GrpcMessage.message("identity", WireFormat.PROTOBUF, Buffer.buffer(wire));
      try {
        RaftForms.decode(NodeMethods.RAFT.server().decoder().decode(message));
      } catch (IllegalArgumentException | CodecException refused) {
        assertTrue(refused.getMessage() != null);
      }
    }
  }

  private static void refused(io.gofka.rpc.proto.RaftEnvelope.Builder form) {
    assertThrows(IllegalArgumentException.class, () -> RaftForms.decode(form.build()));
  }

  private static io.gofka.rpc.proto.RaftEnvelope overTheWire(io.gofka.rpc.proto.RaftEnvelope form) {
    GrpcMessage message =
        GrpcMessage.message("identity", WireFormat.PROTOBUF, Buffer.buffer(form.toByteArray()));
    return NodeMethods.RAFT.server().decoder().decode(message);
  }

  private byte[] damaged(byte[] wire) {
    for (int i = 0; i < 1 + random.nextInt(4) && wire.length > 0; i++) {
      wire[random.nextInt(wire.length)] = (byte) random.nextInt();
    }
    return wire;
  }

  private RaftMessage message() {
    long term = number();
    return switch (random.nextInt(10)) {
      case 0 -> new RaftMessage.VoteRequest(term, flag(), flag(), number() - 1, number());
      case 1 -> new RaftMessage.VoteReply(term, flag(), flag(), flag());
      case 2 -> append(term, random.nextInt(5));
      case 3 -> new RaftMessage.AppendAccepted(term, number() - 1, number(), flag());
      case 4 ->
          new RaftMessage.AppendRejected(
              term, number() - 1, number(), number() - 1, number(), flag());
      case 5 -> chunk(term);
      case 6 -> new RaftMessage.SnapshotReply(term, number() - 1, number() - 1, number(), flag());
      case 7 -> new RaftMessage.TransferNow(term);
      case 8 -> new RaftMessage.FollowRequest(term, address(), flag());
      default -> new RaftMessage.LeaderHint(term, random.nextBoolean() ? "" : name(), address());
    };
  }

  private RaftMessage append(long term, int count) {
    long prevIndex = number() - 1;
    List<LogEntry> entries = new ArrayList<>();
    long entryTerm = random.nextLong(term + 1);
    long prevTerm = random.nextLong(entryTerm + 1);
    for (int i = 0; i < count; i++) {
      long index = prevIndex + 1 + i;
      entries.add(
          switch (random.nextInt(4)) {
            case 0 ->
                new LogEntry(entryTerm, index, LogEntry.Kind.TERM_START, Unpooled.EMPTY_BUFFER);
            case 1 -> new LogEntry(entryTerm, index, LogEntry.Kind.CONFIG, voters().encode());
            default ->
                new LogEntry(
                    entryTerm, index, LogEntry.Kind.DATA, Unpooled.wrappedBuffer(bytes(100)));
          });
    }
    return new RaftMessage.AppendRequest(
        term, prevIndex, prevTerm, entries, number() - 1, number());
  }

  private RaftMessage chunk(long term) {
    ByteBuf content = Unpooled.wrappedBuffer(bytes(300));
    long offset = random.nextInt(1000);
    SnapshotMeta meta =
        new SnapshotMeta(
            number(), number(), voters(), offset + content.readableBytes() + random.nextInt(3));
    return new RaftMessage.SnapshotChunk(term, meta, offset, content, number());
  }

  private VoterSet voters() {
    return VoterSet.of(
        new Voter(name(), Optional.of(UUID.randomUUID()), address()),
        new Voter(name(), Optional.empty(), address()));
  }

  private ReplicaKey replica() {
    return new ReplicaKey(name(), new UUID(random.nextLong(), random.nextLong()));
  }

  private HostPort address() {
    return new HostPort("host-" + random.nextInt(9), random.nextInt(65536));
  }

  private String name() {
    return "gofka-" + random.nextInt(1_000_000);
  }

  private boolean flag() {
    return random.nextBoolean();
  }

  private long number() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(100);
      case 2 -> 1L << random.nextInt(61);
      default -> random.nextLong(Long.MAX_VALUE / 2);
    };
  }

  private byte[] bytes(int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }
}
