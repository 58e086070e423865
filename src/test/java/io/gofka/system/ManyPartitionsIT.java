package io.gofka.system;

import static io.gofka.system.KafkaClients.LIMIT;
import static io.gofka.system.KafkaClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.system.process.Broker;
import io.gofka.system.process.BrokerSettings;
import io.gofka.system.process.ForkedProcess;
import io.gofka.system.process.ProcessStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** One node has 10,000 partitions, with fewer open files and little memory. */
@DisabledIf("io.gofka.system.process.Broker#testsApacheKafka")
class ManyPartitionsIT {
  private static final int TOPICS = 100;
  private static final int PARTITIONS = 100;
  private static final int MAX_OPEN_FILES = 4_096;
  private static final long MAX_RESIDENT_BYTES = 1L << 30;

  private final List<TopicPartition> all = new ArrayList<>();

  ManyPartitionsIT() {
    for (int topic = 0; topic < TOPICS; topic++) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        all.add(new TopicPartition("many-" + topic, partition));
      }
    }
  }

  @Test
  void tenThousandPartitionsAreWrittenReadAndRecovered() throws Exception {
    try (var broker = Broker.create(BrokerSettings.named("many-partitions").withHeap("1g"))) {
      start(broker);
      create(broker);
      produceOneToEach(broker);
      assertEnds(broker, 1);
      readOneOfEach(broker);
      assertSmall(broker);
      broker.kill();
      start(broker);
      assertEnds(broker, 1);
      readOneOfEach(broker);
      assertSmall(broker);
      broker.stop();
      start(broker);
      produceOneToEach(broker);
      assertEnds(broker, 2);
      assertSmall(broker);
    }
  }

  private static void start(Broker broker) {
    broker.start();
    String files = "--nofile=" + MAX_OPEN_FILES + ":" + MAX_OPEN_FILES;
    var limited = ForkedProcess.run(List.of("prlimit", "--pid", "" + broker.pid(), files), LIMIT);
    assertEquals(0, limited.exitCode(), limited::all);
  }

  private static void create(Broker broker) throws Exception {
    List<NewTopic> topics = new ArrayList<>();
    for (int topic = 0; topic < TOPICS; topic++) {
      topics.add(new NewTopic("many-" + topic, PARTITIONS, (short) 1));
    }
    try (Admin admin = KafkaClients.admin(broker.bootstrap())) {
      get(admin.createTopics(topics).all());
    }
  }

  private void produceOneToEach(Broker broker) throws Exception {
    List<Future<?>> pending = new ArrayList<>();
    try (var producer = KafkaClients.producer(broker.bootstrap(), Map.of())) {
      for (TopicPartition to : all) {
        pending.add(
            producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, to.toString())));
      }
    }
    for (Future<?> sent : pending) {
      sent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private void assertEnds(Broker broker, long expected) throws Exception {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    all.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
    try (Admin admin = KafkaClients.admin(broker.bootstrap())) {
      get(admin.listOffsets(asked).all())
          .forEach((partition, end) -> assertEquals(expected, end.offset(), partition::toString));
    }
  }

  private void readOneOfEach(Broker broker) {
    Set<String> missing = new HashSet<>();
    all.forEach(partition -> missing.add(partition.toString()));
    try (var consumer = KafkaClients.consumer(broker.bootstrap(), Map.of())) {
      consumer.assign(all);
      for (var record : KafkaClients.read(consumer, all.size())) {
        assertTrue(missing.remove(record.value()), record::value);
      }
    }
  }

  private static void assertSmall(Broker broker) {
    long resident = ProcessStats.residentBytes(broker.pid());
    assertTrue(resident < MAX_RESIDENT_BYTES, () -> resident + " bytes are resident");
    int files = ProcessStats.openFiles(broker.pid());
    assertTrue(files < MAX_OPEN_FILES, () -> files + " files are open");
    System.out.println("10,000 partitions: " + (resident >> 20) + " MiB, " + files + " files open");
  }
}
