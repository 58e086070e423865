package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.ChannelConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CongestionControlTest {
  private static final Path DEFAULT = Path.of("/proc/sys/net/ipv4/tcp_congestion_control");

  private Vertx vertx;

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** That of a connection whose client is told to have this address. */
  private String chosenFor(String remote) throws Exception {
    CompletableFuture<String> chosen = new CompletableFuture<>();
    NetServer server =
        vertx
            .createNetServer()
            .connectHandler(
                socket -> {
                  ChannelConfig config =
                      ((NetSocketInternal) socket).channelHandlerContext().channel().config();
                  chosen.complete(choose(config, remote));
                });
    await(server.listen(0, "127.0.0.1"));
    try (var client = new Socket("127.0.0.1", server.actualPort())) {
      return chosen.get(20, TimeUnit.SECONDS);
    }
  }

  private static String choose(ChannelConfig config, String remote) {
    try {
      CongestionControl.choose(config, InetAddress.getByName(remote));
    } catch (Exception unexpected) {
      return unexpected.toString();
    }
    ByteBuffer name = config.getOption(CongestionControl.OPTION);
    return name == null ? "none" : StandardCharsets.US_ASCII.decode(name).toString().trim();
  }

  @Test
  void onlyTheMachinesOwnClientsAreNotPaced() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    Assumptions.assumeTrue(vertx.isNativeTransportEnabled(), "SKIPPED: no native transport here");
    assertEquals("reno", chosenFor("127.0.0.1"));
    assertEquals("reno", chosenFor("::1"));
    assertEquals(Files.readString(DEFAULT).trim(), chosenFor("192.0.2.1"));
  }

  @Test
  void withoutTheNativeTransportNothingIsChosen() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
    assertEquals("none", chosenFor("127.0.0.1"));
  }
}
