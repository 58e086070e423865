package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.vertx.core.Future;

/**
 * Answers ApiVersions (key 18) in a version that isn't known: version 0 of the response, error 35,
 * and the range of this one API, from which the client picks and asks again (KIP-511).
 */
public final class UnsupportedApiVersionsHandler implements ApiHandler<ApiVersionsRequest> {
  @Override
  public Future<Reply> handle(ApiVersionsRequest request, RequestContext context) {
    return Future.succeededFuture(Reply.of(response()));
  }

  @Override
  public ApiMessage errorResponse(ApiVersionsRequest request, ApiException error) {
    return response();
  }

  private static ApiVersionsResponse response() {
    ApiVersionsResponse response =
        new ApiVersionsResponse().errorCode(ErrorCode.UNSUPPORTED_VERSION.code());
    response
        .apiKeys()
        .add(
            new ApiVersionsResponse.ApiVersion()
                .apiKey(ApiKey.API_VERSIONS.id())
                .minVersion(ApiKey.API_VERSIONS.lowestVersion())
                .maxVersion(ApiKey.API_VERSIONS.highestVersion()));
    return response;
  }
}
