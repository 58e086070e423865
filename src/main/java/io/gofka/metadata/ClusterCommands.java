package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.AlterConfigs.Alteration;
import io.gofka.metadata.AlterConfigs.Change;
import io.gofka.metadata.AlterConfigs.Replacement;
import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.UpdateFeatures.Update;
import io.gofka.metadata.UpdateFeatures.UpgradeType;
import io.gofka.protocol.message.AllocateProducerIdsCommand;
import io.gofka.protocol.message.AllocateProducerIdsReply;
import io.gofka.protocol.message.AlterConfigsCommand;
import io.gofka.protocol.message.AlterConfigsCommand.AlterConfigsCommandAlteration;
import io.gofka.protocol.message.AlterConfigsCommand.AlterConfigsCommandOperation;
import io.gofka.protocol.message.AlterConfigsCommand.AlterConfigsCommandOverride;
import io.gofka.protocol.message.AlterConfigsReply;
import io.gofka.protocol.message.AlterConfigsReply.AlterConfigsReplyResource;
import io.gofka.protocol.message.UnregisterBrokerCommand;
import io.gofka.protocol.message.UpdateFeaturesCommand;
import io.gofka.protocol.message.UpdateFeaturesCommand.UpdateFeaturesCommandUpdate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The forms in which commands about brokers, settings and features travel. */
final class ClusterCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.of(
              AlterConfigs.class,
              new AlterConfigsCommand().apiKey(),
              new Form<>(
                  AlterConfigsCommand::read, ClusterCommands::message, ClusterCommands::command),
              new Form<>(
                  AlterConfigsReply::read, ClusterCommands::altered, ClusterCommands::altered)),
          CommandCodec.of(
              AllocateProducerIds.class,
              new AllocateProducerIdsCommand().apiKey(),
              new Form<>(
                  AllocateProducerIdsCommand::read,
                  command -> new AllocateProducerIdsCommand().brokerId(command.brokerId()),
                  message -> new AllocateProducerIds(message.brokerId())),
              new Form<>(
                  AllocateProducerIdsReply::read,
                  block -> new AllocateProducerIdsReply().first(block.first()).count(block.count()),
                  message -> new ProducerIdBlock(message.first(), message.count()))),
          CommandCodec.withoutReply(
              UnregisterBroker.class,
              new UnregisterBrokerCommand().apiKey(),
              new Form<>(
                  UnregisterBrokerCommand::read,
                  command -> new UnregisterBrokerCommand().brokerId(command.brokerId()),
                  message -> new UnregisterBroker(message.brokerId()))),
          CommandCodec.withoutReply(
              UpdateFeatures.class,
              new UpdateFeaturesCommand().apiKey(),
              new Form<>(
                  UpdateFeaturesCommand::read,
                  ClusterCommands::message,
                  ClusterCommands::command)));

  private ClusterCommands() {}

  private static AlterConfigsCommand message(AlterConfigs command) {
    AlterConfigsCommand message = new AlterConfigsCommand().validateOnly(command.validateOnly());
    for (Alteration alteration : command.alterations()) {
      message
          .alterations()
          .add(
              content(alteration)
                  .resourceType(alteration.resource().type().code())
                  .resourceName(alteration.resource().name()));
    }
    return message;
  }

  private static AlterConfigsCommandAlteration content(Alteration alteration) {
    if (alteration instanceof Change change) {
      return new AlterConfigsCommandAlteration()
          .operations(change.operations().stream().map(ClusterCommands::operation).toList())
          .overrides(null);
    }
    if (alteration instanceof Replacement replacement) {
      return new AlterConfigsCommandAlteration()
          .operations(null)
          .overrides(
              replacement.overrides().entrySet().stream()
                  .map(
                      override ->
                          new AlterConfigsCommandOverride()
                              .key(override.getKey())
                              .value(override.getValue()))
                  .toList());
    }
    throw new IllegalStateException("nobody writes " + alteration);
  }

  private static AlterConfigsCommandOperation operation(ConfigOp operation) {
    return new AlterConfigsCommandOperation()
        .key(operation.name())
        .operation(operation.type().code())
        .value(operation.value().orElse(null));
  }

  private static AlterConfigs command(AlterConfigsCommand message) {
    return new AlterConfigs(
        message.alterations().stream().map(ClusterCommands::alteration).toList(),
        message.validateOnly());
  }

  private static Alteration alteration(AlterConfigsCommandAlteration message) {
    ConfigResource resource = resource(message.resourceType(), message.resourceName());
    if (message.operations() != null) {
      return new Change(
          resource, message.operations().stream().map(ClusterCommands::operation).toList());
    }
    if (message.overrides() == null) {
      throw new IllegalArgumentException("nothing is wanted of " + resource);
    }
    Map<String, String> overrides = new TreeMap<>();
    message.overrides().forEach(override -> overrides.put(override.key(), override.value()));
    return new Replacement(resource, overrides);
  }

  private static ConfigOp operation(AlterConfigsCommandOperation message) {
    return ConfigOp.of(message.key(), message.operation(), message.value());
  }

  private static AlterConfigsReply altered(List<AlterConfigs.Result> results) {
    AlterConfigsReply message = new AlterConfigsReply();
    for (AlterConfigs.Result result : results) {
      message
          .resources()
          .add(
              new AlterConfigsReplyResource()
                  .resourceType(result.resource().type().code())
                  .resourceName(result.resource().name())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null)));
    }
    return message;
  }

  private static List<AlterConfigs.Result> altered(AlterConfigsReply message) {
    return message.resources().stream()
        .map(
            result ->
                new AlterConfigs.Result(
                    resource(result.resourceType(), result.resourceName()),
                    ErrorCode.of(result.errorCode()),
                    Optional.ofNullable(result.errorMessage())))
        .toList();
  }

  private static ConfigResource resource(byte type, String name) {
    return new ConfigResource(ConfigResource.Type.of(type), name);
  }

  private static UpdateFeaturesCommand message(UpdateFeatures command) {
    UpdateFeaturesCommand message =
        new UpdateFeaturesCommand()
            .validateOnly(command.validateOnly())
            .timeoutMs(command.timeoutMs());
    for (Update update : command.updates()) {
      message
          .updates()
          .add(
              new UpdateFeaturesCommandUpdate()
                  .feature(update.feature())
                  .level(update.level())
                  .upgradeType(update.type().code()));
    }
    return message;
  }

  private static UpdateFeatures command(UpdateFeaturesCommand message) {
    return new UpdateFeatures(
        message.updates().stream().map(ClusterCommands::update).toList(),
        message.validateOnly(),
        message.timeoutMs());
  }

  private static Update update(UpdateFeaturesCommandUpdate message) {
    UpgradeType type =
        UpgradeType.of(message.upgradeType())
            .orElseThrow(
                () -> new IllegalArgumentException("upgrade type " + message.upgradeType()));
    return new Update(message.feature(), message.level(), type);
  }
}
