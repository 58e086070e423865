package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.ElectLeaders.ElectionType;
import io.gofka.protocol.message.AlterPartitionReassignmentsCommand;
import io.gofka.protocol.message.AlterPartitionReassignmentsCommand.AlterPartitionReassignmentsCommandMove;
import io.gofka.protocol.message.ElectLeadersCommand;
import io.gofka.protocol.message.ElectLeadersCommand.ElectLeadersCommandPartition;
import io.gofka.protocol.message.PartitionResultsReply;
import io.gofka.protocol.message.PartitionResultsReply.PartitionResultsReplyPartition;
import java.util.List;
import java.util.Optional;

/** The forms in which commands about single partitions travel. */
final class PartitionCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.of(
              AlterPartitionReassignments.class,
              new AlterPartitionReassignmentsCommand().apiKey(),
              new Form<>(
                  AlterPartitionReassignmentsCommand::read,
                  PartitionCommands::message,
                  PartitionCommands::command),
              new Form<>(
                  PartitionResultsReply::read,
                  PartitionCommands::results,
                  PartitionCommands::results)),
          CommandCodec.of(
              ElectLeaders.class,
              new ElectLeadersCommand().apiKey(),
              new Form<>(
                  ElectLeadersCommand::read,
                  PartitionCommands::message,
                  PartitionCommands::command),
              new Form<>(
                  PartitionResultsReply::read,
                  PartitionCommands::results,
                  PartitionCommands::results)));

  private PartitionCommands() {}

  private static AlterPartitionReassignmentsCommand message(AlterPartitionReassignments command) {
    AlterPartitionReassignmentsCommand message =
        new AlterPartitionReassignmentsCommand()
            .allowReplicationFactorChange(command.allowReplicationFactorChange())
            .timeoutMs(command.timeoutMs());
    for (Move move : command.moves()) {
      message
          .moves()
          .add(
              new AlterPartitionReassignmentsCommandMove()
                  .topic(move.partition().topic())
                  .partition(move.partition().partition())
                  .replicas(move.replicas().orElse(null)));
    }
    return message;
  }

  private static AlterPartitionReassignments command(AlterPartitionReassignmentsCommand message) {
    return new AlterPartitionReassignments(
        message.moves().stream()
            .map(
                move ->
                    new Move(
                        new TopicPartition(move.topic(), move.partition()),
                        Optional.ofNullable(move.replicas())))
            .toList(),
        message.allowReplicationFactorChange(),
        message.timeoutMs());
  }

  private static PartitionResultsReply results(List<PartitionOutcome> results) {
    PartitionResultsReply message = new PartitionResultsReply();
    results.forEach(
        result ->
            message
                .partitions()
                .add(partition(result.partition(), result.error(), result.message())));
    return message;
  }

  private static List<PartitionOutcome> results(PartitionResultsReply message) {
    return message.partitions().stream()
        .map(
            partition ->
                new PartitionOutcome(
                    new TopicPartition(partition.topic(), partition.partition()),
                    ErrorCode.of(partition.errorCode()),
                    Optional.ofNullable(partition.errorMessage())))
        .toList();
  }

  private static ElectLeadersCommand message(ElectLeaders command) {
    List<ElectLeadersCommandPartition> partitions =
        command
            .partitions()
            .map(all -> all.stream().map(PartitionCommands::partition).toList())
            .orElse(null);
    return new ElectLeadersCommand()
        .electionType(command.type().code())
        .partitions(partitions)
        .timeoutMs(command.timeoutMs());
  }

  private static ElectLeadersCommandPartition partition(TopicPartition partition) {
    return new ElectLeadersCommandPartition()
        .topic(partition.topic())
        .partition(partition.partition());
  }

  private static ElectLeaders command(ElectLeadersCommand message) {
    ElectionType type =
        ElectionType.of(message.electionType())
            .orElseThrow(
                () -> new IllegalArgumentException("election type " + message.electionType()));
    Optional<List<TopicPartition>> partitions =
        Optional.ofNullable(message.partitions())
            .map(
                all ->
                    all.stream()
                        .map(one -> new TopicPartition(one.topic(), one.partition()))
                        .toList());
    return new ElectLeaders(type, partitions, message.timeoutMs());
  }

  private static PartitionResultsReplyPartition partition(
      TopicPartition partition, ErrorCode error, Optional<String> message) {
    return new PartitionResultsReplyPartition()
        .topic(partition.topic())
        .partition(partition.partition())
        .errorCode(error.code())
        .errorMessage(message.orElse(null));
  }
}
