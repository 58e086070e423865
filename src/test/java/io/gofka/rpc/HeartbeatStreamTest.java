package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.metadata.BrokerHeartbeat.StreamBroken;
import io.vertx.core.Future;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class HeartbeatStreamTest {
  private static final BrokerHeartbeat HEARTBEAT = new BrokerHeartbeat(3, 17, 99, false, true);
  private final BlockingQueue<BrokerHeartbeat> heard = new LinkedBlockingQueue<>();
  private final BlockingQueue<StreamBroken> broken = new LinkedBlockingQueue<>();

  private TalkingNode controller() {
    TalkingNode node = new TalkingNode("controller", "one");
    node.serve(
        Addresses.BROKER_HEARTBEAT,
        heartbeat -> {
          heard.add(heartbeat);
          return heartbeat.brokerEpoch() == 17
              ? Future.succeededFuture(new BrokerHeartbeat.Reply(true, false, true))
              : Future.failedFuture(new ApiException(ErrorCode.STALE_BROKER_EPOCH, "stale"));
        });
    node.serve(
        Addresses.BROKER_STREAM_BROKEN,
        end -> {
          broken.add(end);
          return Future.succeededFuture();
        });
    return node;
  }

  @Test
  void heartbeatsAreAnsweredByTheActiveController() {
    try (TalkingNode broker = new TalkingNode("broker", "one");
        TalkingNode controller = controller()) {
      broker.knows(controller);
      broker.sees(1, controller);
      assertEquals(
          new BrokerHeartbeat.Reply(true, false, true),
          broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT));
      assertEquals(HEARTBEAT, TalkingNode.next(heard));
      ApiException stale =
          assertThrows(
              ApiException.class,
              () ->
                  broker.ask(
                      Addresses.FORWARD_HEARTBEAT, new BrokerHeartbeat(3, 16, 99, false, false)));
      assertEquals(ErrorCode.STALE_BROKER_EPOCH, stale.errorCode());
    }
  }

  @Test
  void theControllerHearsAtOnceThatABrokersStreamHasBroken() {
    try (TalkingNode controller = controller()) {
      try (TalkingNode broker = new TalkingNode("broker", "one")) {
        broker.knows(controller);
        broker.sees(1, controller);
        broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT);
      }
      assertEquals(new StreamBroken(3, 17), TalkingNode.next(broken));
    }
  }

  @Test
  void aLostControllerFailsTheHeartbeatAndTheNextOneFindsTheOther() {
    try (TalkingNode broker = new TalkingNode("broker", "one");
        TalkingNode second = controller()) {
      try (TalkingNode first = controller()) {
        broker.knows(first);
        broker.sees(1, first);
        broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT);
      }
      ApiException lost =
          assertThrows(
              ApiException.class, () -> broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT));
      assertEquals(ErrorCode.NETWORK_EXCEPTION, lost.errorCode());
      broker.knows(second);
      broker.sees(2, second);
      assertEquals(
          new BrokerHeartbeat.Reply(true, false, true),
          broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT));
    }
  }

  @Test
  void withoutAControllerAHeartbeatIsRefusedAtOnce() {
    try (TalkingNode broker = new TalkingNode("broker", "one")) {
      ApiException refused =
          assertThrows(
              ApiException.class, () -> broker.ask(Addresses.FORWARD_HEARTBEAT, HEARTBEAT));
      assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    }
  }
}
