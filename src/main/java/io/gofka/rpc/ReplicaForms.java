package io.gofka.rpc;

import io.gofka.common.ErrorCode;
import io.gofka.common.OffsetAndEpoch;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerMessage.Acked;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FollowerMessage.Unfollow;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Diverged;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.gofka.replica.ReplicaMessage;
import io.gofka.rpc.ReplicaEntry.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The messages of leaders and followers as entries of a frame, and back: nobody believes a negative
 * offset that came from elsewhere.
 */
final class ReplicaForms {
  private ReplicaForms() {}

  static ReplicaEntry entry(FollowerMessage message) {
    if (message instanceof Acked acked) {
      return entry(Kind.ACKED, message, acked.endOffset(), 0, acked.logStartOffset());
    } else if (message instanceof Follow follow) {
      return entry(
          Kind.FOLLOW,
          message,
          follow.fetchOffset(),
          follow.lastFetchedEpoch(),
          follow.logStartOffset());
    } else if (message instanceof Unfollow) {
      return entry(Kind.UNFOLLOW, message, 0, 0, 0);
    }
    throw new IllegalStateException("nobody writes " + message);
  }

  static ReplicaEntry entry(LeaderMessage message) {
    if (message instanceof Pushed pushed) {
      return entry(
          Kind.PUSHED,
          message,
          pushed.highWatermark(),
          0,
          pushed.logStartOffset(),
          ErrorCode.NONE,
          pushed.fromOffset(),
          pushed.endOffset(),
          pushed.records());
    } else if (message instanceof Watermark watermark) {
      return entry(
          Kind.WATERMARK, message, watermark.highWatermark(), 0, watermark.logStartOffset());
    } else if (message instanceof Diverged diverged) {
      return entry(
          Kind.DIVERGED, message, diverged.end().offset(), diverged.end().leaderEpoch(), 0);
    } else if (message instanceof Refused refused) {
      return entry(
          Kind.REFUSED,
          message,
          0,
          0,
          refused.logStartOffset(),
          refused.error(),
          0,
          0,
          Unpooled.EMPTY_BUFFER);
    }
    throw new IllegalStateException("nobody writes " + message);
  }

  private static ReplicaEntry entry(
      Kind kind, ReplicaMessage message, long offset, int epoch, long logStartOffset) {
    return entry(
        kind, message, offset, epoch, logStartOffset, ErrorCode.NONE, 0, 0, Unpooled.EMPTY_BUFFER);
  }

  private static ReplicaEntry entry(
      Kind kind,
      ReplicaMessage message,
      long offset,
      int epoch,
      long logStartOffset,
      ErrorCode error,
      long fromOffset,
      long endOffset,
      ByteBuf records) {
    return new ReplicaEntry(
        kind,
        message.topicId(),
        message.partition(),
        message.leaderEpoch(),
        message.session(),
        offset,
        epoch,
        logStartOffset,
        error.code(),
        fromOffset,
        endOffset,
        records);
  }

  /**
   * @throws IllegalArgumentException when no follower says that
   */
  static FollowerMessage followerMessage(ReplicaEntry entry) {
    require(entry, entry.leaderEpoch() >= 0 && entry.offset() >= 0 && entry.logStartOffset() >= 0);
    return switch (entry.kind()) {
      case FOLLOW -> {
        require(entry, entry.epoch() >= -1);
        yield new Follow(
            entry.topicId(),
            entry.partition(),
            entry.leaderEpoch(),
            entry.session(),
            entry.offset(),
            entry.epoch(),
            entry.logStartOffset());
      }
      case ACKED ->
          new Acked(
              entry.topicId(),
              entry.partition(),
              entry.leaderEpoch(),
              entry.session(),
              entry.offset(),
              entry.logStartOffset());
      case UNFOLLOW ->
          new Unfollow(entry.topicId(), entry.partition(), entry.leaderEpoch(), entry.session());
      default -> throw new IllegalArgumentException("no follower says " + entry);
    };
  }

  /**
   * @return its records are the entry's
   * @throws IllegalArgumentException when no leader says that
   */
  static LeaderMessage leaderMessage(ReplicaEntry entry) {
    return switch (entry.kind()) {
      case PUSHED -> {
        require(
            entry,
            entry.offset() >= 0
                && entry.logStartOffset() >= 0
                && entry.fromOffset() >= 0
                && entry.endOffset() > entry.fromOffset()
                && entry.records().isReadable());
        yield new Pushed(
            entry.topicId(),
            entry.partition(),
            entry.leaderEpoch(),
            entry.session(),
            entry.fromOffset(),
            entry.endOffset(),
            entry.offset(),
            entry.logStartOffset(),
            entry.records());
      }
      case WATERMARK -> {
        require(entry, entry.offset() >= 0 && entry.logStartOffset() >= 0);
        yield new Watermark(
            entry.topicId(),
            entry.partition(),
            entry.leaderEpoch(),
            entry.session(),
            entry.offset(),
            entry.logStartOffset());
      }
      case DIVERGED ->
          new Diverged(
              entry.topicId(),
              entry.partition(),
              entry.leaderEpoch(),
              entry.session(),
              new OffsetAndEpoch(entry.offset(), entry.epoch()));
      case REFUSED ->
          new Refused(
              entry.topicId(),
              entry.partition(),
              entry.leaderEpoch(),
              entry.session(),
              ErrorCode.of(entry.errorCode()),
              entry.logStartOffset());
      default -> throw new IllegalArgumentException("no leader says " + entry);
    };
  }

  private static void require(ReplicaEntry entry, boolean possible) {
    if (!possible) {
      throw new IllegalArgumentException("nobody says " + entry);
    }
  }
}
