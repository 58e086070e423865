package io.gofka.system.clients;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * One day in the life of a client, written with what the 2.x, 3.x and 4.x lines have in common.
 * Prints {@code OK} and the version at the end.
 */
public final class OlderClient {
  private static final int RECORDS = 500;

  private final String bootstrap;
  private final String prefix;

  private OlderClient(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
  }

  /** {@code bootstrap prefix-of-names}. */
  public static void main(String[] args) throws Exception {
    var client = new OlderClient(args[0], args[1]);
    client.administer();
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      client.produceAndConsume(codec);
    }
    client.shareInAGroup();
    System.out.println("OK " + AppInfoParser.getVersion());
  }

  private void administer() throws Exception {
    String topic = prefix + "-admin";
    var partition = new TopicPartition(topic, 0);
    try (Admin admin = Admin.create(settings())) {
      check(admin.describeCluster().nodes().get().size() == 1, "one node");
      admin
          .createTopics(
              List.of(new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "777777"))))
          .all()
          .get();
      check(admin.listTopics().names().get().contains(topic), "the topic is listed");
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
      var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      check("777777".equals(config(admin, resource)), "the config is there");
      admin
          .incrementalAlterConfigs(
              Map.of(
                  resource,
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("retention.ms", "888888"), AlterConfigOp.OpType.SET))))
          .all()
          .get();
      check("888888".equals(config(admin, resource)), "the config is altered");

      try (var producer = producer("none", "all")) {
        for (int i = 0; i < 10; i++) {
          producer.send(new ProducerRecord<>(topic, 0, "k", "v")).get();
        }
      }
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all().get();
      long earliest =
          admin
              .listOffsets(Map.of(partition, OffsetSpec.earliest()))
              .partitionResult(partition)
              .get()
              .offset();
      check(earliest == 4, "the log starts at 4, not at " + earliest);
      admin.deleteTopics(List.of(topic)).all().get();
      check(!admin.listTopics().names().get().contains(topic), "the topic is gone");
    }
  }

  private static String config(Admin admin, ConfigResource resource) throws Exception {
    return admin
        .describeConfigs(List.of(resource))
        .all()
        .get()
        .get(resource)
        .get("retention.ms")
        .value();
  }

  private void produceAndConsume(String codec) throws Exception {
    String topic = prefix + "-" + codec;
    var partition = new TopicPartition(topic, 0);
    try (var producer = producer(codec, "all")) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + i, "k" + i, codec + " " + i));
      }
    }
    try (var consumer = consumer(prefix + "-plain")) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      var records = read(consumer, RECORDS);
      for (int i = 0; i < RECORDS; i++) {
        check(records.get(i).value().equals(codec + " " + i), codec + " record " + i);
        check(records.get(i).timestamp() == 1_000_000L + i, codec + " timestamp " + i);
      }
      var found = consumer.offsetsForTimes(Map.of(partition, 1_000_250L)).get(partition);
      check(found.offset() == 250, "offset by time is 250, not " + found.offset());
    }
  }

  private void shareInAGroup() throws Exception {
    String topic = prefix + "-group";
    try (var producer = producer("lz4", "1")) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(new ProducerRecord<>(topic, 0, null, "v" + i));
      }
    }
    String group = prefix + "-group";
    try (var consumer = consumer(group)) {
      consumer.subscribe(Collections.singletonList(topic));
      read(consumer, RECORDS / 2);
      consumer.commitSync();
    }
    try (var consumer = consumer(group)) {
      consumer.subscribe(Collections.singletonList(topic));
      var records = read(consumer, RECORDS / 2);
      check(records.get(0).offset() == RECORDS / 2, "the group goes on where it had committed");
    }
    try (Admin admin = Admin.create(settings())) {
      var description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
      check(description.members().isEmpty(), "the group is empty");
      var partition = new TopicPartition(topic, 0);
      var offsets = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      check(offsets.get(partition).offset() == RECORDS / 2, "the offset is listed");
      admin.deleteConsumerGroups(List.of(group)).all().get();
    }
  }

  private KafkaProducer<String, String> producer(String codec, String acks) {
    var settings = settings();
    settings.put("compression.type", codec);
    settings.put("acks", acks);
    settings.put("enable.idempotence", Boolean.toString(acks.equals("all")));
    settings.put("linger.ms", "5");
    return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String group) {
    var settings = settings();
    settings.put("group.id", group);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", "false");
    settings.put("max.poll.records", Integer.toString(RECORDS / 2));
    return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
  }

  private Map<String, Object> settings() {
    var settings = new HashMap<String, Object>();
    settings.put("bootstrap.servers", bootstrap);
    return settings;
  }

  private static List<ConsumerRecord<String, String>> read(
      KafkaConsumer<String, String> consumer, int count) {
    var records = new ArrayList<ConsumerRecord<String, String>>();
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (records.size() < count) {
      check(System.nanoTime() < deadline, "records come in time");
      consumer.poll(Duration.ofMillis(100)).forEach(records::add);
    }
    return records;
  }

  private static void check(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException("it does not hold that " + what);
    }
  }
}
