package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.HostPort;
import io.gofka.raft.Hello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Nodes die: that is told once, by the node's name, and isn't an error of this one. */
class BrokenConnectionTest {
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  @Test
  @SuppressWarnings("try") // The acceptor ends only once its socket is closed.
  void aNodeThatDiesDuringTheGreetingIsNoErrorOfThisOne() throws Exception {
    Logger vertx =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.vertx.core.net.impl");
    ListAppender<ILoggingEvent> heard = new ListAppender<>();
    heard.start();
    vertx.addAppender(heard);
    try (TalkingNode node = new TalkingNode("node", "one");
        ServerSocket dying = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread acceptor = new Thread(() -> die(dying));
      acceptor.start();
      for (int i = 0; i < 50; i++) {
        Hello hello = new Hello(new HostPort("127.0.0.1", dying.getLocalPort()));
        assertThrows(ApiException.class, () -> node.ask(Addresses.HELLO, hello));
      }
      dying.close();
      acceptor.join();
    } finally {
      vertx.detachAppender(heard);
    }
    List<ILoggingEvent> errors =
        heard.list.stream().filter(event -> event.getLevel() == Level.ERROR).toList();
    assertEquals(List.of(), errors);
  }

  private static void die(ServerSocket server) {
    for (int i = 0; !server.isClosed(); i++) {
      try (Socket socket = server.accept()) {
        socket.setSoLinger(true, 0); // Closing resets.
        if (i % 2 == 0) {
          socket.getOutputStream().write(EMPTY_SETTINGS);
        }
      } catch (IOException closed) {
        // By the other side, or for good.
      }
    }
  }
}
