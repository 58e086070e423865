package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.config.ConfigOp;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.gofka.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse;
import io.gofka.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import io.vertx.core.Future;
import java.util.List;

/**
 * IncrementalAlterConfigs, key 44, versions 0 and 1: set, take away, append to and subtract from
 * single settings (KIP-339), levels of this broker's loggers included (KIP-412).
 */
final class IncrementalAlterConfigsHandler implements ApiHandler<IncrementalAlterConfigsRequest> {
  private final BrokerContext broker;
  private final BrokerLoggers loggers;

  IncrementalAlterConfigsHandler(BrokerContext broker, BrokerLoggers loggers) {
    this.broker = broker;
    this.loggers = loggers;
  }

  @Override
  public Future<Reply> handle(IncrementalAlterConfigsRequest request, RequestContext context) {
    ConfigAlteration alteration = new ConfigAlteration(broker, loggers, request.validateOnly());
    for (AlterConfigsResource resource : request.resources()) {
      alteration.change(
          resource.resourceType(), resource.resourceName(), () -> operations(resource));
    }
    return alteration
        .carryOut()
        .map(
            outcomes -> {
              IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
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

  private static List<ConfigOp> operations(AlterConfigsResource resource) {
    ConfigAlteration.requireEachOnce(
        resource.configs().stream().map(AlterableConfig::name).toList());
    return resource.configs().stream()
        .map(config -> ConfigOp.of(config.name(), config.configOperation(), config.value()))
        .toList();
  }

  private static AlterConfigsResourceResponse answer(AlterConfigsResource resource) {
    return new AlterConfigsResourceResponse()
        .resourceType(resource.resourceType())
        .resourceName(resource.resourceName());
  }

  @Override
  public ApiMessage errorResponse(IncrementalAlterConfigsRequest request, ApiException error) {
    IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
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
