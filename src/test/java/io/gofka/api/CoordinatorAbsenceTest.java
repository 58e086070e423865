package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.group.FetchOffsets;
import io.gofka.log.LogShards;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.HeartbeatRequest;
import io.gofka.protocol.message.HeartbeatResponse;
import io.gofka.protocol.message.OffsetFetchRequest;
import io.gofka.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.gofka.protocol.message.OffsetFetchResponse;
import io.gofka.protocol.message.SyncGroupRequest;
import io.gofka.protocol.message.SyncGroupResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What members hear while their coordinator is loaded or gone: only what they try again after. */
@Timeout(60)
class CoordinatorAbsenceTest {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final BrokerContext broker =
      new BrokerContext(
          vertx, bus, 1, new LogShards(1), () -> ClusterImage.EMPTY, () -> BrokerConfig.DEFAULTS);

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private <Q, R> void coordinatorFails(Address<Q, R> address, ErrorCode error) throws Exception {
    serve(address, asked -> Future.failedFuture(new ApiException(error, "the test says so")));
  }

  private <Q, R> void serve(Address<Q, R> address, Function<Q, Future<R>> handler)
      throws Exception {
    Promise<Void> served = Promise.promise();
    vertx.runOnContext(begun -> bus.serve(address, handler).<Void>mapEmpty().onComplete(served));
    await(served.future());
  }

  private <Q extends ApiMessage> ApiMessage ask(ApiHandler<Q> handler, Q request, int version)
      throws Exception {
    RequestContext from = new RequestContext((short) version, "test", AdminBroker.CONNECTION);
    return await(
        handler
            .handle(request, from)
            .map(reply -> ((Reply.Response) reply).message())
            .otherwise(cause -> handler.errorResponse(request, (ApiException) cause)));
  }

  private ErrorCode heartbeat() throws Exception {
    HeartbeatRequest request = new HeartbeatRequest().groupId("g").memberId("m").generationId(1);
    return ErrorCode.of(
        ((HeartbeatResponse) ask(new HeartbeatHandler(broker), request, 4)).errorCode());
  }

  private ErrorCode sync() throws Exception {
    SyncGroupRequest request =
        new SyncGroupRequest()
            .groupId("g")
            .memberId("m")
            .generationId(1)
            .protocolType("consumer")
            .protocolName("range");
    return ErrorCode.of(
        ((SyncGroupResponse) ask(new SyncGroupHandler(broker), request, 5)).errorCode());
  }

  private ErrorCode fetch(int version) throws Exception {
    OffsetFetchRequest request = new OffsetFetchRequest().groupId("g").topics(null);
    if (version >= 8) {
      request.groups().add(new OffsetFetchRequestGroup().groupId("g").topics(null));
    }
    OffsetFetchResponse response =
        (OffsetFetchResponse) ask(new OffsetFetchHandler(broker), request, version);
    return ErrorCode.of(version >= 8 ? response.groups().get(0).errorCode() : response.errorCode());
  }

  @Test
  void loadingCoordinatorLetsMembersKnowNothingOfItInAHeartbeat() throws Exception {
    coordinatorFails(Addresses.GROUP_HEARTBEAT, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    assertEquals(ErrorCode.NONE, heartbeat());
  }

  @Test
  void movedCoordinatorIsToldInAHeartbeat() throws Exception {
    coordinatorFails(Addresses.GROUP_HEARTBEAT, ErrorCode.NOT_COORDINATOR);
    assertEquals(ErrorCode.NOT_COORDINATOR, heartbeat());
  }

  @Test
  void loadingCoordinatorMakesMembersJoinAgain() throws Exception {
    coordinatorFails(Addresses.GROUP_SYNC, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    assertEquals(ErrorCode.REBALANCE_IN_PROGRESS, sync());
  }

  @Test
  void consumerThatLooksForItsOffsetsLooksForTheCoordinatorFirst() throws Exception {
    // Nobody serves the address: the node is stopping.
    assertEquals(ErrorCode.NOT_COORDINATOR, fetch(7));
    assertEquals(ErrorCode.NOT_COORDINATOR, fetch(10));
    serve(
        Addresses.GROUP_FETCH_OFFSETS,
        asked ->
            Future.succeededFuture(
                List.of(
                    new FetchOffsets.Result("g", ErrorCode.COORDINATOR_NOT_AVAILABLE, List.of()))));
    assertEquals(ErrorCode.NOT_COORDINATOR, fetch(7));
    assertEquals(ErrorCode.NOT_COORDINATOR, fetch(10));
  }
}
