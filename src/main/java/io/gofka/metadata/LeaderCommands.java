package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.AlterPartition.Change;
import io.gofka.metadata.AlterPartition.InSync;
import io.gofka.metadata.AlterPartition.Result;
import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.protocol.message.AlterPartitionCommand;
import io.gofka.protocol.message.AlterPartitionCommand.AlterPartitionCommandInSync;
import io.gofka.protocol.message.AlterPartitionCommand.AlterPartitionCommandPartition;
import io.gofka.protocol.message.AlterPartitionReply;
import io.gofka.protocol.message.AlterPartitionReply.AlterPartitionReplyPartition;
import io.gofka.protocol.message.ReplicasFailedCommand;
import io.gofka.protocol.message.ReplicasFailedCommand.ReplicasFailedCommandPartition;
import java.util.List;

/** The forms of what leaders tell of their partitions. */
final class LeaderCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.of(
              AlterPartition.class,
              new AlterPartitionCommand().apiKey(),
              new Form<>(
                  AlterPartitionCommand::read, LeaderCommands::message, LeaderCommands::command),
              new Form<>(
                  AlterPartitionReply::read, LeaderCommands::message, LeaderCommands::results)),
          CommandCodec.withoutReply(
              ReplicasFailed.class,
              new ReplicasFailedCommand().apiKey(),
              new Form<>(
                  ReplicasFailedCommand::read, LeaderCommands::message, LeaderCommands::command)));

  private LeaderCommands() {}

  private static ReplicasFailedCommand message(ReplicasFailed command) {
    return new ReplicasFailedCommand()
        .brokerId(command.brokerId())
        .brokerEpoch(command.brokerEpoch())
        .partitions(
            command.replicas().stream()
                .map(
                    replica ->
                        new ReplicasFailedCommandPartition()
                            .topicId(replica.topicId())
                            .partition(replica.partition()))
                .toList());
  }

  private static ReplicasFailed command(ReplicasFailedCommand message) {
    return new ReplicasFailed(
        message.brokerId(),
        message.brokerEpoch(),
        message.partitions().stream()
            .map(replica -> new ReplicasFailed.Replica(replica.topicId(), replica.partition()))
            .toList());
  }

  private static AlterPartitionCommand message(AlterPartition command) {
    return new AlterPartitionCommand()
        .brokerId(command.brokerId())
        .brokerEpoch(command.brokerEpoch())
        .partitions(command.partitions().stream().map(LeaderCommands::message).toList());
  }

  private static AlterPartitionCommandPartition message(Change change) {
    return new AlterPartitionCommandPartition()
        .topicId(change.topicId())
        .partition(change.partition())
        .leaderEpoch(change.leaderEpoch())
        .partitionEpoch(change.partitionEpoch())
        .isr(
            change.isr().stream()
                .map(
                    inSync ->
                        new AlterPartitionCommandInSync()
                            .brokerId(inSync.brokerId())
                            .brokerEpoch(inSync.brokerEpoch()))
                .toList())
        .leaderRecoveryState(change.leaderRecoveryState().code());
  }

  private static AlterPartition command(AlterPartitionCommand message) {
    return new AlterPartition(
        message.brokerId(),
        message.brokerEpoch(),
        message.partitions().stream().map(LeaderCommands::change).toList());
  }

  private static Change change(AlterPartitionCommandPartition message) {
    return new Change(
        message.topicId(),
        message.partition(),
        message.leaderEpoch(),
        message.partitionEpoch(),
        message.isr().stream()
            .map(inSync -> new InSync(inSync.brokerId(), inSync.brokerEpoch()))
            .toList(),
        LeaderRecoveryState.of(message.leaderRecoveryState()));
  }

  private static AlterPartitionReply message(List<Result> results) {
    return new AlterPartitionReply()
        .partitions(
            results.stream()
                .map(
                    result ->
                        new AlterPartitionReplyPartition()
                            .topicId(result.topicId())
                            .partition(result.partition())
                            .errorCode(result.error().code())
                            .leader(result.leader())
                            .leaderEpoch(result.leaderEpoch())
                            .partitionEpoch(result.partitionEpoch())
                            .isr(result.isr())
                            .leaderRecoveryState(result.leaderRecoveryState().code()))
                .toList());
  }

  private static List<Result> results(AlterPartitionReply message) {
    return message.partitions().stream()
        .map(
            result ->
                new Result(
                    result.topicId(),
                    result.partition(),
                    ErrorCode.of(result.errorCode()),
                    result.leader(),
                    result.leaderEpoch(),
                    result.partitionEpoch(),
                    result.isr(),
                    LeaderRecoveryState.of(result.leaderRecoveryState())))
        .toList();
  }
}
