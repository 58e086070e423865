package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.bus.Addresses;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult;
import io.gofka.log.WriteTransactionMarkers;
import io.gofka.log.WriteTransactionMarkers.MarkerEpoch;
import io.gofka.log.WriteTransactionMarkers.PartitionMarker;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions as Kafka's own consumer and admin client see them. Nobody coordinates transactions
 * yet: they are written over the node's bus.
 */
@Timeout(90)
class ReadCommittedTest {
  private static final Duration POLL = Duration.ofMillis(500);

  @TempDir static Path folder;

  private static GofkaNode node;
  private static Admin admin;

  private final Map<Long, Integer> sequences = new HashMap<>();
  private TopicIdPartition partition;

  @BeforeAll
  static void start() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path file = folder.resolve("node.yaml");
    Files.writeString(
        file,
        """
        server:
          data_dir: %s
        kafka:
          listeners: PLAINTEXT://127.0.0.1:%d
        """
            .formatted(folder.resolve("data"), port));
    node = await(GofkaNode.start(NodeConfigReader.read(Optional.of(file), Map.of())));
    admin = Admin.create(Map.of("bootstrap.servers", bootstrap()));
  }

  @AfterAll
  static void stop() throws Exception {
    admin.close();
    await(node.stop());
  }

  private static String bootstrap() {
    return String.join(",", node.bootstrapAddresses());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private void create(String topic) throws Exception {
    NewTopic wanted = new NewTopic(topic, 1, (short) 1);
    wanted.configs(Map.of("internal.segment.bytes", "2000", "index.interval.bytes", "200"));
    Uuid id = admin.createTopics(List.of(wanted)).topicId(topic).get(20, TimeUnit.SECONDS);
    partition =
        new TopicIdPartition(
            new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()), topic, 0);
  }

  private TopicPartition kafkas() {
    return new TopicPartition(partition.topic(), partition.partition());
  }

  private void write(long producer, boolean transactional, String... values) throws Exception {
    RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
    int sequence = sequences.merge(producer, values.length, Integer::sum) - values.length;
    builder.producer(producer, (short) 0, sequence);
    if (transactional) {
      builder.transactional();
    }
    for (String value : values) {
      ByteBuf bytes = Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8));
      builder.add(System.currentTimeMillis(), Optional.empty(), Optional.of(bytes));
    }
    ByteBuf batch = builder.build();
    List<AppendResult> results =
        await(
            node.bus()
                .request(
                    Addresses.LOG_APPEND.at(node.shards().of(partition)),
                    new AppendRecords(
                        List.of(new PartitionAppend(partition, batch)),
                        Origin.COORDINATOR,
                        (short) -1,
                        10_000)));
    batch.release();
    assertEquals(ErrorCode.NONE, results.get(0).error());
  }

  private void end(long producer, EndTxnMarker.Type type) throws Exception {
    PartitionMarker marker =
        new PartitionMarker(partition, producer, (short) 0, MarkerEpoch.SAME, 0, type);
    List<WriteTransactionMarkers.Written> written =
        await(
            node.bus()
                .request(
                    Addresses.LOG_WRITE_MARKERS.at(node.shards().of(partition)),
                    new WriteTransactionMarkers(List.of(marker))));
    assertEquals(ErrorCode.NONE, written.get(0).error());
  }

  private KafkaConsumer<String, String> consumer(String isolationLevel) {
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap(),
                "isolation.level",
                isolationLevel,
                // Small fetches begin and end in the middle of transactions.
                "max.partition.fetch.bytes",
                300),
            new StringDeserializer(),
            new StringDeserializer());
    consumer.assign(List.of(kafkas()));
    consumer.seekToBeginning(List.of(kafkas()));
    return consumer;
  }

  /** Everything up to what the consumer takes for the end. */
  private List<String> readAll(String isolationLevel) {
    try (KafkaConsumer<String, String> consumer = consumer(isolationLevel)) {
      long end = consumer.endOffsets(List.of(kafkas())).get(kafkas());
      List<String> values = new ArrayList<>();
      while (consumer.position(kafkas()) < end) {
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          values.add(record.value());
        }
      }
      return values;
    }
  }

  @Test
  void consumerOfCommittedRecordsSkipsAbortedOnes() throws Exception {
    create("interleaved");
    Random random = new Random(11);
    List<String> committed = new ArrayList<>();
    List<String> all = new ArrayList<>();
    Map<Long, Boolean> commits = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      long producer = 1L + random.nextInt(4);
      if (producer == 1) { // It has no transactions.
        write(producer, false, "plain " + i);
        committed.add("plain " + i);
        all.add("plain " + i);
      } else if (commits.containsKey(producer) && random.nextInt(3) == 0) {
        boolean commit = commits.remove(producer);
        end(producer, commit ? EndTxnMarker.Type.COMMIT : EndTxnMarker.Type.ABORT);
      } else {
        boolean commit = commits.computeIfAbsent(producer, begun -> random.nextBoolean());
        String[] values = {producer + "-" + i + "-a", producer + "-" + i + "-b"};
        write(producer, true, values);
        all.addAll(List.of(values));
        committed.addAll(commit ? List.of(values) : List.of());
      }
    }
    for (long producer : List.copyOf(commits.keySet())) {
      boolean commit = commits.remove(producer);
      end(producer, commit ? EndTxnMarker.Type.COMMIT : EndTxnMarker.Type.ABORT);
    }
    assertTrue(committed.size() < all.size());
    assertEquals(all, readAll("read_uncommitted"));
    assertEquals(committed, readAll("read_committed"));
  }

  @Test
  void openTransactionHoldsBackWhoReadsCommittedRecordsUntilItsMarker() throws Exception {
    create("open");
    write(1, false, "before");
    write(2, true, "in it");
    write(1, false, "after");
    assertEquals(List.of("before"), readAll("read_committed"));
    assertEquals(List.of("before", "in it", "after"), readAll("read_uncommitted"));
    try (KafkaConsumer<String, String> consumer = consumer("read_committed")) {
      consumer.seek(kafkas(), 1);
      CompletableFuture<List<String>> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                List<String> values = new ArrayList<>();
                while (values.size() < 2) {
                  consumer.poll(POLL).forEach(record -> values.add(record.value()));
                }
                return values;
              });
      end(2, EndTxnMarker.Type.COMMIT);
      assertEquals(List.of("in it", "after"), waiting.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void adminSeesProducersAndTheirOpenTransactions() throws Exception {
    create("described");
    write(1, false, "plain", "plain");
    write(2, true, "open");
    PartitionProducerState state =
        admin
            .describeProducers(List.of(kafkas()))
            .partitionResult(kafkas())
            .get(20, TimeUnit.SECONDS);
    Map<Long, ProducerState> byId = new HashMap<>();
    state.activeProducers().forEach(producer -> byId.put(producer.producerId(), producer));
    assertEquals(2, byId.size());
    assertEquals(1, byId.get(1L).lastSequence());
    assertTrue(byId.get(1L).currentTransactionStartOffset().isEmpty());
    assertEquals(2, byId.get(2L).currentTransactionStartOffset().getAsLong());
    assertEquals(0, byId.get(2L).producerEpoch());
  }
}
