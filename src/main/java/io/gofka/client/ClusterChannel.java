package io.gofka.client;

import io.gofka.client.ClientException.Kind;
import io.gofka.common.HostPort;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * The way to a cluster: a connection to one of its nodes, and to the next one when that is gone.
 * Confined to the Vert.x context on which it was connected.
 */
final class ClusterChannel {
  /** Pause before all known addresses are tried again. */
  private static final long RETRY_MS = 250;

  private final Vertx vertx;
  private final NetClient net;
  private final ClientSettings settings;
  private final Set<HostPort> addresses;
  private final Map<Integer, HostPort> brokers = new HashMap<>();
  private KafkaConnection connection;

  private ClusterChannel(
      Vertx vertx, NetClient net, ClientSettings settings, List<HostPort> bootstrap) {
    this.vertx = vertx;
    this.net = net;
    this.settings = settings;
    this.addresses = new LinkedHashSet<>(bootstrap);
  }

  /**
   * Connects to the first of the addresses that answers.
   *
   * <p>Fails with a {@link ClientException} that names each address and its reason.
   */
  static Future<ClusterChannel> connect(
      Vertx vertx, List<HostPort> bootstrap, ClientSettings settings) {
    NetClient net = vertx.createNetClient(KafkaConnection.options(settings));
    ClusterChannel channel = new ClusterChannel(vertx, net, settings, bootstrap);
    return channel.connectToAny().map(channel);
  }

  private Future<Void> connectToAny() {
    Future<KafkaConnection> connected =
        Future.failedFuture(new ClientException(Kind.UNREACHABLE, "no address is given"));
    List<String> failures = new ArrayList<>();
    for (HostPort address : addresses) {
      connected =
          connected.recover(
              before ->
                  KafkaConnection.open(vertx, net, address, settings)
                      .onFailure(cause -> failures.add(cause.getMessage())));
    }
    return connected
        .<Void>map(
            opened -> {
              connection = opened;
              return null;
            })
        .recover(
            cause ->
                Future.failedFuture(
                    failures.isEmpty()
                        ? cause
                        : new ClientException(kind(cause), String.join("; ", failures))));
  }

  private static Kind kind(Throwable cause) {
    return cause instanceof ClientException failure ? failure.kind() : Kind.UNREACHABLE;
  }

  /** The cluster's brokers that are alive, also for when the one that is connected goes away. */
  void learn(Map<Integer, HostPort> alive) {
    brokers.clear();
    brokers.putAll(alive);
    addresses.addAll(alive.values());
  }

  /** Where a broker is that was alive when this was last learnt. */
  Optional<HostPort> broker(int id) {
    return Optional.ofNullable(brokers.get(id));
  }

  ClientSettings settings() {
    return settings;
  }

  Future<Void> close() {
    return connection.close();
  }

  /** Asks once. */
  <R extends ApiMessage> Future<R> send(
      ApiKey key, IntFunction<? extends ApiMessage> request, Class<R> responseClass) {
    return send(key, request, responseClass, settings.requestTimeoutMs());
  }

  /** The same with a timeout of its own. */
  <R extends ApiMessage> Future<R> send(
      ApiKey key,
      IntFunction<? extends ApiMessage> request,
      Class<R> responseClass,
      int timeoutMs) {
    return connection.send(key, request, responseClass, timeoutMs);
  }

  /**
   * Asks what may be asked twice: another node when the one that is connected doesn't answer any
   * more, for as long as one request may take.
   */
  <R extends ApiMessage> Future<R> sendUntilAnswered(
      ApiKey key, IntFunction<? extends ApiMessage> request, Class<R> responseClass) {
    return attempt(key, request, responseClass, nowMs() + settings.requestTimeoutMs());
  }

  private <R extends ApiMessage> Future<R> attempt(
      ApiKey key,
      IntFunction<? extends ApiMessage> request,
      Class<R> responseClass,
      long deadlineMs) {
    return send(key, request, responseClass)
        .recover(
            cause -> {
              boolean gone =
                  cause instanceof ClientException failure
                      && (failure.kind() == Kind.UNREACHABLE
                          || failure.kind() == Kind.DISCONNECTED
                          || failure.kind() == Kind.TIMED_OUT);
              if (!gone || nowMs() >= deadlineMs) {
                return Future.failedFuture(cause);
              }
              addresses.remove(connection.address()); // The others first.
              addresses.add(connection.address());
              return pause()
                  .compose(later -> connectToAny().otherwiseEmpty())
                  .compose(maybe -> attempt(key, request, responseClass, deadlineMs));
            });
  }

  private Future<Void> pause() {
    Promise<Void> over = Promise.promise();
    vertx.setTimer(RETRY_MS, id -> over.complete());
    return over.future();
  }

  /** Asks one node of the cluster, over a connection for this question. */
  <R extends ApiMessage> Future<R> ask(
      HostPort node,
      ApiKey key,
      IntFunction<? extends ApiMessage> request,
      Class<R> responseClass) {
    return KafkaConnection.open(vertx, net, node, settings)
        .compose(
            opened -> opened.send(key, request, responseClass).eventually(() -> opened.close()));
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
