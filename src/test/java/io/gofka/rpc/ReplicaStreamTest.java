package io.gofka.rpc;

import static io.gofka.rpc.ReplicaMessages.TOPIC;
import static io.gofka.rpc.ReplicaMessages.acked;
import static io.gofka.rpc.ReplicaMessages.batches;
import static io.gofka.rpc.ReplicaMessages.follow;
import static io.gofka.rpc.ReplicaMessages.pushed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FromFollower;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.gofka.replica.ToLeader;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two brokers and the stream between them: node 1 leads, node 2 follows. */
class ReplicaStreamTest {
  private static final int LEADER = 1;
  private static final int FOLLOWER = 2;

  private final ReplicatingNode leader = new ReplicatingNode(LEADER, 10);
  private final ReplicatingNode follower = new ReplicatingNode(FOLLOWER, 20);

  @AfterEach
  void stop() {
    follower.close();
    leader.close();
  }

  private ClusterImage image(long offset) {
    return ReplicatingNode.image(
        offset, LEADER, List.of(leader.registration(), follower.registration()));
  }

  private void connect() {
    leader.sees(image(30));
    follower.sees(image(30));
    awaitUp();
  }

  private void awaitUp() {
    leader.awaitStream(FOLLOWER, false, true);
    follower.awaitStream(LEADER, true, true);
    // The follower may speak when its shards have been told; those who tell are ahead of it.
    awaitTrue(() -> follower.tell(LEADER));
  }

  /** Tries again until it succeeds. */
  private static void awaitTrue(java.util.function.Supplier<Future<Void>> attempt) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (true) {
      try {
        TalkingNode.await(attempt.get());
        return;
      } catch (ApiException notYet) {
        assertTrue(System.nanoTime() < deadline, "still " + notYet);
        Thread.onSpinWait();
      }
    }
  }

  private static List<FollowerMessage> nextOf(ReplicatingNode leader, int count) {
    List<FollowerMessage> messages = new ArrayList<>();
    while (messages.size() < count) {
      FromFollower from = TalkingNode.next(leader.fromFollowers);
      assertEquals(FOLLOWER, from.followerId());
      assertEquals(20, from.brokerEpoch());
      messages.addAll(from.messages());
    }
    return messages;
  }

  private static void assertFails(ErrorCode code, Future<?> future) {
    ApiException refused = assertThrows(ApiException.class, () -> TalkingNode.await(future));
    assertEquals(code, refused.errorCode());
  }

  @Test
  void whatBothSaySeparatelyToEachShardArrivesInOrder() {
    connect();
    TalkingNode.await(follower.tell(LEADER, follow(0, 1, 40), follow(1, 1, 7), follow(2, 1, 0)));
    TalkingNode.await(follower.tell(LEADER, acked(0, 1, 41)));
    List<FollowerMessage> heard = nextOf(leader, 4);
    assertEquals(
        List.of(follow(0, 1, 40), follow(2, 1, 0), acked(0, 1, 41)),
        heard.stream()
            .filter(one -> one.partition() % 2 == 0)
            .sorted(ReplicaStreamTest::byTurn)
            .toList());

    ByteBuf records = batches(3, 1000, 40);
    LeaderMessage sent = pushed(0, 40, 43, records.copy());
    TalkingNode.await(
        leader.push(FOLLOWER, pushed(0, 40, 43, records), new Watermark(TOPIC, 2, 3, 1, 12, 4)));
    assertEquals(sent, TalkingNode.next(follower.fromLeaders));
    assertEquals(new Watermark(TOPIC, 2, 3, 1, 12, 4), TalkingNode.next(follower.fromLeaders));
    ((Pushed) sent).records().release();
    assertEquals(0, records.refCnt());
  }

  /** As shards do: they have waited for nothing else. */
  @Test
  void whatAShardSaysWhenItHearsOfTheStreamIsNotLost() {
    AtomicInteger refused = new AtomicInteger();
    follower.onStream =
        (shard, change) -> {
          if (change.up()) {
            follower
                .node
                .bus
                .request(
                    Addresses.REPLICA_TO_LEADER.at(LEADER % ReplicatingNode.SHARDS),
                    new ToLeader(LEADER, List.of(follow(shard, 1, 40))))
                .onFailure(lost -> refused.incrementAndGet());
          }
        };
    connect();
    List<FollowerMessage> heard = new ArrayList<>(nextOf(leader, ReplicatingNode.SHARDS));
    heard.sort(Comparator.comparing(FollowerMessage::partition));
    assertEquals(List.of(follow(0, 1, 40), follow(1, 1, 40)), heard);
    assertEquals(0, refused.get());
  }

  private static int byTurn(FollowerMessage one, FollowerMessage other) {
    return Boolean.compare(!(one instanceof Follow), !(other instanceof Follow));
  }

  @Test
  void withoutAStreamNothingIsTakenAndNothingKept() {
    ByteBuf records = batches(1, 1000, 40);
    assertFails(ErrorCode.NETWORK_EXCEPTION, leader.push(FOLLOWER, pushed(0, 40, 41, records)));
    assertEquals(0, records.refCnt());
    assertFails(ErrorCode.NETWORK_EXCEPTION, follower.tell(LEADER, follow(0, 1, 2)));
  }

  @Test
  void aStreamThatBreaksIsToldOnBothSidesAndMadeAnew() {
    Detour detour = new Detour(follower.node.vertx, leader.node::address);
    leader.isAt(detour.address());
    connect();
    detour.breakAll();
    leader.awaitStream(FOLLOWER, false, false);
    follower.awaitStream(LEADER, true, false);
    awaitUp();
    TalkingNode.await(follower.tell(LEADER, follow(0, 2, 40)));
    assertEquals(List.of(follow(0, 2, 40)), nextOf(leader, 1));
  }

  @Test
  void packetsThatVanishAreNoticedOnBothSides() {
    Detour detour = new Detour(follower.node.vertx, leader.node::address);
    leader.isAt(detour.address());
    connect();
    detour.vanish();
    follower.awaitStream(LEADER, true, false);
    leader.awaitStream(FOLLOWER, false, false);
  }

  @Test
  void aStreamThatBreaksUnderLoadLosesNoMemory() {
    Detour detour = new Detour(follower.node.vertx, leader.node::address);
    leader.isAt(detour.address());
    connect();
    List<ByteBuf> all = new ArrayList<>();
    List<Future<Void>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      ByteBuf records = batches(4, 100_000, 40);
      all.add(records);
      answers.add(leader.push(FOLLOWER, pushed(i % 4, 40, 44, records)));
      if (i == 50) {
        TalkingNode.next(follower.fromLeaders);
        detour.breakAll();
      }
    }
    answers.forEach(answer -> TalkingNode.await(answer.otherwiseEmpty()));
    assertTrue(answers.stream().anyMatch(Future::failed));
    assertEquals(0, all.stream().mapToInt(ByteBuf::refCnt).sum());
  }

  @Test
  void aLeaderThatIsGoneIsToldAtOnceAndFollowedWhereItIsRegisteredNext() {
    connect();
    leader.close();
    follower.awaitStream(LEADER, true, false);
    try (ReplicatingNode again = new ReplicatingNode(LEADER, 31)) {
      ClusterImage next =
          ReplicatingNode.image(31, LEADER, List.of(again.registration(), follower.registration()));
      again.sees(next);
      follower.sees(next);
      again.awaitStream(FOLLOWER, false, true);
      follower.awaitStream(LEADER, true, true);
    }
  }

  @Test
  void theProcessThatWasThereBeforeIsNotFollowed() {
    // The one that listens is the old one; the metadata know of another at the same address.
    ReplicatingNode other = new ReplicatingNode(LEADER, 31);
    other.isAt(leader.node.address());
    ClusterImage next =
        ReplicatingNode.image(31, LEADER, List.of(other.registration(), follower.registration()));
    other.close();
    leader.sees(image(30));
    follower.sees(next);
    assertFails(ErrorCode.NETWORK_EXCEPTION, follower.tell(LEADER, follow(0, 1, 2)));
    follower.sees(
        ReplicatingNode.image(
            32, LEADER, List.of(leader.registration(10), follower.registration())));
    awaitUp();
    assertEquals(List.of(), List.copyOf(leader.streams)); // It has heard of no stream before.
  }

  @Test
  void aFollowerIsLetInWhenTheLeaderKnowsOfItsRegistration() {
    ReplicatingNode before = new ReplicatingNode(FOLLOWER, 15);
    leader.sees(
        ReplicatingNode.image(25, LEADER, List.of(leader.registration(), before.registration())));
    before.close();
    follower.sees(image(30));
    assertFails(ErrorCode.NETWORK_EXCEPTION, follower.tell(LEADER, follow(0, 1, 2)));
    leader.sees(image(30));
    awaitUp();
  }

  @Test
  void theStreamOfAnEarlierProcessEndsWhenThereIsALaterOne() {
    connect();
    leader.sees(
        ReplicatingNode.image(
            40, LEADER, List.of(leader.registration(), follower.registration(40))));
    leader.awaitStream(FOLLOWER, false, false);
    follower.awaitStream(LEADER, true, false);
    // And it isn't let in again.
    assertFails(ErrorCode.NETWORK_EXCEPTION, leader.push(FOLLOWER));
    assertEquals(List.of(), List.copyOf(leader.streams));
  }

  @Test
  void followingWhatTheLeaderDoesNotKnowIsRefused() {
    connect();
    UUID unknown = new UUID(1, 2);
    TalkingNode.await(follower.tell(LEADER, new Follow(unknown, 0, 3, 8, 0, -1, 0)));
    leader.takesFollowers = false;
    TalkingNode.await(follower.tell(LEADER, follow(1, 9, 5), acked(1, 9, 6)));
    // The first one is of a topic that the follower doesn't know either, so its shards hear
    // nothing.
    assertEquals(
        new Refused(TOPIC, 1, 3, 9, ErrorCode.NOT_LEADER_OR_FOLLOWER, -1),
        TalkingNode.next(follower.fromLeaders));
  }

  @Test
  void aFollowerThatTakesNothingHoldsTheLeaderUpUntilItDoes() {
    List<Promise<Void>> held = new CopyOnWriteArrayList<>();
    follower.taking =
        message -> {
          Promise<Void> taken = Promise.promise();
          held.add(taken);
          return taken.future();
        };
    connect();
    AtomicInteger written = new AtomicInteger();
    List<Future<Void>> answers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      answers.add(
          leader
              .push(FOLLOWER, pushed(0, i, i + 1, batches(1, 1_000_000, i)))
              .onSuccess(left -> written.incrementAndGet()));
    }
    // What the follower keeps, and what HTTP/2 has in its windows and the machine in its sockets.
    TalkingNode.await(answers.get(3));
    int mostBytes =
        (int) Limits.MAX_UNTAKEN_BYTES + Limits.STREAM_WINDOW_BYTES + Limits.WINDOW_BYTES;
    assertTrue(held.size() <= Limits.MAX_UNTAKEN_BYTES / 1_000_000 + 2, "taken " + held.size());
    assertTrue(written.get() <= mostBytes / 1_000_000, "written " + written.get());

    follower.taking = message -> Future.succeededFuture();
    long offset = 0;
    for (int i = 0; i < 60; i++) {
      held.forEach(Promise::tryComplete);
      Pushed next = (Pushed) TalkingNode.next(follower.fromLeaders);
      assertEquals(offset, next.fromOffset());
      offset = next.endOffset();
    }
    answers.forEach(TalkingNode::await);
  }

  /** Whatever a node that has greeted sends instead of a follower's frames. */
  @Test
  void whoSendsWhatNoFollowerSendsIsLeftAndTheOthersStay() {
    connect();
    ByteBuf hello =
        ReplicaFrameWriter.hello(
            UnpooledByteBufAllocator.DEFAULT,
            ReplicaHello.newBuilder().setBrokerId(99).setToBrokerId(LEADER).build());
    ByteBuf entries =
        ReplicaFrameWriter.entries(
            UnpooledByteBufAllocator.DEFAULT, List.of(ReplicaForms.entry(follow(0, 1, 2))));
    for (byte[] sent :
        List.of(
            ByteBufUtil.getBytes(hello), // Of a broker that nobody knows.
            ByteBufUtil.getBytes(entries), // Nobody has said who he is.
            new byte[] {0, 0x7F, 0, 0, 0, 1}, // 2 GB are announced.
            new byte[] {1, 0, 0, 0, 1, 1}, // Compressed.
            new byte[] {0, 0, 0, 0, 3, 0x0A, 0x7F, 1}, // Cut within a field.
            new byte[] {0, 0, 0, 0, 0})) { // Neither hello nor anything else.
      NodeConnection connection = follower.node.call(this::dial);
      follower.node.later(
          () ->
              connection
                  .streamByHand(NodeMethods.REPLICATE_PATH)
                  .compose(request -> request.write(Buffer.buffer(sent)))
                  .otherwiseEmpty());
      TalkingNode.await(connection.closed());
    }
    entries.release();
    hello.release();
    TalkingNode.await(follower.tell(LEADER, follow(0, 2, 40)));
    assertEquals(List.of(follow(0, 2, 40)), nextOf(leader, 1));
  }

  private Future<NodeConnection> dial() {
    RpcSettings settings = new RpcSettings(new HostPort("127.0.0.1", 0), List.of(), false, 50, 3);
    Greetings greetings = new Greetings(follower.node.bus, new Leaders(true));
    return new NodeDialer(follower.node.vertx, settings, greetings, new SplittableRandom(1))
        .dial(leader.node.address(), "");
  }

  @Test
  void whoLeadsNothingMoreIsLeft() {
    connect();
    follower.sees(
        ReplicatingNode.image(
            31, FOLLOWER, List.of(leader.registration(), follower.registration())));
    follower.awaitStream(LEADER, true, false); // After a while: it could lead again.
    leader.awaitStream(FOLLOWER, false, false);
  }
}
