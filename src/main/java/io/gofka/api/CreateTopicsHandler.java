package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigDescriptions;
import io.gofka.config.ConfigEntry;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.CreateTopics.Assignment;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.CreateTopicsRequest;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.gofka.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.gofka.protocol.message.CreateTopicsResponse;
import io.gofka.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.gofka.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * CreateTopics, key 19, versions 2 to 7. v4 defaults for partitions and replication factor
 * (KIP-464); v5 the topic's configuration in the response (KIP-525); v6 throttling by quota; v7
 * topic id.
 *
 * <p>The answer comes when the topics are committed and this node knows them. A topic that is only
 * validated has no id yet, where Kafka tells one that it throws away.
 */
final class CreateTopicsHandler implements ApiHandler<CreateTopicsRequest> {
  private static final short FIRST_WITH_CONFIGS = 5;

  private final BrokerContext broker;

  CreateTopicsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(CreateTopicsRequest request, RequestContext context) {
    Map<String, NewTopic> wanted = new HashMap<>();
    List<NewTopic> topics = new ArrayList<>(request.topics().size());
    for (CreatableTopic topic : request.topics()) {
      NewTopic newTopic = newTopic(topic);
      topics.add(newTopic);
      wanted.put(topic.name(), newTopic);
    }
    return broker
        .bus()
        .request(
            Addresses.CREATE_TOPICS,
            new CreateTopics(topics, request.validateOnly(), request.timeoutMs()))
        .map(
            results -> {
              CreateTopicsResponse response = new CreateTopicsResponse();
              for (CreateTopics.Result result : results) {
                response.topics().add(answer(result, wanted.get(result.name()), context));
              }
              return Reply.of(response);
            });
  }

  private static NewTopic newTopic(CreatableTopic topic) {
    List<Assignment> assignments =
        topic.assignments().stream()
            .map(given -> new Assignment(given.partitionIndex(), given.brokerIds()))
            .toList();
    Map<String, String> configs = new HashMap<>();
    for (CreatableTopicConfig config : topic.configs()) {
      configs.put(config.name(), config.value());
    }
    return new NewTopic(
        topic.name(), topic.numPartitions(), topic.replicationFactor(), assignments, configs);
  }

  private CreatableTopicResult answer(
      CreateTopics.Result result, NewTopic wanted, RequestContext context) {
    CreatableTopicResult answer =
        new CreatableTopicResult()
            .name(result.name())
            .topicId(result.topicId())
            .errorCode(result.error().code())
            .errorMessage(result.message().orElse(null))
            .numPartitions(result.partitions())
            .replicationFactor((short) result.replicationFactor());
    if (result.error() == ErrorCode.NONE && context.apiVersion() >= FIRST_WITH_CONFIGS) {
      ConfigDescriptions.describe(
              ConfigResource.topic(result.name()), wanted.configs(), broker.config().get())
          .forEach(entry -> answer.configs().add(config(entry)));
    }
    return answer;
  }

  private static CreatableTopicConfigs config(ConfigEntry entry) {
    return new CreatableTopicConfigs()
        .name(entry.name())
        .value(entry.value().orElse(null))
        .readOnly(entry.readOnly())
        .configSource(entry.source().code())
        .isSensitive(entry.sensitive());
  }

  @Override
  public ApiMessage errorResponse(CreateTopicsRequest request, ApiException error) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    for (CreatableTopic topic : request.topics()) {
      response
          .topics()
          .add(
              new CreatableTopicResult()
                  .name(topic.name())
                  .errorCode(error.errorCode().code())
                  .errorMessage(error.getMessage()));
    }
    return response;
  }
}
