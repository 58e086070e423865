package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.config.TopicConfig;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.record.RecordBatch;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.ReplicasUnusable;
import io.gofka.replica.StreamChanged;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * A {@link LogShard} as it is, for a simulated broker in another package: in one life of its
 * process, on a disk that outlives it, with everything around it in virtual time.
 */
public final class SimulatedShard {
  /** A clock that only slow disks push on may be ahead of others by so much. */
  private static final long MAX_AHEAD_MS = 2_000;

  /** How often segments are looked for that nobody needs. */
  private static final long TIDY_INTERVAL_MS = 2_000;

  /** The broker's process and what it is connected to. */
  public interface Surroundings {
    long timestampMs();

    long nowMs();

    boolean isDiskSlow();

    /** In a later turn of this life, after so much time on its clock. */
    void after(long delayMs, Runnable action);

    /** In a later turn of this life, after as much time as a disk or a worker takes for it. */
    void afterWork(boolean onDisk, Runnable action);

    void toLeader(int leaderId, List<FollowerMessage> messages);

    void toFollower(int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost);

    void changeIsrs(
        List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed);

    UUID unique();

    /** The shard has done something. */
    void touched();

    /** It has found out that something is wrong which can't be. */
    void failed(Throwable bug);
  }

  /** A log directory that outlives processes. */
  public static final class Disk {
    private final MemoryLogDisk disk = new MemoryLogDisk();

    /** The process dies: what it has written stays. */
    public void kill() {
      disk.kill();
    }

    /** The machine loses its power: of what was not synced a random part stays. */
    public void losePower(Random random) {
      disk.losePower(random);
    }
  }

  /**
   * A batch in a log.
   *
   * @param crc over all but offset and epoch
   */
  public record Batch(
      long baseOffset,
      long nextOffset,
      int leaderEpoch,
      long crc,
      long producerId,
      int producerEpoch,
      int baseSequence) {
    public static Batch of(RecordBatch batch) {
      return new Batch(
          batch.baseOffset(),
          batch.nextOffset(),
          batch.partitionLeaderEpoch(),
          batch.crc(),
          batch.producerId(),
          batch.producerEpoch(),
          batch.baseSequence());
    }
  }

  private final Surroundings around;
  private final LogShard shard;
  private final Set<Long> timers = new HashSet<>();
  private long nextTimer;
  private boolean inOrderBusy;
  private final List<Runnable> inOrder = new ArrayList<>();
  private final Map<Segment, Places> places = new HashMap<>();
  private boolean dead;
  private long aheadMs;

  public SimulatedShard(
      int brokerId,
      long brokerEpoch,
      long lagTimeMaxMs,
      long checkpointIntervalMs,
      Disk disk,
      Surroundings around)
      throws IOException {
    this.around = around;
    this.shard =
        new LogShard(
            brokerId,
            0,
            new LogShards(1),
            List.of(LogDirectory.open(disk.disk, (topic, partition) -> true)),
            new TreeMap<>(),
            SimulatedShard::configOf,
            new ReplicaSettings(brokerEpoch, lagTimeMaxMs, checkpointIntervalMs),
            new Host());
  }

  private static LogConfig configOf(ClusterImage image, String topic) {
    return LogConfig.of(
        TopicConfig.of(BrokerConfig.DEFAULTS, image.overrides(ConfigResource.topic(topic))),
        Long.MAX_VALUE);
  }

  public void start(ClusterImage image, Runnable started) {
    shard.start(
        image,
        () -> {
          started.run();
          tidyLater();
        },
        around::failed);
  }

  private void tidyLater() {
    around.after(
        TIDY_INTERVAL_MS,
        () -> {
          shard.tidy();
          around.touched();
          tidyLater();
        });
  }

  public void onChange(ImageChange change) {
    shard.onChange(change);
    around.touched();
  }

  /** The process has died: nothing that it has begun comes to an end. */
  public void die() {
    dead = true;
  }

  // ---- requests

  public void append(AppendRecords request, Consumer<List<AppendResult>> reply) {
    shard.appends().append(request, reply);
    around.touched();
  }

  public void read(ReadRecords request, Consumer<List<ReadResult>> reply) {
    shard.reads().read(request, reply);
    around.touched();
  }

  public void findOffsets(FindOffsets request, Consumer<List<FindOffsets.Found>> reply) {
    shard.queries().findOffsets(request, reply);
  }

  public void deleteRecords(
      DeleteRecordsBefore request, Consumer<List<DeleteRecordsBefore.Deleted>> reply) {
    shard.queries().deleteRecords(request, reply);
    around.touched();
  }

  public List<FindEpochEnds.EpochEnd> findEpochEnds(FindEpochEnds request) {
    return shard.queries().findEpochEnds(request);
  }

  public void onFollowerMessages(int followerId, long brokerEpoch, List<FollowerMessage> messages) {
    shard.replication().onFollowerMessages(followerId, brokerEpoch, messages);
    around.touched();
  }

  public void onLeaderMessages(int leaderId, List<LeaderMessage> messages, Runnable takenIn) {
    shard.replication().onLeaderMessages(leaderId, messages, takenIn);
    around.touched();
  }

  public void onStream(StreamChanged change) {
    shard.replication().onStream(change);
    around.touched();
  }

  // ---- what is in it

  private Optional<PartitionLog> log(TopicIdPartition partition) {
    return shard.partition(partition).flatMap(ShardPartition::openLog);
  }

  /**
   * How far a replica is.
   *
   * @param leadsInEpoch in which it takes itself for the leader, -1 when it doesn't
   */
  public record Standing(
      long logStartOffset, long logEndOffset, long highWatermark, int leadsInEpoch) {}

  /** Nothing when it hasn't the partition's log open. */
  public Optional<Standing> standing(TopicIdPartition partition) {
    ShardPartition here = shard.partition(partition).orElse(null);
    PartitionLog log = here == null ? null : here.openLog().orElse(null);
    if (log == null) {
      return Optional.empty();
    }
    LedPartition led = here.led().orElse(null);
    return Optional.of(
        new Standing(
            log.logStartOffset(),
            log.logEndOffset(),
            log.highWatermark(),
            led == null ? -1 : led.leaderEpoch()));
  }

  /** Whether it has the partition's log open. */
  public boolean has(TopicIdPartition partition) {
    return log(partition).isPresent();
  }

  /** -1 when it has none. */
  public long highWatermark(TopicIdPartition partition) {
    return log(partition).map(PartitionLog::highWatermark).orElse(-1L);
  }

  /** -1 when it has none. */
  public long logEndOffset(TopicIdPartition partition) {
    return log(partition).map(PartitionLog::logEndOffset).orElse(-1L);
  }

  /** The epoch in which it takes itself for the leader, -1 when it doesn't. */
  public int leadsInEpoch(TopicIdPartition partition) {
    return shard
        .partition(partition)
        .flatMap(ShardPartition::led)
        .map(LedPartition::leaderEpoch)
        .orElse(-1);
  }

  /** The batches at or behind an offset, in order. */
  public List<Batch> batches(TopicIdPartition partition, long fromOffset) {
    return rawBatches(partition, fromOffset).stream().map(Batch::of).toList();
  }

  /** The same with their bytes, which are the disk's. */
  public List<RecordBatch> rawBatches(TopicIdPartition partition, long fromOffset) {
    PartitionLog log = log(partition).orElseThrow();
    List<RecordBatch> found = new ArrayList<>();
    for (Segment segment : log.segments()) {
      if (segment.endOffset() > fromOffset) {
        places.computeIfAbsent(segment, any -> new Places()).addBatches(segment, fromOffset, found);
      }
    }
    return found;
  }

  /** Where in a segment batches begin, as far as anybody has looked. */
  private static final class Places {
    private final TreeMap<Long, Integer> positions = new TreeMap<>();
    private int knownBytes;

    private void addBatches(Segment segment, long fromOffset, List<RecordBatch> found) {
      ByteBuf bytes;
      try {
        bytes = Unpooled.wrappedBuffer(MemoryLogDisk.bytes(segment.file()));
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
      int end = segment.sizeBytes();
      if (end < knownBytes) {
        positions.clear(); // It has been cut.
      }
      knownBytes = end;
      Map.Entry<Long, Integer> before = positions.floorEntry(fromOffset);
      for (int at = before == null ? 0 : before.getValue(); at < end; ) {
        RecordBatch batch = new RecordBatch(bytes, at);
        positions.put(batch.baseOffset(), at);
        if (batch.nextOffset() > fromOffset) {
          found.add(batch);
        }
        at += batch.sizeInBytes();
      }
    }
  }

  /** Its world. Work on workers is done as a whole, some time later. */
  private final class Host implements ShardHost {
    @Override
    public long timestampMs() {
      return around.timestampMs();
    }

    /** Time passes between two looks while the disk is slow: then workers write. */
    @Override
    public long nowMs() {
      if (around.isDiskSlow() && aheadMs < MAX_AHEAD_MS) {
        aheadMs += DiskPace.SLOW_WRITE_MS + 1;
      }
      return around.nowMs() + aheadMs;
    }

    @Override
    public <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      inOrder.add(() -> run(work, done, failed));
      if (!inOrderBusy) {
        inOrderBusy = true;
        around.afterWork(true, this::nextInOrder);
      }
    }

    private void nextInOrder() {
      inOrder.remove(0).run();
      inOrderBusy = !inOrder.isEmpty();
      if (inOrderBusy) {
        around.afterWork(true, this::nextInOrder);
      }
    }

    @Override
    public <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      around.afterWork(false, () -> run(work, done, failed));
    }

    @Override
    public <T> void write(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      around.afterWork(true, () -> run(work, done, failed));
    }

    @Override
    public <T> void cleaning(
        int threads, Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      around.afterWork(true, () -> run(work, done, failed));
    }

    @Override
    public <T> void removing(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      around.afterWork(true, () -> run(work, done, failed));
    }

    private <T> void run(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      T result;
      try {
        result = work.call();
      } catch (Throwable failure) {
        failed.accept(failure);
        around.touched();
        return;
      }
      done.accept(result);
      around.touched();
    }

    @Override
    public List<WriteBack> writeBack() {
      return List.of();
    }

    @Override
    public void pause(long durationMs) {}

    @Override
    public long after(long delayMs, Runnable action) {
      long id = nextTimer++;
      timers.add(id);
      around.after(
          delayMs,
          () -> {
            if (timers.remove(id)) {
              action.run();
              around.touched();
            }
          });
      return id;
    }

    @Override
    public void cancel(long timer) {
      timers.remove(timer);
    }

    @Override
    public void soon(Runnable action) {
      around.after(
          0,
          () -> {
            action.run();
            around.touched();
          });
    }

    @Override
    public void onDirectories(LogDirState.Changed states) {
      for (LogDirState state : states.directories()) {
        if (state.failure().isPresent()) {
          around.failed(new IllegalStateException("a directory is offline: " + state));
        }
      }
    }

    @Override
    public void onUnusable(ReplicasUnusable replicas) {} // The disks don't fail.

    @Override
    public void onAllDirectoriesBroken(String why) {
      around.failed(new IllegalStateException(why));
    }

    @Override
    public void toLeader(int leaderId, List<FollowerMessage> messages) {
      if (!dead) {
        around.toLeader(leaderId, messages);
      }
    }

    @Override
    public void toFollower(
        int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
      if (!dead) {
        around.toFollower(followerId, messages, written, lost);
      }
    }

    @Override
    public void changeIsrs(
        List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {
      if (!dead) {
        around.changeIsrs(changes, answered, failed);
      }
    }

    @Override
    public UUID unique() {
      return around.unique();
    }
  }
}
