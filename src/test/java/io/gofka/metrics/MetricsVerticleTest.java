package io.gofka.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.log.MeasureLogs.Condition;
import io.gofka.log.MeasureLogs.DirectoryMeasures;
import io.gofka.log.MeasureLogs.LogMeasures;
import io.gofka.log.MeasureLogs.ReplicaMeasures;
import io.gofka.metadata.image.BrokerLease;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsVerticleTest {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final MetricsVerticle verticle =
      new MetricsVerticle(bus, 1, BrokerLease.ENDLESS, new HttpSettings("127.0.0.1", 0));
  private volatile boolean offline;

  @BeforeEach
  void start() throws Exception {
    await(vertx.deployVerticle(verticle));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** One log shard that answers. */
  private void serveShard() throws Exception {
    var served = io.vertx.core.Promise.<Void>promise();
    vertx
        .getOrCreateContext()
        .runOnContext(
            v ->
                bus.serve(Addresses.LOG_MEASURE.at(0), query -> Future.succeededFuture(measures()))
                    .onComplete(served));
    await(served.future());
  }

  private LogMeasures measures() {
    var directory = new DirectoryMeasures("/data", offline, Map.of(Condition.SERVING, 7), 42);
    return new LogMeasures(List.of(directory), false, 99, ReplicaMeasures.NONE);
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + verticle.actualPort() + path);
    var request =
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  @Test
  void metricsAreWhatTheShardsSay() throws Exception {
    serveShard();
    var answer = ask("GET", "/metrics");
    assertEquals(200, answer.statusCode());
    assertEquals(
        MetricsText.CONTENT_TYPE, answer.headers().firstValue("Content-Type").orElseThrow());
    String serving = "gofka_log_partitions{directory=\"/data\",state=\"serving\"} 7";
    assertTrue(answer.body().lines().anyMatch(serving::equals), answer.body());
  }

  @Test
  void nodeIsReadyUnlessADirectoryIsOffline() throws Exception {
    serveShard();
    assertEquals(200, ask("GET", "/health/ready").statusCode());
    offline = true;
    var answer = ask("GET", "/health/ready");
    assertEquals(503, answer.statusCode());
    assertEquals("offline: /data\n", answer.body());
    assertEquals(200, ask("GET", "/health/live").statusCode());
  }

  @Test
  void brokerThatIsFencedOrHasLostTheControllersIsLiveButNotReady() throws Exception {
    serveShard();
    long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    assertEquals(200, readiness(BrokerLease.ENDLESS).statusCode());
    var fenced = readiness(BrokerLease.NONE);
    assertEquals(503, fenced.statusCode());
    assertTrue(fenced.body().contains("fenced"), fenced.body());
    assertEquals(200, readiness(new BrokerLease(nowMs + 600_000)).statusCode());
    var over = readiness(new BrokerLease(nowMs));
    assertEquals(503, over.statusCode());
    assertTrue(over.body().contains("out of touch with the controllers"), over.body());
    assertEquals(200, ask("GET", "/health/live").statusCode());
  }

  /** What is announced on a node is heard in order, though by a moment later. */
  private HttpResponse<String> readiness(BrokerLease lease) throws Exception {
    bus.announce(Addresses.BROKER_LEASE, lease);
    int expected = lease.isOver(TimeUnit.NANOSECONDS.toMillis(System.nanoTime())) ? 503 : 200;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    var answer = ask("GET", "/health/ready");
    while (answer.statusCode() != expected && System.nanoTime() < deadline) {
      answer = ask("GET", "/health/ready");
    }
    return answer;
  }

  @Test
  void nodeWhoseShardsDoNotAnswerIsLiveButNotReady() throws Exception {
    assertEquals(200, ask("GET", "/health/live").statusCode());
    assertEquals(503, ask("GET", "/health/ready").statusCode());
    assertEquals(503, ask("GET", "/metrics").statusCode());
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertEquals(404, ask("GET", "/").statusCode());
    assertEquals(405, ask("POST", "/metrics").statusCode());
    assertEquals("", ask("HEAD", "/health/live").body());
  }
}
