package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.Payload;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.JoinGroupRequest;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.ResponseHeader;
import io.gofka.protocol.message.SaslAuthenticateRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WireWriterTest {
  private static final PooledByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
  private static final short VERSION = 12;

  @Test
  void payloadsArePartsOfTheirOwnAndAreNotCopied() {
    ByteBuf first = ALLOCATOR.buffer().writeZero(10_000);
    ByteBuf second = ALLOCATOR.buffer().writeZero(3);
    FetchResponse response = response(Payload.of(first), Payload.of(second));

    List<Object> parts = parts(response);

    assertEquals(5, parts.size());
    assertSame(first, parts.get(1));
    assertSame(second, parts.get(3));
    assertEquals(response.size(VERSION), bytesIn(parts));
    parts.forEach(ReferenceCountUtil::release);
    assertEquals(0, first.refCnt());
    assertEquals(0, second.refCnt());
  }

  @Test
  void regionOfAFileIsHandedOn(@TempDir Path folder) throws Exception {
    Path segment = Files.write(folder.resolve("0.log"), new byte[100]);
    DefaultFileRegion region = new DefaultFileRegion(segment.toFile(), 10, 80);
    List<Object> parts = parts(response(new RegionPayload(region)));
    assertSame(region, parts.get(1));
    parts.forEach(ReferenceCountUtil::release);
    assertEquals(0, region.refCnt());
  }

  @Test
  void regionOfAFileCannotBecomeABuffer(@TempDir Path folder) throws Exception {
    Path segment = Files.write(folder.resolve("0.log"), new byte[100]);
    DefaultFileRegion region = new DefaultFileRegion(segment.toFile(), 10, 80);
    FetchResponse response = response(new RegionPayload(region));
    assertThrows(IllegalStateException.class, () -> Wire.toByteBuf(ALLOCATOR, response, VERSION));
    assertEquals(0, region.refCnt());
  }

  @Test
  void emptyPayloadIsGivenBackAndLeavesNoPart() {
    ByteBuf empty = ALLOCATOR.buffer();
    List<Object> parts = parts(response(Payload.of(empty)));
    assertEquals(1, parts.size());
    assertEquals(0, empty.refCnt());
    parts.forEach(ReferenceCountUtil::release);
  }

  @Test
  void largeBytesAreSharedAndSmallOnesCopied() {
    ByteBuf large = ALLOCATOR.buffer().writeZero(WireWriter.SPLICE_BYTES + 1);
    ByteBuf small = ALLOCATOR.buffer().writeZero(WireWriter.SPLICE_BYTES);
    List<Object> withLarge = parts(new SaslAuthenticateRequest().authBytes(large), (short) 2);
    List<Object> withSmall = parts(new SaslAuthenticateRequest().authBytes(small), (short) 2);
    assertEquals(3, withLarge.size());
    assertEquals(2, large.refCnt());
    assertEquals(1, withSmall.size());
    assertEquals(1, small.refCnt());
    assertEquals(0, large.readerIndex());
    withLarge.forEach(ReferenceCountUtil::release);
    withSmall.forEach(ReferenceCountUtil::release);
    large.release();
    small.release();
  }

  @Test
  void messageOfManyChunksIsThatOfOne() {
    MetadataResponse response = new MetadataResponse().clusterId("c");
    for (int i = 0; i < 5_000; i++) {
      response
          .topics()
          .add(
              new MetadataResponse.MetadataResponseTopic()
                  .name("topic-" + i)
                  .topicId(new UUID(i, i)));
    }
    ByteBuf written = Wire.toByteBuf(ALLOCATOR, response, VERSION);
    assertTrue(written.readableBytes() > 100_000);
    assertEquals(response, Wire.readFully(written, VERSION, MetadataResponse::read));
    written.release();
  }

  @Test
  void frameBeginsWithItsSizeAndHeader() {
    ByteBuf records = ALLOCATOR.buffer().writeZero(5000);
    FetchResponse response = response(Payload.of(records));
    List<Object> parts =
        Wire.frame(ALLOCATOR, new ResponseHeader().correlationId(77), (short) 1, response, VERSION);
    ByteBuf frame = join(parts);
    assertEquals(frame.readableBytes() - Integer.BYTES, frame.readInt());
    assertEquals(77, ResponseHeader.read(frame, (short) 1).correlationId());
    FetchResponse read = Wire.readFully(frame, VERSION, FetchResponse::read);
    assertEquals(5000, read.responses().get(0).partitions().get(0).records().size());
    frame.release();
    assertEquals(0, records.refCnt());
  }

  @Test
  void contentWithoutAFormIsFoundBeforeAnyPayloadIsTakenOver() {
    ByteBuf records = ALLOCATOR.buffer().writeZero(100);
    FetchResponse response = response(Payload.of(records));
    response.responses().get(0).topic(null);
    WireException e =
        assertThrows(WireException.class, () -> Wire.toByteBuf(ALLOCATOR, response, VERSION));
    assertEquals("FetchResponse v12, responses.topic: null is not allowed", e.getMessage());
    assertEquals(1, records.refCnt());
    records.release();
  }

  @Test
  void fieldTheVersionLacksIsNamed() {
    JoinGroupRequest request = new JoinGroupRequest().groupInstanceId("static-1");
    WireException e = assertThrows(WireException.class, () -> request.size((short) 4));
    assertEquals(
        "JoinGroupRequest v4, groupInstanceId: is set, but this version has no such field",
        e.getMessage());
    assertTrue(request.size((short) 5) > 0);
  }

  @Test
  void tooLongStringIsRefused() {
    MetadataRequest request = new MetadataRequest();
    request.topics().add(new MetadataRequest.MetadataRequestTopic().name("x".repeat(32768)));
    WireException e = assertThrows(WireException.class, () -> request.size((short) 9));
    assertTrue(e.getMessage().startsWith("MetadataRequest v9, topics.name: "), e.getMessage());
  }

  @Test
  void sizeThatIsNotKeptIsABug() {
    ByteBuf large = ALLOCATOR.buffer().writeZero(2000);
    WireWriter tooFew = WireWriter.allocate(ALLOCATOR, 2012);
    tooFew.int64(1);
    tooFew.writePayload(Payload.of(large));
    assertThrows(IllegalStateException.class, tooFew::parts);
    assertEquals(0, large.refCnt());

    WireWriter tooMany = WireWriter.allocate(ALLOCATOR, 8);
    tooMany.int64(1);
    assertThrows(IllegalStateException.class, () -> tooMany.int8((byte) 1));
    tooMany.release();
  }

  @Test
  void releaseGivesBackWhatWasTakenOver() {
    ByteBuf records = ALLOCATOR.buffer().writeZero(100);
    WireWriter writer = WireWriter.allocate(ALLOCATOR, 1000);
    writer.int64(1);
    writer.writePayload(Payload.of(records));
    writer.int64(1);
    writer.release();
    assertEquals(0, records.refCnt());
  }

  @Test
  void unknownTagsAreWrittenInOrderAroundTheKnownOnes() {
    FetchResponse response = response(Payload.of(Unpooled.wrappedBuffer(new byte[1])));
    response
        .responses()
        .get(0)
        .partitions()
        .get(0)
        .unknownTaggedFields(List.of(unknown(1), unknown(0)));
    assertThrows(WireException.class, () -> response.size(VERSION));
  }

  @Test
  void nullPayloadIsNull() {
    byte[] bytes = GofkaObjects.write(response((Payload) null), VERSION);
    FetchResponse read =
        Wire.readFully(Unpooled.wrappedBuffer(bytes), VERSION, FetchResponse::read);
    assertEquals(null, read.responses().get(0).partitions().get(0).records());
    assertArrayEquals(bytes, GofkaObjects.write(read, VERSION));
  }

  private static RawTaggedField unknown(int tag) {
    return new RawTaggedField(tag, Unpooled.wrappedBuffer(new byte[1]));
  }

  private static FetchResponse response(Payload... records) {
    FetchResponse.FetchableTopicResponse topic =
        new FetchResponse.FetchableTopicResponse().topic("t");
    for (Payload payload : records) {
      topic.partitions().add(new FetchResponse.PartitionData().records(payload));
    }
    FetchResponse response = new FetchResponse();
    response.responses().add(topic);
    return response;
  }

  private static List<Object> parts(FetchResponse response) {
    return parts(response, VERSION);
  }

  private static List<Object> parts(ApiMessage message, short version) {
    WireWriter writer = WireWriter.allocate(ALLOCATOR, message.size(version));
    message.write(writer, version);
    return writer.parts();
  }

  private static long bytesIn(List<Object> parts) {
    return parts.stream().mapToLong(part -> ((ByteBuf) part).readableBytes()).sum();
  }

  private static ByteBuf join(List<Object> parts) {
    List<ByteBuf> buffers = new ArrayList<>();
    parts.forEach(part -> buffers.add((ByteBuf) part));
    ByteBuf whole = Unpooled.copiedBuffer(buffers.toArray(ByteBuf[]::new));
    parts.forEach(ReferenceCountUtil::release);
    return whole;
  }

  private record RegionPayload(FileRegion part) implements Payload {
    @Override
    public int size() {
      return (int) part.count();
    }
  }
}
