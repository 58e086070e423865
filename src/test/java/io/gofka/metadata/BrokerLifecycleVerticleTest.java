package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.raft.NodeStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class BrokerLifecycleVerticleTest {
  private static final List<Endpoint> CONFIGURED =
      List.of(new Endpoint("PLAINTEXT", Optional.empty(), 0));
  private static final List<Endpoint> OPEN =
      List.of(new Endpoint("PLAINTEXT", Optional.empty(), 19092));

  private volatile String clusterId = "";
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Context context = vertx.getOrCreateContext();
  private final BlockingQueue<RegisterBroker> registrations = new LinkedBlockingQueue<>();
  private final BlockingQueue<BrokerHeartbeat> heartbeats = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws Exception {
    await(vertx.deployVerticle(new MetadataVerticle(bus)));
    serve(Addresses.NODE_STATUS, asked -> Future.succeededFuture(status()));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private NodeStatus status() {
    return new NodeStatus(
        clusterId,
        "n3",
        new UUID(3, 4),
        new UUID(1, 2),
        Set.of(Role.BROKER),
        new HostPort("localhost", 1),
        NodeStatus.Standing.NEW,
        new TreeMap<>(),
        new TreeMap<>(),
        "");
  }

  private BrokerLifecycleVerticle broker() {
    return broker(20_000);
  }

  private BrokerLifecycleVerticle broker(long sessionTimeoutMs) {
    RegisterBroker command =
        new RegisterBroker(
            "n3",
            OptionalInt.empty(),
            Optional.of(new UUID(1, 2)),
            CONFIGURED,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            OptionalLong.empty(),
            Map.of());
    return new BrokerLifecycleVerticle(
        bus, command, new BrokerLifecycle.Settings(20, sessionTimeoutMs, 20_000, 20_000));
  }

  private void acceptRegistrations() throws Exception {
    serve(
        Addresses.REGISTER_BROKER,
        command -> {
          registrations.add(command);
          return Future.succeededFuture(new Registration(3, "c", 100 + registrations.size()));
        });
  }

  private BrokerHeartbeat.Reply answer(BrokerHeartbeat heartbeat) {
    heartbeats.add(heartbeat);
    boolean stops = heartbeat.wantShutDown();
    return new BrokerHeartbeat.Reply(true, heartbeat.wantFence() || stops, stops);
  }

  @Test
  void aBrokerGoesThroughItsLifeWithTheControllerOfItsOwnNode() throws Exception {
    acceptRegistrations();
    serve(Addresses.BROKER_HEARTBEAT, beat -> Future.succeededFuture(answer(beat)));
    BrokerLifecycleVerticle broker = broker();
    await(vertx.deployVerticle(broker));
    assertEquals(new Registration(3, "c", 101), broker.registration());
    assertTrue(heartbeats.take().wantFence());
    await(broker.serve(CONFIGURED));
    assertEquals(OptionalLong.of(101), await(broker.shutDown()));
    assertEquals(1, registrations.size());
  }

  @Test
  void heartbeatsTakeTheWayToAnotherNodeWhenThisOnesControllerIsNotTheActiveOne() throws Exception {
    acceptRegistrations();
    serve(
        Addresses.BROKER_HEARTBEAT,
        beat -> Future.failedFuture(new ApiException(ErrorCode.NOT_CONTROLLER, "another one is")));
    serve(Addresses.FORWARD_HEARTBEAT, beat -> Future.succeededFuture(answer(beat)));
    BrokerLifecycleVerticle broker = broker();
    await(vertx.deployVerticle(broker));
    await(broker.serve(CONFIGURED));
  }

  @Test
  void whoLosesTheControllersSaysSoWithTheReason() throws Exception {
    acceptRegistrations();
    AtomicBoolean gone = new AtomicBoolean();
    serve(
        Addresses.FORWARD_HEARTBEAT,
        beat ->
            gone.get()
                ? Future.failedFuture(new ApiException(ErrorCode.NOT_CONTROLLER, "nobody leads"))
                : Future.succeededFuture(answer(beat)));
    BlockingQueue<String> warnings = new LinkedBlockingQueue<>();
    Logger log = (Logger) LoggerFactory.getLogger(BrokerLifecycleVerticle.class);
    AppenderBase<ILoggingEvent> listener =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel() == Level.WARN) {
              warnings.add(event.getFormattedMessage());
            }
          }
        };
    listener.start();
    log.addAppender(listener);
    try {
      BrokerLifecycleVerticle broker = broker(500);
      await(vertx.deployVerticle(broker));
      await(broker.serve(CONFIGURED));
      gone.set(true);
      assertEquals(
          "Broker 3 (n3) leads nothing until an active controller answers: nobody leads",
          warnings.poll(30, TimeUnit.SECONDS));
    } finally {
      log.detachAppender(listener);
    }
  }

  @Test
  void thePortsThatItGotAreToldByAnotherRegistration() throws Exception {
    acceptRegistrations();
    serve(Addresses.FORWARD_HEARTBEAT, beat -> Future.succeededFuture(answer(beat)));
    BrokerLifecycleVerticle broker = broker();
    await(vertx.deployVerticle(broker));
    await(broker.serve(OPEN));
    RegisterBroker first = registrations.take();
    RegisterBroker second = registrations.take();
    assertEquals(CONFIGURED, first.endpoints());
    assertEquals(OptionalLong.empty(), first.previousBrokerEpoch());
    assertEquals(OPEN, second.endpoints());
    assertEquals(OptionalLong.of(101), second.previousBrokerEpoch());
    assertEquals(first.incarnationId(), second.incarnationId());
  }

  @Test
  void whatTheControllerRefusesForGoodEndsTheStart() throws Exception {
    serve(
        Addresses.REGISTER_BROKER,
        command ->
            Future.failedFuture(new ApiException(ErrorCode.INVALID_REGISTRATION, "no such id")));
    ApiException refused =
        assertThrows(ApiException.class, () -> await(vertx.deployVerticle(broker())));
    assertEquals(ErrorCode.INVALID_REGISTRATION, refused.errorCode());
  }

  @Test
  void registrationInAnotherClusterEndsTheStart() throws Exception {
    clusterId = "former";
    acceptRegistrations();
    ApiException refused =
        assertThrows(ApiException.class, () -> await(vertx.deployVerticle(broker())));
    assertEquals(ErrorCode.INCONSISTENT_CLUSTER_ID, refused.errorCode());
    assertEquals(
        "node n3 belongs to cluster former, its controller to cluster c", refused.getMessage());
  }

  /** A node that goes on as if nothing had happened would serve clients of one from the other. */
  @Test
  void registrationInAnotherClusterIsToldWhenItComesLater() throws Exception {
    acceptRegistrations();
    serve(Addresses.FORWARD_HEARTBEAT, beat -> Future.succeededFuture(answer(beat)));
    BrokerLifecycleVerticle broker = broker();
    await(vertx.deployVerticle(broker));
    clusterId = "former";
    Future<Void> serving = broker.serve(OPEN);
    assertEquals(ErrorCode.INCONSISTENT_CLUSTER_ID, await(broker.refused()).errorCode());
    assertThrows(ApiException.class, () -> await(serving));
  }

  private <Q, R> void serve(Address<Q, R> address, Function<Q, Future<R>> handler)
      throws Exception {
    Promise<Void> served = Promise.promise();
    context.runOnContext(v -> bus.serve(address, handler).onComplete(served));
    await(served.future());
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ApiException refused) {
        throw refused;
      }
      throw failed;
    }
  }
}
