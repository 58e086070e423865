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
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.metadata.BrokerHeartbeat.StreamBroken;
import io.gofka.metadata.EncodedCommand;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.gofka.raft.Hello;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Nodes die: that is told once, by the node's name, and isn't an error of this one. */
class BrokenConnectionTest {
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private final Logger vertx =
      ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.vertx");

  private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

  @BeforeEach
  void listenToVertx() {
    heard.start();
    vertx.addAppender(heard);
  }

  @AfterEach
  void nothingWasAnError() {
    vertx.detachAppender(heard);
    List<ILoggingEvent> errors =
        heard.list.stream().filter(event -> event.getLevel() == Level.ERROR).toList();
    assertEquals(List.of(), errors);
  }

  @Test
  @SuppressWarnings("try") // The acceptor ends only once its socket is closed.
  void aNodeThatDiesDuringTheGreetingIsNoErrorOfThisOne() throws Exception {
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
    }
  }

  /** Its stream of heartbeats has ended orderly, though one of them was not answered yet. */
  @Test
  void whatANodeThatIsGoneHadAskedIsAnsweredToNobody() {
    try (TalkingNode controller = new TalkingNode("controller", "one")) {
      BlockingQueue<Promise<BrokerHeartbeat.Reply>> heartbeats = new LinkedBlockingQueue<>();
      BlockingQueue<Promise<EncodedReply>> commands = new LinkedBlockingQueue<>();
      BlockingQueue<StreamBroken> gone = new LinkedBlockingQueue<>();
      controller.serve(Addresses.BROKER_HEARTBEAT, heartbeat -> kept(heartbeats));
      controller.serve(Addresses.FORWARDED_COMMAND, command -> kept(commands));
      controller.serve(
          Addresses.BROKER_STREAM_BROKEN,
          broken -> {
            gone.add(broken);
            return Future.succeededFuture();
          });
      Promise<BrokerHeartbeat.Reply> heartbeat;
      Promise<EncodedReply> command;
      try (TalkingNode broker = new TalkingNode("broker", "one")) {
        broker.knows(controller);
        broker.sees(1, controller);
        BrokerHeartbeat asked = new BrokerHeartbeat(3, 17, 99, false, false);
        broker.later(() -> broker.bus.request(Addresses.FORWARD_HEARTBEAT, asked));
        heartbeat = TalkingNode.next(heartbeats);
        EncodedCommand wanted = new EncodedCommand(Unpooled.EMPTY_BUFFER, "User:alice", 10_000);
        broker.later(() -> broker.bus.request(Addresses.FORWARD_COMMAND, wanted));
        command = TalkingNode.next(commands);
      }
      assertEquals(new StreamBroken(3, 17), TalkingNode.next(gone));
      heartbeat.complete(new BrokerHeartbeat.Reply(true, false, false));
      command.complete(new EncodedReply(Unpooled.EMPTY_BUFFER, 42));
      controller.knows(); // A round of its loop.
    }
  }

  private static <T> Future<T> kept(BlockingQueue<Promise<T>> promises) {
    Promise<T> made = Promise.promise();
    promises.add(made);
    return made.future();
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
