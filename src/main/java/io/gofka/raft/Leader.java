package io.gofka.raft;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.RaftMessage.AppendAccepted;
import io.gofka.raft.RaftMessage.AppendRejected;
import io.gofka.raft.RaftMessage.SnapshotReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a replica does while it leads: appends to its log, replicates it ({@link Sender}), commits
 * what a majority has, confirms reads, keeps the configuration. It ends with its term: the next one
 * gets a new object.
 */
final class Leader {
  /** A leader always hears itself. Far away, and no overflow when a timeout is added. */
  private static final long NEVER_SILENT_MS = Long.MAX_VALUE / 2;

  private final ReplicaState state;
  private final Replicas replicas;
  private final Sender sender;
  private final Upkeep upkeep;
  final Reads reads;
  final Membership membership;
  final Handover handover;

  /** Proposals that aren't both committed and on the own disk. */
  private final Deque<Integer> waitingSizes = new ArrayDeque<>();

  private final Deque<Long> waitingIndexes = new ArrayDeque<>();
  private long waitingBytes;
  private boolean resigning;

  /** Opens the term (§6.4): its first entry commits what earlier leaders left. */
  Leader(ReplicaState state, long nowMs) {
    this.state = state;
    this.replicas = new Replicas(state);
    this.sender = new Sender(state, replicas, nowMs);
    this.upkeep = new Upkeep(state, replicas);
    this.reads = new Reads(state);
    this.membership = new Membership(state, replicas);
    this.handover = new Handover(state, replicas);
    replicas.followConfiguration(nowMs); // Before the entry: it is the first to be sent to all.
    append(LogEntry.Kind.TERM_START, Unpooled.EMPTY_BUFFER);
    sender.heartbeat(nowMs);
  }

  private long append(LogEntry.Kind kind, ByteBuf payload) {
    LogEntry entry = new LogEntry(state.term(), state.log.lastIndex() + 1, kind, payload);
    state.log.append(entry);
    state.out.persist(entry);
    return entry.index();
  }

  /** See {@link RaftCore#propose}. */
  void requireRoomFor(ByteBuf payload) {
    if (!state.active() || handover.underWay()) {
      throw new ApiException(
          ErrorCode.NOT_CONTROLLER,
          state.self().nodeId()
              + (state.active() ? " hands the leadership over" : " has only just been elected"));
    }
    boolean tooMany =
        waitingSizes.size() >= state.settings.maxUncommittedEntries()
            || (!waitingSizes.isEmpty()
                && waitingBytes + payload.readableBytes() > state.settings.maxUncommittedBytes());
    if (tooMany) {
      throw new ApiException(
          ErrorCode.NOT_CONTROLLER,
          "%d changes with %d bytes wait for a majority, or for this disk, already"
              .formatted(waitingSizes.size(), waitingBytes));
    }
  }

  void propose(ByteBuf payload, long nowMs) {
    int size = payload.readableBytes();
    long index = append(LogEntry.Kind.DATA, payload);
    waitingIndexes.add(index);
    waitingSizes.add(size);
    waitingBytes += size;
    sender.sendAll(nowMs);
  }

  void onReply(ReplicaKey from, RaftMessage.Reply reply, long nowMs) {
    Optional<Progress> known = replicas.find(from, reply.formed());
    if (known.isEmpty()) {
      return;
    }
    Progress progress = known.get();
    if (reply instanceof AppendAccepted accepted) {
      if (accepted.matchIndex() > state.log.lastIndex()) {
        return; // No replica of this quorum says that.
      }
      progress.onMatch(accepted.matchIndex());
    } else if (reply instanceof AppendRejected rejected) {
      if (progress.isNews(rejected)) {
        progress.becomeProbe(backOff(rejected));
      }
    } else if (reply instanceof SnapshotReply received) {
      onSnapshotReply(progress, received);
    }
    progress.onRound(reply.round());
    progress.onContact(from, reply.formed(), state.log.lastIndex() + 1, nowMs);
    sender.send(progress, nowMs);
    membership.onProgress(progress, nowMs);
    maybeAdvance(nowMs);
    handover.maybeTell(progress);
  }

  /** Where the logs can part at the latest: one rejection for each term that conflicts (§3.5). */
  private long backOff(AppendRejected rejected) {
    long limit = rejected.prevIndex();
    if (rejected.conflictTerm() == RaftLog.NO_TERM) {
      return Math.min(limit, rejected.conflictIndex());
    }
    long common = state.log.lastOfTerm(rejected.conflictTerm(), limit - 1).orElse(-1) + 1;
    return Math.min(limit, common > 0 ? common : rejected.conflictIndex());
  }

  private void onSnapshotReply(Progress progress, SnapshotReply reply) {
    if (progress.mode() != Progress.Mode.SNAPSHOT) {
      return;
    }
    SnapshotMeta sending = progress.sending().meta();
    if (reply.snapshotIndex() == sending.index() && reply.nextOffset() == sending.sizeBytes()) {
      progress.onMatch(sending.index());
    } else {
      progress.onChunkWanted(reply.snapshotIndex(), reply.nextOffset());
    }
  }

  /** Its own disk has more now: only then it counts itself (§10.2.1). */
  void onPersisted(long nowMs) {
    maybeAdvance(nowMs);
  }

  /** Does all that acknowledgements, commits and time can make due. */
  private void maybeAdvance(long nowMs) {
    maybeCommit(nowMs);
    makeRoom();
    maybeChangeVoters(nowMs);
    reads.onConfirmed(replicas.reachedByMajority(Progress::round, Long.MAX_VALUE));
    maybeBeginReading(nowMs);
  }

  private void maybeCommit(long nowMs) {
    long majority = replicas.reachedByMajority(Progress::match, state.out.durableIndex());
    // §3.6.2: entries of earlier terms are committed only by one of the own term behind them.
    if (majority <= state.commitIndex() || !state.log.hasTermAt(majority, state.term())) {
      return;
    }
    state.commitUpTo(majority);
    if (!state.active()) {
      state.becomeActive();
    }
    sender.tellCommit(nowMs);
    membership.onCommitted();
    boolean removed = state.log.votersIndex() <= majority && !state.mayVote();
    if (removed && !resigning) {
      resigning = true; // §4.2.2: it led until the configuration without it was committed.
      handover
          .mostAdvanced(nowMs)
          .ifPresent(p -> state.out.send(p.nodeId, new RaftMessage.TransferNow(state.term())));
    }
  }

  /** Others may commit without this disk, but what it has yet to write must not pile up. */
  private void makeRoom() {
    long done = Math.min(state.commitIndex(), state.out.durableIndex());
    while (!waitingIndexes.isEmpty() && waitingIndexes.element() <= done) {
      waitingIndexes.remove();
      waitingBytes -= waitingSizes.remove();
    }
  }

  private void maybeChangeVoters(long nowMs) {
    boolean allowed =
        state.active() && !resigning && state.log.votersIndex() <= state.commitIndex();
    if (!allowed) {
      return;
    }
    Optional<VoterSet> asked = membership.due();
    asked
        .or(() -> upkeep.due(nowMs))
        .ifPresent(
            voters -> {
              long index = append(LogEntry.Kind.CONFIG, voters.encode());
              if (asked.isPresent()) {
                membership.onAppended(index);
              }
              replicas.followConfiguration(nowMs); // In use from here on (§4.1).
              sender.sendAll(nowMs);
            });
  }

  /** Whether its removal is committed, so that it has to step down. */
  boolean resigning() {
    return resigning;
  }

  void requestRead(long id, long nowMs) {
    if (!state.active()) {
      state.out.add(new RaftEffect.ReadFailed(id));
      return;
    }
    reads.add(id);
    maybeBeginReading(nowMs);
  }

  private void maybeBeginReading(long nowMs) {
    while (reads.wantsRound()) {
      reads.begin(sender.heartbeat(nowMs));
      // At once when it is the only voter.
      reads.onConfirmed(replicas.reachedByMajority(Progress::round, Long.MAX_VALUE));
    }
  }

  void addVoter(long id, ReplicaKey replica, boolean answerWhenAppended, long nowMs) {
    membership.addVoter(id, replica, answerWhenAppended, nowMs);
    // Its answer shows that it is there, and how far behind.
    replicas.observer(replica).ifPresent(joining -> sender.heartbeat(joining, nowMs));
  }

  void removeVoter(long id, String nodeId, Optional<UUID> directoryId, long nowMs) {
    membership.removeVoter(id, nodeId, directoryId, nowMs);
    maybeAdvance(nowMs);
  }

  /** A replica asks for the log, or says where it is reached. */
  void onFollowRequest(ReplicaKey from, HostPort address, boolean formed, long nowMs) {
    Optional<Progress> progress =
        replicas.find(from, formed).or(() -> replicas.observe(from, nowMs));
    progress.ifPresent(
        asking -> {
          if (!asking.address().equals(Optional.of(address))) {
            state.out.add(new RaftEffect.AddressLearnt(from.nodeId(), address));
          }
          asking.at(address);
          asking.onContact(from, formed, state.log.lastIndex() + 1, nowMs);
          asking.retryProbe();
          sender.heartbeat(asking, nowMs);
        });
    maybeAdvance(nowMs);
  }

  /** Gives it the log, so that it learns that it has no vote any more. */
  void onStrangersVote(ReplicaKey from, long nowMs) {
    replicas.observe(from, nowMs).ifPresent(stranger -> sender.heartbeat(stranger, nowMs));
  }

  /** Whether a majority was heard within an election timeout (check quorum, §6.2). */
  boolean hearsMajority(long nowMs) {
    return nowMs < quorumLostMs();
  }

  private long quorumLostMs() {
    return replicas.reachedByMajority(Progress::lastContactMs, NEVER_SILENT_MS)
        + state.settings.electionTimeoutMs();
  }

  void onTick(long nowMs) {
    handover.onTick(nowMs);
    membership.onTick(nowMs);
    if (sender.heartbeatDue(nowMs)) {
      replicas.forgetSilentObservers(nowMs);
      sender.heartbeat(nowMs);
    }
    maybeAdvance(nowMs);
  }

  long nextDeadlineMs() {
    long own = Math.min(sender.nextHeartbeatMs(), quorumLostMs());
    return Math.min(own, Math.min(handover.nextDeadlineMs(), membership.nextDeadlineMs()));
  }

  void onLeadershipLost() {
    reads.fail();
    membership.onLeadershipLost();
  }

  List<QuorumState.Replica> describe(long nowMs) {
    List<QuorumState.Replica> described = new ArrayList<>();
    described.add(
        new QuorumState.Replica(
            state.self(), state.mayVote(), state.log.lastIndex() + 1, nowMs, nowMs));
    for (Progress p : replicas.all()) {
      ReplicaKey key = p.key().orElse(new ReplicaKey(p.nodeId, QuorumState.UNKNOWN_DIRECTORY));
      described.add(
          new QuorumState.Replica(
              key,
              replicas.voter(p.nodeId).filter(voter -> voter == p).isPresent(),
              p.match() + 1,
              p.heard() ? p.lastContactMs() : QuorumState.NEVER_MS,
              p.caughtUpMs()));
    }
    return described;
  }
}
