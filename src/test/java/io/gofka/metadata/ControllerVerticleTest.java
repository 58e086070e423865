package io.gofka.metadata;

import static io.gofka.testing.TestLoop.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Addresses.CurrentImage;
import io.gofka.bus.Addresses.NextProducerId;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.LoneLog;
import io.gofka.raft.ReplicatedLog;
import io.gofka.testing.TestLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The verticles on real event loops and a real log: order, answers, restarts. */
@Timeout(60)
class ControllerVerticleTest {
  @TempDir Path directory;

  private final List<Node> nodes = new ArrayList<>();

  /** One process as far as metadata goes. */
  private final class Node {
    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx);
    final TestLoop client = new TestLoop(vertx);
    private ClusterImage heard = ClusterImage.EMPTY;

    Node start() throws Exception {
      nodes.add(this);
      await(vertx.deployVerticle(new MetadataVerticle(bus)));
      await(vertx.deployVerticle(new ForwardingVerticle(bus)));
      ReplicatedLog log = LoneLog.in(vertx, bus, directory, "n1");
      await(vertx.deployVerticle(new ControllerVerticle(bus, log, BrokerConfig.DEFAULTS)));
      client.run(
          () ->
              bus.listen(
                  Addresses.METADATA_CHANGED,
                  change -> {
                    assertTrue(change.image().metadataOffset() >= heard.metadataOffset());
                    heard = change.image();
                  }));
      return this;
    }

    Registration register() throws Exception {
      return ask(
          Addresses.REGISTER_BROKER,
          new RegisterBroker("n1", OptionalInt.empty(), List.of(), Optional.empty()));
    }

    <Q, R> R ask(Address<Q, R> address, Q question) throws Exception {
      return client.run(() -> bus.request(address, question));
    }

    ClusterImage image() throws Exception {
      return ask(Addresses.METADATA_IMAGE, new CurrentImage());
    }

    void stop() throws Exception {
      nodes.remove(this);
      await(vertx.close());
    }
  }

  @AfterEach
  void stopAll() throws Exception {
    for (Node node : List.copyOf(nodes)) {
      node.stop();
    }
  }

  private static CreateTopics create(String... names) {
    return new CreateTopics(
        java.util.Arrays.stream(names).map(name -> Images.topic(name, 2, 1)).toList(), false);
  }

  @Test
  void askerHasHeardOfItsChangeBeforeItGetsItsAnswer() throws Exception {
    Node node = new Node().start();
    node.register();
    for (int i = 0; i < 200; i++) {
      String name = "t" + i;
      boolean known =
          node.client.run(
              () ->
                  node.bus
                      .request(Addresses.CREATE_TOPICS, create(name))
                      .map(created -> node.heard.topic(name).isPresent()));
      assertTrue(known, name);
    }
  }

  @Test
  void commandsThatArriveTogetherAreDecidedOneAfterTheOther() throws Exception {
    Node node = new Node().start();
    node.register();
    List<CreateTopics.Result> results =
        node.client.run(
            () -> {
              List<Future<List<CreateTopics.Result>>> asked = new ArrayList<>();
              for (int i = 0; i < 100; i++) {
                asked.add(node.bus.request(Addresses.CREATE_TOPICS, create("same")));
              }
              return Future.all(asked)
                  .map(all -> asked.stream().map(future -> future.result().get(0)).toList());
            });
    assertEquals(1, results.stream().filter(result -> result.error() == ErrorCode.NONE).count());
    assertEquals(
        99,
        results.stream()
            .filter(result -> result.error() == ErrorCode.TOPIC_ALREADY_EXISTS)
            .count());
  }

  /** Who is told that a topic exists must be able to find it. */
  @Test
  void refusalThatRestsOnAnUncommittedChangeWaitsForIt() throws Exception {
    Node node = new Node().start();
    node.register();
    boolean known =
        node.client.run(
            () -> {
              node.bus.request(Addresses.CREATE_TOPICS, create("new"));
              return node.bus
                  .request(Addresses.CREATE_TOPICS, create("new"))
                  .map(refused -> node.heard.topic("new").isPresent());
            });
    assertTrue(known);
  }

  @Test
  void everythingIsThereAfterARestart() throws Exception {
    Node first = new Node().start();
    Registration registration = first.register();
    first.ask(Addresses.CREATE_TOPICS, create("a", "b"));
    ClusterImage before = first.image();
    first.stop();

    Node second = new Node().start();
    ClusterImage after = second.image();
    assertEquals(before.clusterId(), after.clusterId());
    assertEquals(before.topicsByName(), after.topicsByName());
    assertEquals(before.brokers(), after.brokers());
    assertEquals(registration.brokerId(), second.register().brokerId());
    assertEquals(registration.brokerId(), second.image().controllerId());
  }

  @Test
  void producerIdsAreUniqueOverRestarts() throws Exception {
    Set<Long> ids = new HashSet<>();
    for (int run = 0; run < 3; run++) {
      Node node = new Node().start();
      int brokerId = node.register().brokerId();
      await(node.vertx.deployVerticle(new ProducerIdVerticle(node.bus, brokerId)));
      for (int i = 0; i < 1_500; i++) {
        long id = node.ask(Addresses.NEXT_PRODUCER_ID, new NextProducerId());
        assertTrue(ids.add(id), "id " + id + " in run " + run);
      }
      node.stop();
    }
  }

  @Test
  void refusedRequestFailsWithItsError() throws Exception {
    Node node = new Node().start();
    ApiException refused =
        assertThrows(
            ApiException.class,
            () -> node.ask(Addresses.ALLOCATE_PRODUCER_IDS, new AllocateProducerIds(5)));
    assertEquals(ErrorCode.BROKER_ID_NOT_REGISTERED, refused.errorCode());
  }

  @Test
  void damagedLogStopsTheStartWithOneSentence() throws Exception {
    Node first = new Node().start();
    first.register();
    first.stop();
    Path file = directory.resolve("00000000000000000000.entries");
    byte[] bytes = Files.readAllBytes(file);
    bytes[20] ^= 1;
    Files.write(file, bytes);
    LogDamagedException refused = assertThrows(LogDamagedException.class, () -> new Node().start());
    assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
  }
}
