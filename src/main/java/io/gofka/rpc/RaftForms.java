package io.gofka.rpc;

import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftMessage;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.SnapshotMeta;
import io.gofka.raft.VoterSet;
import io.gofka.rpc.proto.AppendAccepted;
import io.gofka.rpc.proto.AppendRejected;
import io.gofka.rpc.proto.AppendRequest;
import io.gofka.rpc.proto.Entry;
import io.gofka.rpc.proto.FollowRequest;
import io.gofka.rpc.proto.LeaderHint;
import io.gofka.rpc.proto.RaftEnvelope;
import io.gofka.rpc.proto.SnapshotChunk;
import io.gofka.rpc.proto.SnapshotReply;
import io.gofka.rpc.proto.TransferNow;
import io.gofka.rpc.proto.VoteReply;
import io.gofka.rpc.proto.VoteRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of replicas in the form they have between nodes. Payloads are not copied in either
 * direction. What can't be read fails with {@link IllegalArgumentException}.
 */
final class RaftForms {
  /** Ordinals in the contract; a kind is never renumbered. */
  private static final List<LogEntry.Kind> KINDS =
      List.of(LogEntry.Kind.DATA, LogEntry.Kind.TERM_START, LogEntry.Kind.CONFIG);

  private RaftForms() {}

  static int kind(LogEntry.Kind kind) {
    return KINDS.indexOf(kind);
  }

  static LogEntry.Kind kind(int form) {
    if (form < 0 || form >= KINDS.size()) {
      throw new IllegalArgumentException("an entry of the unknown kind " + form);
    }
    return KINDS.get(form);
  }

  static RaftEnvelope encode(io.gofka.raft.RaftEnvelope envelope) {
    RaftMessage message = envelope.message();
    RaftEnvelope.Builder out =
        RaftEnvelope.newBuilder()
            .setFromNodeId(envelope.from().nodeId())
            .setFromDirectoryId(Forms.uuid(envelope.from().directoryId()))
            .setTerm(message.term());
    if (message instanceof RaftMessage.AppendRequest append) {
      out.setAppendRequest(append(append));
    } else if (message instanceof RaftMessage.AppendAccepted accepted) {
      out.setAppendAccepted(
          AppendAccepted.newBuilder()
              .setMatchIndex(accepted.matchIndex())
              .setRound(accepted.round())
              .setFormed(accepted.formed()));
    } else if (message instanceof RaftMessage.AppendRejected rejected) {
      out.setAppendRejected(
          AppendRejected.newBuilder()
              .setPrevIndex(rejected.prevIndex())
              .setConflictTerm(rejected.conflictTerm())
              .setConflictIndex(rejected.conflictIndex())
              .setRound(rejected.round())
              .setFormed(rejected.formed()));
    } else if (message instanceof RaftMessage.SnapshotChunk chunk) {
      out.setSnapshotChunk(
          SnapshotChunk.newBuilder()
              .setIndex(chunk.meta().index())
              .setSnapshotTerm(chunk.meta().term())
              .setVoters(Forms.bytes(chunk.meta().voters().encode()))
              .setSizeBytes(chunk.meta().sizeBytes())
              .setOffset(chunk.offset())
              .setContent(Forms.bytes(chunk.bytes()))
              .setRound(chunk.round()));
    } else if (message instanceof RaftMessage.SnapshotReply reply) {
      out.setSnapshotReply(
          SnapshotReply.newBuilder()
              .setSnapshotIndex(reply.snapshotIndex())
              .setNextOffset(reply.nextOffset())
              .setRound(reply.round())
              .setFormed(reply.formed()));
    } else {
      encodeElection(out, message);
    }
    return out.build();
  }

  private static void encodeElection(RaftEnvelope.Builder out, RaftMessage message) {
    if (message instanceof RaftMessage.VoteRequest request) {
      out.setVoteRequest(
          VoteRequest.newBuilder()
              .setPreVote(request.preVote())
              .setTransfer(request.transfer())
              .setLastIndex(request.lastIndex())
              .setLastTerm(request.lastTerm()));
    } else if (message instanceof RaftMessage.VoteReply reply) {
      out.setVoteReply(
          VoteReply.newBuilder()
              .setPreVote(reply.preVote())
              .setGranted(reply.granted())
              .setFormed(reply.formed()));
    } else if (message instanceof RaftMessage.TransferNow) {
      out.setTransferNow(TransferNow.getDefaultInstance());
    } else if (message instanceof RaftMessage.FollowRequest follow) {
      out.setFollowRequest(
          FollowRequest.newBuilder()
              .setAddress(Forms.address(follow.address()))
              .setFormed(follow.formed()));
    } else if (message instanceof RaftMessage.LeaderHint hint) {
      out.setLeaderHint(
          LeaderHint.newBuilder()
              .setLeaderNodeId(hint.leaderNodeId())
              .setAddress(Forms.address(hint.address())));
    } else {
      throw new IllegalStateException("no form for " + message);
    }
  }

  private static AppendRequest append(RaftMessage.AppendRequest append) {
    AppendRequest.Builder out =
        AppendRequest.newBuilder()
            .setPrevIndex(append.prevIndex())
            .setPrevTerm(append.prevTerm())
            .setCommitIndex(append.commitIndex())
            .setRound(append.round());
    for (LogEntry entry : append.entries()) {
      out.addEntries(
          Entry.newBuilder()
              .setTerm(entry.term())
              .setKind(kind(entry.kind()))
              .setPayload(Forms.bytes(entry.payload())));
    }
    return out.build();
  }

  static io.gofka.raft.RaftEnvelope decode(RaftEnvelope form) {
    if (form.getFromNodeId().isEmpty()) {
      throw new IllegalArgumentException("a message of nobody");
    }
    ReplicaKey from =
        new ReplicaKey(Forms.name(form.getFromNodeId()), Forms.uuid(form.getFromDirectoryId()));
    return new io.gofka.raft.RaftEnvelope(from, message(form));
  }

  private static RaftMessage message(RaftEnvelope form) {
    long term = form.getTerm();
    return switch (form.getMessageCase()) {
      case VOTE_REQUEST -> {
        VoteRequest in = form.getVoteRequest();
        yield new RaftMessage.VoteRequest(
            term, in.getPreVote(), in.getTransfer(), in.getLastIndex(), in.getLastTerm());
      }
      case VOTE_REPLY -> {
        VoteReply in = form.getVoteReply();
        yield new RaftMessage.VoteReply(term, in.getPreVote(), in.getGranted(), in.getFormed());
      }
      case APPEND_REQUEST -> append(term, form.getAppendRequest());
      case APPEND_ACCEPTED -> {
        AppendAccepted in = form.getAppendAccepted();
        yield new RaftMessage.AppendAccepted(
            term, in.getMatchIndex(), in.getRound(), in.getFormed());
      }
      case APPEND_REJECTED -> {
        AppendRejected in = form.getAppendRejected();
        yield new RaftMessage.AppendRejected(
            term,
            in.getPrevIndex(),
            in.getConflictTerm(),
            in.getConflictIndex(),
            in.getRound(),
            in.getFormed());
      }
      case SNAPSHOT_CHUNK -> {
        SnapshotChunk in = form.getSnapshotChunk();
        VoterSet voters = VoterSet.decode(Forms.bytes(in.getVoters()));
        yield new RaftMessage.SnapshotChunk(
            term,
            new SnapshotMeta(in.getIndex(), in.getSnapshotTerm(), voters, in.getSizeBytes()),
            in.getOffset(),
            Forms.bytes(in.getContent()),
            in.getRound());
      }
      case SNAPSHOT_REPLY -> {
        SnapshotReply in = form.getSnapshotReply();
        yield new RaftMessage.SnapshotReply(
            term, in.getSnapshotIndex(), in.getNextOffset(), in.getRound(), in.getFormed());
      }
      case TRANSFER_NOW -> new RaftMessage.TransferNow(term);
      case FOLLOW_REQUEST -> {
        FollowRequest in = form.getFollowRequest();
        yield new RaftMessage.FollowRequest(term, Forms.address(in.getAddress()), in.getFormed());
      }
      case LEADER_HINT -> {
        LeaderHint in = form.getLeaderHint();
        yield new RaftMessage.LeaderHint(
            term, Forms.name(in.getLeaderNodeId()), Forms.address(in.getAddress()));
      }
      case MESSAGE_NOT_SET -> throw new IllegalArgumentException("a message of an unknown kind");
    };
  }

  private static RaftMessage append(long term, AppendRequest in) {
    List<LogEntry> entries = new ArrayList<>(in.getEntriesCount());
    long index = in.getPrevIndex();
    for (Entry entry : in.getEntriesList()) {
      entries.add(
          new LogEntry(
              entry.getTerm(), ++index, kind(entry.getKind()), Forms.bytes(entry.getPayload())));
    }
    return new RaftMessage.AppendRequest(
        term, in.getPrevIndex(), in.getPrevTerm(), entries, in.getCommitIndex(), in.getRound());
  }
}
