package io.gofka.metadata;

import static io.gofka.testing.TestLoop.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Addresses.CurrentImage;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.ProbeNode.Outcome;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.testing.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A controller whose log the test commands: leadership, brokers that come and go, snapshots. */
@Timeout(60)
class ActiveControllerTest {
  private static final ControllerSettings SETTINGS =
      new ControllerSettings(Optional.empty(), 1_000, 2_000, 1_000_000, 0);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final TestLoop client = new TestLoop(vertx);
  private final MemoryReplicatedLog log = new MemoryReplicatedLog(vertx, "n1");
  private volatile ProbeNode.Result probed = new ProbeNode.Result(Outcome.SILENT, Optional.empty());
  private final BlockingQueue<Promise<ProbeNode.Result>> lateProbes = new LinkedBlockingQueue<>();
  private volatile boolean probesAreLate;

  @BeforeEach
  void start() throws Exception {
    await(vertx.deployVerticle(new MetadataVerticle(bus)));
    await(vertx.deployVerticle(new ForwardingVerticle(bus)));
    await(vertx.deployVerticle(new ControllerVerticle(bus, log, BrokerConfig.DEFAULTS, SETTINGS)));
    client.run(() -> bus.serve(Addresses.PROBE_NODE, asked -> probe()));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private Future<ProbeNode.Result> probe() {
    if (!probesAreLate) {
      return Future.succeededFuture(probed);
    }
    Promise<ProbeNode.Result> late = client.promise();
    lateProbes.add(late);
    return late.future();
  }

  // Found by the simulator: a deposed leader told what a later one had changed.
  @Test
  void answerThatChangesNothingWaitsUntilItIsSureThatThisNodeLeads() throws Exception {
    log.lead("n1");
    awaitImage(image -> !image.clusterId().isEmpty());
    log.holdReads();
    var delete =
        new DeleteTopics(
            List.of(new DeleteTopics.TopicReference(Optional.of("missing"), Optional.empty())));
    Future<List<DeleteTopics.Result>> answered =
        client.begin(() -> ForwardingVerticle.request(bus, delete, "User:test"));
    assertFalse(answered.isComplete());
    log.releaseReads();
    await(answered);
  }

  // What a broker is told lets it lead for a while: a deposed leader has nothing to promise.
  @Test
  void heartbeatIsAnsweredWhenItIsSureThatThisNodeLeads() throws Exception {
    log.lead("n1");
    Future<BrokerHeartbeat.Reply> answered = heartbeatHeldBack(active(1));
    assertFalse(answered.isComplete());
    log.releaseReads();
    assertFalse(await(answered).fenced());
  }

  @Test
  void heartbeatIsNotAnsweredByWhoIsDeposedMeanwhile() throws Exception {
    log.lead("n1");
    Future<BrokerHeartbeat.Reply> answered = heartbeatHeldBack(active(1));
    log.lead("n2");
    log.releaseReads();
    ApiException refused = assertThrows(ApiException.class, () -> await(answered));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
  }

  @Test
  void whatChangesNothingIsAnsweredWhenItIsSureThatThisNodeLeads() throws Exception {
    log.lead("n1");
    active(1);
    CreateTopics create = new CreateTopics(List.of(Images.assigned("t", Images.on(0, 1))), false);
    ask(create);
    log.holdReads();
    var again = client.begin(() -> ForwardingVerticle.request(bus, create, "User:test"));
    log.readIsHeld().toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertFalse(again.isComplete());
    log.releaseReads();
    assertEquals(ErrorCode.TOPIC_ALREADY_EXISTS, await(again).get(0).error());
  }

  private <R> R ask(Command<R> command) throws Exception {
    return client.run(() -> ForwardingVerticle.request(bus, command, "User:test"));
  }

  private ClusterImage image() throws Exception {
    return client.run(() -> bus.request(Addresses.METADATA_IMAGE, new CurrentImage()));
  }

  private ClusterImage awaitImage(Predicate<ClusterImage> wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    ClusterImage image = image();
    while (!wanted.test(image) && System.nanoTime() < deadline) {
      image = image();
    }
    assertTrue(wanted.test(image), () -> "never came");
    return image;
  }

  private static RegisterBroker broker(int id, int process) {
    return new RegisterBroker(
        "n" + id,
        OptionalInt.of(id),
        Optional.of(new UUID(id, process)),
        List.of(),
        Optional.of(new HostPort("localhost", 42_000 + id)),
        Optional.empty(),
        List.of(),
        OptionalLong.empty(),
        Map.of());
  }

  private BrokerHeartbeat beat(Registration registration, boolean wantShutDown) throws Exception {
    long offset = image().metadataOffset();
    return new BrokerHeartbeat(
        registration.brokerId(), registration.brokerEpoch(), offset, false, wantShutDown);
  }

  private BrokerHeartbeat.Reply heartbeat(Registration registration, boolean wantShutDown)
      throws Exception {
    BrokerHeartbeat beat = beat(registration, wantShutDown);
    return client.run(() -> bus.request(Addresses.BROKER_HEARTBEAT, beat));
  }

  /** Its answer waits until it is sure who leads. */
  private Future<BrokerHeartbeat.Reply> heartbeatHeldBack(Registration registration)
      throws Exception {
    BrokerHeartbeat beat = beat(registration, false);
    log.holdReads();
    Future<BrokerHeartbeat.Reply> answered =
        client.begin(() -> bus.request(Addresses.BROKER_HEARTBEAT, beat));
    log.readIsHeld().toCompletableFuture().get(10, TimeUnit.SECONDS);
    return answered;
  }

  private Registration active(int id) throws Exception {
    Registration registration = ask(broker(id, 1));
    heartbeat(registration, false);
    awaitImage(image -> image.isActive(id));
    return registration;
  }

  private static PartitionImage partition(ClusterImage image) {
    return image.topic("t").orElseThrow().partitions().get(0);
  }

  private void createTopic(Integer... replicas) throws Exception {
    var results =
        ask(new CreateTopics(List.of(Images.assigned("t", Images.on(0, replicas))), false));
    assertEquals(ErrorCode.NONE, results.get(0).error());
  }

  @Test
  void firstLeaderNamesTheClusterAndItsFeatures() throws Exception {
    log.lead("n1");
    ClusterImage image = awaitImage(now -> !now.clusterId().isEmpty());
    assertEquals((short) 1, image.featureLevels().get(Features.ELIGIBLE_LEADER_REPLICAS));
    log.lead("n2");
    log.lead("n1");
    assertEquals(image.clusterId(), awaitImage(now -> true).clusterId());
  }

  @Test
  void whoIsNotActiveSaysWhoIs() throws Exception {
    log.lead("n2");
    ApiException refused =
        assertThrows(
            ApiException.class,
            () ->
                client.run(
                    () ->
                        bus.request(
                            Addresses.CONTROLLER_COMMAND,
                            CommandRequest.of(new AllocateProducerIds(1)))));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    assertTrue(refused.getMessage().contains("n2"), refused.getMessage());
  }

  @Test
  void followerAnnouncesWhatOthersHaveDecided() throws Exception {
    log.lead("n2");
    log.deliver(List.of(new MetadataRecord.ClusterCreated("theirs")));
    assertEquals("theirs", awaitImage(now -> !now.clusterId().isEmpty()).clusterId());
  }

  @Test
  void lostLeadershipLeavesTheFateOfProposalsOpen() throws Exception {
    log.lead("n1");
    awaitImage(now -> !now.clusterId().isEmpty());
    log.hold();
    int before = log.proposed();
    Future<Registration> asked =
        client.run(
            () -> Future.succeededFuture(bus.request(Addresses.REGISTER_BROKER, broker(1, 1))));
    while (log.proposed() == before) {
      Thread.onSpinWait();
    }
    log.lead("n2");
    ApiException refused = assertThrows(ApiException.class, () -> await(asked));
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, refused.errorCode());
    assertTrue(image().brokers().isEmpty());
  }

  /** What its first step has begun may be committed: nobody may think that nothing was done. */
  @Test
  void leadershipLostBetweenTwoStepsLeavesTheFateOfTheCommandOpen() throws Exception {
    log.lead("n1");
    active(1);
    createTopic(1);
    log.hold();
    int before = log.proposed();
    log.loseLeadershipAfter(1); // The next process of a broker: its partitions first.
    probed = new ProbeNode.Result(Outcome.REFUSED, Optional.empty());
    ApiException refused = assertThrows(ApiException.class, () -> ask(broker(1, 2)));
    assertTrue(log.proposed() > before);
    assertEquals(ErrorCode.REQUEST_TIMED_OUT, refused.errorCode());
  }

  @Test
  void deadBrokerIsFencedAndItsPartitionsMove() throws Exception {
    log.lead("n1");
    Registration one = active(1);
    active(2);
    createTopic(1, 2);
    assertEquals(1, partition(image()).leader());
    probed = new ProbeNode.Result(Outcome.REFUSED, Optional.empty());
    client.run(
        () ->
            bus.request(
                Addresses.BROKER_STREAM_BROKEN,
                new BrokerHeartbeat.StreamBroken(1, one.brokerEpoch())));
    ClusterImage image = awaitImage(now -> partition(now).leader() == 2);
    assertTrue(image.broker(1).orElseThrow().fenced());
    assertEquals(List.of(2), partition(image).isr());
  }

  @Test
  void silentBrokerIsFencedAndComesBackWithItsHeartbeat() throws Exception {
    log.lead("n1");
    Registration one = active(1);
    createTopic(1);
    log.elapse(2_000);
    awaitImage(now -> partition(now).leader() == PartitionImage.NO_LEADER);
    assertTrue(heartbeat(one, false).fenced());
    awaitImage(now -> partition(now).leader() == 1);
    assertFalse(heartbeat(one, false).fenced());
  }

  /** A broker is fenced, and what that means for its partition can't be proposed. */
  @Test
  void sweepThatABugHasEndedDoesNotKeepTheNextFromBeginning() throws Exception {
    log.lead("n1");
    active(1);
    createTopic(1);
    log.breakAfter(1);
    log.elapse(2_000);
    awaitImage(now -> now.broker(1).orElseThrow().fenced());
    assertEquals(1, partition(image()).leader());
    active(2);
    awaitImage(now -> partition(now).leader() == PartitionImage.NO_LEADER);
  }

  @Test
  void stoppingBrokerGivesUpItsLeadershipsFirst() throws Exception {
    log.lead("n1");
    Registration one = active(1);
    Registration two = active(2);
    createTopic(1, 2);
    assertFalse(heartbeat(one, true).shouldShutDown());
    awaitImage(now -> partition(now).leader() == 2);
    assertFalse(heartbeat(one, true).shouldShutDown(), "broker 2 hasn't heard of it");
    heartbeat(two, false);
    heartbeat(one, true);
    awaitImage(now -> now.broker(1).orElseThrow().fenced());
    assertTrue(heartbeat(one, true).shouldShutDown());
  }

  @Test
  void secondProcessOfANodeIsRefusedWhileTheFirstIsAlive() throws Exception {
    log.lead("n1");
    active(1);
    probed = new ProbeNode.Result(Outcome.ANSWERED, Optional.of(new UUID(1, 1)));
    ApiException refused = assertThrows(ApiException.class, () -> ask(broker(1, 2)));
    assertEquals(ErrorCode.DUPLICATE_BROKER_REGISTRATION, refused.errorCode());
    probed = new ProbeNode.Result(Outcome.ANSWERED, Optional.of(new UUID(1, 2)));
    assertEquals(1, ask(broker(1, 2)).brokerId());
  }

  /** Two processes want the place of a third; both ask for it, and one has the answer first. */
  @Test
  void processThatTookThePlaceMeanwhileIsNotReplacedForItsPredecessorsDeath() throws Exception {
    log.lead("n1");
    active(1);
    probesAreLate = true;
    Future<Registration> slow =
        client.run(
            () -> Future.succeededFuture(bus.request(Addresses.REGISTER_BROKER, broker(1, 2))));
    while (lateProbes.isEmpty()) {
      Thread.onSpinWait();
    }
    probesAreLate = false;
    probed = new ProbeNode.Result(Outcome.REFUSED, Optional.empty());
    Registration quick = ask(broker(1, 3));
    heartbeat(quick, false);
    probed = new ProbeNode.Result(Outcome.ANSWERED, Optional.of(new UUID(1, 3)));
    lateProbes.remove().complete(new ProbeNode.Result(Outcome.REFUSED, Optional.empty()));
    ApiException refused = assertThrows(ApiException.class, () -> await(slow));
    assertEquals(ErrorCode.DUPLICATE_BROKER_REGISTRATION, refused.errorCode());
    assertEquals(quick.brokerEpoch(), image().broker(1).orElseThrow().epoch());
  }

  /** It is hardly registered and has sent no heartbeat yet. */
  @Test
  void ofTwoProcessesThatStartTogetherOneIsTheBroker() throws Exception {
    log.lead("n1");
    Registration first = ask(broker(2, 1));
    probed = new ProbeNode.Result(ProbeNode.Outcome.ANSWERED, Optional.of(new UUID(2, 1)));
    ApiException refused = assertThrows(ApiException.class, () -> ask(broker(2, 2)));
    assertEquals(ErrorCode.DUPLICATE_BROKER_REGISTRATION, refused.errorCode());
    assertEquals(first.brokerEpoch(), image().broker(2).orElseThrow().epoch());
  }

  /** Both were told the same of the one before, and then the first of them takes its place. */
  @Test
  void ofTwoProcessesThatFindTheirPredecessorDeadOneIsTheBroker() throws Exception {
    log.lead("n1");
    active(2);
    createTopic(2);
    probesAreLate = true;
    List<Future<Registration>> both = new ArrayList<>();
    client.run(
        () -> {
          for (int process = 2; process <= 3; process++) {
            both.add(ForwardingVerticle.request(bus, broker(2, process), "User:test"));
          }
          return Future.succeededFuture();
        });
    List<Promise<ProbeNode.Result>> late = new ArrayList<>();
    while (late.size() < 2) {
      late.add(lateProbes.poll(30, TimeUnit.SECONDS));
    }
    probed = new ProbeNode.Result(Outcome.ANSWERED, Optional.of(new UUID(2, 2)));
    probesAreLate = false;
    // The controller may have asked on its own account, too.
    while (!both.stream().allMatch(Future::isComplete)) {
      late.forEach(each -> each.complete(new ProbeNode.Result(Outcome.REFUSED, Optional.empty())));
      late.clear();
      Promise<ProbeNode.Result> another = lateProbes.poll(10, TimeUnit.MILLISECONDS);
      if (another != null) {
        late.add(another);
      }
    }
    int registered = 0;
    for (Future<Registration> one : both) {
      try {
        await(one);
        registered++;
      } catch (ApiException refused) {
        assertEquals(ErrorCode.DUPLICATE_BROKER_REGISTRATION, refused.errorCode());
      }
    }
    assertEquals(1, registered);
  }

  @Test
  void largeSnapshotThatCannotBeReadEndsTheReplica() throws Exception {
    log.install(5, unreadable());
    awaitFailure();
    assertEquals(ClusterImage.EMPTY, image());
  }

  /** The entries behind the one that fits not must not be taken for its successors. */
  @Test
  void entryThatDoesNotFitBehindALargeSnapshotEndsTheReplica() throws Exception {
    log.lead("n2");
    log.install(7, largeSnapshot());
    log.deliver(List.of(new MetadataRecord.TopicRemoved(Images.id("none"))));
    log.deliver(List.of(new MetadataRecord.TopicCreated(Images.id("later"), "later")));
    awaitFailure();
    assertEquals(7, awaitImage(now -> now.metadataOffset() == 7).metadataOffset());
  }

  @Test
  void startFailsWithALargeSnapshotThatCannotBeRead() throws Exception {
    assertThrows(
        IllegalStateException.class,
        () -> startAnother(another -> another.install(5, unreadable())));
  }

  @Test
  void officeLostBeforeTheClusterHasANameDoesNotFailTheStart() throws Exception {
    startAnother(
        another -> {
          another.hold();
          another.lead("n1");
        });
  }

  /** Starts one more controller, whose log says something before it is open. */
  private static void startAnother(Consumer<MemoryReplicatedLog> says) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Bus bus = new Bus(vertx);
      MemoryReplicatedLog log = new MemoryReplicatedLog(vertx, "n1");
      CompletableFuture<Void> open = new CompletableFuture<>();
      log.openOnly(open);
      await(vertx.deployVerticle(new MetadataVerticle(bus)));
      Future<String> started =
          vertx.deployVerticle(new ControllerVerticle(bus, log, BrokerConfig.DEFAULTS, SETTINGS));
      log.opening().get(20, TimeUnit.SECONDS);
      says.accept(log);
      open.complete(null);
      log.lead("n2");
      await(started);
    } finally {
      await(vertx.close());
    }
  }

  private void awaitFailure() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (log.failure().isEmpty() && System.nanoTime() < deadline) {
      image();
    }
    assertTrue(log.failure().isPresent(), "it goes on");
  }

  private static ByteBuf largeSnapshot() {
    ByteBuf content =
        MetadataSnapshot.encode(Images.withTopic(Images.cluster(1), "large", 9_000, 1));
    assertTrue(content.readableBytes() > ControllerVerticle.MAX_SNAPSHOT_BYTES_ON_LOOP);
    return content;
  }

  private static ByteBuf unreadable() {
    byte[] bytes = new byte[ControllerVerticle.MAX_SNAPSHOT_BYTES_ON_LOOP + 1];
    Arrays.fill(bytes, (byte) -1);
    return Unpooled.wrappedBuffer(bytes);
  }

  @Test
  void quorumIsDescribed() throws Exception {
    log.lead("n1");
    active(1);
    var quorum = ask(new DescribeQuorum());
    assertEquals(1, quorum.leaderId());
    assertEquals(1, quorum.voters().size());
    assertEquals(MemoryReplicatedLog.DIRECTORY, quorum.voters().get(0).directoryId());
    assertEquals(List.of(), quorum.observers());
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> ask(new RemoveRaftVoter(Optional.of("other"), 1, MemoryReplicatedLog.DIRECTORY)));
    assertEquals(ErrorCode.INCONSISTENT_CLUSTER_ID, refused.errorCode());
    refused =
        assertThrows(
            ApiException.class,
            () -> ask(new RemoveRaftVoter(Optional.empty(), 2, MemoryReplicatedLog.DIRECTORY)));
    assertEquals(ErrorCode.VOTER_NOT_FOUND, refused.errorCode());
    refused =
        assertThrows(
            ApiException.class,
            () -> ask(new RemoveRaftVoter(Optional.empty(), 1, MemoryReplicatedLog.DIRECTORY)));
    assertEquals(ErrorCode.INVALID_REQUEST, refused.errorCode());
  }

  @Test
  void snapshotIsTakenWhenEnoughHasBeenWrittenAndReadByAnother() throws Exception {
    log.lead("n1");
    active(1);
    for (int i = 0; i < 3 && log.taken().isEmpty(); i++) {
      ask(new CreateTopics(List.of(Images.topic("big" + i, 9_000, 1)), false));
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (log.taken().isEmpty() && System.nanoTime() < deadline) {
      image();
    }
    ByteBuf content = log.takenContent();
    long index = log.taken().orElseThrow().index();
    ClusterImage then = MetadataSnapshot.decode(index, content);
    assertTrue(then.topic("big0").isPresent());
    log.lead("n2");
    log.install(index + 500, content);
    log.deliver(List.of(new MetadataRecord.TopicCreated(Images.id("later"), "later")));
    ClusterImage image = awaitImage(now -> now.topic("later").isPresent());
    assertEquals(index + 501, image.metadataOffset());
    assertEquals(
        then.topicsById().get(then.topic("big0").orElseThrow().id()),
        image.topic("big0").orElseThrow());
  }
}
