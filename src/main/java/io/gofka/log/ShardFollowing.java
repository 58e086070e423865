package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.log.FollowedPartition.Append;
import io.gofka.log.FollowedPartition.Step;
import io.gofka.log.FollowedPartition.Sync;
import io.gofka.log.FollowedPartition.TruncateFullyAndStartAt;
import io.gofka.log.FollowedPartition.TruncateTo;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.record.RecordBatch;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerReplica;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link LogShard} does for the partitions that this broker copies from their leaders:
 * carries out what {@link FollowerReplica} decides. What is done with a log is done in order, one
 * step at a time; messages for a leader go out at the end of each event, all together.
 */
final class ShardFollowing {
  private static final Logger LOG = LoggerFactory.getLogger(ShardFollowing.class);

  /**
   * Bytes that may wait to be appended before the streams they come from have to wait. What a
   * leader pushes of one partition before it hears an acknowledgement has a bound of its own.
   */
  static final int MAX_QUEUED_BYTES = 16 << 20;

  private final LogShard shard;
  private final ShardHost host;
  private final int brokerId;
  private final CopyAppends copies;
  private final LogCuts cuts;
  private final Set<Integer> streams = new HashSet<>();
  private final Map<Integer, List<FollowerMessage>> outgoing = new TreeMap<>();
  private final Deque<Runnable> waitingForRoom = new ArrayDeque<>();
  private long lastSession;
  private long queuedBytes;
  private long copiedBytes;

  ShardFollowing(LogShard shard, ShardHost host, int brokerId) {
    this.shard = shard;
    this.host = host;
    this.brokerId = brokerId;
    this.copies = new CopyAppends(shard, host);
    this.cuts = new LogCuts(shard, host);
  }

  /** Bytes of record batches that leaders have sent and the logs have since the start. */
  long copiedBytes() {
    return copiedBytes;
  }

  // ---- the role

  /** This broker copies the partition from its leader, as the image says. */
  void follow(ShardPartition partition) {
    PartitionImage image = partition.image();
    Optional<FollowedPartition> followed = partition.followed();
    if (followed.isPresent()
        && followed.get().leaderId() == image.leader()
        && followed.get().leaderEpoch() == image.leaderEpoch()) {
      return;
    }
    resign(partition);
    partition.log().becomeFollower();
    FollowerReplica replica =
        new FollowerReplica(
            partition.id().topicId(),
            partition.id().partition(),
            image.leaderEpoch(),
            partition.replicaLog(),
            () -> ++lastSession);
    FollowedPartition next = new FollowedPartition(image.leader(), image.leaderEpoch(), replica);
    partition.follow(next);
    if (streams.contains(image.leader())) {
      perform(partition, next, replica.onStream(true, host.nowMs()));
    }
    flush();
  }

  /** It copies it no more, or from another one. */
  void resign(ShardPartition partition) {
    Optional<FollowedPartition> followed = partition.followed();
    if (followed.isEmpty()) {
      return;
    }
    FollowedPartition old = followed.get();
    for (FollowerReplica.Effect effect : old.replica().stop()) {
      if (effect instanceof FollowerReplica.Send send) {
        send(old, send.message());
      }
    }
    partition.followNoMore();
    forgetSteps(old);
    flush();
  }

  private void forgetSteps(FollowedPartition followed) {
    while (!followed.steps().isEmpty()) {
      if (followed.steps().remove() instanceof Append append) {
        release(append.pushed());
      }
    }
  }

  private void release(Pushed pushed) {
    queuedBytes -= pushed.records().readableBytes();
    pushed.records().release();
    while (queuedBytes <= MAX_QUEUED_BYTES && !waitingForRoom.isEmpty()) {
      host.soon(waitingForRoom.remove());
    }
  }

  // ---- events

  /** The stream to that broker is there, or gone. */
  void onStream(int leaderId, boolean up) {
    if (up) {
      streams.add(leaderId);
    } else {
      streams.remove(leaderId);
    }
    for (ShardPartition partition : shard.partitions()) {
      partition
          .followed()
          .filter(each -> each.leaderId() == leaderId)
          .ifPresent(each -> perform(partition, each, each.replica().onStream(up, host.nowMs())));
    }
    flush();
  }

  /**
   * A leader's messages; their records are retained where they are kept.
   *
   * @param takenIn run when more may come
   */
  void onMessages(int leaderId, List<LeaderMessage> messages, Runnable takenIn) {
    for (LeaderMessage message : messages) {
      Optional<ShardPartition> partition = shard.partition(message.topicId(), message.partition());
      Optional<FollowedPartition> followed =
          partition.flatMap(ShardPartition::followed).filter(each -> each.leaderId() == leaderId);
      if (followed.isPresent()) {
        perform(
            partition.get(),
            followed.get(),
            followed.get().replica().onLeader(message, host.nowMs()));
      }
    }
    flush();
    if (queuedBytes <= MAX_QUEUED_BYTES) {
      takenIn.run();
    } else {
      waitingForRoom.add(takenIn);
    }
  }

  private void tick(ShardPartition partition, FollowedPartition followed) {
    if (isCurrent(partition, followed)) {
      perform(partition, followed, followed.replica().onTick(host.nowMs()));
      flush();
    }
  }

  private static boolean isCurrent(ShardPartition partition, FollowedPartition followed) {
    return partition.isFollowedAs(followed);
  }

  // ---- effects

  private void perform(
      ShardPartition partition, FollowedPartition followed, List<FollowerReplica.Effect> effects) {
    for (FollowerReplica.Effect effect : effects) {
      if (effect instanceof FollowerReplica.Send send) {
        send(followed, send.message());
      } else if (effect instanceof FollowerReplica.Append append) {
        append.pushed().records().retain();
        queuedBytes += append.pushed().records().readableBytes();
        followed.steps().add(new Append(append.pushed()));
      } else if (effect instanceof FollowerReplica.Sync) {
        followed.steps().add(new Sync());
      } else if (effect instanceof FollowerReplica.TruncateTo cut) {
        tell(partition, followed, cut);
        followed.steps().add(new TruncateTo(cut.offset()));
      } else if (effect instanceof FollowerReplica.TruncateFullyAndStartAt start) {
        LOG.info(
            "{}: the leader's log begins at {}, behind the end of this one at {}: all is copied"
                + " from there",
            partition.id(),
            start.offset(),
            partition.log().logEndOffset());
        followed.steps().add(new TruncateFullyAndStartAt(start.offset()));
      } else if (effect instanceof FollowerReplica.HighWatermarkAdvanced advanced) {
        shard.onCommitted(partition, advanced.highWatermark());
      } else if (effect instanceof FollowerReplica.LogStartAdvanced advanced) {
        deleteBefore(partition, advanced.logStartOffset());
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
    OptionalLong deadlineMs = followed.replica().deadlineMs();
    if (deadlineMs.isPresent() && followed.takeTimer(deadlineMs.getAsLong())) {
      long dueMs = deadlineMs.getAsLong();
      host.after(
          Math.max(1, dueMs - host.nowMs()),
          () -> {
            followed.timerFired(dueMs);
            tick(partition, followed);
          });
    }
    proceed(partition, followed);
  }

  private static void tell(
      ShardPartition partition, FollowedPartition followed, FollowerReplica.TruncateTo cut) {
    PartitionLog log = partition.log();
    if (cut.belowHighWatermark()) {
      LOG.error(
          "{}: records from {} on are lost, though they were committed up to {}: the leader {} of"
              + " epoch {} was elected without them",
          partition.id(),
          cut.offset(),
          log.highWatermark(),
          followed.leaderId(),
          followed.leaderEpoch());
    } else if (cut.offset() < log.logEndOffset()) {
      LOG.info(
          "{}: what was not committed is cut from {} up to {}, leader {} of epoch {} doesn't have"
              + " it",
          partition.id(),
          cut.offset(),
          log.logEndOffset(),
          followed.leaderId(),
          followed.leaderEpoch());
    }
  }

  private void deleteBefore(ShardPartition partition, long logStartOffset) {
    PartitionLog log = partition.log();
    log.deleteBefore(Math.min(logStartOffset, log.highWatermark()));
    shard.work().doChores(partition);
  }

  private void send(FollowedPartition followed, FollowerMessage message) {
    outgoing.computeIfAbsent(followed.leaderId(), id -> new ArrayList<>()).add(message);
  }

  private void flush() {
    if (shard.isStopping()) {
      outgoing.clear(); // The streams have ended before.
    } else if (!outgoing.isEmpty()) {
      Map<Integer, List<FollowerMessage>> due = new TreeMap<>(outgoing);
      outgoing.clear();
      due.forEach(host::toLeader);
    }
  }

  // ---- steps

  /** Does what is next with the log, if nothing is being done with it. */
  private void proceed(ShardPartition partition, FollowedPartition followed) {
    if (followed.isProceeding()) {
      return; // A step has ended within its call: the loop there goes on.
    }
    followed.proceeding(true);
    try {
      proceedWithSteps(partition, followed);
    } finally {
      followed.proceeding(false);
    }
  }

  private void proceedWithSteps(ShardPartition partition, FollowedPartition followed) {
    while (isCurrent(partition, followed)
        && !followed.isUnderWay()
        && !followed.steps().isEmpty()) {
      if (partition.appends().isWriting()) {
        followed.underWay(true);
        partition
            .appends()
            .whenNotWriting(
                () -> {
                  followed.underWay(false);
                  proceed(partition, followed);
                });
        return;
      }
      Step next = followed.steps().remove();
      followed.underWay(true);
      if (next instanceof Append append) {
        begin(partition, followed, append.pushed());
      } else if (next instanceof Sync) {
        sync(partition, followed);
      } else if (next instanceof TruncateTo cut) {
        cuts.cut(
            partition,
            () -> partition.isFollowedAs(followed),
            (log, timestampMs) -> log.truncateTo(cut.offset(), timestampMs),
            done -> ended(partition, followed, Ended.CUT));
      } else if (next instanceof TruncateFullyAndStartAt start) {
        cuts.cut(
            partition,
            () -> partition.isFollowedAs(followed),
            (log, timestampMs) -> log.truncateFullyAndStartAt(start.offset(), timestampMs),
            done -> ended(partition, followed, Ended.CUT));
      }
    }
  }

  /**
   * Where the leader's log begins within a batch, that batch comes whole: a log in which there is
   * nothing yet begins with it, and hides its first records again once it is there.
   */
  private void begin(ShardPartition partition, FollowedPartition followed, Pushed pushed) {
    PartitionLog log = partition.log();
    RecordBatch first = new RecordBatch(pushed.records(), pushed.records().readerIndex());
    boolean isWithin =
        log.logStartOffset() == log.logEndOffset()
            && pushed.fromOffset() == log.logEndOffset()
            && first.baseOffset() < log.logEndOffset()
            && first.nextOffset() > log.logEndOffset();
    if (!isWithin) {
      append(partition, followed, pushed, pushed.fromOffset(), () -> {});
      return;
    }
    long baseOffset = first.baseOffset();
    cuts.cut(
        partition,
        () -> partition.isFollowedAs(followed),
        (empty, timestampMs) -> empty.truncateFullyAndStartAt(baseOffset, timestampMs),
        done -> {
          if (done && isCurrent(partition, followed)) {
            append(
                partition,
                followed,
                pushed,
                baseOffset,
                () -> {
                  shard.onCommitted(partition, pushed.fromOffset());
                  deleteBefore(partition, pushed.fromOffset());
                });
          } else {
            release(pushed);
            ended(partition, followed, Ended.NOT_APPENDED);
          }
        });
  }

  /**
   * @param fromOffset where the log ends
   * @param then run when all of it is in the log
   */
  private void append(
      ShardPartition partition,
      FollowedPartition followed,
      Pushed pushed,
      long fromOffset,
      Runnable then) {
    try {
      copies.append(
          partition,
          followed,
          pushed,
          fromOffset,
          done -> {
            int bytes = pushed.records().readableBytes();
            release(pushed);
            if (done) {
              then.run();
              appended(partition, followed, bytes);
            } else {
              ended(partition, followed, Ended.NOT_APPENDED);
            }
          });
    } catch (ApiException refused) {
      LOG.error(
          "{}: what broker {} has sent in epoch {} is refused: {}",
          partition.id(),
          followed.leaderId(),
          followed.leaderEpoch(),
          refused.getMessage());
      release(pushed);
      ended(partition, followed, Ended.NOT_APPENDED);
    }
  }

  /**
   * Who is throttled and not in sync acknowledges only when what came is paid for: so the leader
   * doesn't send more than its window meanwhile.
   */
  private void appended(ShardPartition partition, FollowedPartition followed, int bytes) {
    copiedBytes += bytes;
    boolean isThrottled =
        partition.config().followerThrottled().contains(partition.id().partition(), brokerId)
            && !partition.image().isr().contains(brokerId);
    long waitMs = isThrottled ? host.throttleMs(CopyThrottles.Side.FOLLOWING, bytes) : 0;
    if (waitMs > 0) {
      host.after(waitMs, () -> ended(partition, followed, Ended.APPENDED));
    } else {
      ended(partition, followed, Ended.APPENDED);
    }
  }

  private void sync(ShardPartition partition, FollowedPartition followed) {
    Runnable ended = () -> ended(partition, followed, Ended.SYNCED);
    try {
      shard.work().doInOrder(partition, partition.log().flush(), ended, ended);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      ended.run();
    }
  }

  /** How a step has ended. */
  private enum Ended {
    APPENDED,
    NOT_APPENDED,
    /** Or not: the log tells. */
    SYNCED,
    /** Or not: the log tells. */
    CUT
  }

  private void ended(ShardPartition partition, FollowedPartition followed, Ended how) {
    followed.underWay(false);
    if (!isCurrent(partition, followed)) {
      return;
    }
    FollowerReplica replica = followed.replica();
    long nowMs = host.nowMs();
    switch (how) {
      case APPENDED -> perform(partition, followed, replica.onAppended(nowMs));
      case SYNCED -> perform(partition, followed, replica.onSynced(nowMs));
      case CUT -> perform(partition, followed, replica.onTruncated(nowMs));
      case NOT_APPENDED -> {
        forgetSteps(followed);
        perform(partition, followed, replica.onAppendFailed(nowMs));
      }
    }
    flush();
  }
}
