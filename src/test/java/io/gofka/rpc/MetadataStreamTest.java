package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.HostPort;
import io.gofka.metadata.MetadataFeed;
import io.gofka.metadata.MetadataSnapshot;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.CommittedEntries;
import io.gofka.raft.LogEntry;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetadataStreamTest {
  private final BlockingQueue<MetadataFeed> fed = new LinkedBlockingQueue<>();
  private final AtomicLong next = new AtomicLong();

  /** A node without a replica: what it is fed can be looked at. */
  private TalkingNode broker(TalkingNode... controllers) {
    List<HostPort> addresses = new ArrayList<>();
    for (TalkingNode controller : controllers) {
      addresses.add(controller.address());
    }
    return new TalkingNode(
        "broker",
        "one",
        new RpcSettings(new HostPort("127.0.0.1", 0), addresses, true, 20, 3),
        node ->
            node.serve(
                Addresses.METADATA_FEED,
                feed -> {
                  if (feed instanceof MetadataFeed.Entries entries) {
                    entries.entries().forEach(entry -> next.set(entry.index() + 1));
                    if (entries.entries().isEmpty()) {
                      return Future.succeededFuture(next.get());
                    }
                  } else if (feed instanceof MetadataFeed.WholeState state) {
                    next.set(state.index() + 1);
                  }
                  fed.add(feed);
                  return Future.succeededFuture(next.get());
                }));
  }

  private static LogEntry entry(long index, int size) {
    return new LogEntry(1, index, LogEntry.Kind.DATA, Unpooled.wrappedBuffer(new byte[size]));
  }

  private static void commit(TalkingNode controller, LogEntry... entries) {
    controller.announce(Addresses.COMMITTED_ENTRIES, new CommittedEntries(List.of(entries)));
  }

  private List<LogEntry> nextEntries(int count) {
    List<LogEntry> entries = new ArrayList<>();
    while (entries.size() < count) {
      if (TalkingNode.next(fed) instanceof MetadataFeed.Entries more) {
        entries.addAll(more.entries());
      }
    }
    return entries;
  }

  @Test
  void entriesComeAsTheyAreCommitted() {
    try (TalkingNode controller = new TalkingNode("controller", "one")) {
      commit(controller, entry(0, 10), entry(1, 20));
      try (TalkingNode broker = broker(controller)) {
        assertEquals(List.of(entry(0, 10), entry(1, 20)), nextEntries(2));
        commit(controller, entry(2, 5));
        assertEquals(List.of(entry(2, 5)), nextEntries(1));
        assertTrue(broker.address().port() > 0);
      }
    }
  }

  @Test
  void whoKnowsItsClusterIsToldNothingByAControllerThatKnowsNone() {
    try (TalkingNode unnamed = new TalkingNode("unnamed", "");
        TalkingNode controller = new TalkingNode("controller", "one")) {
      commit(unnamed, entry(0, 10), entry(1, 20));
      commit(controller, entry(0, 1), entry(1, 2));
      try (TalkingNode broker = broker(unnamed, controller)) {
        assertEquals(List.of(entry(0, 1), entry(1, 2)), nextEntries(2), broker.nodeId);
      }
    }
  }

  @Test
  void aControllerThatHasLostItsOfficeIsNotFollowedAnyMore() {
    try (TalkingNode first = new TalkingNode("first", "one");
        TalkingNode second = new TalkingNode("second", "one")) {
      first.sees(1, first);
      commit(first, entry(0, 1));
      commit(second, entry(0, 1), entry(1, 2));
      try (TalkingNode broker = broker(first, second)) {
        assertEquals(List.of(entry(0, 1)), nextEntries(1), broker.nodeId);
        first.announce(Addresses.LEADERSHIP_CHANGED, new Leadership(1, "", false));
        second.announce(Addresses.LEADERSHIP_CHANGED, new Leadership(2, "second", true));
        assertEquals(List.of(entry(1, 2)), nextEntries(1));
      }
    }
  }

  @Test
  void muchMoreThanFitsIntoTheStreamArrivesWhole() {
    try (TalkingNode controller = new TalkingNode("controller", "one")) {
      LogEntry[] entries = new LogEntry[60];
      for (int i = 0; i < entries.length; i++) {
        entries[i] = entry(i, 200_000);
      }
      entries[30] = entry(30, 4_000_000);
      commit(controller, entries);
      try (TalkingNode broker = broker(controller)) {
        assertEquals(List.of(entries), nextEntries(60), broker.nodeId);
      }
    }
  }

  @Test
  void whoIsTooFarBehindGetsTheWholeStateFirst() {
    try (TalkingNode controller = new TalkingNode("controller", "one")) {
      ClusterImage image = MetadataSnapshot.decode(41, MetadataSnapshot.encode(ClusterImage.EMPTY));
      controller.serve(Addresses.METADATA_IMAGE, asked -> Future.succeededFuture(image));
      commit(controller, entry(40, 1), entry(41, 1), entry(42, 3));
      try (TalkingNode broker = broker(controller)) {
        MetadataFeed feed = TalkingNode.next(fed);
        while (feed instanceof MetadataFeed.ActiveController) {
          feed = TalkingNode.next(fed);
        }
        MetadataFeed.WholeState state = (MetadataFeed.WholeState) feed;
        assertEquals(41, state.index());
        ByteBuf expected = MetadataSnapshot.encode(image);
        assertEquals(expected, state.snapshot(), broker.nodeId);
        assertEquals(List.of(entry(42, 3)), nextEntries(1));
      }
    }
  }

  @Test
  void whenTheControllerDiesAnotherOneGoesOnWhereItWas() {
    try (TalkingNode second = new TalkingNode("second", "one")) {
      commit(second, entry(0, 1), entry(1, 2), entry(2, 3));
      TalkingNode first = new TalkingNode("first", "one");
      commit(first, entry(0, 1), entry(1, 2));
      try (TalkingNode broker = broker(first, second)) {
        assertEquals(List.of(entry(0, 1), entry(1, 2)), nextEntries(2), broker.nodeId);
        first.close();
        assertEquals(List.of(entry(2, 3)), nextEntries(1));
      }
    }
  }

  @Test
  void theActiveControllerIsFollowedAsSoonAsItIsKnown() {
    try (TalkingNode first = new TalkingNode("first", "one");
        TalkingNode second = new TalkingNode("second", "one");
        TalkingNode broker = broker(first)) {
      commit(first, entry(0, 1));
      commit(second, entry(0, 1), entry(1, 2));
      nextEntries(1);
      first.knows(second);
      second.sees(3, second);
      first.sees(3, second);
      assertEquals(List.of(entry(1, 2)), nextEntries(1), broker.nodeId);
    }
  }
}
