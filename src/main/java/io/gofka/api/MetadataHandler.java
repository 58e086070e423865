package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.InternalTopics;
import io.gofka.metadata.TopicNames;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.MetadataRequest;
import io.gofka.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.gofka.protocol.message.MetadataResponse;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.gofka.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Metadata, key 3, versions 0 to 13: brokers, topics and who leads their partitions. v1 null asks
 * for all topics and an empty list for none (in v0 an empty list asks for all), controller, rack,
 * internal flag; v2 cluster id; v4 may forbid creating topics; v5 offline replicas; v7 leader
 * epoch; v8 authorized operations, those of the cluster until v10; v10 topic ids in the response;
 * v12 topics asked for by id; v13 top-level error.
 *
 * <p>Unlike Kafka, which answers UNKNOWN_TOPIC_OR_PARTITION while an asked-for topic is created,
 * the answer waits for it: that takes one fsync, and saves the client a retry after its back-off.
 */
final class MetadataHandler implements ApiHandler<MetadataRequest> {
  private static final short FIRST_WITH_EMPTY_FOR_NONE = 1;
  private static final short FIRST_WITH_OPERATIONS = 8;
  private static final short LAST_WITH_CLUSTER_OPERATIONS = 10;
  private static final short FIRST_BY_ID = 12;

  /**
   * How long an answer waits for topics that the client hasn't asked to be created: without an
   * active controller the brokers, and topics that are there, are wanted all the same.
   */
  static final int CREATION_TIMEOUT_MS = 5_000;

  private final BrokerContext broker;

  MetadataHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(MetadataRequest request, RequestContext context) {
    if (wantsAll(request, context)) {
      return Future.succeededFuture(Reply.of(describeAll(request, context)));
    }
    Set<String> names = new LinkedHashSet<>();
    Set<UUID> ids = new LinkedHashSet<>();
    for (MetadataRequestTopic topic : request.topics()) {
      if (!topic.topicId().equals(Uuids.ZERO)) {
        ids.add(topic.topicId());
      } else if (topic.name() != null) {
        names.add(topic.name());
      }
      boolean byId = topic.name() == null || !topic.topicId().equals(Uuids.ZERO);
      if (byId && context.apiVersion() < FIRST_BY_ID) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST,
            "topics are asked for by id from version 12 on, not in " + context.apiVersion());
      }
    }
    return createMissing(names, request)
        .map(errors -> Reply.of(describe(names, ids, errors, request, context)));
  }

  /** Creates what doesn't exist, when that is wanted; answers why not. */
  private Future<Map<String, ErrorCode>> createMissing(Set<String> names, MetadataRequest request) {
    ClusterImage image = broker.image().get();
    Map<String, ErrorCode> errors = new HashMap<>();
    List<CreateTopics.NewTopic> missing = new ArrayList<>();
    boolean create =
        request.allowAutoTopicCreation() && broker.config().get().autoCreateTopicsEnable();
    for (String name : names) {
      if (TopicNames.mistake(name).isPresent()) {
        errors.put(name, ErrorCode.INVALID_TOPIC_EXCEPTION);
      } else if (create && image.topic(name).isEmpty()) {
        missing.add(InternalTopics.newTopic(name, broker.config().get(), image));
      }
    }
    if (missing.isEmpty()) {
      return Future.succeededFuture(errors);
    }
    return broker
        .bus()
        .request(Addresses.CREATE_TOPICS, new CreateTopics(missing, false, CREATION_TIMEOUT_MS))
        .map(
            results -> {
              results.forEach(result -> errors.put(result.name(), result.error()));
              return errors;
            })
        .otherwise(
            cause -> {
              // Brokers and existing topics are wanted whatever becomes of the others.
              missing.forEach(topic -> errors.put(topic.name(), error(cause)));
              return errors;
            });
  }

  /** When it isn't known to be in vain, the client is to ask again. */
  private static ErrorCode error(Throwable cause) {
    return cause instanceof ApiException refused && !refused.errorCode().retriable()
        ? refused.errorCode()
        : ErrorCode.LEADER_NOT_AVAILABLE;
  }

  private MetadataResponse describeAll(MetadataRequest request, RequestContext context) {
    ClusterImage image = broker.image().get();
    MetadataResponse response = cluster(image, request, context);
    for (TopicImage topic : image.topicsByName().values()) {
      response.topics().add(describe(topic, image, request, context));
    }
    return response;
  }

  private MetadataResponse describe(
      Set<String> names,
      Set<UUID> ids,
      Map<String, ErrorCode> errors,
      MetadataRequest request,
      RequestContext context) {
    ClusterImage image = broker.image().get();
    MetadataResponse response = cluster(image, request, context);
    for (String name : names) {
      response
          .topics()
          .add(
              image
                  .topic(name)
                  .map(topic -> describe(topic, image, request, context))
                  .orElseGet(() -> unknown(name, errors)));
    }
    for (UUID id : ids) {
      response
          .topics()
          .add(
              image
                  .topic(id)
                  .map(topic -> describe(topic, image, request, context))
                  .orElseGet(() -> unknown(id)));
    }
    return response;
  }

  private MetadataResponse cluster(
      ClusterImage image, MetadataRequest request, RequestContext context) {
    MetadataResponse response =
        new MetadataResponse()
            .clusterId(image.clusterId())
            .controllerId(ClientEndpoint.controllerId(image, broker.brokerId()))
            .clusterAuthorizedOperations(AuthorizedOperations.NOT_ASKED);
    if (request.includeClusterAuthorizedOperations()
        && context.apiVersion() >= FIRST_WITH_OPERATIONS
        && context.apiVersion() <= LAST_WITH_CLUSTER_OPERATIONS) {
      response.clusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    for (BrokerImage other : image.brokers().values()) {
      if (!other.fenced()) {
        ClientEndpoint.of(other, broker.brokerId(), context.connection())
            .ifPresent(
                endpoint ->
                    response
                        .brokers()
                        .add(
                            new MetadataResponseBroker()
                                .nodeId(other.id())
                                .host(endpoint.host())
                                .port(endpoint.port())
                                .rack(other.rack().orElse(null))));
      }
    }
    return response;
  }

  private static MetadataResponseTopic describe(
      TopicImage topic, ClusterImage image, MetadataRequest request, RequestContext context) {
    MetadataResponseTopic answer =
        new MetadataResponseTopic()
            .name(topic.name())
            .topicId(topic.id())
            .isInternal(topic.internal())
            .partitions(
                PartitionMetadata.describe(
                    topic, image, context.connection(), context.apiVersion()));
    if (request.includeTopicAuthorizedOperations()
        && context.apiVersion() >= FIRST_WITH_OPERATIONS) {
      answer.topicAuthorizedOperations(AuthorizedOperations.TOPIC);
    }
    return answer;
  }

  private static MetadataResponseTopic unknown(String name, Map<String, ErrorCode> errors) {
    ErrorCode error = errors.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    boolean justCreated = error == ErrorCode.NONE || error == ErrorCode.TOPIC_ALREADY_EXISTS;
    return new MetadataResponseTopic()
        .name(name)
        .isInternal(TopicImage.isInternal(name))
        .errorCode((justCreated ? ErrorCode.LEADER_NOT_AVAILABLE : error).code());
  }

  private static MetadataResponseTopic unknown(UUID id) {
    return new MetadataResponseTopic()
        .name(null)
        .topicId(id)
        .errorCode(ErrorCode.UNKNOWN_TOPIC_ID.code());
  }

  private static boolean wantsAll(MetadataRequest request, RequestContext context) {
    return request.topics() == null
        || (request.topics().isEmpty() && context.apiVersion() < FIRST_WITH_EMPTY_FOR_NONE);
  }

  @Override
  public ApiMessage errorResponse(MetadataRequest request, ApiException error) {
    MetadataResponse response = new MetadataResponse().errorCode(error.errorCode().code());
    if (request.topics() != null) {
      for (MetadataRequestTopic topic : request.topics()) {
        response
            .topics()
            .add(
                new MetadataResponseTopic()
                    // Versions 10 and 11 know no null here, though requests may have one.
                    .name(topic.name() == null ? "" : topic.name())
                    .topicId(topic.topicId())
                    .errorCode(error.errorCode().code()));
      }
    }
    return response;
  }
}
