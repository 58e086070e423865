package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.gofka.common.ErrorCode;
import io.gofka.common.Payload;
import io.gofka.common.Uuids;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.gofka.protocol.message.CreateTopicsResponse;
import io.gofka.protocol.message.FetchRequest;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.ProduceRequest;
import io.gofka.protocol.message.ProduceResponse;
import io.gofka.record.RecordBatchBuilder;
import io.gofka.record.compression.Codec;
import io.gofka.record.compression.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which versions of Produce and Fetch may carry zstd (KIP-110). Behind them is no log. */
class ZstdVersionsTest {
  @TempDir Path directory;

  private AdminBroker broker;
  private UUID topicId;

  @BeforeEach
  void start() throws Exception {
    broker = new AdminBroker(directory, Map.of());
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
  }

  private void create(String compressionType) throws Exception {
    CreatableTopic topic =
        new CreatableTopic().name("t").numPartitions(1).replicationFactor((short) 1);
    topic.configs().add(new CreatableTopicConfig().name("compression.type").value(compressionType));
    CreateTopicsRequest request = new CreateTopicsRequest();
    request.topics().add(topic);
    topicId =
        broker
            .ask(new CreateTopicsHandler(broker.context), request, 7, CreateTopicsResponse::read)
            .topics()
            .get(0)
            .topicId();
  }

  private short produce(Codec codec, int version) throws Exception {
    RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
    builder.compression(Compression.of(codec));
    ByteBuf built =
        builder.add(1, Optional.empty(), Optional.of(Unpooled.wrappedBuffer(new byte[9]))).build();
    ByteBuf records = Unpooled.copiedBuffer(built);
    built.release();
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name(version < 13 ? "t" : "").topicId(version < 13 ? Uuids.ZERO : topicId);
    topic
        .partitionData()
        .add(new ProduceRequest.PartitionProduceData().records(Payload.of(records)));
    ProduceRequest request = new ProduceRequest().acks((short) 1).timeoutMs(1000);
    request.topicData().add(topic);
    return broker
        .ask(new ProduceHandler(broker.context), request, version, ProduceResponse::read)
        .responses()
        .get(0)
        .partitionResponses()
        .get(0)
        .errorCode();
  }

  private short fetch(int version) throws Exception {
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    topic.topic(version < 13 ? "t" : "").topicId(version < 13 ? Uuids.ZERO : topicId);
    topic
        .partitions()
        .add(new FetchRequest.FetchPartition().currentLeaderEpoch(-1).partitionMaxBytes(1000));
    FetchRequest request = new FetchRequest().maxBytes(1000).sessionEpoch(-1);
    request.topics().add(topic);
    return broker
        .ask(
            new FetchHandler(broker.context, 1000, 1, ReplicaSelector.LEADER),
            request,
            version,
            FetchResponse::read)
        .responses()
        .get(0)
        .partitions()
        .get(0)
        .errorCode();
  }

  private static final short REFUSED = ErrorCode.UNSUPPORTED_COMPRESSION_TYPE.code();

  @Test
  void zstdIsTakenFromProducersThatMaySendItOnly() throws Exception {
    create("producer");
    for (int version = 3; version <= 13; version++) {
      if (version < 7) {
        assertEquals(REFUSED, produce(Codec.ZSTD, version), "version " + version);
      } else {
        assertNotEquals(REFUSED, produce(Codec.ZSTD, version), "version " + version);
      }
      assertNotEquals(REFUSED, produce(Codec.LZ4, version), "version " + version);
    }
  }

  @Test
  void topicOfZstdIsReadByThoseWhoKnowItOnly() throws Exception {
    create("zstd");
    for (int version = 4; version <= 18; version++) {
      if (version < 10) {
        assertEquals(REFUSED, fetch(version), "version " + version);
      } else {
        assertNotEquals(REFUSED, fetch(version), "version " + version);
      }
    }
  }

  @Test
  void topicThatKeepsWhatProducersSendIsReadInEveryVersion() throws Exception {
    create("producer");
    for (int version = 4; version <= 18; version++) {
      assertNotEquals(REFUSED, fetch(version), "version " + version);
    }
  }
}
