package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that is alone. */
@Timeout(60)
class LoneBrokerTest {
  @TempDir Path folder;

  private GofkaNode node;

  @BeforeEach
  void start() throws Exception {
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        server:
          data_dir: %s
        http.port: 0
        kafka:
          listeners: PLAINTEXT://127.0.0.1:0
        """
            .formatted(folder.resolve("data")));
    node = await(GofkaNode.start(NodeConfigReader.read(Optional.of(file), Map.of())));
  }

  @AfterEach
  void stop() throws Exception {
    await(node.stop());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void unregisteredItRegistersAgainAndServesItsPartitions() throws Exception {
    Map<String, Object> bootstrap = Map.of("bootstrap.servers", node.bootstrapAddresses().get(0));
    try (Admin admin = Admin.create(bootstrap);
        var producer =
            new KafkaProducer<>(bootstrap, new StringSerializer(), new StringSerializer())) {
      admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1))).all().get();
      assertEquals(0, producer.send(new ProducerRecord<>("kept", "before")).get().offset());
      for (int round = 1; round <= 3; round++) {
        admin.unregisterBroker(1).all().get();
        assertEquals(round, producer.send(new ProducerRecord<>("kept", "after")).get().offset());
      }
    }
  }
}
