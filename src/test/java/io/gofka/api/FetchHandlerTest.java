package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.common.Payload;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogShards;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadResult;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.message.FetchRequest;
import io.gofka.protocol.message.FetchRequest.FetchPartition;
import io.gofka.protocol.message.FetchRequest.FetchTopic;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.testing.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever gets records gives them back, also when no response comes of them. */
class FetchHandlerTest {
  private static final short VERSION = 18;
  private static final int RECORDS_BYTES = 70;
  private static final TopicImage TOPIC =
      new TopicImage(
          new UUID(1, 1),
          "t",
          List.of(
              new PartitionImage(List.of(1), List.of(1), 1, 0, 0),
              new PartitionImage(List.of(1), List.of(1), 1, 0, 0)));
  private static final ClusterImage IMAGE =
      new ClusterImage(
          "cluster",
          1,
          1,
          ClusterImage.EMPTY.brokers(),
          ClusterImage.EMPTY.topicsByName().plus("t", TOPIC),
          ClusterImage.EMPTY.topicsById().plus(TOPIC.id(), TOPIC),
          ClusterImage.EMPTY.configs());

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final TestLoop loop = new TestLoop(vertx);
  private final FetchHandler handler =
      new FetchHandler(
          new BrokerContext(
              vertx, bus, 1, new LogShards(1), () -> IMAGE, () -> BrokerConfig.DEFAULTS),
          1 << 20,
          10,
          ReplicaSelector.RACK_AWARE);
  private final List<ByteBuf> given = new ArrayList<>();
  private int recordsBytes = RECORDS_BYTES;
  // What a shard would never answer.
  private Optional<OffsetAndEpoch> divergingOfSecond = Optional.empty();

  @BeforeEach
  void serveShard() throws Exception {
    loop.run(() -> bus.serve(Addresses.LOG_READ.at(0), this::read));
  }

  @AfterEach
  void close() throws Exception {
    TestLoop.await(vertx.close());
  }

  private Future<List<ReadResult>> read(ReadRecords read) {
    return Future.succeededFuture(
        read.partitions().stream().map(each -> result(each.partition())).toList());
  }

  private ReadResult result(TopicIdPartition partition) {
    ByteBuf records = Unpooled.directBuffer(RECORDS_BYTES).writeZero(recordsBytes);
    given.add(records);
    return new ReadResult(
        partition,
        ErrorCode.NONE,
        1,
        1,
        0,
        Payload.of(records),
        List.of(),
        partition.partition() == 1 ? divergingOfSecond : Optional.empty());
  }

  private FetchResponse fetch(FetchRequest request) throws Exception {
    RequestContext from = new RequestContext(VERSION, "test", AdminBroker.CONNECTION);
    return loop.run(
        () ->
            handler
                .handle(request, from)
                .map(reply -> (FetchResponse) ((Reply.Response) reply).message()));
  }

  /** Both partitions; with epoch 0 a session begins, with the next ones it goes on. */
  private static FetchRequest request(int sessionId, int sessionEpoch, boolean named) {
    FetchRequest request =
        new FetchRequest()
            .sessionId(sessionId)
            .sessionEpoch(sessionEpoch)
            .maxWaitMs(0)
            .minBytes(1)
            .maxBytes(1 << 20);
    if (named) {
      FetchTopic topic = new FetchTopic().topicId(TOPIC.id());
      for (int i = 0; i < TOPIC.partitions().size(); i++) {
        topic.partitions().add(new FetchPartition().partition(i).partitionMaxBytes(1 << 20));
      }
      request.topics().add(topic);
    }
    return request;
  }

  private List<Integer> references() {
    return given.stream().map(ByteBuf::refCnt).toList();
  }

  @Test
  void recordsOfAResponseThatIsNotSentAreGivenBack() throws Exception {
    FetchResponse response = fetch(request(0, -1, true));
    assertEquals(List.of(1, 1), references());
    FetchHandler.release(response);
    assertEquals(List.of(0, 0), references());
  }

  @Test
  void whatASessionNeedNotBeToldAgainIsGivenBack() throws Exception {
    recordsBytes = 0;
    FetchResponse first = fetch(request(0, 0, true));
    FetchHandler.release(first);
    FetchResponse second = fetch(request(first.sessionId(), 1, false));
    assertEquals(0, second.responses().size());
    assertEquals(List.of(0, 0, 0, 0), references());
  }

  @Test
  @SuppressWarnings("OptionalAssignedToNull") // That is the bug.
  void recordsAreGivenBackWhenABugKeepsTheResponseFromBeingMade() {
    divergingOfSecond = null;
    assertThrows(NullPointerException.class, () -> fetch(request(0, -1, true)));
    assertEquals(List.of(0, 0), references());
  }
}
