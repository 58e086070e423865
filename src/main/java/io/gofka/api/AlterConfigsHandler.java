package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.AlterConfigsRequest;
import io.gofka.protocol.message.AlterConfigsRequest.AlterConfigsResource;
import io.gofka.protocol.message.AlterConfigsRequest.AlterableConfig;
import io.gofka.protocol.message.AlterConfigsResponse;
import io.gofka.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;

/**
 * AlterConfigs, key 33, versions 0 to 2: replace all overrides of a resource. Only old tools ask
 * for it; what a request doesn't name goes back to its default.
 */
final class AlterConfigsHandler implements ApiHandler<AlterConfigsRequest> {
  private final BrokerContext broker;
  private final BrokerLoggers loggers;

  AlterConfigsHandler(BrokerContext broker, BrokerLoggers loggers) {
    this.broker = broker;
    this.loggers = loggers;
  }

  @Override
  public Future<Reply> handle(AlterConfigsRequest request, RequestContext context) {
    ConfigAlteration alteration = new ConfigAlteration(broker, loggers, request.validateOnly());
    for (AlterConfigsResource resource : request.resources()) {
      alteration.replace(
          resource.resourceType(), resource.resourceName(), () -> overrides(resource));
    }
    return alteration
        .carryOut()
        .map(
            outcomes -> {
              AlterConfigsResponse response = new AlterConfigsResponse();
              for (int i = 0; i < outcomes.size(); i++) {
                response
                    .responses()
                    .add(
                        answer(request.resources().get(i))
                            .errorCode(outcomes.get(i).error().code())
                            .errorMessage(outcomes.get(i).message()));
              }
              return Reply.of(response);
            });
  }

  private static Map<String, String> overrides(AlterConfigsResource resource) {
    ConfigAlteration.requireEachOnce(
        resource.configs().stream().map(AlterableConfig::name).toList());
    Map<String, String> overrides = new HashMap<>();
    resource.configs().forEach(config -> overrides.put(config.name(), config.value()));
    return overrides;
  }

  private static AlterConfigsResourceResponse answer(AlterConfigsResource resource) {
    return new AlterConfigsResourceResponse()
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName());
  }

  @Override
  public ApiMessage errorResponse(AlterConfigsRequest request, ApiException error) {
    AlterConfigsResponse response = new AlterConfigsResponse();
    for (AlterConfigsResource resource : request.resources()) {
      response
          .responses()
          .add(
              answer(resource)
                  .errorCode(error.errorCode().code())
                  .errorMessage(error.getMessage()));
    }
    return response;
  }
}
