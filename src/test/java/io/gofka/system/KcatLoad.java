package io.gofka.system;

import io.gofka.system.history.Entry;
import io.gofka.system.history.History;
import io.gofka.system.process.Await;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.TestFolders;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of librdkafka beside a {@link ReplicatedLoad}, in the same topic: a producer that is
 * idempotent, and a consumer of everything. Their settings are librdkafka's defaults otherwise.
 */
final class KcatLoad implements AutoCloseable {
  /** Its number among the producers of the topic. */
  private static final int PRODUCER = 100;

  private static final int PARTITION = 1;
  private static final long PAUSE_NANOS = 5_000_000;
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final History history;
  private final ForkedProcess producer;
  private final ForkedProcess consumer;
  private final Thread feeder;
  private volatile boolean sending = true;
  private volatile int sent;

  KcatLoad(String bootstrap, ReplicatedLoad load) {
    history = load.history();
    Path pipe = pipe();
    feeder = new Thread(() -> feed(pipe), "lines for kcat");
    feeder.start();
    producer =
        Kcat.start(
            bootstrap,
            pipe,
            "-P",
            "-t",
            load.topic(),
            "-p",
            Integer.toString(PARTITION),
            "-X",
            "enable.idempotence=true",
            // librdkafka makes connections when it needs them and goes on without any; kcat ends
            // as soon as there is none. So it shall have one to each broker, and soon again.
            "-X",
            "enable.sparse.connections=false",
            "-X",
            "reconnect.backoff.max.ms=500");
    consumer =
        Kcat.start(
            bootstrap,
            null,
            "-C",
            "-t",
            load.topic(),
            "-o",
            "beginning",
            "-q",
            "-u",
            "-f",
            "%p %o %s\n");
  }

  private static Path pipe() {
    Path pipe = TestFolders.create("kcat").resolve("lines");
    var made = ForkedProcess.run(List.of("mkfifo", pipe.toString()), Duration.ofSeconds(10));
    if (made.exitCode() != 0) {
      throw new IllegalStateException(made.all());
    }
    return pipe;
  }

  private void feed(Path pipe) {
    try (var lines = new PrintStream(Files.newOutputStream(pipe), true, StandardCharsets.UTF_8)) {
      for (int next = 0; sending; next++) {
        lines.println(Entry.value(PRODUCER, next));
        sent = next + 1;
        LockSupport.parkNanos(PAUSE_NANOS); // A steady load.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the producer: when it ends well, librdkafka has got all its records acknowledged. */
  void endProducer() throws InterruptedException {
    sending = false;
    feeder.join();
    history.sentAll(PARTITION, PRODUCER, sent);
    var result = producer.await(LIMIT);
    if (result.exitCode() != 0 || result.err().contains("elivery failed")) {
      history.surfaced("kcat's producer, exit code " + result.exitCode() + ": " + result.err());
      return;
    }
    for (int sequence = 0; sequence < sent; sequence++) {
      history.acknowledged(PARTITION, new Entry(-1, PRODUCER, sequence));
    }
  }

  /**
   * Ends the consumer once it has got so many records.
   *
   * @param records that the topic holds
   */
  void endConsumer(long records) {
    Await.until(
        () -> "kcat gets " + records + " records:\n" + consumer.err(),
        LIMIT,
        () -> consumer.out().lines().count() >= records || !consumer.isAlive());
    if (!consumer.isAlive()) {
      history.surfaced("kcat's consumer ended: " + consumer.err());
    }
    consumer.kill();
    for (String line : consumer.out().lines().toList()) {
      String[] parts = line.split(" ", 3);
      history.read(
          "kcat", Integer.parseInt(parts[0]), Entry.of(Long.parseLong(parts[1]), parts[2]));
    }
  }

  @Override
  public void close() {
    sending = false;
    producer.close();
    consumer.close();
  }
}
