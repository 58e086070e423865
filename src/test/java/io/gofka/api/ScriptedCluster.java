package io.gofka.api;

import io.gofka.bus.Address;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogShards;
import io.gofka.metadata.Command;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.metadata.image.VersionRange;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import io.gofka.testing.TestLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * Broker 1 of a cluster as it appears at one moment: brokers 1, 2 and the fenced 3, controllers 2
 * (active) and 4, a topic that rests and one of which a partition moves. What the active controller
 * is asked for is answered as the test says.
 */
final class ScriptedCluster {
  static final String REASON = "the test says so";
  static final long METADATA_OFFSET = 77;

  private static final Map<String, VersionRange> FEATURES =
      Map.of(
          "metadata.version", new VersionRange((short) 7, (short) 29),
          "group.version", new VersionRange((short) 0, (short) 1));

  final BrokerContext context;
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final TestLoop loop = new TestLoop(vertx);
  private final AtomicReference<Command<?>> lastCommand = new AtomicReference<>();

  ScriptedCluster() {
    ClusterImage image = image();
    BrokerConfig config = BrokerConfig.of(Map.of());
    context = new BrokerContext(vertx, bus, 1, new LogShards(1), () -> image, () -> config);
  }

  private static ClusterImage image() {
    PartitionImage resting = new PartitionImage(List.of(1, 2), List.of(1, 2), 1, 3, 4);
    PartitionImage moving =
        new PartitionImage(
            List.of(1, 2, 3),
            List.of(1, 2),
            List.of(),
            List.of(),
            1,
            3,
            5,
            List.of(3),
            List.of(1),
            LeaderRecoveryState.RECOVERED);
    TopicImage one = new TopicImage(new UUID(1, 1), "moving", List.of(resting, moving));
    TopicImage other = new TopicImage(new UUID(2, 2), "resting", List.of(resting, resting));
    return new ClusterImage(
        "the-cluster",
        METADATA_OFFSET,
        2,
        TreePMap.from(Map.of(1, broker(1, false), 2, broker(2, false), 3, broker(3, true))),
        TreePMap.from(Map.of("moving", one, "resting", other)),
        HashTreePMap.from(Map.of(one.id(), one, other.id(), other)),
        TreePMap.empty(),
        TreePMap.from(Map.of("metadata.version", (short) 29)),
        0,
        TreePMap.empty(),
        TreePMap.from(Map.of(2, controller(2), 4, controller(4))),
        TreePMap.empty(),
        TreePMap.empty(),
        HashTreePMap.empty());
  }

  private static BrokerImage broker(int id, boolean fenced) {
    return new BrokerImage(
        id,
        "n" + id,
        10 + id,
        Uuids.ZERO,
        List.of(new Endpoint("PLAINTEXT", Optional.empty(), 9090 + id)),
        Optional.of(new HostPort("host" + id, 42069)),
        Optional.of("rack-" + id),
        fenced,
        false,
        List.of(),
        new TreeMap<>(FEATURES));
  }

  private static ControllerImage controller(int id) {
    return new ControllerImage(
        id,
        "n" + id,
        Uuids.ZERO,
        List.of(new Endpoint("CONTROLLER", Optional.empty(), 9190 + id)),
        Optional.of(new HostPort("host" + id, 42069)),
        new TreeMap<>(FEATURES));
  }

  /** From now on that is what whoever asks here hears. */
  <C extends Command<R>, R> void answer(Address<C, R> address, R reply) throws Exception {
    serve(address, command -> Future.succeededFuture(reply));
  }

  /** From now on whoever asks here is refused. */
  <C extends Command<R>, R> void refuse(Address<C, R> address, ErrorCode error) throws Exception {
    serve(address, command -> Future.failedFuture(new ApiException(error, REASON)));
  }

  private <C extends Command<R>, R> void serve(Address<C, R> address, Function<C, Future<R>> answer)
      throws Exception {
    loop.run(
        () ->
            bus.serve(
                address,
                command -> {
                  lastCommand.set(command);
                  return answer.apply(command);
                }));
  }

  /** What was asked for last. */
  Command<?> lastCommand() {
    return lastCommand.get();
  }

  /** What a client reads that sends this request in this version. */
  <Q extends ApiMessage, R extends ApiMessage> R ask(
      ApiHandler<Q> handler, Q request, int version, MessageReader<R> responseReader)
      throws Exception {
    return ask("PLAINTEXT", handler, request, version, responseReader);
  }

  /** The same through a certain listener. */
  <Q extends ApiMessage, R extends ApiMessage> R ask(
      String listener,
      ApiHandler<Q> handler,
      Q request,
      int version,
      MessageReader<R> responseReader)
      throws Exception {
    RequestContext.Connection known = AdminBroker.CONNECTION;
    RequestContext.Connection client =
        new RequestContext.Connection(known.id(), listener, known.local(), known.remote());
    return AdminBroker.ask(loop, client, handler, request, version, responseReader);
  }

  void close() throws Exception {
    TestLoop.await(vertx.close());
  }
}
