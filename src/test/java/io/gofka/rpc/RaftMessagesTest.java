package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.ProbeNode;
import io.gofka.metadata.ProbeNode.Outcome;
import io.gofka.raft.Hello;
import io.gofka.raft.RaftMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RaftMessagesTest {
  @Test
  void messagesArriveInTheOrderInWhichTheyWereSent() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "one")) {
      a.knows(b);
      for (int term = 0; term < 1000; term++) {
        a.send(b, new RaftMessage.TransferNow(term));
      }
      for (int term = 0; term < 1000; term++) {
        assertEquals(new RaftMessage.TransferNow(term), TalkingNode.next(b.received).message());
      }
    }
  }

  @Test
  void aNodeThatIsGoneIsNoticedAtOnceAndUsedAgainWhenItIsBack() {
    try (TalkingNode a = new TalkingNode("a", "one")) {
      try (TalkingNode b = new TalkingNode("b", "one")) {
        a.knows(b);
        a.send(b, new RaftMessage.TransferNow(1));
        TalkingNode.next(b.received);
      }
      assertEquals("b", TalkingNode.next(a.unreachable));
    }
  }

  @Test
  void helloTellsWhoIsThere() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "")) {
      assertEquals(b.status(), a.ask(Addresses.HELLO, new Hello(b.address())));
    }
  }

  @Test
  void aNodeOfAnotherClusterIsRefusedByName() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "two")) {
      ApiException refused =
          assertThrows(ApiException.class, () -> a.ask(Addresses.HELLO, new Hello(b.address())));
      assertEquals(ErrorCode.INCONSISTENT_CLUSTER_ID, refused.errorCode());
      assertEquals("node a belongs to cluster one, node b to cluster two", refused.getMessage());
    }
  }

  @Test
  void whoFormedAQuorumWithAnotherDirectoryOfTheSameNodeIsRefused() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "");
        TalkingNode c = new TalkingNode("c", "")) {
      a.formedWith(Map.of("a", a.directoryId, "b", b.directoryId, "c", UUID.randomUUID()));
      b.formedWith(Map.of("b", b.directoryId, "c", c.directoryId));
      ApiException refused =
          assertThrows(ApiException.class, () -> a.ask(Addresses.HELLO, new Hello(b.address())));
      assertEquals(ErrorCode.INCONSISTENT_CLUSTER_ID, refused.errorCode());
      assertThrows(ApiException.class, () -> c.ask(Addresses.HELLO, new Hello(a.address())));
      assertEquals(b.status(), c.ask(Addresses.HELLO, new Hello(b.address())));
    }
  }

  @Test
  void whoFormedTheSameQuorumWithMoreOfItsNodesIsWelcome() {
    try (TalkingNode a = new TalkingNode("a", "one");
        TalkingNode b = new TalkingNode("b", "")) {
      a.formedWith(Map.of("a", a.directoryId, "b", b.directoryId, "c", UUID.randomUUID()));
      b.formedWith(Map.of("a", a.directoryId, "b", b.directoryId));
      assertEquals(b.status(), a.ask(Addresses.HELLO, new Hello(b.address())));
    }
  }

  @Test
  void aProbeTellsADeadProcessFromALivingOne() {
    try (TalkingNode a = new TalkingNode("a", "one")) {
      HostPort there;
      try (TalkingNode b = new TalkingNode("b", "one")) {
        there = b.address();
        ProbeNode.Result result = a.ask(Addresses.PROBE_NODE, new ProbeNode("b", there));
        assertEquals(Outcome.ANSWERED, result.outcome());
        assertEquals(b.incarnationId, result.incarnationId().orElseThrow());
      }
      assertEquals(
          Outcome.REFUSED, a.ask(Addresses.PROBE_NODE, new ProbeNode("b", there)).outcome());
    }
  }

  /** The kernel takes its connections, as after kill -STOP. */
  @Test
  void aProbeOfAProcessThatStandsStillHearsNothing() throws IOException {
    try (TalkingNode a = new TalkingNode("a", "one");
        ServerSocket still = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var there = new HostPort("127.0.0.1", still.getLocalPort());
      assertEquals(
          Outcome.SILENT, a.ask(Addresses.PROBE_NODE, new ProbeNode("b", there)).outcome());
    }
  }
}
