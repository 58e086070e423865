package io.gofka.raft;

import io.gofka.common.HostPort;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Objects;

/**
 * What replicas tell each other. The sender's {@link ReplicaKey} stands in the envelope around a
 * message. Messages may be lost, doubled, late and out of order.
 *
 * <p>A record refuses contents that no replica sends with {@link IllegalArgumentException}: who
 * decodes bytes from outside drops the message then.
 */
public sealed interface RaftMessage {
  /** The term of the sender; see {@link VoteRequest} for the one exception. */
  long term();

  /**
   * Asks for a vote (dissertation §3.4), or whether one would be given (pre-vote, §9.6).
   *
   * @param term in which the sender stands; for a pre-vote the term it would open, one above its
   *     own
   * @param transfer the leader asked the sender to take over, so nobody has to wait until the
   *     leader is silent (§4.2.3)
   * @param lastIndex of the sender's log, -1 when it is empty
   * @param lastTerm of that entry, 0 when the log is empty
   */
  record VoteRequest(long term, boolean preVote, boolean transfer, long lastIndex, long lastTerm)
      implements RaftMessage {
    public VoteRequest {
      requireTerm(term);
      requireIndex(lastIndex, lastTerm);
    }
  }

  /**
   * @param formed whether the sender took part in forming the quorum on its directory, and so may
   *     vote for a voter that is not bound to a directory
   */
  record VoteReply(long term, boolean preVote, boolean granted, boolean formed)
      implements RaftMessage {
    public VoteReply {
      requireTerm(term);
    }
  }

  /**
   * Entries for the receiver's log (§3.5), or none: then it is a heartbeat.
   *
   * @param prevIndex of the entry before them, -1 when there is none
   * @param prevTerm of that entry
   * @param entries without gaps, the first with prevIndex + 1
   * @param commitIndex last index that the sender knows to be committed, -1 for none
   * @param round a number that never falls while the sender leads; comes back in the reply
   */
  record AppendRequest(
      long term,
      long prevIndex,
      long prevTerm,
      List<LogEntry> entries,
      long commitIndex,
      long round)
      implements RaftMessage {
    public AppendRequest {
      requireTerm(term);
      requireIndex(prevIndex, prevTerm);
      entries = List.copyOf(entries);
      long index = prevIndex;
      long least = prevTerm;
      for (LogEntry entry : entries) {
        if (entry.index() != ++index || entry.term() < least || entry.term() > term) {
          throw new IllegalArgumentException(
              "entry %d of term %d where entry %d of a term from %d to %d belongs"
                  .formatted(entry.index(), entry.term(), index, least, term));
        }
        least = entry.term();
      }
      if (prevTerm > term || commitIndex < -1) {
        throw new IllegalArgumentException(
            "commit index %d, entry before of term %d, sent in term %d"
                .formatted(commitIndex, prevTerm, term));
      }
    }

    /**
     * Index of the last entry that the receiver has in common with the sender once it has these.
     */
    public long lastIndex() {
      return prevIndex + entries.size();
    }
  }

  /** What a follower answers to its leader. */
  sealed interface Reply extends RaftMessage {
    /** Of the latest message of this leader that came in. */
    long round();

    /** See {@link VoteReply}. */
    boolean formed();
  }

  /**
   * The sender's log is the leader's up to an entry, and durable up to it.
   *
   * @param matchIndex that entry, -1 for none
   * @param round of the latest append of this leader that came in
   */
  record AppendAccepted(long term, long matchIndex, long round, boolean formed) implements Reply {
    public AppendAccepted {
      requireTerm(term);
      requireIndex(matchIndex, 0);
    }
  }

  /**
   * The sender doesn't have the entry before those that came, or is in a later term.
   *
   * @param prevIndex of the request
   * @param conflictTerm term of the entry that the sender has there; 0 when its log is shorter
   * @param conflictIndex first entry of that term in the sender's log, or the end of a shorter log:
   *     the leader need not look behind it
   */
  record AppendRejected(
      long term, long prevIndex, long conflictTerm, long conflictIndex, long round, boolean formed)
      implements Reply {
    public AppendRejected {
      requireTerm(term);
      requireIndex(prevIndex, conflictTerm);
      requireIndex(conflictIndex, 0);
    }
  }

  /**
   * A piece of a snapshot for a replica that needs entries which the leader no longer has (§5.2).
   *
   * @param offset of the bytes in the content
   * @param bytes on the heap, never changed; empty only for a snapshot without content
   */
  record SnapshotChunk(long term, SnapshotMeta meta, long offset, ByteBuf bytes, long round)
      implements RaftMessage {
    public SnapshotChunk {
      requireTerm(term);
      Objects.requireNonNull(meta, "meta");
      if (offset < 0 || bytes.readableBytes() > meta.sizeBytes() - offset) {
        throw new IllegalArgumentException(
            "%d bytes at %d are not part of the snapshot %s"
                .formatted(bytes.readableBytes(), offset, meta));
      }
    }

    /** Whether it ends the snapshot. */
    public boolean last() {
      return offset + bytes.readableBytes() == meta.sizeBytes();
    }
  }

  /**
   * @param snapshotIndex which snapshot the sender is receiving
   * @param nextOffset what it needs next; the size of the snapshot once that is durable
   */
  record SnapshotReply(long term, long snapshotIndex, long nextOffset, long round, boolean formed)
      implements Reply {
    public SnapshotReply {
      requireTerm(term);
      requireIndex(snapshotIndex, 0);
      requireIndex(nextOffset, 0);
    }
  }

  /** The leader asks the receiver to stand for election at once (§3.10). */
  record TransferNow(long term) implements RaftMessage {
    public TransferNow {
      requireTerm(term);
    }
  }

  /**
   * The sender hears no leader, has no vote as far as it knows, and wants to follow the log; or it
   * has a vote and is reached elsewhere than the configuration says. Sent to all that may know.
   *
   * @param address where the sender is reached
   * @param formed see {@link VoteReply}
   */
  record FollowRequest(long term, HostPort address, boolean formed) implements RaftMessage {
    public FollowRequest {
      requireTerm(term);
      Objects.requireNonNull(address, "address");
    }
  }

  /** Who leads: the answer of one that doesn't to a {@link FollowRequest}. */
  record LeaderHint(long term, String leaderNodeId, HostPort address) implements RaftMessage {
    public LeaderHint {
      requireTerm(term);
      Objects.requireNonNull(leaderNodeId, "leaderNodeId");
      Objects.requireNonNull(address, "address");
    }
  }

  private static void requireTerm(long term) {
    if (term < 0) {
      throw new IllegalArgumentException("no term: " + term);
    }
  }

  private static void requireIndex(long index, long term) {
    if (index < -1 || term < 0) {
      throw new IllegalArgumentException("no entry " + index + " of term " + term);
    }
  }
}
