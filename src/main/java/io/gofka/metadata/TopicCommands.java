package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.CreatePartitions.Growth;
import io.gofka.metadata.CreateTopics.Assignment;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.DeleteTopics.TopicReference;
import io.gofka.protocol.message.CreatePartitionsCommand;
import io.gofka.protocol.message.CreatePartitionsCommand.CreatePartitionsCommandAssignment;
import io.gofka.protocol.message.CreatePartitionsCommand.CreatePartitionsCommandTopic;
import io.gofka.protocol.message.CreatePartitionsReply;
import io.gofka.protocol.message.CreatePartitionsReply.CreatePartitionsReplyTopic;
import io.gofka.protocol.message.CreateTopicsCommand;
import io.gofka.protocol.message.CreateTopicsCommand.CreateTopicsCommandAssignment;
import io.gofka.protocol.message.CreateTopicsCommand.CreateTopicsCommandConfig;
import io.gofka.protocol.message.CreateTopicsCommand.CreateTopicsCommandTopic;
import io.gofka.protocol.message.CreateTopicsReply;
import io.gofka.protocol.message.CreateTopicsReply.CreateTopicsReplyTopic;
import io.gofka.protocol.message.DeleteTopicsCommand;
import io.gofka.protocol.message.DeleteTopicsCommand.DeleteTopicsCommandTopic;
import io.gofka.protocol.message.DeleteTopicsReply;
import io.gofka.protocol.message.DeleteTopicsReply.DeleteTopicsReplyTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** The forms in which commands about topics travel. */
final class TopicCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.of(
              CreateTopics.class,
              new CreateTopicsCommand().apiKey(),
              new Form<>(CreateTopicsCommand::read, TopicCommands::message, TopicCommands::command),
              new Form<>(CreateTopicsReply::read, TopicCommands::created, TopicCommands::created)),
          CommandCodec.of(
              DeleteTopics.class,
              new DeleteTopicsCommand().apiKey(),
              new Form<>(DeleteTopicsCommand::read, TopicCommands::message, TopicCommands::command),
              new Form<>(DeleteTopicsReply::read, TopicCommands::deleted, TopicCommands::deleted)),
          CommandCodec.of(
              CreatePartitions.class,
              new CreatePartitionsCommand().apiKey(),
              new Form<>(
                  CreatePartitionsCommand::read, TopicCommands::message, TopicCommands::command),
              new Form<>(CreatePartitionsReply::read, TopicCommands::grown, TopicCommands::grown)));

  private TopicCommands() {}

  private static CreateTopicsCommand message(CreateTopics command) {
    CreateTopicsCommand message =
        new CreateTopicsCommand()
            .validateOnly(command.validateOnly())
            .timeoutMs(command.timeoutMs());
    for (NewTopic topic : command.topics()) {
      CreateTopicsCommandTopic wanted =
          new CreateTopicsCommandTopic()
              .name(topic.name())
              .partitions(topic.partitions())
              .replicationFactor(topic.replicationFactor());
      for (Assignment assignment : topic.assignments()) {
        wanted
            .assignments()
            .add(
                new CreateTopicsCommandAssignment()
                    .partition(assignment.partition())
                    .brokerIds(assignment.brokerIds()));
      }
      topic
          .configs()
          .forEach(
              (key, value) ->
                  wanted.configs().add(new CreateTopicsCommandConfig().key(key).value(value)));
      message.topics().add(wanted);
    }
    return message;
  }

  private static CreateTopics command(CreateTopicsCommand message) {
    List<NewTopic> topics = new ArrayList<>(message.topics().size());
    for (CreateTopicsCommandTopic topic : message.topics()) {
      List<Assignment> assignments =
          topic.assignments().stream()
              .map(chosen -> new Assignment(chosen.partition(), chosen.brokerIds()))
              .toList();
      Map<String, String> configs = new TreeMap<>();
      topic.configs().forEach(config -> configs.put(config.key(), config.value()));
      topics.add(
          new NewTopic(
              topic.name(), topic.partitions(), topic.replicationFactor(), assignments, configs));
    }
    return new CreateTopics(topics, message.validateOnly(), message.timeoutMs());
  }

  private static CreateTopicsReply created(List<CreateTopics.Result> results) {
    CreateTopicsReply message = new CreateTopicsReply();
    for (CreateTopics.Result result : results) {
      message
          .topics()
          .add(
              new CreateTopicsReplyTopic()
                  .name(result.name())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null))
                  .topicId(result.topicId())
                  .partitions(result.partitions())
                  .replicationFactor(result.replicationFactor()));
    }
    return message;
  }

  private static List<CreateTopics.Result> created(CreateTopicsReply message) {
    return message.topics().stream()
        .map(
            topic ->
                new CreateTopics.Result(
                    topic.name(),
                    ErrorCode.of(topic.errorCode()),
                    Optional.ofNullable(topic.errorMessage()),
                    topic.topicId(),
                    topic.partitions(),
                    topic.replicationFactor()))
        .toList();
  }

  private static DeleteTopicsCommand message(DeleteTopics command) {
    DeleteTopicsCommand message = new DeleteTopicsCommand().timeoutMs(command.timeoutMs());
    for (TopicReference topic : command.topics()) {
      message
          .topics()
          .add(
              new DeleteTopicsCommandTopic()
                  .name(topic.name().orElse(null))
                  .topicId(topic.id().orElse(Uuids.ZERO))
                  .hasTopicId(topic.id().isPresent()));
    }
    return message;
  }

  private static DeleteTopics command(DeleteTopicsCommand message) {
    return new DeleteTopics(
        message.topics().stream()
            .map(
                topic ->
                    new TopicReference(
                        Optional.ofNullable(topic.name()), id(topic.hasTopicId(), topic.topicId())))
            .toList(),
        message.timeoutMs());
  }

  private static DeleteTopicsReply deleted(List<DeleteTopics.Result> results) {
    DeleteTopicsReply message = new DeleteTopicsReply();
    for (DeleteTopics.Result result : results) {
      message
          .topics()
          .add(
              new DeleteTopicsReplyTopic()
                  .name(result.name().orElse(null))
                  .topicId(result.id().orElse(Uuids.ZERO))
                  .hasTopicId(result.id().isPresent())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null)));
    }
    return message;
  }

  private static List<DeleteTopics.Result> deleted(DeleteTopicsReply message) {
    return message.topics().stream()
        .map(
            topic ->
                new DeleteTopics.Result(
                    Optional.ofNullable(topic.name()),
                    id(topic.hasTopicId(), topic.topicId()),
                    ErrorCode.of(topic.errorCode()),
                    Optional.ofNullable(topic.errorMessage())))
        .toList();
  }

  /** Zeros are an id, too, if one that no topic has; a request may ask for it. */
  private static Optional<UUID> id(boolean present, UUID id) {
    return present ? Optional.of(id) : Optional.empty();
  }

  private static CreatePartitionsCommand message(CreatePartitions command) {
    CreatePartitionsCommand message =
        new CreatePartitionsCommand()
            .validateOnly(command.validateOnly())
            .timeoutMs(command.timeoutMs());
    for (Growth growth : command.topics()) {
      List<CreatePartitionsCommandAssignment> assignments =
          growth
              .assignments()
              .map(
                  all ->
                      all.stream()
                          .map(ids -> new CreatePartitionsCommandAssignment().brokerIds(ids))
                          .toList())
              .orElse(null);
      message
          .topics()
          .add(
              new CreatePartitionsCommandTopic()
                  .name(growth.topic())
                  .count(growth.count())
                  .assignments(assignments));
    }
    return message;
  }

  private static CreatePartitions command(CreatePartitionsCommand message) {
    List<Growth> topics = new ArrayList<>(message.topics().size());
    for (CreatePartitionsCommandTopic topic : message.topics()) {
      Optional<List<List<Integer>>> assignments =
          Optional.ofNullable(topic.assignments())
              .map(all -> all.stream().map(CreatePartitionsCommandAssignment::brokerIds).toList());
      topics.add(new Growth(topic.name(), topic.count(), assignments));
    }
    return new CreatePartitions(topics, message.validateOnly(), message.timeoutMs());
  }

  private static CreatePartitionsReply grown(List<CreatePartitions.Result> results) {
    CreatePartitionsReply message = new CreatePartitionsReply();
    for (CreatePartitions.Result result : results) {
      message
          .topics()
          .add(
              new CreatePartitionsReplyTopic()
                  .name(result.topic())
                  .errorCode(result.error().code())
                  .errorMessage(result.message().orElse(null)));
    }
    return message;
  }

  private static List<CreatePartitions.Result> grown(CreatePartitionsReply message) {
    return message.topics().stream()
        .map(
            topic ->
                new CreatePartitions.Result(
                    topic.name(),
                    ErrorCode.of(topic.errorCode()),
                    Optional.ofNullable(topic.errorMessage())))
        .toList();
  }
}
