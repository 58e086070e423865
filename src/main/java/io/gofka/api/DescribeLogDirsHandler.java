package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.TopicPartition;
import io.gofka.log.DescribeLogs;
import io.gofka.log.DescribeLogs.LogDescription;
import io.gofka.log.DescribeLogs.LogDescriptions;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeLogDirsRequest;
import io.gofka.protocol.message.DescribeLogDirsResponse;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.gofka.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * DescribeLogDirs, key 35, versions 1 to 5: what lies in each log directory. v3 top-level error; v4
 * size of the volume and what is free on it; v5 whether the directory takes new replicas, as ours
 * always does.
 *
 * <p>The log directory is listed also when nothing that was asked for lies in it, as Kafka does.
 */
final class DescribeLogDirsHandler implements ApiHandler<DescribeLogDirsRequest> {
  private final BrokerContext broker;
  private final Path logDirectory;

  DescribeLogDirsHandler(BrokerContext broker, Path logDirectory) {
    this.broker = broker;
    this.logDirectory = logDirectory.toAbsolutePath().normalize();
  }

  private record Volume(long totalBytes, long usableBytes) {}

  @Override
  public Future<Reply> handle(DescribeLogDirsRequest request, RequestContext context) {
    Optional<Set<TopicPartition>> wanted = wanted(request);
    List<Future<LogDescriptions>> asked = new ArrayList<>();
    for (int shard = 0; shard < broker.shards().count(); shard++) {
      asked.add(broker.bus().request(Addresses.LOG_DESCRIBE.at(shard), new DescribeLogs()));
    }
    Future<Volume> volume = broker.vertx().executeBlocking(this::volume);
    return Future.all(asked)
        .compose(
            described ->
                volume.map(
                    space -> {
                      List<LogDescription> logs = new ArrayList<>();
                      asked.forEach(part -> logs.addAll(part.result().logs()));
                      return Reply.of(response(logs, wanted, space));
                    }));
  }

  private DescribeLogDirsResponse response(
      List<LogDescription> logs, Optional<Set<TopicPartition>> wanted, Volume space) {
    TreeMap<String, DescribeLogDirsTopic> topics = new TreeMap<>();
    for (LogDescription log : logs) {
      TopicPartition partition = log.partition().topicPartition();
      if (wanted.isEmpty() || wanted.get().contains(partition)) {
        topics
            .computeIfAbsent(partition.topic(), name -> new DescribeLogDirsTopic().name(name))
            .partitions()
            .add(
                new DescribeLogDirsPartition()
                    .partitionIndex(partition.partition())
                    .partitionSize(log.sizeBytes())
                    .offsetLag(Math.max(0, log.highWatermark() - log.logEndOffset())));
      }
    }
    DescribeLogDirsResult result =
        new DescribeLogDirsResult()
            .logDir(logDirectory.toString())
            .totalBytes(space.totalBytes())
            .usableBytes(space.usableBytes());
    result.topics().addAll(topics.values());
    DescribeLogDirsResponse response = new DescribeLogDirsResponse();
    response.results().add(result);
    return response;
  }

  private static Optional<Set<TopicPartition>> wanted(DescribeLogDirsRequest request) {
    if (request.topics() == null) {
      return Optional.empty();
    }
    Set<TopicPartition> partitions = new HashSet<>();
    request
        .topics()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(index -> partitions.add(new TopicPartition(topic.topic(), index))));
    return Optional.of(partitions);
  }

  private Volume volume() throws IOException {
    FileStore store = Files.getFileStore(logDirectory);
    return new Volume(store.getTotalSpace(), store.getUsableSpace());
  }

  @Override
  public ApiMessage errorResponse(DescribeLogDirsRequest request, ApiException error) {
    return new DescribeLogDirsResponse().errorCode(error.errorCode().code());
  }
}
