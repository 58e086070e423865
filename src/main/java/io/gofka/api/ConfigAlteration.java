package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterConfigs;
import io.gofka.metadata.AlterConfigs.Alteration;
import io.gofka.metadata.AlterConfigs.Change;
import io.gofka.metadata.AlterConfigs.Replacement;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One request that alters settings, on its way: what concerns this broker's loggers is done here,
 * the rest goes to the controller in one message. Answers stand in the order of the resources.
 */
final class ConfigAlteration {
  /** What became of one resource; the message is null without error. */
  record Outcome(ErrorCode error, String message) {
    private static final Outcome DONE = new Outcome(ErrorCode.NONE, null);

    private static Outcome refused(ApiException error) {
      return new Outcome(error.errorCode(), error.getMessage());
    }
  }

  private record Asked(byte typeCode, String name, Step step) {}

  private final BrokerContext broker;
  private final BrokerLoggers loggers;
  private final boolean validateOnly;
  private final List<Asked> asked = new ArrayList<>();
  private final List<Outcome> outcomes = new ArrayList<>();
  private final List<Integer> positions = new ArrayList<>();
  private final List<Alteration> alterations = new ArrayList<>();

  ConfigAlteration(BrokerContext broker, BrokerLoggers loggers, boolean validateOnly) {
    this.broker = broker;
    this.loggers = loggers;
    this.validateOnly = validateOnly;
  }

  /**
   * @param operations the changes; throws what is wrong with them
   */
  void change(byte typeCode, String name, Supplier<List<ConfigOp>> operations) {
    Step step =
        resource -> {
          List<ConfigOp> wanted = operations.get();
          if (resource.type() == ConfigResource.Type.BROKER_LOGGER) {
            loggers.alter(wanted, validateOnly);
            return Optional.empty();
          }
          return Optional.of(new Change(resource, wanted));
        };
    asked.add(new Asked(typeCode, name, step));
  }

  /**
   * @param overrides those that are to hold; throws what is wrong with them
   */
  void replace(byte typeCode, String name, Supplier<Map<String, String>> overrides) {
    Step step =
        resource -> {
          if (resource.type() == ConfigResource.Type.BROKER_LOGGER) {
            throw new ApiException(
                ErrorCode.INVALID_REQUEST,
                "levels of loggers are changed one by one (IncrementalAlterConfigs)");
          }
          return Optional.of(new Replacement(resource, overrides.get()));
        };
    asked.add(new Asked(typeCode, name, step));
  }

  /** Has everything done, and answers for every resource. */
  Future<List<Outcome>> carryOut() {
    Map<ConfigResource, Integer> times = new HashMap<>();
    asked.forEach(one -> times.merge(resource(one), 1, Integer::sum));
    asked.forEach(one -> take(one, times.get(resource(one))));
    if (alterations.isEmpty()) {
      return Future.succeededFuture(outcomes);
    }
    return broker
        .bus()
        .request(Addresses.ALTER_CONFIGS, new AlterConfigs(alterations, validateOnly))
        .map(
            results -> {
              for (int i = 0; i < results.size(); i++) {
                AlterConfigs.Result result = results.get(i);
                outcomes.set(
                    positions.get(i), new Outcome(result.error(), result.message().orElse(null)));
              }
              return outcomes;
            });
  }

  /** Names of settings that stand more than once are refused, whatever is wanted of them. */
  static void requireEachOnce(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST, "configuration " + name + " stands twice in the request");
      }
    }
  }

  private interface Step {
    Optional<Alteration> take(ConfigResource resource);
  }

  private void take(Asked one, int times) {
    int position = outcomes.size();
    outcomes.add(Outcome.DONE);
    try {
      if (times > 1) {
        throw new ApiException(
            ErrorCode.INVALID_REQUEST, "resource '" + one.name + "' stands twice in the request");
      }
      ConfigResource resource = resource(one);
      requireConcern(resource, one.typeCode);
      one.step
          .take(resource)
          .ifPresent(
              alteration -> {
                positions.add(position);
                alterations.add(alteration);
              });
    } catch (ApiException refused) {
      outcomes.set(position, Outcome.refused(refused));
    }
  }

  private void requireConcern(ConfigResource resource, byte typeCode) {
    switch (resource.type()) {
      case BROKER -> {
        if (broker.endpointType() == EndpointType.BROKERS) { // A controller knows every broker.
          OwnConfigResource.requireOwnOrAll(broker.brokerId(), resource.name());
        }
      }
      case BROKER_LOGGER -> OwnConfigResource.requireOwn(broker.brokerId(), resource.name());
      case UNKNOWN ->
          throw new ApiException(
              ErrorCode.INVALID_REQUEST, "there are no resources of type " + typeCode);
      default -> {} // The controller knows which topics, groups and subscriptions there may be.
    }
  }

  private static ConfigResource resource(Asked one) {
    return new ConfigResource(ConfigResource.Type.of(one.typeCode), one.name);
  }
}
