package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.VersionRange;
import io.gofka.protocol.message.RegisterBrokerCommand;
import io.gofka.protocol.message.RegisterBrokerCommand.RegisterBrokerCommandEndpoint;
import io.gofka.protocol.message.RegisterBrokerCommand.RegisterBrokerCommandFeature;
import io.gofka.protocol.message.RegisterBrokerReply;
import io.gofka.protocol.message.RegisterControllerCommand;
import io.gofka.protocol.message.RegisterControllerCommand.RegisterControllerCommandEndpoint;
import io.gofka.protocol.message.RegisterControllerCommand.RegisterControllerCommandFeature;
import io.gofka.protocol.message.RegisterControllerReply;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** The forms in which nodes' registrations travel. */
final class RegistrationCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.of(
              RegisterBroker.class,
              new RegisterBrokerCommand().apiKey(),
              new Form<>(
                  RegisterBrokerCommand::read,
                  RegistrationCommands::message,
                  RegistrationCommands::command),
              new Form<>(
                  RegisterBrokerReply::read,
                  RegistrationCommands::message,
                  reply ->
                      new Registration(reply.brokerId(), reply.clusterId(), reply.brokerEpoch()))),
          CommandCodec.of(
              RegisterController.class,
              new RegisterControllerCommand().apiKey(),
              new Form<>(
                  RegisterControllerCommand::read,
                  RegistrationCommands::message,
                  RegistrationCommands::command),
              new Form<>(
                  RegisterControllerReply::read,
                  id -> new RegisterControllerReply().numericId(id),
                  RegisterControllerReply::numericId)));

  private static final int NO_ID = -1;
  private static final long NO_EPOCH = -1;

  private RegistrationCommands() {}

  private static RegisterBrokerCommand message(RegisterBroker command) {
    RegisterBrokerCommand message =
        new RegisterBrokerCommand()
            .nodeId(command.nodeId())
            .brokerId(command.brokerId().orElse(NO_ID))
            .incarnationId(command.incarnationId().orElse(Uuids.ZERO))
            .host(command.address().map(HostPort::host).orElse(null))
            .port(command.address().map(HostPort::port).orElse(0))
            .rack(command.rack().orElse(null))
            .logDirs(command.logDirs())
            .previousBrokerEpoch(command.previousBrokerEpoch().orElse(NO_EPOCH));
    for (Endpoint endpoint : command.endpoints()) {
      message
          .endpoints()
          .add(
              new RegisterBrokerCommandEndpoint()
                  .listener(endpoint.listener())
                  .host(endpoint.host().orElse(null))
                  .port(endpoint.port()));
    }
    new TreeMap<>(command.features())
        .forEach(
            (name, range) ->
                message
                    .features()
                    .add(
                        new RegisterBrokerCommandFeature()
                            .name(name)
                            .min(range.min())
                            .max(range.max())));
    return message;
  }

  private static RegisterBroker command(RegisterBrokerCommand message) {
    SortedMap<String, VersionRange> features = new TreeMap<>();
    message
        .features()
        .forEach(
            feature ->
                features.put(feature.name(), new VersionRange(feature.min(), feature.max())));
    Optional<UUID> incarnationId =
        Optional.of(message.incarnationId()).filter(id -> !id.equals(Uuids.ZERO));
    OptionalLong previousEpoch =
        message.previousBrokerEpoch() == NO_EPOCH
            ? OptionalLong.empty()
            : OptionalLong.of(message.previousBrokerEpoch());
    return new RegisterBroker(
        message.nodeId(),
        id(message.brokerId()),
        incarnationId,
        message.endpoints().stream()
            .map(at -> endpoint(at.listener(), at.host(), at.port()))
            .toList(),
        address(message.host(), message.port()),
        Optional.ofNullable(message.rack()),
        message.logDirs(),
        previousEpoch,
        features);
  }

  private static RegisterBrokerReply message(Registration registration) {
    return new RegisterBrokerReply()
        .brokerId(registration.brokerId())
        .clusterId(registration.clusterId())
        .brokerEpoch(registration.brokerEpoch());
  }

  private static RegisterControllerCommand message(RegisterController command) {
    RegisterControllerCommand message =
        new RegisterControllerCommand()
            .nodeId(command.nodeId())
            .numericId(command.numericId().orElse(NO_ID))
            .incarnationId(command.incarnationId())
            .host(command.address().map(HostPort::host).orElse(null))
            .port(command.address().map(HostPort::port).orElse(0));
    for (Endpoint endpoint : command.endpoints()) {
      message
          .endpoints()
          .add(
              new RegisterControllerCommandEndpoint()
                  .listener(endpoint.listener())
                  .host(endpoint.host().orElse(null))
                  .port(endpoint.port()));
    }
    command
        .features()
        .forEach(
            (name, range) ->
                message
                    .features()
                    .add(
                        new RegisterControllerCommandFeature()
                            .name(name)
                            .min(range.min())
                            .max(range.max())));
    return message;
  }

  private static RegisterController command(RegisterControllerCommand message) {
    SortedMap<String, VersionRange> features = new TreeMap<>();
    message
        .features()
        .forEach(
            feature ->
                features.put(feature.name(), new VersionRange(feature.min(), feature.max())));
    return new RegisterController(
        message.nodeId(),
        id(message.numericId()),
        message.incarnationId(),
        message.endpoints().stream()
            .map(at -> endpoint(at.listener(), at.host(), at.port()))
            .toList(),
        address(message.host(), message.port()),
        features);
  }

  private static OptionalInt id(int id) {
    return id == NO_ID ? OptionalInt.empty() : OptionalInt.of(id);
  }

  private static Endpoint endpoint(String listener, String host, int port) {
    return new Endpoint(listener, Optional.ofNullable(host), port);
  }

  private static Optional<HostPort> address(String host, int port) {
    return host == null ? Optional.empty() : Optional.of(new HostPort(host, port));
  }
}
