package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.gofka.rpc.proto.CommandReply;
import io.gofka.rpc.proto.CommandRequest;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is known of a request when its connection breaks. */
class NodeConnectionTest {
  private static final RpcSettings SETTINGS =
      new RpcSettings(new HostPort("127.0.0.1", 0), List.of(), false, 50, 3);

  private final BlockingQueue<Promise<EncodedReply>> arrived = new LinkedBlockingQueue<>();
  private TalkingNode controller;
  private TalkingNode broker;
  private Detour detour;
  private NodeConnection connection;

  @BeforeEach
  void connect() {
    controller = new TalkingNode("controller", "one");
    controller.serve(
        Addresses.FORWARDED_COMMAND,
        command -> {
          Promise<EncodedReply> reply = Promise.promise();
          arrived.add(reply);
          return reply.future();
        });
    broker = new TalkingNode("broker", "one");
    detour = new Detour(controller.vertx, controller::address);
    Greetings greetings = new Greetings(broker.bus, new Leaders(true));
    connection =
        broker.call(
            () ->
                new NodeDialer(broker.vertx, SETTINGS, greetings, new SplittableRandom(1))
                    .dial(detour.address(), ""));
  }

  @AfterEach
  void close() {
    broker.close();
    controller.close();
  }

  private Future<CommandReply> command() {
    return connection.call(NodeMethods.COMMAND, CommandRequest.getDefaultInstance(), 10_000);
  }

  private static Throwable failure(Future<?> failing) throws Exception {
    try {
      failing.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      return failed.getCause();
    }
    throw new AssertionError("it has not failed");
  }

  /** The loop hears of the end only after it has written. */
  @Test
  void requestThatABrokenConnectionHasNotTakenMayBeSentAgain() throws Exception {
    Future<CommandReply> reply =
        broker.later(
            () -> {
              detour.resetAll();
              return command();
            });
    assertInstanceOf(NodeConnection.NotSent.class, failure(reply));
    assertEquals(0, arrived.size());
  }

  @Test
  void nobodyKnowsWhatBecameOfARequestThatHasLeft() throws Exception {
    Future<CommandReply> reply = broker.later(this::command);
    Promise<EncodedReply> kept = TalkingNode.next(arrived);
    detour.resetAll();
    ApiException unknown = assertInstanceOf(ApiException.class, failure(reply));
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, unknown.errorCode());
    kept.complete(new EncodedReply(Unpooled.EMPTY_BUFFER, 1));
  }
}
