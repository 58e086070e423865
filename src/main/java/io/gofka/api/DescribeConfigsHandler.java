package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigDescriptions;
import io.gofka.config.ConfigEntry;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.TopicNames;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DescribeConfigsRequest;
import io.gofka.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.gofka.protocol.message.DescribeConfigsResponse;
import io.gofka.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.gofka.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.gofka.protocol.message.DescribeConfigsResponse.DescribeConfigsSynonym;
import io.vertx.core.Future;
import java.util.List;

/**
 * DescribeConfigs, key 32, versions 1 to 4: the settings of topics, brokers, a broker's loggers,
 * groups and client-metrics subscriptions. v1 sources and synonyms (KIP-226); v3 types and
 * documentation (KIP-569).
 *
 * <p>A broker answers for itself and for the defaults of all brokers; a client asks each broker for
 * its own. As in Kafka, an empty list of keys means all of them, just as none does.
 */
final class DescribeConfigsHandler implements ApiHandler<DescribeConfigsRequest> {
  /** Code of the source of a logger's level. */
  private static final byte BROKER_LOGGER_SOURCE = 6;

  private final BrokerContext broker;
  private final BrokerLoggers loggers;

  DescribeConfigsHandler(BrokerContext broker, BrokerLoggers loggers) {
    this.broker = broker;
    this.loggers = loggers;
  }

  @Override
  public Future<Reply> handle(DescribeConfigsRequest request, RequestContext context) {
    DescribeConfigsResponse response = new DescribeConfigsResponse();
    for (DescribeConfigsResource resource : request.resources()) {
      DescribeConfigsResult result = result(resource).errorMessage(null);
      try {
        result.configs(describe(resource, request));
      } catch (ApiException refused) {
        result.errorCode(refused.errorCode().code()).errorMessage(refused.getMessage());
      }
      response.results().add(result);
    }
    return Future.succeededFuture(Reply.of(response));
  }

  private List<DescribeConfigsResourceResult> describe(
      DescribeConfigsResource resource, DescribeConfigsRequest request) {
    List<String> keys = resource.configurationKeys();
    return describeAll(resource, request).stream()
        .filter(entry -> keys == null || keys.isEmpty() || keys.contains(entry.name()))
        .toList();
  }

  private List<DescribeConfigsResourceResult> describeAll(
      DescribeConfigsResource asked, DescribeConfigsRequest request) {
    ConfigResource resource =
        new ConfigResource(ConfigResource.Type.of(asked.resourceType()), asked.resourceName());
    ClusterImage image = broker.image().get();
    switch (resource.type()) {
      case TOPIC -> requireTopic(image, resource.name());
      case BROKER -> OwnConfigResource.requireOwnOrAll(broker.brokerId(), resource.name());
      case BROKER_LOGGER -> OwnConfigResource.requireOwn(broker.brokerId(), resource.name());
      case GROUP, CLIENT_METRICS -> OwnConfigResource.requireName(resource);
      default ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, "there are no resources of type " + asked.resourceType());
    }
    if (resource.type() == ConfigResource.Type.BROKER_LOGGER) {
      return loggerLevels();
    }
    return ConfigDescriptions.describe(resource, image.overrides(resource), broker.config().get())
        .stream()
        .map(entry -> answer(entry, request))
        .toList();
  }

  private static void requireTopic(ClusterImage image, String name) {
    TopicNames.mistake(name)
        .ifPresent(
            mistake -> {
              throw new ApiException(ErrorCode.INVALID_TOPIC_EXCEPTION, mistake);
            });
    if (image.topic(name).isEmpty()) {
      throw new ApiException(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic '" + name + "'");
    }
  }

  private List<DescribeConfigsResourceResult> loggerLevels() {
    return loggers.levels().entrySet().stream()
        .map(
            level ->
                new DescribeConfigsResourceResult()
                    .name(level.getKey())
                    .value(level.getValue())
                    .configSource(BROKER_LOGGER_SOURCE)
                    .documentation(null))
        .toList();
  }

  private static DescribeConfigsResourceResult answer(
      ConfigEntry entry, DescribeConfigsRequest request) {
    DescribeConfigsResourceResult answer =
        new DescribeConfigsResourceResult()
            .name(entry.name())
            .value(entry.value().orElse(null))
            .readOnly(entry.readOnly())
            .configSource(entry.source().code())
            .isSensitive(entry.sensitive())
            .configType(entry.type().code())
            .documentation(request.includeDocumentation() ? entry.documentation() : null);
    if (request.includeSynonyms()) {
      for (ConfigEntry.Synonym synonym : entry.synonyms()) {
        answer
            .synonyms()
            .add(
                new DescribeConfigsSynonym()
                    .name(synonym.name())
                    .value(synonym.value().orElse(null))
                    .source(synonym.source().code()));
      }
    }
    return answer;
  }

  private static DescribeConfigsResult result(DescribeConfigsResource resource) {
    return new DescribeConfigsResult()
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName());
  }

  @Override
  public ApiMessage errorResponse(DescribeConfigsRequest request, ApiException error) {
    DescribeConfigsResponse response = new DescribeConfigsResponse();
    for (DescribeConfigsResource resource : request.resources()) {
      response
          .results()
          .add(
              result(resource)
                  .errorCode(error.errorCode().code())
                  .errorMessage(error.getMessage()));
    }
    return response;
  }
}
