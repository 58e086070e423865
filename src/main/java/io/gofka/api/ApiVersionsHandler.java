package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.vertx.core.Future;
import java.util.regex.Pattern;

/**
 * ApiVersions, key 18, versions 0 to 4: which APIs this node offers in which versions. v1 throttle
 * time; v3 the client's name and version (KIP-511), finalized features (KIP-584); v4 features may
 * begin at level 0.
 *
 * <p>Produce is listed from version 0, although only 3 and later are served: older librdkafka takes
 * a broker without Produce v0 for one that knows no newer compression (KAFKA-18659).
 */
final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequest> {
  private static final Pattern SOFTWARE =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
  private static final short FIRST_VERSION_WITH_SOFTWARE = 3;

  private final ApiRegistry registry;
  private final BrokerContext broker;

  ApiVersionsHandler(ApiRegistry registry, BrokerContext broker) {
    this.registry = registry;
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(ApiVersionsRequest request, RequestContext context) {
    if (context.apiVersion() >= FIRST_VERSION_WITH_SOFTWARE
        && !(SOFTWARE.matcher(request.clientSoftwareName()).matches()
            && SOFTWARE.matcher(request.clientSoftwareVersion()).matches())) {
      return Future.failedFuture(
          new ApiException(
              ErrorCode.INVALID_REQUEST,
              "client software name and version must match " + SOFTWARE.pattern()));
    }
    ApiVersionsResponse response = new ApiVersionsResponse();
    for (ApiKey key : registry.keys()) {
      response
          .apiKeys()
          .add(
              new ApiVersionsResponse.ApiVersion()
                  .apiKey(key.id())
                  .minVersion(key == ApiKey.PRODUCE ? 0 : key.lowestVersion())
                  .maxVersion(key.highestVersion()));
    }
    response.finalizedFeaturesEpoch(Math.max(0, broker.image().get().metadataOffset()));
    return Future.succeededFuture(Reply.of(response));
  }

  @Override
  public ApiMessage errorResponse(ApiVersionsRequest request, ApiException error) {
    return new ApiVersionsResponse().errorCode(error.errorCode().code());
  }
}
