package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ProduceRequest;
import io.gofka.protocol.message.ProduceRequest.PartitionProduceData;
import io.gofka.protocol.message.ProduceRequest.TopicProduceData;
import io.gofka.protocol.message.ProduceResponse;
import io.gofka.protocol.message.ProduceResponse.BatchIndexAndErrorMessage;
import io.gofka.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.gofka.protocol.message.ProduceResponse.TopicProduceResponse;
import io.gofka.record.RecordBatch;
import io.gofka.record.compression.Codec;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Produce, key 0, versions 3 to 13: append record batches. v3 magic 2 and transactional id; v5 log
 * start offset; v7 zstd; v8 errors of single records (KIP-467); v9 flexible; v10 the current leader
 * in errors (KIP-951); v12 implicit partitions of a transaction (KIP-890); v13 topic ids instead of
 * names (KIP-516).
 *
 * <p>With acks=0 there is no response; an error closes the connection, so that the client looks for
 * another leader.
 */
final class ProduceHandler implements ApiHandler<ProduceRequest> {
  private static final short ACKS_ALL = -1;
  private static final short ACKS_LEADER = 1;
  private static final short ACKS_NONE = 0;

  private static final short FIRST_VERSION_WITH_ZSTD = 7;

  private final BrokerContext broker;

  ProduceHandler(BrokerContext broker) {
    this.broker = broker;
  }

  /**
   * Appends to a partition keep the order in which they were asked for: its shard takes them one
   * after the other.
   */
  @Override
  public boolean pipelined() {
    return true;
  }

  @Override
  public Future<Reply> handle(ProduceRequest request, RequestContext context) {
    short acks = request.acks();
    if (acks != ACKS_ALL && acks != ACKS_LEADER && acks != ACKS_NONE) {
      throw new ApiException(
          ErrorCode.INVALID_REQUIRED_ACKS, "acks is " + acks + ", allowed are -1, 0 and 1");
    }
    int timeoutMs = ShardRequests.boundedMs(request.timeoutMs());
    ClusterImage image = broker.image().get();
    ProduceResponse response = new ProduceResponse();
    List<PartitionAppend> appends = new ArrayList<>();
    List<PartitionProduceResponse> awaiting = new ArrayList<>();
    for (TopicProduceData data : request.topicData()) {
      Optional<TopicImage> topic = PartitionLookup.topic(image, data.name(), data.topicId());
      TopicProduceResponse answer =
          new TopicProduceResponse().name(data.name()).topicId(data.topicId());
      response.responses().add(answer);
      for (PartitionProduceData part : data.partitionData()) {
        PartitionProduceResponse partAnswer =
            new PartitionProduceResponse().index(part.index()).baseOffset(-1);
        answer.partitionResponses().add(partAnswer);
        Optional<TopicIdPartition> partition =
            topic.flatMap(found -> PartitionLookup.partition(found, part.index()));
        if (partition.isEmpty()) {
          ErrorCode error =
              topic.isPresent()
                  ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                  : PartitionLookup.unknown(data.topicId());
          partAnswer.errorCode(error.code());
        } else if (part.records() == null || !(part.records().part() instanceof ByteBuf records)) {
          partAnswer.errorCode(ErrorCode.INVALID_RECORD.code()).errorMessage("no records");
        } else if (context.apiVersion() < FIRST_VERSION_WITH_ZSTD && isZstd(records)) {
          partAnswer.errorCode(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE.code());
        } else {
          appends.add(new PartitionAppend(partition.get(), records));
          awaiting.add(partAnswer);
        }
      }
    }
    return new ShardRequests<PartitionAppend, AppendRecords, AppendResult>(
            broker,
            Addresses.LOG_APPEND,
            PartitionAppend::partition,
            some -> new AppendRecords(some, Origin.CLIENT, acks, timeoutMs),
            (append, error) ->
                AppendResult.refused(append.partition(), error.errorCode(), error.getMessage(), -1))
        .ask(appends)
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                fill(awaiting.get(i), results.get(i));
              }
              // The image of now: the leader may have changed while the records waited.
              LeaderHints.add(response, broker.image().get(), results, broker.brokerId(), context);
              return acks == ACKS_NONE ? withoutResponse(response) : Reply.of(response);
            });
  }

  /** A client that may not send it may have consumers that can't read it (KIP-110). */
  private static boolean isZstd(ByteBuf records) {
    return records.readableBytes() >= RecordBatch.HEADER_BYTES
        && new RecordBatch(records, records.readerIndex()).codec().equals(Optional.of(Codec.ZSTD));
  }

  private static void fill(PartitionProduceResponse answer, AppendResult result) {
    answer
        .errorCode(result.error().code())
        .errorMessage(result.errorMessage().orElse(null))
        .baseOffset(result.baseOffset())
        .logAppendTimeMs(result.logAppendTimeMs())
        .logStartOffset(result.logStartOffset());
    for (AppendResult.RecordError error : result.recordErrors()) {
      answer
          .recordErrors()
          .add(
              new BatchIndexAndErrorMessage()
                  .batchIndex(error.batchIndex())
                  .batchIndexErrorMessage(error.message()));
    }
  }

  private static Reply withoutResponse(ProduceResponse response) {
    for (TopicProduceResponse topic : response.responses()) {
      for (PartitionProduceResponse partition : topic.partitionResponses()) {
        if (partition.errorCode() != ErrorCode.NONE.code()) {
          return new Reply.Close(
              "produce with acks=0 to "
                  + topic.name()
                  + "-"
                  + partition.index()
                  + " failed with "
                  + ErrorCode.of(partition.errorCode()));
        }
      }
    }
    return Reply.NOTHING;
  }

  @Override
  public ApiMessage errorResponse(ProduceRequest request, ApiException error) {
    ProduceResponse response = new ProduceResponse();
    for (TopicProduceData data : request.topicData()) {
      TopicProduceResponse answer =
          new TopicProduceResponse().name(data.name()).topicId(data.topicId());
      for (PartitionProduceData part : data.partitionData()) {
        answer
            .partitionResponses()
            .add(
                new PartitionProduceResponse()
                    .index(part.index())
                    .errorCode(error.errorCode().code())
                    .errorMessage(error.getMessage())
                    .baseOffset(-1));
      }
      response.responses().add(answer);
    }
    return response;
  }
}
