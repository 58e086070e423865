package io.gofka.raft;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.raft.QuorumState.Role;
import io.gofka.raft.RaftMessage.AppendRequest;
import io.gofka.raft.RaftMessage.FollowRequest;
import io.gofka.raft.RaftMessage.LeaderHint;
import io.gofka.raft.RaftMessage.SnapshotChunk;
import io.gofka.raft.RaftMessage.TransferNow;
import io.gofka.raft.RaftMessage.VoteReply;
import io.gofka.raft.RaftMessage.VoteRequest;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * One replica of the log that the controllers agree on: Raft as in Ongaro's dissertation
 * ("Consensus: Bridging Theory and Practice", 2014), whose sections are cited all over this
 * package.
 *
 * <p>Confined to one thread, without I/O, clock or randomness of its own: the owner passes in each
 * event with the monotonic time (ms) and carries out the returned effects in order. A message
 * leaves only when what it promises is durable ({@link Outbox}), so the owner can send at once.
 *
 * <p>A method that throws {@link IllegalStateException} has found an invariant broken. The replica
 * has failed then, as after {@link #onStorageFailed}, which the owner calls to hear what follows.
 *
 * <p>Roles and how they follow each other:
 *
 * <pre>
 * FOLLOWER       no leader for an election timeout, and has a vote    → PRE_CANDIDATE
 *                the leader asks it to take over (§3.10)              → CANDIDATE
 * PRE_CANDIDATE  a majority would vote for it (§9.6)                  → CANDIDATE, next term
 *                no majority within a timeout                         → PRE_CANDIDATE, again
 * CANDIDATE      a majority has voted for it (§3.4)                   → LEADER
 *                no majority within a timeout                         → PRE_CANDIDATE
 * LEADER         hears no majority for an election timeout (§6.2),
 *                or its removal from the voters is committed (§4.2.2) → FOLLOWER
 * any of these   a higher term, or a leader of its term               → FOLLOWER
 *                the storage has failed                               → FAILED, for good
 * </pre>
 *
 * <p>Three rules keep a live leader in office, and none without the others: pre-vote (a replica
 * that can't win doesn't raise the term), stickiness (who hears the leader votes for nobody else,
 * §4.2.3) and check quorum (a leader that hears no majority gives up, so that stickiness can't
 * protect one that can't commit). A replica that came to a higher term nevertheless rejects the
 * leader's appends with it; that makes the leader give up and win the next term, and the replica is
 * back.
 *
 * <p>Who votes: see {@link Membership}, {@link Upkeep} and {@link Voter#isVotedBy}. Everybody
 * grants votes; the candidate, who knows the configuration, counts only those of voters (§4.2.1: a
 * new voter may not have heard of its vote yet).
 */
public final class RaftCore {
  private final ReplicaState state;
  private final LogReceiver receiver;
  private final Roles roles;
  private VoterSet votersTold = VoterSet.EMPTY;

  /**
   * @param random seeded by the owner; spreads the elections
   * @throws IllegalStateException when what was recovered can't be the state of a replica
   */
  public RaftCore(
      RaftSettings settings, RecoveredState recovered, RandomGenerator random, long nowMs) {
    this.state = new ReplicaState(settings, recovered);
    this.receiver = new LogReceiver(state);
    this.roles = new Roles(state, receiver, random, nowMs);
  }

  /** Called once, before anything else: what is known to be committed is delivered. */
  public List<RaftEffect> start(long nowMs) {
    if (state.log.contradictsSnapshot()) {
      state.out.truncate(0);
    }
    state.log.snapshot().ifPresent(state::commitSnapshot);
    roles.start(nowMs);
    return effects();
  }

  /** When {@link #onTick} has something to do next; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineMs() {
    return roles.nextDeadlineMs();
  }

  /** May be called at any time; does what is due. */
  public List<RaftEffect> onTick(long nowMs) {
    return handle(() -> roles.onTick(nowMs));
  }

  /** Messages may be lost, doubled, late and out of order; so may those of other terms. */
  public List<RaftEffect> onMessage(ReplicaKey from, RaftMessage message, long nowMs) {
    boolean namesake = from.nodeId().equals(state.self().nodeId());
    if (state.role() == Role.FAILED || namesake) {
      return List.of();
    }
    return handle(
        () -> {
          if (message instanceof VoteRequest request) {
            roles.onVoteRequest(from, request, nowMs); // Its term counts only if it may win.
            return;
          }
          if (message.term() > state.term()) {
            roles.becomeFollower(message.term(), nowMs); // §3.3
          }
          dispatch(from, message, nowMs);
        });
  }

  private void dispatch(ReplicaKey from, RaftMessage message, long nowMs) {
    if (message instanceof AppendRequest request) {
      if (roles.follows(from, request.term(), request.prevIndex(), nowMs)) {
        receiver.onAppend(from, request);
      }
    } else if (message instanceof SnapshotChunk chunk) {
      if (roles.follows(from, chunk.term(), -1, nowMs)) {
        receiver.onChunk(from, chunk);
      }
    } else if (message instanceof RaftMessage.Reply reply) {
      roles.onReply(from, reply, nowMs);
    } else if (message instanceof VoteReply reply) {
      roles.onVoteReply(from, reply, nowMs);
    } else if (message instanceof TransferNow order) {
      roles.onTransferNow(from, order, nowMs);
    } else if (message instanceof FollowRequest request) {
      roles.onFollowRequest(from, request, nowMs);
    } else if (message instanceof LeaderHint hint) {
      roles.onLeaderHint(hint);
    } else {
      throw new IllegalStateException("nobody understands " + message);
    }
  }

  /** Every Persist up to this one is durable. */
  public List<RaftEffect> onPersisted(long sequence, long nowMs) {
    if (state.role() == Role.FAILED) {
      return List.of();
    }
    return handle(
        () -> {
          state.out.onPersisted(sequence);
          if (state.out.takeDurableSnapshot()) {
            state.out.add(new RaftEffect.DropPrefix(state.log.firstIndex()));
          }
          receiver.onPersisted();
          roles.onPersisted(nowMs);
        });
  }

  /**
   * Something could not be made durable: nobody knows what the disk holds, so this replica promises
   * nothing any more, and says nothing that could keep others from going on without it.
   */
  public List<RaftEffect> onStorageFailed(long nowMs) {
    fail();
    return state.out.drain();
  }

  /**
   * The process of this node is gone: when it led, nobody waits until it has been silent for long.
   * A mistake does no harm, since others that hear it refuse their votes.
   */
  public List<RaftEffect> onPeerUnreachable(String nodeId, long nowMs) {
    return handle(() -> roles.onPeerUnreachable(nodeId, nowMs));
  }

  /** The latest term that this replica knows. */
  public long term() {
    return state.term();
  }

  /** The index that the next proposal gets while this node leads. */
  public long nextIndex() {
    return state.log.lastIndex() + 1;
  }

  /**
   * Appends to the log of the quorum.
   *
   * @param payload on the heap, never changed
   * @throws ApiException NOT_CONTROLLER when this replica doesn't lead, hands over or is behind
   *     with what was proposed already; KAFKA_STORAGE_ERROR after the storage has failed. Nothing
   *     was proposed then.
   */
  public Proposal propose(ByteBuf payload, long nowMs) {
    if (state.role() == Role.FAILED) {
      throw new ApiException(
          ErrorCode.KAFKA_STORAGE_ERROR, "the metadata log of " + name() + " has failed");
    }
    Leader leader =
        roles
            .leading()
            .orElseThrow(
                () ->
                    new ApiException(
                        ErrorCode.NOT_CONTROLLER, name() + " is not the active controller"));
    leader.requireRoomFor(payload);
    long index = state.log.lastIndex() + 1;
    return new Proposal(state.term(), index, handle(() -> leader.propose(payload, nowMs)));
  }

  /**
   * The state machine has taken a snapshot of its state right after an entry that was delivered
   * (§5.1). One that is not newer than the last is ignored.
   *
   * @param content on the heap, never changed
   */
  public List<RaftEffect> snapshotTaken(long index, ByteBuf content, long nowMs) {
    if (state.role() == Role.FAILED) {
      return List.of();
    }
    if (index > state.commitIndex()) {
      throw new IllegalStateException(
          "snapshot at %d, delivered up to %d".formatted(index, state.commitIndex()));
    }
    OptionalLong term = state.log.termAt(index);
    boolean newer = state.log.snapshot().map(s -> index > s.meta().index()).orElse(true);
    if (newer && index >= 0) {
      SnapshotMeta meta =
          new SnapshotMeta(
              index, term.orElseThrow(), state.log.votersAt(index), content.readableBytes());
      Snapshot snapshot = new Snapshot(meta, content);
      state.log.compact(snapshot, state.settings.entriesKeptBehindSnapshot());
      state.out.persist(snapshot);
    }
    return effects();
  }

  /**
   * A linearizable read without writing (§6.4): answered by ReadReady or ReadFailed with this id.
   */
  public List<RaftEffect> requestRead(long id, long nowMs) {
    return handle(
        () ->
            roles
                .leading()
                .ifPresentOrElse(
                    leader -> leader.requestRead(id, nowMs),
                    () -> state.out.add(new RaftEffect.ReadFailed(id))));
  }

  /**
   * Makes an observer a voter once it has caught up (§4.2.1): answered by VoterChangeDone or
   * VoterChangeFailed with this id: NOT_CONTROLLER, DUPLICATE_VOTER, INVALID_REQUEST when no such
   * replica follows the log, REQUEST_TIMED_OUT when another change is under way or it doesn't catch
   * up.
   */
  public List<RaftEffect> addVoter(long id, ReplicaKey replica, long nowMs) {
    return handle(
        () -> activeLeader(id).ifPresent(leader -> leader.addVoter(id, replica, false, nowMs)));
  }

  /**
   * The same, answered as soon as the change is in this leader's log (KIP-1186): it may be lost
   * yet. For a replica that can't help to commit its own vote before it has the answer.
   */
  public List<RaftEffect> beginAddingVoter(long id, ReplicaKey replica, long nowMs) {
    return handle(
        () -> activeLeader(id).ifPresent(leader -> leader.addVoter(id, replica, true, nowMs)));
  }

  /**
   * Takes a voter's vote away, or its reserved seat; a leader may remove itself (§4.2.2). Answered
   * by VoterChangeDone or VoterChangeFailed with this id: NOT_CONTROLLER, VOTER_NOT_FOUND,
   * INVALID_REQUEST for the last voter, REQUEST_TIMED_OUT when another change is under way.
   *
   * @param directoryId of the voter; empty takes any
   */
  public List<RaftEffect> removeVoter(
      long id, String nodeId, Optional<UUID> directoryId, long nowMs) {
    return handle(
        () -> {
          activeLeader(id).ifPresent(leader -> leader.removeVoter(id, nodeId, directoryId, nowMs));
          roles.maybeResign(nowMs);
        });
  }

  private Optional<Leader> activeLeader(long id) {
    if (state.active()) {
      return roles.leading();
    }
    state.out.add(
        new RaftEffect.VoterChangeFailed(
            id, ErrorCode.NOT_CONTROLLER, name() + " is not the active controller"));
    return Optional.empty();
  }

  /**
   * Hands the leadership over (§3.10), to the voter that has most of the log when none is named.
   * Meanwhile nothing can be proposed; after an election timeout without success this replica leads
   * on. Nothing happens when it doesn't lead or nobody else votes.
   */
  public List<RaftEffect> transferLeadership(Optional<String> toNodeId, long nowMs) {
    if (state.active()) {
      roles.leading().orElseThrow().handover.begin(toNodeId, nowMs);
    }
    return effects();
  }

  /** Nodes that may know the leader, for a replica without a configuration. */
  public List<RaftEffect> onContacts(Set<String> nodeIds, long nowMs) {
    roles.addContacts(nodeIds, nowMs);
    return effects();
  }

  /** How this replica sees the quorum now. */
  public QuorumState state(long nowMs) {
    return new QuorumState(
        state.role(),
        state.term(),
        state.leader().map(ReplicaKey::nodeId).orElse(""),
        state.commitIndex() + 1,
        state.log.firstIndex(),
        state.log.lastIndex() + 1,
        state.log.voters(),
        roles.leading().map(leader -> leader.describe(nowMs)).orElse(List.of()));
  }

  private String name() {
    return state.self().nodeId();
  }

  /**
   * Handles an event. When an invariant turns out to be broken nothing of it gets out, and this
   * replica has failed: better none than one that forgets.
   */
  private List<RaftEffect> handle(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException bug) {
      fail();
      throw bug;
    }
    return effects();
  }

  private void fail() {
    state.out.discard();
    roles.becomeFailed();
  }

  private List<RaftEffect> effects() {
    if (!state.log.voters().equals(votersTold)) {
      votersTold = state.log.voters();
      state.out.add(new RaftEffect.VotersChanged(votersTold));
    }
    return state.out.drain();
  }
}
