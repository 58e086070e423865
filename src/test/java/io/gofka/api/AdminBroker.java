package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.config.BrokerConfig;
import io.gofka.log.LogShards;
import io.gofka.metadata.ControllerVerticle;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.MetadataVerticle;
import io.gofka.metadata.ProducerIdVerticle;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import io.gofka.protocol.Wire;
import io.gofka.raft.LoneLog;
import io.gofka.raft.ReplicatedLog;
import io.gofka.testing.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A broker as far as metadata goes, with a real controller behind it. Requests and responses go
 * over the wire format of their version.
 */
final class AdminBroker {
  static final RequestContext.Connection CONNECTION =
      new RequestContext.Connection(1, "PLAINTEXT", local(7, 9092), local(1, 40000));

  final BrokerContext context;
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  final TestLoop loop = new TestLoop(vertx);
  private final LocalImage local;

  /** Broker 1, with an endpoint without a host. */
  AdminBroker(Path directory, Map<String, String> settings) throws Exception {
    BrokerConfig config = BrokerConfig.of(settings);
    ReplicatedLog log = LoneLog.in(vertx, bus, directory, "n1");
    TestLoop.await(vertx.deployVerticle(new MetadataVerticle(bus)));
    TestLoop.await(vertx.deployVerticle(new ForwardingVerticle(bus)));
    TestLoop.await(vertx.deployVerticle(new ControllerVerticle(bus, log, config)));
    TestLoop.await(vertx.deployVerticle(new ProducerIdVerticle(bus, 1)));
    List<Endpoint> endpoints = List.of(new Endpoint("PLAINTEXT", Optional.empty(), 9092));
    RegisterBroker register =
        new RegisterBroker("n1", OptionalInt.of(1), endpoints, Optional.of("rack-a"));
    loop.run(() -> bus.request(Addresses.REGISTER_BROKER, register));
    local = new LocalImage(bus, 1, config);
    loop.run(local::follow);
    context = new BrokerContext(vertx, bus, 1, new LogShards(1), local::image, local::config);
  }

  ClusterImage image() throws Exception {
    return loop.run(() -> Future.succeededFuture(local.image()));
  }

  /** An address that leads to this machine. */
  private static InetSocketAddress local(int last, int port) {
    try {
      byte[] address = {127, 0, 0, (byte) last};
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /** What a client reads that sends this request in this version. */
  <Q extends ApiMessage, R extends ApiMessage> R ask(
      ApiHandler<Q> handler, Q request, int version, MessageReader<R> responseReader)
      throws Exception {
    return ask(loop, CONNECTION, handler, request, version, responseReader);
  }

  /** The same on any loop, by any client. */
  static <Q extends ApiMessage, R extends ApiMessage> R ask(
      TestLoop loop,
      RequestContext.Connection client,
      ApiHandler<Q> handler,
      Q request,
      int version,
      MessageReader<R> responseReader)
      throws Exception {
    short v = (short) version;
    @SuppressWarnings("unchecked") // The class of the requests of an API is that of this one.
    Q received =
        (Q) overTheWire(request, v, ApiKey.of(request.apiKey()).orElseThrow()::readRequest);
    RequestContext from = new RequestContext(v, "test", client);
    ApiMessage response =
        loop.run(
            () ->
                Future.succeededFuture()
                    .compose(first -> handler.handle(received, from))
                    .map(reply -> ((Reply.Response) reply).message())
                    .recover(
                        cause ->
                            cause instanceof ApiException refused
                                ? Future.succeededFuture(handler.errorResponse(received, refused))
                                : Future.failedFuture(cause)));
    return overTheWire(response, v, responseReader);
  }

  private static <M extends ApiMessage> M overTheWire(
      ApiMessage message, short version, MessageReader<M> reader) {
    ByteBuf bytes = Wire.toByteBuf(UnpooledByteBufAllocator.DEFAULT, message, version);
    try {
      // What is read may refer to its buffer, so it gets one that needs no release.
      return Wire.readFully(Unpooled.copiedBuffer(bytes), version, reader);
    } finally {
      bytes.release();
    }
  }

  void close() throws Exception {
    TestLoop.await(vertx.close());
  }
}
