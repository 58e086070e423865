package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.DeleteTopics;
import io.gofka.metadata.DeleteTopics.TopicReference;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.DeleteTopicsRequest;
import io.gofka.protocol.message.DeleteTopicsResponse;
import io.gofka.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * DeleteTopics, key 20, versions 1 to 6. v3 knows TOPIC_DELETION_DISABLED, v4 throttling by quota,
 * v5 error messages; v6 takes topics by name or by id (KIP-516).
 *
 * <p>The answer comes when the deletion is committed; the timeout is not looked at.
 */
final class DeleteTopicsHandler implements ApiHandler<DeleteTopicsRequest> {
  private static final short FIRST_WITH_DELETION_DISABLED = 3;

  private final BrokerContext broker;

  DeleteTopicsHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(DeleteTopicsRequest request, RequestContext context) {
    return broker
        .bus()
        .request(
            Addresses.DELETE_TOPICS, new DeleteTopics(references(request), request.timeoutMs()))
        .map(
            results -> {
              DeleteTopicsResponse response = new DeleteTopicsResponse();
              results.forEach(result -> response.responses().add(answer(result)));
              return Reply.of(response);
            })
        .recover(cause -> Future.failedFuture(inWordsOf(context.apiVersion(), cause)));
  }

  /** Version 6 has references, the versions before it names; the list of the other one is empty. */
  private static List<TopicReference> references(DeleteTopicsRequest request) {
    return Stream.concat(
            request.topics().stream()
                .map(
                    topic ->
                        new TopicReference(
                            Optional.ofNullable(topic.name()),
                            Optional.of(topic.topicId()).filter(id -> !id.equals(Uuids.ZERO)))),
            request.topicNames().stream()
                .map(name -> new TopicReference(Optional.of(name), Optional.empty())))
        .toList();
  }

  private static DeletableTopicResult answer(DeleteTopics.Result result) {
    return new DeletableTopicResult()
        .name(result.name().orElse(null))
        .topicId(result.id().orElse(Uuids.ZERO))
        .errorCode(result.error().code())
        .errorMessage(result.message().orElse(null));
  }

  private static Throwable inWordsOf(short version, Throwable cause) {
    boolean unknownToClient =
        cause instanceof ApiException refused
            && refused.errorCode() == ErrorCode.TOPIC_DELETION_DISABLED
            && version < FIRST_WITH_DELETION_DISABLED;
    return unknownToClient
        ? new ApiException(ErrorCode.INVALID_REQUEST, cause.getMessage())
        : cause;
  }

  @Override
  public ApiMessage errorResponse(DeleteTopicsRequest request, ApiException error) {
    DeleteTopicsResponse response = new DeleteTopicsResponse();
    for (TopicReference topic : references(request)) {
      response
          .responses()
          .add(
              answer(
                  new DeleteTopics.Result(
                      topic.name(),
                      topic.id(),
                      error.errorCode(),
                      Optional.of(error.getMessage()))));
    }
    return response;
  }
}
