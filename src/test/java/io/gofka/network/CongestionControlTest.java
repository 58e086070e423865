package io.gofka.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
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

  /** What the listener has, and what the connection, once {@code connections} were accepted. */
  private List<String> chosen(String listener, String local, int connections) throws Exception {
    BlockingQueue<List<String>> chosen = new LinkedBlockingQueue<>();
    NetServer server =
        vertx
            .createNetServer()
            .connectHandler(
                socket -> {
                  Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
                  String before = name(channel);
                  CongestionControl.choose(channel);
                  chosen.add(List.of(name(channel.parent()), before, name(channel)));
                });
    await(server.listen(0, listener));
    List<String> last = List.of();
    for (int i = 0; i < connections; i++) {
      try (var client = new Socket(local, server.actualPort())) {
        last = chosen.poll(20, TimeUnit.SECONDS);
        assertTrue(client.isConnected());
      }
    }
    return last;
  }

  private static String name(Channel channel) {
    ByteBuffer name = channel.config().getOption(CongestionControl.OPTION);
    return name == null ? "none" : StandardCharsets.US_ASCII.decode(name).toString().trim();
  }

  /** An address of this machine under which it is reached as others reach it, if there is one. */
  private static Optional<String> ownAddress() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .map(InetAddress::getHostAddress)
        .findFirst();
  }

  @Test
  void onlyTheMachinesOwnClientsAreNotPaced() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    Assumptions.assumeTrue(vertx.isNativeTransportEnabled(), "SKIPPED: no native transport here");
    String usual = Files.readString(DEFAULT).trim();
    assertEquals(List.of("reno", usual, "reno"), chosen("127.0.0.1", "127.0.0.1", 1));
    assertEquals(List.of("reno", "reno", "reno"), chosen("127.0.0.1", "127.0.0.1", 2));
    assertEquals(List.of(usual, usual, "reno"), chosen("0.0.0.0", "127.0.0.1", 2));
    Optional<String> own = ownAddress();
    if (own.isPresent()) {
      assertEquals(List.of(usual, usual, usual), chosen("0.0.0.0", own.get(), 2));
    }
  }

  @Test
  void withoutTheNativeTransportNothingIsChosen() throws Exception {
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
    assertEquals(List.of("none", "none", "none"), chosen("127.0.0.1", "127.0.0.1", 2));
  }
}
