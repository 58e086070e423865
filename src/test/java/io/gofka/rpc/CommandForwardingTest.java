package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.EncodedCommand;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CommandForwardingTest {
  @Test
  void aCommandIsAnsweredByTheActiveController() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "one")) {
      BlockingQueue<EncodedCommand> commands = new LinkedBlockingQueue<>();
      b.serve(
          Addresses.FORWARDED_COMMAND,
          command -> {
            commands.add(command);
            return Future.succeededFuture(new EncodedReply(bytes("done"), 42));
          });
      a.knows(b);
      a.sees(1, b);
      EncodedReply reply = forward(a, 10_000);
      assertEquals(new EncodedReply(bytes("done"), 42), reply);
      EncodedCommand command = TalkingNode.next(commands);
      assertEquals(bytes("do"), command.bytes());
      assertEquals("User:alice", command.principal());
    }
  }

  @Test
  void aRefusalComesBackWithItsCode() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "one")) {
      b.serve(
          Addresses.FORWARDED_COMMAND,
          command ->
              Future.failedFuture(
                  new ApiException(ErrorCode.TOPIC_ALREADY_EXISTS, "there is one")));
      a.knows(b);
      a.sees(1, b);
      ApiException refused = assertThrows(ApiException.class, () -> forward(a, 10_000));
      assertEquals(ErrorCode.TOPIC_ALREADY_EXISTS, refused.errorCode());
      assertEquals("there is one", refused.getMessage());
    }
  }

  @Test
  void aCommandThatWasNotDoneForSureIsTriedAgainAtTheNextController() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "one");
        TalkingNode c = new TalkingNode("c", "one")) {
      a.knows(b, c);
      a.sees(1, b);
      b.serve(
          Addresses.FORWARDED_COMMAND,
          command -> {
            a.vertx.runOnContext(v -> a.sees(2, c.nodeId));
            return Future.failedFuture(new ApiException(ErrorCode.NOT_CONTROLLER, "not me"));
          });
      c.serve(
          Addresses.FORWARDED_COMMAND,
          command -> Future.succeededFuture(new EncodedReply(bytes("by c"), 7)));
      assertEquals(bytes("by c"), forward(a, 10_000).bytes());
    }
  }

  @Test
  void aCommandWhoseFateIsUnknownIsNotSentAgain() {
    AtomicInteger times = new AtomicInteger();
    try (TalkingNode a = new TalkingNode("a", "one")) {
      Promise<Void> taken = Promise.promise();
      TalkingNode b = new TalkingNode("b", "one");
      b.serve(
          Addresses.FORWARDED_COMMAND,
          command -> {
            times.incrementAndGet();
            taken.complete();
            return Promise.<EncodedReply>promise().future();
          });
      a.knows(b);
      a.sees(1, b);
      taken.future().onSuccess(v -> b.vertx.close());
      ApiException unknown = assertThrows(ApiException.class, () -> forward(a, 10_000));
      assertEquals(ErrorCode.REQUEST_TIMED_OUT, unknown.errorCode());
      assertEquals(1, times.get());
    }
  }

  @Test
  void withoutAControllerTheAskerIsToldSoInTime() {
    try (TalkingNode a = new TalkingNode("a", "one")) {
      ApiException refused = assertThrows(ApiException.class, () -> forward(a, 100));
      assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    }
  }

  @Test
  void aCommandThatIsNotAnsweredInTimeHasAnUnknownFate() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "one")) {
      b.serve(Addresses.FORWARDED_COMMAND, command -> Promise.<EncodedReply>promise().future());
      a.knows(b);
      a.sees(1, b);
      ApiException unknown = assertThrows(ApiException.class, () -> forward(a, 200));
      assertEquals(ErrorCode.REQUEST_TIMED_OUT, unknown.errorCode());
    }
  }

  private static EncodedReply forward(TalkingNode from, int timeoutMs) {
    return from.ask(
        Addresses.FORWARD_COMMAND, new EncodedCommand(bytes("do"), "User:alice", timeoutMs));
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }
}
