package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.log.DescribeLogs;
import io.gofka.log.DescribeLogs.LogDescription;
import io.gofka.log.DescribeLogs.LogDescriptions;
import io.gofka.log.LogDirState;
import io.gofka.log.LogDirs;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeLogDirs, key 35, versions 1 to 5: what lies in each log directory. v3 top-level error; v4
 * size of the volume and what is free on it; v5 whether the directory takes new replicas, as ours
 * always do.
 *
 * <p>A directory is listed also when nothing that was asked for lies in it, as Kafka does. One that
 * can't be used has the error KAFKA_STORAGE_ERROR; other than in Kafka, it still shows partitions
 * whose records can be read.
 */
final class DescribeLogDirsHandler implements ApiHandler<DescribeLogDirsRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);
  private static final long UNKNOWN_VOLUME_BYTES = -1;

  private final BrokerContext broker;
  private final LogDirs directories;

  DescribeLogDirsHandler(BrokerContext broker, LogDirs directories) {
    this.broker = broker;
    this.directories = directories;
  }

  private record Volume(long totalBytes, long usableBytes) {}

  @Override
  public Future<Reply> handle(DescribeLogDirsRequest request, RequestContext context) {
    Optional<Set<TopicPartition>> wanted = wanted(request);
    List<Future<LogDescriptions>> asked = new ArrayList<>();
    for (int shard = 0; shard < broker.shards().count(); shard++) {
      asked.add(broker.bus().request(Addresses.LOG_DESCRIBE.at(shard), new DescribeLogs()));
    }
    Future<Map<String, Volume>> volumes = broker.vertx().executeBlocking(this::volumes);
    return Future.all(asked)
        .compose(
            described ->
                volumes.map(
                    space ->
                        Reply.of(
                            response(asked.stream().map(Future::result).toList(), wanted, space))));
  }

  private static DescribeLogDirsResponse response(
      List<LogDescriptions> shards,
      Optional<Set<TopicPartition>> wanted,
      Map<String, Volume> volumes) {
    // By name, so that the answer doesn't depend on which shard was asked first.
    Map<String, DescribeLogDirsResult> results = new TreeMap<>();
    for (LogDescriptions shard : shards) {
      for (LogDirState state : shard.directories()) {
        DescribeLogDirsResult result =
            results.computeIfAbsent(
                state.directory(), name -> new DescribeLogDirsResult().logDir(name));
        if (state.failure().isPresent()) {
          result.errorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
        }
      }
    }
    results.forEach(
        (name, result) -> {
          Optional<Volume> volume = Optional.ofNullable(volumes.get(name));
          result
              .totalBytes(volume.map(Volume::totalBytes).orElse(UNKNOWN_VOLUME_BYTES))
              .usableBytes(volume.map(Volume::usableBytes).orElse(UNKNOWN_VOLUME_BYTES));
          result.topics().addAll(topics(name, shards, wanted));
        });
    DescribeLogDirsResponse response = new DescribeLogDirsResponse();
    response.results().addAll(results.values());
    return response;
  }

  private static List<DescribeLogDirsTopic> topics(
      String directory, List<LogDescriptions> shards, Optional<Set<TopicPartition>> wanted) {
    TreeMap<String, DescribeLogDirsTopic> topics = new TreeMap<>();
    for (LogDescriptions shard : shards) {
      for (LogDescription log : shard.logs()) {
        TopicPartition partition = log.partition().topicPartition();
        if (log.directory().equals(directory)
            && (wanted.isEmpty() || wanted.get().contains(partition))) {
          topics
              .computeIfAbsent(partition.topic(), name -> new DescribeLogDirsTopic().name(name))
              .partitions()
              .add(
                  new DescribeLogDirsPartition()
                      .partitionIndex(partition.partition())
                      .partitionSize(log.sizeBytes())
                      .isFutureKey(log.isFuture())
                      .offsetLag(log.offsetLag()));
        }
      }
    }
    return List.copyOf(topics.values());
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

  private Map<String, Volume> volumes() {
    Map<String, Volume> volumes = new HashMap<>();
    for (String directory : directories.usable()) {
      try {
        FileStore store = Files.getFileStore(Path.of(directory));
        volumes.put(directory, new Volume(store.getTotalSpace(), store.getUsableSpace()));
      } catch (IOException failure) {
        LOG.debug("The size of {} is not known", directory, failure);
      }
    }
    return volumes;
  }

  @Override
  public ApiMessage errorResponse(DescribeLogDirsRequest request, ApiException error) {
    return new DescribeLogDirsResponse().errorCode(error.errorCode().code());
  }
}
