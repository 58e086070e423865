package io.gofka.bench;

import io.gofka.system.process.Broker;
import io.gofka.system.process.ProcessStats;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** All figures of one broker that doesn't run yet. */
final class BrokerFigures {
  private static final int RECORD_BYTES = 1024;
  private static final int WARM_UP_RECORDS = 500_000;
  private static final int RECORDS = 1_000_000;
  private static final double GB = 1e9;
  private static final Duration IDLE = Duration.ofSeconds(10);

  private final Broker broker;
  private final Map<String, Double> figures = new LinkedHashMap<>();

  private BrokerFigures(Broker broker) {
    this.broker = broker;
  }

  static Map<String, Double> of(Broker broker) throws Exception {
    BrokerFigures measured = new BrokerFigures(broker);
    measured.start();
    measured.throughput();
    measured.latency("1");
    measured.latency("all");
    return measured.figures;
  }

  private void start() throws Exception {
    Thread starter = new Thread(broker::start, "start");
    long began = System.nanoTime();
    starter.start();
    while (!answersMetadata()) {
      Thread.onSpinWait();
    }
    figures.put("exec to first Metadata answer, ms", (System.nanoTime() - began) / 1e6);
    starter.join();
    Thread.sleep(IDLE.toMillis());
    figures.put("idle resident memory, MB", ProcessStats.residentBytes(broker.pid()) / 1e6);
  }

  /**
   * Metadata v1 for all topics, by hand: a client of its own would take longer to start than the
   * broker.
   */
  private boolean answersMetadata() throws InterruptedException {
    byte[] request = {0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 7, -1, -1, -1, -1, -1, -1};
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port())) {
      socket.getOutputStream().write(request);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      return in.readNBytes(in.readInt()).length > 0;
    } catch (IOException notYet) {
      Thread.sleep(2);
      return false;
    }
  }

  private void throughput() throws Exception {
    createTopic("throughput");
    produce(WARM_UP_RECORDS, 16 * 1024);
    figures.put(
        "CPU s per GB produced, 16 KB batches", cpuPerGb(() -> produce(RECORDS, 16 * 1024)));
    figures.put(
        "CPU s per GB produced, 256 KB batches", cpuPerGb(() -> produce(RECORDS, 256 * 1024)));
    consume(WARM_UP_RECORDS);
    figures.put("CPU s per GB consumed", cpuPerGb(() -> consume(RECORDS)));
  }

  private interface Work {
    void run() throws Exception;
  }

  private double cpuPerGb(Work work) throws Exception {
    double before = ProcessStats.cpuSeconds(broker.pid());
    work.run();
    return (ProcessStats.cpuSeconds(broker.pid()) - before)
        / ((double) RECORDS * RECORD_BYTES / GB);
  }

  private void createTopic(String name) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrap());
    try (Admin admin = Admin.create(properties)) {
      admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    }
  }

  private KafkaProducer<byte[], byte[]> producer(String acks, int batchSize, int lingerMs) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrap());
    properties.put(ProducerConfig.ACKS_CONFIG, acks);
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "false");
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, batchSize);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void produce(int records, int batchSize) {
    byte[] value = new byte[RECORD_BYTES];
    try (KafkaProducer<byte[], byte[]> producer = producer("1", batchSize, 5)) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>("throughput", 0, null, value));
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrap());
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private void consume(int records) {
    TopicPartition partition = new TopicPartition("throughput", 0);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      int read = 0;
      while (read < records) {
        read += consumer.poll(Duration.ofSeconds(1)).count();
      }
    }
  }

  private void latency(String acks) throws Exception {
    String topic = "latency-" + acks;
    createTopic(topic);
    try (KafkaProducer<byte[], byte[]> producer = producer(acks, 16 * 1024, 0);
        KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.seekToBeginning(consumer.assignment());
      figures.put(
          "p99 end to end at 1,000 records/s, acks=" + acks + ", ms",
          new EndToEnd(topic, producer, consumer).p99Ms());
    }
  }
}
