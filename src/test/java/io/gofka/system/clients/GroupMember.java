package io.gofka.system.clients;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a consumer group that polls until it is killed, and says so once it has partitions.
 * Arguments: bootstrap address, group, topic, session timeout in ms.
 */
public final class GroupMember {
  /** What it prints when it has its share. */
  public static final String READY = "has its share";

  private GroupMember() {}

  public static void main(String[] args) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            args[0],
            "group.id",
            args[1],
            "session.timeout.ms",
            args[3],
            "heartbeat.interval.ms",
            "200",
            "partition.assignment.strategy",
            "org.apache.kafka.clients.consumer.RangeAssignor");
    try (var consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(args[2]));
      boolean told = false;
      while (!Thread.currentThread().isInterrupted()) {
        consumer.poll(Duration.ofMillis(50));
        if (!told && !consumer.assignment().isEmpty()) {
          System.out.println(READY);
          told = true;
        }
      }
    }
  }
}
