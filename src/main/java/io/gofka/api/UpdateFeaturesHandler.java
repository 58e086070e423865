package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.UpdateFeatures;
import io.gofka.metadata.UpdateFeatures.Update;
import io.gofka.metadata.UpdateFeatures.UpgradeType;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.UpdateFeaturesRequest;
import io.gofka.protocol.message.UpdateFeaturesRequest.FeatureUpdateKey;
import io.gofka.protocol.message.UpdateFeaturesResponse;
import io.gofka.protocol.message.UpdateFeaturesResponse.UpdatableFeatureResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * UpdateFeatures, key 57, versions 0 to 2: finalize other levels of features (KIP-584). v1 safe and
 * unsafe downgrades, and trying without doing (KIP-778); v2 one result for all features (KIP-1022).
 *
 * <p>Either all updates are done or none, in every version, as in Kafka.
 */
final class UpdateFeaturesHandler implements ApiHandler<UpdateFeaturesRequest> {
  private static final short FIRST_WITH_UPGRADE_TYPE = 1;

  private static final Set<ErrorCode> OF_A_FEATURE =
      Set.of(ErrorCode.INVALID_UPDATE_VERSION, ErrorCode.FEATURE_UPDATE_FAILED);

  private final BrokerContext broker;

  UpdateFeaturesHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(UpdateFeaturesRequest request, RequestContext context) {
    List<Update> updates = new ArrayList<>(request.featureUpdates().size());
    for (FeatureUpdateKey update : request.featureUpdates()) {
      updates.add(
          new Update(
              update.feature(), update.maxVersionLevel(), type(update, context.apiVersion())));
    }
    return broker
        .bus()
        .request(
            Addresses.UPDATE_FEATURES,
            new UpdateFeatures(updates, request.validateOnly(), request.timeoutMs()))
        .map(
            done -> {
              UpdateFeaturesResponse response = new UpdateFeaturesResponse().errorMessage(null);
              for (Update update : updates) { // Versions that have no room for them leave them out.
                response
                    .results()
                    .add(new UpdatableFeatureResult().feature(update.feature()).errorMessage(null));
              }
              return Reply.of(response);
            });
  }

  private static UpgradeType type(FeatureUpdateKey update, short version) {
    if (version < FIRST_WITH_UPGRADE_TYPE) {
      return update.allowDowngrade() ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE;
    }
    return UpgradeType.of(update.upgradeType())
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.INVALID_REQUEST,
                    "feature %s: there is no upgrade type %d"
                        .formatted(update.feature(), update.upgradeType())));
  }

  /** An error of one feature is one of all: Kafka's tool tells it for each of them. */
  @Override
  public ApiMessage errorResponse(UpdateFeaturesRequest request, ApiException error) {
    String message =
        OF_A_FEATURE.contains(error.errorCode())
            ? "No feature is updated, because of one: " + error.getMessage()
            : error.getMessage();
    return new UpdateFeaturesResponse().errorCode(error.errorCode().code()).errorMessage(message);
  }
}
