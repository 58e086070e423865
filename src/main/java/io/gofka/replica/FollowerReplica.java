package io.gofka.replica;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Signatures only, for those who build against them; the behaviour follows. */
public final class FollowerReplica {
  /** What the owner has to carry out, in the order given. */
  public sealed interface Effect {}

  /** A message for the leader. */
  public record Send(FollowerMessage message) implements Effect {}

  /**
   * The records are to be appended, after all that was given before; told by {@link #onAppended}
   * when they are part of the log and as durable as the topic wants, else by {@link
   * #onAppendFailed}.
   */
  public record Append(LeaderMessage.Pushed pushed) implements Effect {}

  /**
   * The log is to end at {@code offset} or before, epochs that begin there or later are to be
   * forgotten even when no record goes; told by {@link #onTruncated}.
   *
   * @param belowHighWatermark records go that were taken to be committed: an unclean election has
   *     lost them
   */
  public record TruncateTo(long offset, boolean belowHighWatermark) implements Effect {}

  /** The whole log goes, and begins anew at {@code offset}; told by {@link #onTruncated}. */
  public record TruncateFullyAndStartAt(long offset) implements Effect {}

  /** Records below are committed. */
  public record HighWatermarkAdvanced(long highWatermark) implements Effect {}

  /** The leader's log begins there: what lies before may go. */
  public record LogStartAdvanced(long logStartOffset) implements Effect {}

  /**
   * @param sessions a new number above all before, for as long as the process lives
   */
  public FollowerReplica(
      UUID topicId, int partition, int leaderEpoch, ReplicaLog log, LongSupplier sessions) {
    throw new UnsupportedOperationException();
  }

  /** Whether the leader's broker can be reached. At first it can't. */
  public List<Effect> onStream(boolean up, long nowMs) {
    throw new UnsupportedOperationException();
  }

  public List<Effect> onLeader(LeaderMessage message, long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The oldest {@link Append} is done. */
  public List<Effect> onAppended(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** An {@link Append} or a truncation was refused or has failed; all given after it are void. */
  public List<Effect> onAppendFailed(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** The log has been cut, and is the one that {@link ReplicaLog} now shows. */
  public List<Effect> onTruncated(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** What was due is done. */
  public List<Effect> onTick(long nowMs) {
    throw new UnsupportedOperationException();
  }

  /** When {@link #onTick} is due. */
  public OptionalLong deadlineMs() {
    throw new UnsupportedOperationException();
  }

  /** This broker follows no more, or under another epoch. */
  public List<Effect> stop() {
    throw new UnsupportedOperationException();
  }
}
