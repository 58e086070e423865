package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendResult;
import io.gofka.log.DeleteRecordsBefore;
import io.gofka.log.FindOffsets;
import io.gofka.log.LogShards;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadRecords.Source;
import io.gofka.log.ReadResult;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DeleteRecordsRequest;
import io.gofka.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.gofka.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.gofka.protocol.message.FetchRequest;
import io.gofka.protocol.message.FetchRequest.FetchPartition;
import io.gofka.protocol.message.FetchRequest.FetchTopic;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.FetchResponse.PartitionData;
import io.gofka.protocol.message.ListOffsetsRequest;
import io.gofka.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.gofka.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.gofka.protocol.message.ListOffsetsResponse;
import io.gofka.protocol.message.ProduceRequest;
import io.gofka.protocol.message.ProduceRequest.PartitionProduceData;
import io.gofka.protocol.message.ProduceRequest.TopicProduceData;
import io.gofka.protocol.message.ProduceResponse;
import io.gofka.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.gofka.testing.TestLoop;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pcollections.TreePMap;

/**
 * What clients hear from broker 1 of partitions with several replicas: who leads, where to read,
 * and what isn't known yet. The shard answers as the test says.
 */
@Timeout(60)
class ReplicatedPartitionsTest {
  private static final UUID TOPIC = new UUID(3, 3);
  private static final int READ_ELSEWHERE = 3;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final TestLoop loop = new TestLoop(vertx);
  private final BrokerConfig config =
      BrokerConfig.of(Map.of("replica.selector.class", BrokerConfig.RACK_AWARE_REPLICA_SELECTOR));
  private volatile ClusterImage image = led(1, 4);
  private final BrokerContext broker =
      new BrokerContext(vertx, bus, 1, new LogShards(1), () -> image, () -> config);
  private final List<Object> asked = new ArrayList<>();

  private volatile Function<AppendRecords, AppendResult> append;
  private volatile Function<ReadRecords, ReadResult> read;
  private volatile ErrorCode offsetsError = ErrorCode.NONE;

  @BeforeEach
  void serveShard() throws Exception {
    loop.run(
        () ->
            bus.serve(
                Addresses.LOG_APPEND.at(0),
                message -> {
                  asked.add(message);
                  return Future.succeededFuture(List.of(append.apply(message)));
                }));
    loop.run(
        () ->
            bus.serve(
                Addresses.LOG_READ.at(0),
                message -> {
                  asked.add(message);
                  return Future.succeededFuture(List.of(read.apply(message)));
                }));
    loop.run(
        () ->
            bus.serve(
                Addresses.LOG_FIND_OFFSETS.at(0),
                message ->
                    Future.succeededFuture(
                        message.queries().stream()
                            .map(
                                query ->
                                    new FindOffsets.Found(
                                        query.partition(), offsetsError, -1, -1, -1))
                            .toList())));
    loop.run(
        () ->
            bus.serve(
                Addresses.LOG_DELETE_RECORDS.at(0),
                message -> {
                  asked.add(message);
                  return Future.succeededFuture(
                      message.cuts().stream()
                          .map(
                              cut ->
                                  new DeleteRecordsBefore.Deleted(
                                      cut.partition(), ErrorCode.NONE, cut.offset()))
                          .toList());
                }));
  }

  @AfterEach
  void close() throws Exception {
    TestLoop.await(vertx.close());
  }

  /** Racks: broker 1 in a, 2 and 3 in b, 4 in b and fenced, 5 in b and out of sync, 6 in c. */
  private static ClusterImage led(int leader, int leaderEpoch) {
    PartitionImage partition =
        new PartitionImage(
            List.of(1, 2, 3, 4, 5, 6), List.of(1, 2, 3, 4, 6), leader, leaderEpoch, 9);
    TopicImage topic = new TopicImage(TOPIC, "t", List.of(partition));
    return new ClusterImage(
        "cluster",
        1,
        1,
        TreePMap.from(
            Map.of(
                1, broker(1, "a", false),
                2, broker(2, "b", false),
                3, broker(3, "b", false),
                4, broker(4, "b", true),
                5, broker(5, "b", false),
                6, broker(6, "c", false))),
        ClusterImage.EMPTY.topicsByName().plus("t", topic),
        ClusterImage.EMPTY.topicsById().plus(TOPIC, topic),
        ClusterImage.EMPTY.configs());
  }

  private static BrokerImage broker(int id, String rack, boolean fenced) {
    return new BrokerImage(
        id,
        "n" + id,
        id,
        Uuids.ZERO,
        List.of(new Endpoint("PLAINTEXT", Optional.of("host" + id), 9090 + id)),
        Optional.empty(),
        Optional.of(rack),
        fenced,
        false,
        List.of(),
        new TreeMap<>());
  }

  private <Q extends ApiMessage> ApiMessage ask(ApiHandler<Q> handler, Q request, int version)
      throws Exception {
    RequestContext from = new RequestContext((short) version, "test", AdminBroker.CONNECTION);
    return loop.run(
        () -> handler.handle(request, from).map(reply -> ((Reply.Response) reply).message()));
  }

  // ---- produce

  private ProduceResponse produce(int version, int timeoutMs) throws Exception {
    ProduceRequest request = new ProduceRequest().acks((short) -1).timeoutMs(timeoutMs);
    TopicProduceData topic =
        version >= 13 ? new TopicProduceData().topicId(TOPIC) : new TopicProduceData().name("t");
    topic
        .partitionData()
        .add(
            new PartitionProduceData()
                .index(0)
                .records(Payload.of(Unpooled.buffer().writeZero(70))));
    request.topicData().add(topic);
    return (ProduceResponse) ask(new ProduceHandler(broker), request, version);
  }

  private static PartitionProduceResponse only(ProduceResponse response) {
    return response.responses().get(0).partitionResponses().get(0);
  }

  private static AppendResult refused(AppendRecords append, ErrorCode error) {
    return AppendResult.refused(append.partitions().get(0).partition(), error, "test", -1);
  }

  // KIP-951.
  @Test
  void producerIsToldTheLeaderOfTheMomentWhenItsRecordsAreRefused() throws Exception {
    append =
        message -> {
          image = led(2, 5); // Elected while the records waited for the in-sync replicas.
          return refused(message, ErrorCode.NOT_LEADER_OR_FOLLOWER);
        };
    for (int version = 10; version <= 13; version++) {
      image = led(1, 4);
      ProduceResponse response = produce(version, 1000);
      assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER.code(), only(response).errorCode());
      assertEquals(2, only(response).currentLeader().leaderId());
      assertEquals(5, only(response).currentLeader().leaderEpoch());
      assertEquals(1, response.nodeEndpoints().size());
      assertEquals("host2", response.nodeEndpoints().get(0).host());
      assertEquals(9092, response.nodeEndpoints().get(0).port());
      assertEquals("b", response.nodeEndpoints().get(0).rack());
    }
  }

  @Test
  void noLeaderIsNamedToOlderProducersNorAfterOtherErrors() throws Exception {
    append = message -> refused(message, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    assertEquals(List.of(), produce(9, 1000).nodeEndpoints());
    append = message -> refused(message, ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    ProduceResponse response = produce(13, 1000);
    assertEquals(-1, only(response).currentLeader().leaderId());
    assertEquals(List.of(), response.nodeEndpoints());
  }

  @Test
  void producerWaitsForReplicasAsLongAsItAsksButNotLongerThanTheBusDoes() throws Exception {
    append = message -> refused(message, ErrorCode.REQUEST_TIMED_OUT);
    produce(13, 1234);
    produce(13, Integer.MAX_VALUE);
    produce(13, -5);
    assertEquals(
        List.of(1234, 300_000, 0),
        asked.stream().map(each -> ((AppendRecords) each).timeoutMs()).toList());
  }

  // ---- fetch

  private FetchRequest fetchRequest(String rack, int sessionId, int sessionEpoch) {
    FetchRequest request =
        new FetchRequest()
            .sessionId(sessionId)
            .sessionEpoch(sessionEpoch)
            .maxWaitMs(0)
            .minBytes(1)
            .maxBytes(1 << 20)
            .rackId(rack);
    if (sessionEpoch <= 0) {
      FetchTopic topic = new FetchTopic().topicId(TOPIC);
      topic.partitions().add(new FetchPartition().partition(0).partitionMaxBytes(1 << 20));
      request.topics().add(topic);
    }
    return request;
  }

  private FetchHandler fetchHandler() {
    return new FetchHandler(broker, 1 << 20, 10, ReplicaSelector.of(config));
  }

  private List<Integer> closeReplicas(String rack) throws Exception {
    read = message -> result(message, ErrorCode.NONE, OptionalInt.empty());
    ask(fetchHandler(), fetchRequest(rack, 0, -1), 18);
    ReadRecords last = (ReadRecords) asked.get(asked.size() - 1);
    return last.partitions().get(0).closeReplicas();
  }

  private static ReadResult result(ReadRecords read, ErrorCode error, OptionalInt preferred) {
    return new ReadResult(
        read.partitions().get(0).partition(),
        error,
        10,
        10,
        0,
        Payload.of(Unpooled.EMPTY_BUFFER),
        List.of(),
        Optional.empty(),
        preferred);
  }

  private static PartitionData only(FetchResponse response) {
    return response.responses().get(0).partitions().get(0);
  }

  // KIP-392.
  @Test
  void readerIsOfferedTheLiveInSyncReplicasOfItsRack() throws Exception {
    assertEquals(List.of(2, 3), closeReplicas("b"));
    assertEquals(List.of(6), closeReplicas("c"));
  }

  @Test
  void readerStaysWithALeaderInItsRackOrWhenItDoesNotSayWhereItIs() throws Exception {
    assertEquals(List.of(), closeReplicas("a"));
    assertEquals(List.of(), closeReplicas(""));
    assertEquals(List.of(), closeReplicas("nowhere"));
    image = led(3, 5);
    assertEquals(List.of(), closeReplicas("b"));
  }

  @Test
  void withoutARackAwareSelectorEverybodyReadsFromTheLeader() {
    PartitionImage partition = image.topic("t").orElseThrow().partitions().get(0);
    for (Map<String, String> settings :
        List.of(
            Map.<String, String>of(),
            Map.of("replica.selector.class", BrokerConfig.LEADER_REPLICA_SELECTOR))) {
      ReplicaSelector selector = ReplicaSelector.of(BrokerConfig.of(settings));
      assertEquals(List.of(), selector.closeReplicas(image, partition, "b", "PLAINTEXT"));
    }
  }

  @Test
  void replicaWithoutTheReadersListenerIsNotOffered() {
    PartitionImage partition = image.topic("t").orElseThrow().partitions().get(0);
    assertEquals(
        List.of(), ReplicaSelector.RACK_AWARE.closeReplicas(image, partition, "b", "INTERNAL"));
  }

  @Test
  void preferredReplicaIsToldAlsoWithinASession() throws Exception {
    FetchHandler handler = fetchHandler();
    read = message -> result(message, ErrorCode.NONE, OptionalInt.of(READ_ELSEWHERE));
    FetchResponse first = (FetchResponse) ask(handler, fetchRequest("b", 0, 0), 18);
    assertEquals(READ_ELSEWHERE, only(first).preferredReadReplica());
    FetchResponse second =
        (FetchResponse) ask(handler, fetchRequest("b", first.sessionId(), 1), 18);
    assertEquals(READ_ELSEWHERE, only(second).preferredReadReplica());
    read = message -> result(message, ErrorCode.NONE, OptionalInt.empty());
    FetchResponse third = (FetchResponse) ask(handler, fetchRequest("b", first.sessionId(), 2), 18);
    assertEquals(List.of(), third.responses());
  }

  @Test
  void followersAnswerOnlyThoseWhoseVersionKnowsOfThem() throws Exception {
    read = message -> result(message, ErrorCode.NONE, OptionalInt.empty());
    FetchRequest byName = fetchRequest("", 0, -1);
    byName.topics().get(0).topicId(Uuids.ZERO).topic("t");
    ask(fetchHandler(), byName, 10);
    ask(fetchHandler(), byName, 11);
    assertEquals(
        List.of(Source.LEADER, Source.ANY_REPLICA),
        asked.stream().map(each -> ((ReadRecords) each).source()).toList());
  }

  @Test
  void readerIsToldTheLeaderOfTheMoment() throws Exception {
    for (ErrorCode error :
        List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH)) {
      image = led(1, 4);
      read =
          message -> {
            image = led(3, 5); // Elected while the fetch waited for records.
            return result(message, error, OptionalInt.empty());
          };
      FetchResponse response = (FetchResponse) ask(fetchHandler(), fetchRequest("", 0, -1), 16);
      assertEquals(3, only(response).currentLeader().leaderId());
      assertEquals(5, only(response).currentLeader().leaderEpoch());
      assertEquals("host3", response.nodeEndpoints().get(0).host());
    }
  }

  // ---- offsets, deletion

  // KIP-207.
  @Test
  void offsetThatIsNotKnownYetIsToldInWordsThatEachVersionTriesAgainAfter() throws Exception {
    offsetsError = ErrorCode.OFFSET_NOT_AVAILABLE;
    for (int version = 1; version <= 11; version++) {
      ListOffsetsRequest request = new ListOffsetsRequest();
      ListOffsetsTopic topic = new ListOffsetsTopic().name("t");
      topic.partitions().add(new ListOffsetsPartition().partitionIndex(0).timestamp(-1));
      request.topics().add(topic);
      ListOffsetsResponse response =
          (ListOffsetsResponse) ask(new ListOffsetsHandler(broker), request, version);
      assertEquals(
          (version < 5 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.OFFSET_NOT_AVAILABLE).code(),
          response.topics().get(0).partitions().get(0).errorCode());
    }
  }

  @Test
  void deletionOfRecordsWaitsForReplicasAsLongAsTheClientAsks() throws Exception {
    DeleteRecordsRequest request = new DeleteRecordsRequest().timeoutMs(4321);
    DeleteRecordsTopic topic = new DeleteRecordsTopic().name("t");
    topic.partitions().add(new DeleteRecordsPartition().partitionIndex(0).offset(3));
    request.topics().add(topic);
    ask(new DeleteRecordsHandler(broker), request, 2);
    assertEquals(4321, ((DeleteRecordsBefore) asked.get(0)).timeoutMs());
  }
}
