package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.Features;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.ApiVersionsResponse;
import io.gofka.protocol.message.ApiVersionsResponse.FinalizedFeatureKey;
import io.gofka.protocol.message.ApiVersionsResponse.SupportedFeatureKey;
import io.vertx.core.Future;
import java.util.regex.Pattern;

/**
 * ApiVersions, key 18, versions 0 to 4: which APIs this node offers in which versions. v1 throttle
 * time; v3 the client's name and version (KIP-511), supported and finalized features (KIP-584); v4
 * features that begin at level 0.
 *
 * <p>Produce is listed from version 0, although only 3 and later are served: older librdkafka takes
 * a broker without Produce v0 for one that knows no newer compression (KAFKA-18659).
 */
final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequest> {
  private static final Pattern SOFTWARE =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
  private static final short FIRST_VERSION_WITH_SOFTWARE = 3;
  private static final short FIRST_WITH_LEVEL_ZERO = 4;

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
    addFeatures(response, context.apiVersion());
    return Future.succeededFuture(Reply.of(response));
  }

  private void addFeatures(ApiVersionsResponse response, short version) {
    ClusterImage image = broker.image().get();
    Features.supported()
        .forEach(
            (name, range) -> {
              // Earlier clients take a feature that begins at 0 for a broken message (KAFKA-17011).
              if (version >= FIRST_WITH_LEVEL_ZERO || range.min() > 0) {
                response
                    .supportedFeatures()
                    .add(
                        new SupportedFeatureKey()
                            .name(name)
                            .minVersion(range.min())
                            .maxVersion(range.max()));
              }
            });
    image
        .featureLevels()
        .forEach(
            (name, level) ->
                response
                    .finalizedFeatures()
                    .add(
                        new FinalizedFeatureKey()
                            .name(name)
                            .minVersionLevel(level)
                            .maxVersionLevel(level)));
    response.finalizedFeaturesEpoch(Math.max(0, image.metadataOffset()));
  }

  @Override
  public ApiMessage errorResponse(ApiVersionsRequest request, ApiException error) {
    return new ApiVersionsResponse().errorCode(error.errorCode().code());
  }
}
