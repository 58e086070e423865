package io.gofka.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Await;
import io.gofka.system.process.BrokerFixture;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.TestFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The C client library librdkafka, through kcat. */
@EnabledIf(
    value = "io.gofka.system.Kcat#isInstalled",
    disabledReason = "kcat is not installed (apt-get install kcat)")
class KcatIT {
  @RegisterExtension
  static final BrokerFixture FIXTURE =
      new BrokerFixture(BrokerSettings.named("kcat").with("num.partitions", "2"));

  private static Path linesFile(List<String> lines) throws IOException {
    Path file = TestFolders.create("kcat-input").resolve("lines");
    return Files.write(file, lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void linesComeBackInEveryCodec(String codec) throws Exception {
    String topic = KafkaClients.fresh("kcat-" + codec);
    List<String> lines = KafkaClients.values("line for kcat, number ", 20_000);

    Kcat.run(FIXTURE.bootstrap(), linesFile(lines), "-P", "-t", topic, "-p", "0", "-z", codec);
    String out =
        Kcat.run(
            FIXTURE.bootstrap(), null, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q");

    assertEquals(lines, out.lines().toList());
  }

  @Test
  void idempotentProducerWithKeysAndHeadersIsReadBack() throws Exception {
    String topic = KafkaClients.fresh("kcat-idempotent");
    Path input = linesFile(List.of("k1:v1", "k2:v2"));

    Kcat.run(
        FIXTURE.bootstrap(),
        input,
        "-P",
        "-t",
        topic,
        "-p",
        "1",
        "-K",
        ":",
        "-H",
        "colour=blue",
        "-X",
        "enable.idempotence=true",
        "-X",
        "acks=all");
    String out =
        Kcat.run(
            FIXTURE.bootstrap(),
            null,
            "-C",
            "-t",
            topic,
            "-o",
            "beginning",
            "-e",
            "-q",
            "-f",
            "%p %o %k %s %h\\n");

    assertEquals("1 0 k1 v1 colour=blue\n1 1 k2 v2 colour=blue\n", out);
  }

  @Test
  void metadataListsBrokerTopicsAndPartitions() throws Exception {
    String topic = KafkaClients.fresh("kcat-metadata");
    Kcat.run(FIXTURE.bootstrap(), linesFile(List.of("x")), "-P", "-t", topic, "-p", "0");

    String json = Kcat.run(FIXTURE.bootstrap(), null, "-L", "-J", "-t", topic);

    var metadata = new com.fasterxml.jackson.databind.ObjectMapper().readTree(json);
    assertEquals(FIXTURE.bootstrap(), metadata.at("/brokers/0/name").asText());
    assertEquals(topic, metadata.at("/topics/0/topic").asText());
    assertEquals(2, metadata.at("/topics/0/partitions").size());
    String all = Kcat.run(FIXTURE.bootstrap(), null, "-L");
    assertTrue(all.contains("1 brokers:"), all);
    assertTrue(all.contains("topic \"" + topic + "\" with 2 partitions:"), all);
  }

  @Test
  void offsetsAreFoundByTimestamp() throws Exception {
    String topic = KafkaClients.fresh("kcat-query");
    long before = System.currentTimeMillis() - 1_000;
    Kcat.run(FIXTURE.bootstrap(), linesFile(List.of("a", "b")), "-P", "-t", topic, "-p", "0");

    String found = Kcat.run(FIXTURE.bootstrap(), null, "-Q", "-t", topic + ":0:" + before);
    String end = Kcat.run(FIXTURE.bootstrap(), null, "-Q", "-t", topic + ":0:-1");

    assertEquals(topic + " [0] offset 0", found.strip());
    assertEquals(topic + " [0] offset 2", end.strip());
  }

  @Test
  void groupConsumersShareTheWorkAndGoOnWhereTheyHadCommitted() throws Exception {
    String topic = KafkaClients.fresh("kcat-group");
    String group = KafkaClients.fresh("kcat-group");
    List<String> first = KafkaClients.values("first ", 1_000);
    for (int partition = 0; partition < 2; partition++) {
      Kcat.run(FIXTURE.bootstrap(), linesFile(first), "-P", "-t", topic, "-p", "" + partition);
    }
    String[] member = {
      "-G",
      group,
      topic,
      "-q",
      "-u",
      "-X",
      "auto.offset.reset=earliest",
      "-X",
      "session.timeout.ms=6000",
      "-f",
      "%p %s\\n"
    };

    try (var one = Kcat.start(FIXTURE.bootstrap(), null, member);
        var two = Kcat.start(FIXTURE.bootstrap(), null, member)) {
      Await.until(
          "both partitions are read",
          KafkaClients.LIMIT,
          () -> Stream.of(one, two).mapToLong(m -> m.out().lines().count()).sum() >= 2_000);
      one.terminate(); // Commits and leaves.
      two.terminate();
      one.await(KafkaClients.LIMIT);
      two.await(KafkaClients.LIMIT);
    }
    List<String> second = KafkaClients.values("second ", 500);
    Kcat.run(FIXTURE.bootstrap(), linesFile(second), "-P", "-t", topic, "-p", "1");

    var expected = new ArrayList<String>();
    second.forEach(line -> expected.add("1 " + line));
    try (var again = Kcat.start(FIXTURE.bootstrap(), null, member)) {
      Await.until(
          "the new lines are read",
          KafkaClients.LIMIT,
          () -> again.out().lines().count() >= expected.size());
      again.terminate();
      again.await(KafkaClients.LIMIT);
      assertEquals(expected, again.out().lines().toList());
    }
  }

  @Test
  void javaClientsAndKcatReadEachOther() throws Exception {
    String topic = KafkaClients.fresh("kcat-java");
    var partition = new org.apache.kafka.common.TopicPartition(topic, 0);
    for (String codec : KafkaClients.CODECS) {
      Kcat.run(
          FIXTURE.bootstrap(),
          linesFile(List.of("kcat " + codec)),
          "-P",
          "-t",
          topic,
          "-p",
          "0",
          "-z",
          codec);
      try (var producer =
          KafkaClients.producer(FIXTURE.bootstrap(), Map.of("compression.type", codec))) {
        KafkaClients.send(producer, partition, List.of("java " + codec));
      }
    }
    var expected = new ArrayList<String>();
    KafkaClients.CODECS.forEach(
        codec -> expected.addAll(List.of("kcat " + codec, "java " + codec)));

    String out =
        Kcat.run(
            FIXTURE.bootstrap(), null, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q");

    assertEquals(expected, out.lines().toList());
    assertEquals(
        expected,
        KafkaClients.valuesOf(
            KafkaClients.readAll(FIXTURE.bootstrap(), partition, expected.size())));
  }
}
