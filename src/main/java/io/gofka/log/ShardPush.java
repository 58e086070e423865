package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.log.PushedParts.Part;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.LeaderMessage.Watermark;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Brings what the partitions of a {@link LogShard} have to those who follow them. What is appended
 * goes out at once, as slices of the very buffers that were written; who is behind is fed from the
 * files, in turns. Messages to one broker leave in the order in which they were given, and together
 * what is given within one turn of the loop.
 *
 * <p>What is under way is bounded for each follower ({@link PushChannel}) and for each partition
 * ({@link PushFeed}). Whoever finds no room is behind with that, and fed from the file later on.
 */
final class ShardPush {
  /** What is read of one partition in one turn, apart from a single larger batch. */
  static final int CHUNK_BYTES = 256 * 1024;

  /** A high watermark that moves without records is told after this, with all that have by then. */
  static final long WATERMARK_DELAY_MS = 2;

  /** What could not be read is tried again after this. */
  static final long RETRY_MS = 1_000;

  /** Told when messages of a session are lost. */
  interface Lost {
    void onSessionLost(ShardPartition partition, int followerId);
  }

  private final LogShard shard;
  private final ShardHost host;
  private final Lost lost;
  private final Map<Integer, PushChannel> channels = new HashMap<>();
  private final Map<ShardPartition, List<PushFeed>> feeds = new HashMap<>();
  private long pushedBytes;

  ShardPush(LogShard shard, ShardHost host, Lost lost) {
    this.shard = shard;
    this.host = host;
    this.lost = lost;
  }

  /** Bytes of record batches that were given to the streams since the start. */
  long pushedBytes() {
    return pushedBytes;
  }

  // ---- sessions

  /** The follower is to get what the log has from an offset on, and what comes to it. */
  void begin(
      ShardPartition partition, int followerId, int leaderEpoch, long session, long fromOffset) {
    end(partition, followerId);
    PushFeed feed = new PushFeed(partition, followerId, leaderEpoch, session, fromOffset);
    feed.takeNews(partition.log().highWatermark(), partition.log().logStartOffset());
    feeds.computeIfAbsent(partition, key -> new ArrayList<>(2)).add(feed);
    goOn(channel(followerId), feed);
  }

  void end(ShardPartition partition, int followerId) {
    List<PushFeed> ofPartition = feeds.get(partition);
    if (ofPartition != null) {
      ofPartition.removeIf(
          feed -> {
            if (feed.followerId() == followerId) {
              feed.end();
              return true;
            }
            return false;
          });
      if (ofPartition.isEmpty()) {
        feeds.remove(partition);
      }
    }
  }

  /** The partition isn't led here any more, or not under that epoch. */
  void endAll(ShardPartition partition) {
    List<PushFeed> ofPartition = feeds.remove(partition);
    if (ofPartition != null) {
      ofPartition.forEach(PushFeed::end);
    }
  }

  private Optional<PushFeed> current(ShardPartition partition, int followerId, long session) {
    for (PushFeed feed : feeds.getOrDefault(partition, List.of())) {
      if (feed.followerId() == followerId && feed.session() == session) {
        return Optional.of(feed);
      }
    }
    return Optional.empty();
  }

  // ---- events

  /** Records have just become part of the log. */
  void onAppended(ShardPartition partition, LogAppend append) {
    List<PushFeed> ofPartition = feeds.get(partition);
    if (ofPartition == null) {
      return;
    }
    List<Part> parts = List.of();
    for (PushFeed feed : List.copyOf(ofPartition)) { // Who is refused meanwhile is taken out.
      if (feed.isEnded()) {
        continue;
      }
      PushChannel channel = channel(feed.followerId());
      boolean isNext = feed.nextOffset() == append.baseOffset() && !feed.isReading();
      if (isNext && feed.hasRoomFor(append.sizeBytes()) && channel.hasRoomFor(append.sizeBytes())) {
        if (parts.isEmpty()) {
          parts = PushedParts.of(append);
        }
        for (Part part : parts) {
          push(channel, feed, part.bytes().retainedDuplicate(), part.endOffset(), false);
        }
      } else {
        goOn(channel, feed);
      }
    }
    parts.forEach(part -> part.bytes().release());
  }

  void onAcked(ShardPartition partition, int followerId, long session, long endOffset) {
    Optional<PushFeed> feed = current(partition, followerId, session);
    if (feed.isPresent()) {
      feed.get().acked(endOffset);
      if (feed.get().nextOffset() < partition.log().logEndOffset()) {
        goOn(channel(followerId), feed.get());
      }
    }
  }

  /** The high watermark or the log start has moved. */
  void onWatermark(ShardPartition partition) {
    for (PushFeed feed : feeds.getOrDefault(partition, List.of())) {
      PushChannel channel = channel(feed.followerId());
      if (channel.addUntold(feed)) {
        host.after(WATERMARK_DELAY_MS, () -> tellWatermarks(channel));
      }
    }
  }

  private void tellWatermarks(PushChannel channel) {
    for (PushFeed feed : channel.takeUntold()) {
      ShardPartition partition = feed.partition();
      if (feed.isEnded() || !partition.isOpen()) {
        continue;
      }
      long highWatermark = partition.log().highWatermark();
      long logStartOffset = partition.log().logStartOffset();
      if (feed.takeNews(highWatermark, logStartOffset)) { // Else a push has brought it.
        channel.add(
            new Watermark(
                partition.id().topicId(),
                partition.id().partition(),
                feed.leaderEpoch(),
                feed.session(),
                highWatermark,
                logStartOffset));
      }
    }
    sendSoon(channel);
  }

  /** A message without records, after all that was given before. */
  void send(int followerId, LeaderMessage message) {
    PushChannel channel = channel(followerId);
    channel.add(message);
    sendSoon(channel);
  }

  // ---- sending

  private PushChannel channel(int followerId) {
    return channels.computeIfAbsent(followerId, PushChannel::new);
  }

  /** Takes over the reference to the records. */
  private void push(
      PushChannel channel, PushFeed feed, ByteBuf records, long endOffset, boolean fromFile) {
    ShardPartition partition = feed.partition();
    long highWatermark = partition.log().highWatermark();
    long logStartOffset = partition.log().logStartOffset();
    feed.takeNews(highWatermark, logStartOffset);
    Pushed pushed =
        new Pushed(
            partition.id().topicId(),
            partition.id().partition(),
            feed.leaderEpoch(),
            feed.session(),
            feed.nextOffset(),
            endOffset,
            highWatermark,
            logStartOffset,
            records);
    int bytes = records.readableBytes();
    feed.pushed(endOffset, bytes);
    pushedBytes += bytes;
    channel.add(pushed, fromFile);
    sendSoon(channel);
    maybeHold(channel, feed, bytes);
  }

  /**
   * Who follows a throttled leader and isn't in sync gets no more before what it got is paid for:
   * as with Kafka, the list of leaders has the brokers that push.
   */
  private void maybeHold(PushChannel channel, PushFeed feed, int bytes) {
    ShardPartition partition = feed.partition();
    boolean isThrottled =
        partition.config().leaderThrottled().contains(partition.id().partition(), shard.brokerId())
            && !partition.image().isr().contains(feed.followerId());
    long holdMs = isThrottled ? host.throttleMs(CopyThrottles.Side.LEADING, bytes) : 0;
    if (holdMs > 0) {
      feed.held(true);
      host.after(
          holdMs,
          () -> {
            feed.held(false);
            goOn(channel, feed);
          });
    }
  }

  private void sendSoon(PushChannel channel) {
    if (channel.takeSendDue()) {
      host.soon(() -> sendAll(channel));
    }
  }

  private void sendAll(PushChannel channel) {
    for (PushChannel.Batch batch : channel.takeOutgoing()) {
      host.toFollower(
          channel.followerId(),
          batch.messages(),
          () -> {
            channel.gone(batch);
            feedLagging(channel);
          },
          () -> onLost(channel, batch));
    }
  }

  /** The stream is gone, or was when they were to be sent. The follower begins anew on the next. */
  private void onLost(PushChannel channel, PushChannel.Batch batch) {
    channel.gone(batch);
    for (LeaderMessage message : batch.messages()) {
      shard
          .partition(message.topicId(), message.partition())
          .filter(
              partition -> current(partition, channel.followerId(), message.session()).isPresent())
          .ifPresent(
              partition -> {
                end(partition, channel.followerId());
                lost.onSessionLost(partition, channel.followerId());
              });
    }
    feedLagging(channel);
  }

  // ---- who is behind

  /** Sees to it that the feed gets what it lacks, as soon as there is room. */
  private void goOn(PushChannel channel, PushFeed feed) {
    channel.enqueue(feed);
    feedLagging(channel);
  }

  private void feedLagging(PushChannel channel) {
    while (channel.hasRoomForFiles()) {
      PushFeed feed = channel.nextLagging();
      if (feed == null) {
        return;
      }
      feed(channel, feed);
    }
  }

  private void feed(PushChannel channel, PushFeed feed) {
    ShardPartition partition = feed.partition();
    if (feed.isEnded() || feed.isFull() || !partition.isOpen()) {
      return; // An acknowledgement, or another session, brings it back.
    }
    PartitionLog log = partition.log();
    if (feed.nextOffset() < log.logStartOffset()) {
      refuse(channel, feed, ErrorCode.OFFSET_OUT_OF_RANGE, log.logStartOffset());
      return;
    }
    if (feed.nextOffset() >= log.logEndOffset()) {
      return; // From here on it gets what is appended.
    }
    try {
      Optional<ReadPreparation> needed =
          ReadPreparation.of(partition.id(), log, feed.nextOffset(), CHUNK_BYTES, host.nowMs());
      if (needed.isPresent()) {
        prepare(channel, feed, needed.get());
      } else {
        read(channel, feed, log);
      }
    } catch (IOException failure) {
      shard.failures().onReadFailure(partition, failure);
      retryLater(channel, feed);
    }
  }

  private void read(PushChannel channel, PushFeed feed, PartitionLog log) throws IOException {
    LogSlice slice =
        log.reader().find(feed.nextOffset(), CHUNK_BYTES, true, log.logEndOffset(), host.nowMs());
    if (slice.length() == 0 || !slice.isVerified()) {
      retryLater(channel, feed); // The pages have gone again since they were looked at.
      return;
    }
    ByteBuf records = slice.buffer();
    push(channel, feed, records, PushedParts.endOffset(records), true);
    channel.enqueue(feed);
  }

  private void prepare(PushChannel channel, PushFeed feed, ReadPreparation needed) {
    ShardPartition partition = feed.partition();
    feed.reading(true);
    shard
        .work()
        .aside(
            partition,
            needed::run,
            result -> {
              feed.reading(false);
              result.run();
              if (!feed.isEnded() && partition.isOpen()) {
                readPrepared(channel, feed);
              }
            },
            () -> {
              feed.reading(false);
              retryLater(channel, feed);
            });
  }

  /** Once at least it is read after the worker has prepared it, however short of memory all is. */
  private void readPrepared(PushChannel channel, PushFeed feed) {
    PartitionLog log = feed.partition().log();
    if (channel.hasRoomForFiles()
        && feed.nextOffset() >= log.logStartOffset()
        && log.reader().segmentFor(feed.nextOffset()).isIndexed()) {
      try {
        read(channel, feed, log);
      } catch (IOException failure) {
        shard.failures().onReadFailure(feed.partition(), failure);
        retryLater(channel, feed);
      }
      feedLagging(channel);
    } else {
      goOn(channel, feed);
    }
  }

  private void retryLater(PushChannel channel, PushFeed feed) {
    host.after(RETRY_MS, () -> goOn(channel, feed));
  }

  private void refuse(PushChannel channel, PushFeed feed, ErrorCode error, long logStartOffset) {
    ShardPartition partition = feed.partition();
    end(partition, feed.followerId());
    channel.add(
        new Refused(
            partition.id().topicId(),
            partition.id().partition(),
            feed.leaderEpoch(),
            feed.session(),
            error,
            logStartOffset));
    sendSoon(channel);
    lost.onSessionLost(partition, feed.followerId());
  }
}
