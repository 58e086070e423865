package io.gofka.metadata;

import io.gofka.metadata.CommandCodec.Form;
import io.gofka.metadata.DescribeQuorum.Quorum;
import io.gofka.metadata.DescribeQuorum.Replica;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.protocol.message.AddRaftVoterCommand;
import io.gofka.protocol.message.AddRaftVoterCommand.AddRaftVoterCommandListener;
import io.gofka.protocol.message.DescribeQuorumCommand;
import io.gofka.protocol.message.DescribeQuorumReply;
import io.gofka.protocol.message.DescribeQuorumReply.DescribeQuorumReplyObserver;
import io.gofka.protocol.message.DescribeQuorumReply.DescribeQuorumReplyVoter;
import io.gofka.protocol.message.RemoveRaftVoterCommand;
import java.util.List;
import java.util.Optional;

/** The forms in which commands about the controllers themselves travel. */
final class QuorumCommands {
  static final List<CommandCodec<?, ?>> CODECS =
      List.of(
          CommandCodec.withoutReply(
              AddRaftVoter.class,
              new AddRaftVoterCommand().apiKey(),
              new Form<>(
                  AddRaftVoterCommand::read, QuorumCommands::message, QuorumCommands::command)),
          CommandCodec.withoutReply(
              RemoveRaftVoter.class,
              new RemoveRaftVoterCommand().apiKey(),
              new Form<>(
                  RemoveRaftVoterCommand::read, QuorumCommands::message, QuorumCommands::command)),
          CommandCodec.of(
              DescribeQuorum.class,
              new DescribeQuorumCommand().apiKey(),
              new Form<>(
                  DescribeQuorumCommand::read,
                  command -> new DescribeQuorumCommand(),
                  message -> new DescribeQuorum()),
              new Form<>(
                  DescribeQuorumReply::read, QuorumCommands::message, QuorumCommands::quorum)));

  private QuorumCommands() {}

  private static AddRaftVoterCommand message(AddRaftVoter command) {
    AddRaftVoterCommand message =
        new AddRaftVoterCommand()
            .clusterId(command.clusterId().orElse(null))
            .voterId(command.voterId())
            .directoryId(command.directoryId())
            .ackWhenCommitted(command.ackWhenCommitted())
            .timeoutMs(command.timeoutMs());
    for (Endpoint listener : command.listeners()) {
      message
          .listeners()
          .add(
              new AddRaftVoterCommandListener()
                  .name(listener.listener())
                  .host(listener.host().orElse(null))
                  .port(listener.port()));
    }
    return message;
  }

  private static AddRaftVoter command(AddRaftVoterCommand message) {
    List<Endpoint> listeners =
        message.listeners().stream()
            .map(at -> new Endpoint(at.name(), Optional.ofNullable(at.host()), at.port()))
            .toList();
    return new AddRaftVoter(
        Optional.ofNullable(message.clusterId()),
        message.voterId(),
        message.directoryId(),
        listeners,
        message.ackWhenCommitted(),
        message.timeoutMs());
  }

  private static RemoveRaftVoterCommand message(RemoveRaftVoter command) {
    return new RemoveRaftVoterCommand()
        .clusterId(command.clusterId().orElse(null))
        .voterId(command.voterId())
        .directoryId(command.directoryId());
  }

  private static RemoveRaftVoter command(RemoveRaftVoterCommand message) {
    return new RemoveRaftVoter(
        Optional.ofNullable(message.clusterId()), message.voterId(), message.directoryId());
  }

  private static DescribeQuorumReply message(Quorum quorum) {
    DescribeQuorumReply message =
        new DescribeQuorumReply()
            .leaderId(quorum.leaderId())
            .leaderEpoch(quorum.leaderEpoch())
            .highWatermark(quorum.highWatermark());
    for (Replica voter : quorum.voters()) {
      message
          .voters()
          .add(
              new DescribeQuorumReplyVoter()
                  .replicaId(voter.id())
                  .nodeId(voter.nodeId())
                  .directoryId(voter.directoryId())
                  .logEndOffset(voter.logEndOffset())
                  .lastFetchTimestampMs(voter.lastFetchTimestampMs())
                  .lastCaughtUpTimestampMs(voter.lastCaughtUpTimestampMs()));
    }
    for (Replica observer : quorum.observers()) {
      message
          .observers()
          .add(
              new DescribeQuorumReplyObserver()
                  .replicaId(observer.id())
                  .nodeId(observer.nodeId())
                  .directoryId(observer.directoryId())
                  .logEndOffset(observer.logEndOffset())
                  .lastFetchTimestampMs(observer.lastFetchTimestampMs())
                  .lastCaughtUpTimestampMs(observer.lastCaughtUpTimestampMs()));
    }
    return message;
  }

  private static Quorum quorum(DescribeQuorumReply message) {
    return new Quorum(
        message.leaderId(),
        message.leaderEpoch(),
        message.highWatermark(),
        message.voters().stream()
            .map(
                voter ->
                    new Replica(
                        voter.replicaId(),
                        voter.nodeId(),
                        voter.directoryId(),
                        voter.logEndOffset(),
                        voter.lastFetchTimestampMs(),
                        voter.lastCaughtUpTimestampMs()))
            .toList(),
        message.observers().stream()
            .map(
                observer ->
                    new Replica(
                        observer.replicaId(),
                        observer.nodeId(),
                        observer.directoryId(),
                        observer.logEndOffset(),
                        observer.lastFetchTimestampMs(),
                        observer.lastCaughtUpTimestampMs()))
            .toList());
  }
}
