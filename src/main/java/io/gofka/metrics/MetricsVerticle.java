package io.gofka.metrics;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.log.MeasureLogs;
import io.gofka.log.MeasureLogs.LogMeasures;
import io.gofka.metadata.image.BrokerLease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /metrics}, {@code /health/live} and {@code /health/ready}. It decides nothing:
 * the figures are the log shards'. A node that serves this is live; it is ready when every shard
 * answers, no log directory is offline, and its broker is neither fenced nor out of touch with the
 * controllers.
 */
public final class MetricsVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsVerticle.class);

  /** A connection that says nothing for so long is closed. */
  private static final int IDLE_SECONDS = 60;

  private static final int MAX_REQUEST_LINE_BYTES = 1024;
  private static final int MAX_HEADER_BYTES = 8 * 1024;

  private final Bus bus;
  private final int shards;
  private final HttpSettings settings;
  private BrokerLease lease;
  private HttpServer server;

  /**
   * @param shards how many log shards there are to ask
   * @param lease the broker's, until one is announced
   */
  public MetricsVerticle(Bus bus, int shards, BrokerLease lease, HttpSettings settings) {
    this.bus = bus;
    this.shards = shards;
    this.lease = lease;
    this.settings = settings;
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.address())
            .setPort(settings.port())
            .setIdleTimeout(IDLE_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setHttp2ClearTextEnabled(false);
    server = vertx.createHttpServer(options).requestHandler(this::answer);
    return bus.listen(Addresses.BROKER_LEASE, announced -> lease = announced)
        .compose(heard -> server.listen())
        .onSuccess(
            listening ->
                LOG.info(
                    "Metrics at http://{}:{}/metrics", settings.address(), listening.actualPort()));
  }

  @Override
  public Future<?> stop() {
    return server.close();
  }

  /** The port that it got. */
  public int actualPort() {
    return server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      response.putHeader("Allow", "GET, HEAD");
      end(request, 405, "only GET and HEAD are allowed\n");
      return;
    }
    switch (request.path()) {
      case "/metrics" -> metrics(request);
      case "/health/live" -> end(request, 200, "live\n");
      case "/health/ready" -> ready(request);
      default -> end(request, 404, "there are /metrics, /health/live and /health/ready\n");
    }
  }

  private void metrics(HttpServerRequest request) {
    measures()
        .onSuccess(
            measures -> {
              request.response().putHeader("Content-Type", MetricsText.CONTENT_TYPE);
              end(request, 200, NodeMetrics.text(measures, JvmMetrics.read()));
            })
        .onFailure(cause -> end(request, 503, "a log shard doesn't answer: " + cause + '\n'));
  }

  private void ready(HttpServerRequest request) {
    if (lease.isOver(TimeUnit.NANOSECONDS.toMillis(System.nanoTime()))) {
      end(request, 503, "the broker is fenced, or out of touch with the controllers\n");
      return;
    }
    measures()
        .onSuccess(
            measures -> {
              List<String> offline = NodeMetrics.offlineDirectories(measures);
              if (offline.isEmpty()) {
                end(request, 200, "ready\n");
              } else {
                end(request, 503, "offline: " + String.join(", ", offline) + '\n');
              }
            })
        .onFailure(cause -> end(request, 503, "a log shard doesn't answer: " + cause + '\n'));
  }

  private Future<List<LogMeasures>> measures() {
    List<Future<LogMeasures>> asked = new ArrayList<>(shards);
    for (int shard = 0; shard < shards; shard++) {
      asked.add(bus.request(Addresses.LOG_MEASURE.at(shard), new MeasureLogs()));
    }
    return Future.all(asked).map(all -> all.<LogMeasures>list());
  }

  private static void end(HttpServerRequest request, int status, String text) {
    HttpServerResponse response = request.response().setStatusCode(status);
    if (!response.headers().contains("Content-Type")) {
      response.putHeader("Content-Type", "text/plain; charset=utf-8");
    }
    response
        .end(request.method().equals(HttpMethod.HEAD) ? "" : text)
        .onFailure(cause -> LOG.debug("{} has gone", request.remoteAddress(), cause));
  }
}
