package io.gofka.metadata;

import static io.gofka.testing.TestLoop.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.testing.TestLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ForwardingVerticleTest {
  private static final AllocateProducerIds COMMAND = new AllocateProducerIds(3);
  private static final ProducerIdBlock BLOCK = new ProducerIdBlock(5_000, 1_000);
  private static final long OFFSET = 7;

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final TestLoop loop = new TestLoop(vertx);
  private final AtomicInteger asked = new AtomicInteger();

  @BeforeEach
  void start() throws Exception {
    await(vertx.deployVerticle(new MetadataVerticle(bus)));
    await(vertx.deployVerticle(new ForwardingVerticle(bus)));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private Future<ProducerIdBlock> ask() throws Exception {
    return loop.run(
        () -> Future.succeededFuture(ForwardingVerticle.request(bus, COMMAND, "User:alice")));
  }

  private ErrorCode errorWithin(int timeoutMs) throws Exception {
    CommandRequest<ProducerIdBlock> request =
        new CommandRequest<>(COMMAND, "User:alice", timeoutMs);
    return assertThrows(
            ApiException.class,
            () -> loop.run(() -> bus.request(Addresses.METADATA_COMMAND, request)))
        .errorCode();
  }

  /** This node has heard of everything up to {@link #OFFSET}. */
  private void hear() throws Exception {
    ClusterImage image = ImageUpdate.apply(ClusterImage.EMPTY, OFFSET, List.of()).image();
    loop.run(
        () ->
            bus.request(
                Addresses.METADATA_COMMITTED,
                new ImageChange(image, List.of(), List.of(), Set.of())));
  }

  private void answerThere(ErrorCode... refusals) throws Exception {
    loop.run(
        () ->
            bus.serve(
                Addresses.FORWARD_COMMAND,
                encoded -> {
                  assertEquals(COMMAND, CommandCodec.decode(encoded.bytes()));
                  assertEquals("User:alice", encoded.principal());
                  int time = asked.getAndIncrement();
                  return time < refusals.length
                      ? Future.failedFuture(new ApiException(refusals[time], "not yet"))
                      : Future.succeededFuture(
                          new EncodedReply(CommandCodec.encodeReply(COMMAND, BLOCK), OFFSET));
                }));
  }

  @Test
  void answerWaitsUntilThisNodeHasHeardOfTheChange() throws Exception {
    answerThere();
    Future<ProducerIdBlock> answer = ask();
    while (asked.get() == 0) {
      Thread.onSpinWait();
    }
    loop.run(() -> Future.succeededFuture()); // Whatever the answer leads to at once has happened.
    assertFalse(answer.isComplete());
    hear();
    assertEquals(BLOCK, await(answer));
  }

  @Test
  void activeControllerOfThisNodeIsAskedDirectly() throws Exception {
    hear();
    loop.run(
        () ->
            bus.serve(
                Addresses.CONTROLLER_COMMAND,
                request -> {
                  assertEquals("User:alice", request.principal());
                  return Future.succeededFuture(new CommandResult<>(BLOCK, OFFSET));
                }));
    assertEquals(BLOCK, await(ask()));
  }

  @Test
  void whatWasCertainlyNotDoneIsTriedAgain() throws Exception {
    hear();
    answerThere(ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_CONTROLLER);
    assertEquals(BLOCK, await(ask()));
    assertEquals(4, asked.get());
  }

  @Test
  void whatMayHaveBeenDoneIsNotTriedAgain() throws Exception {
    hear();
    answerThere(ErrorCode.REQUEST_TIMED_OUT);
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, errorWithin(5_000));
    assertEquals(1, asked.get());
  }

  @Test
  void refusalOfTheCommandIsHandedOn() throws Exception {
    answerThere(ErrorCode.BROKER_ID_NOT_REGISTERED);
    assertEquals(ErrorCode.BROKER_ID_NOT_REGISTERED, errorWithin(5_000));
  }

  @Test
  void askerLearnsWithinItsTimeThatNobodyIsThere() throws Exception {
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, errorWithin(100));
  }

  @Test
  void commandOfAnotherNodeIsAnsweredByTheControllerHereAndNobodyElse() throws Exception {
    EncodedCommand encoded = new EncodedCommand(CommandCodec.encode(COMMAND), "User:alice", 1_000);
    loop.run(
        () ->
            bus.serve(
                Addresses.CONTROLLER_COMMAND,
                request ->
                    asked.getAndIncrement() == 0
                        ? Future.failedFuture(
                            new ApiException(ErrorCode.NOT_CONTROLLER, "n2 is active"))
                        : Future.succeededFuture(new CommandResult<>(BLOCK, OFFSET))));
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> loop.run(() -> bus.request(Addresses.FORWARDED_COMMAND, encoded)));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    EncodedReply reply = loop.run(() -> bus.request(Addresses.FORWARDED_COMMAND, encoded));
    assertEquals(BLOCK, CommandCodec.decodeReply(COMMAND, reply.bytes()));
    assertEquals(OFFSET, reply.metadataOffset());
    assertTrue(refused.getMessage().contains("n2"));
  }
}
