package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.raft.PeerAddresses;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.vertx.core.Promise;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A connection whose packets vanish from some moment on, without anybody being told. */
class SilentCutTest {
  private volatile boolean cut;
  private volatile long cutMs;

  @Test
  void aConnectionThatCarriesNothingAnyMoreIsGivenUpWellWithinASession() {
    try (TalkingNode broker = new TalkingNode("broker", "one");
        TalkingNode controller = new TalkingNode("controller", "one")) {
      HostPort detour = detour(broker, controller);
      broker.announce(
          Addresses.PEER_ADDRESSES, new PeerAddresses(new TreeMap<>(Map.of("controller", detour))));
      broker.announce(Addresses.LEADERSHIP_CHANGED, new Leadership(1, "controller", false));
      controller.serve(
          Addresses.BROKER_HEARTBEAT,
          heartbeat -> {
            cutMs = nowMs();
            cut = true;
            return Promise.<BrokerHeartbeat.Reply>promise().future();
          });
      Promise<Void> noticed = Promise.promise();
      controller.serve(
          Addresses.BROKER_STREAM_BROKEN,
          broken -> {
            noticed.complete();
            return Promise.<Void>promise().future();
          });

      ApiException lost =
          assertThrows(
              ApiException.class,
              () ->
                  broker.ask(
                      Addresses.FORWARD_HEARTBEAT, new BrokerHeartbeat(1, 2, 3, false, false)));
      assertEquals(ErrorCode.NETWORK_EXCEPTION, lost.errorCode());
      long tookMs = nowMs() - cutMs;
      assertTrue(tookMs < 4_500, "after " + tookMs + " ms");
      TalkingNode.await(noticed.future()); // The other side, too, hears nothing any more.
    }
  }

  /** A way to the controller that can be cut. */
  private HostPort detour(TalkingNode host, TalkingNode controller) {
    NetServer server = host.vertx.createNetServer();
    NetClient client = host.vertx.createNetClient();
    server.connectHandler(
        in -> {
          in.pause();
          client
              .connect(controller.address().port(), controller.address().host())
              .onSuccess(
                  out -> {
                    pass(in, out);
                    pass(out, in);
                    in.resume();
                  });
        });
    TalkingNode.await(server.listen(0, "127.0.0.1"));
    return new HostPort("127.0.0.1", server.actualPort());
  }

  private void pass(NetSocket from, NetSocket to) {
    from.handler(
        bytes -> {
          if (!cut) {
            to.write(bytes);
          }
        });
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
