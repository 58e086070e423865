package io.gofka.log;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.replica.ChangeIsrs;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FromFollower;
import io.gofka.replica.FromLeader;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.ReplicasUnusable;
import io.gofka.replica.ToFollower;
import io.gofka.replica.ToLeader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link LogShard} on a data loop: the bus, timers and the shard's own worker threads. It
 * decides nothing.
 *
 * <p>Its start completes when all logs are recovered; its stop, when everything is durable.
 */
public final class LogShardVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(LogShardVerticle.class);

  /** Of each of the workers that keep an order. */
  private static final int THREADS = 1;

  /**
   * Syncs of several partitions at the same time share the commits of the file system's journal: on
   * ext4, 16 files gave 2,500 syncs a second with one thread, 10,000 with 4 and with 8 no more.
   */
  private static final int WRITE_THREADS = 6;

  private static final boolean UNORDERED = false;

  /** Only then Vert.x complains about a worker: a recovery may read many gigabytes. */
  private static final long MAX_WORK_MINUTES = 60;

  private final Bus bus;
  private final int shard;
  private final LogShards shards;
  private final int brokerId;
  private final long brokerEpoch;
  private final LogDirs directories;
  private final BrokerConfig config;
  private final CopyThrottles throttles;
  private final LongSupplier timestampMs;
  private final LongSupplier nowMs;
  private final List<ImageChange> beforeStart = new ArrayList<>();
  // What has to go in order, most of it waiting for syncs.
  private WorkerExecutor ordered;
  // What must not wait behind that: cold reads, searches, inflating.
  private WorkerExecutor beside;
  // What takes its time and has nobody waiting for it; all shards of the node share it.
  private FileRemovalShell removal;
  // Writes that must not hold up the loop, and syncs.
  private WorkerExecutor writes;
  private LogShard core;
  private boolean started;
  private boolean ended;
  private ContextInternal own;

  /** A shard of a broker that nobody shares partitions with, on the clocks of this machine. */
  public LogShardVerticle(
      Bus bus,
      int shard,
      LogShards shards,
      int brokerId,
      LogDirs directories,
      BrokerConfig config) {
    this(bus, shard, shards, brokerId, 0, directories, config, new CopyThrottles(config, 0));
  }

  /**
   * A shard on the clocks of this machine.
   *
   * @param shard its number, from 0
   * @param brokerEpoch of this process's registration; 0 for a broker without others
   * @param directories which all shards share
   * @param config of the broker, before any dynamic setting
   * @param throttles which all shards share
   */
  public LogShardVerticle(
      Bus bus,
      int shard,
      LogShards shards,
      int brokerId,
      long brokerEpoch,
      LogDirs directories,
      BrokerConfig config,
      CopyThrottles throttles) {
    this(
        bus,
        shard,
        shards,
        brokerId,
        brokerEpoch,
        directories,
        config,
        throttles,
        System::currentTimeMillis,
        () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
  }

  /**
   * @param timestampMs wall clock
   * @param nowMs monotonic clock
   */
  LogShardVerticle(
      Bus bus,
      int shard,
      LogShards shards,
      int brokerId,
      long brokerEpoch,
      LogDirs directories,
      BrokerConfig config,
      CopyThrottles throttles,
      LongSupplier timestampMs,
      LongSupplier nowMs) {
    this.bus = bus;
    this.shard = shard;
    this.shards = shards;
    this.brokerId = brokerId;
    this.brokerEpoch = brokerEpoch;
    this.directories = directories;
    this.config = config;
    this.throttles = throttles;
    this.timestampMs = timestampMs;
    this.nowMs = nowMs;
  }

  @Override
  public Future<?> start() {
    own = (ContextInternal) context;
    String name = "log-shard-" + shard;
    ordered = vertx.createSharedWorkerExecutor(name, THREADS, MAX_WORK_MINUTES, TimeUnit.MINUTES);
    beside =
        vertx.createSharedWorkerExecutor(
            name + "-beside", THREADS, MAX_WORK_MINUTES, TimeUnit.MINUTES);
    removal = new FileRemovalShell(vertx, MAX_WORK_MINUTES);
    writes =
        vertx.createSharedWorkerExecutor(
            name + "-writes", WRITE_THREADS, MAX_WORK_MINUTES, TimeUnit.MINUTES);
    return bus.listen(Addresses.METADATA_CHANGED, this::onChange)
        .compose(v -> ordered.executeBlocking(this::readDirectories))
        .compose(
            found ->
                bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage())
                    .compose(image -> recover(found, image)))
        .compose(v -> serveAll())
        .onSuccess(v -> setPeriodicTidy());
  }

  /** The directories that could be read, and why the others could not. */
  private record Found(List<LogDirectory> directories, SortedMap<String, String> offline) {}

  private Found readDirectories() throws IOException {
    List<LogDirectory> found = new ArrayList<>();
    SortedMap<String, String> offline = new TreeMap<>(directories.offline());
    for (String directory : directories.usable()) {
      try {
        found.add(
            LogDirectory.open(
                new FileLogDisk(Path.of(directory, LogDirs.FOLDER), directory),
                (topic, partition) -> shards.of(topic, partition) == shard));
      } catch (IOException failure) {
        LOG.error("Log directory {} can't be used before the next start", directory, failure);
        offline.put(directory, failure.toString());
      }
    }
    if (found.isEmpty()) {
      throw new IOException("no log directory can be read: " + offline);
    }
    return new Found(found, offline);
  }

  private Future<Void> recover(Found found, ClusterImage image) {
    core =
        new LogShard(
            brokerId,
            shard,
            shards,
            found.directories(),
            found.offline(),
            new TopicLogConfigs(brokerId, config, throttles::use)::of,
            new ReplicaSettings(
                brokerEpoch,
                config.replicaLagTimeMaxMs(),
                config.replicaHighWatermarkCheckpointIntervalMs()),
            new Host());
    Promise<Void> recovered = Promise.promise();
    core.start(
        image,
        () -> {
          started = true;
          beforeStart.forEach(core::onChange);
          beforeStart.clear();
          recovered.complete();
        },
        recovered::fail);
    return recovered.future();
  }

  private void onChange(ImageChange change) {
    if (started) {
      core.onChange(change);
    } else {
      beforeStart.add(change);
    }
  }

  private Future<?> serveAll() {
    return Future.all(
        List.of(
            serve(Addresses.LOG_APPEND, core.appends()::append),
            serve(Addresses.LOG_WRITE_MARKERS, core.markers()::write),
            serve(Addresses.LOG_READ, core.reads()::read),
            serve(
                Addresses.LOG_COMPLETE_READ,
                (read, reply) -> {
                  core.reads().complete(read.readId());
                  reply.accept(null);
                }),
            serve(Addresses.LOG_FIND_OFFSETS, core.queries()::findOffsets),
            serve(
                Addresses.LOG_FIND_EPOCH_ENDS,
                (query, reply) -> reply.accept(core.queries().findEpochEnds(query))),
            serve(Addresses.LOG_DELETE_RECORDS, core.queries()::deleteRecords),
            serve(Addresses.LOG_MOVE, (request, reply) -> reply.accept(core.moves().move(request))),
            serve(Addresses.REPLICA_FROM_FOLLOWER, this::onFollower),
            serve(Addresses.REPLICA_FROM_LEADER, this::onLeader),
            serve(
                Addresses.REPLICA_STREAM,
                (change, reply) -> {
                  core.replication().onStream(change);
                  reply.accept(null);
                }),
            serve(
                Addresses.LOG_FIND_DIRTIEST,
                (query, reply) -> reply.accept(core.cleanings().dirtiest())),
            serve(
                Addresses.LOG_CLEAN,
                (request, reply) -> reply.accept(core.cleanings().clean(request, this::tellEnded))),
            serve(
                Addresses.LOG_DESCRIBE_PRODUCERS,
                (query, reply) -> reply.accept(core.queries().describeProducers(query))),
            serve(
                Addresses.LOG_DESCRIBE, (query, reply) -> reply.accept(core.queries().describe())),
            serve(
                Addresses.LOG_MEASURE, (query, reply) -> reply.accept(core.queries().measure()))));
  }

  private void onFollower(FromFollower request, Consumer<Void> reply) {
    core.replication()
        .onFollowerMessages(request.followerId(), request.brokerEpoch(), request.messages());
    reply.accept(null);
  }

  private void onLeader(FromLeader request, Consumer<Void> reply) {
    core.replication()
        .onLeaderMessages(request.leaderId(), request.messages(), () -> reply.accept(null));
  }

  private void tellEnded(TopicIdPartition partition) {
    bus.announce(Addresses.LOG_CLEANING_ENDED, new CleanLog.Ended(partition));
  }

  private void setPeriodicTidy() {
    vertx.setPeriodic(config.logRetentionCheckIntervalMs(), id -> core.tidy());
  }

  @Override
  public Future<?> stop() {
    Promise<Void> stopped = Promise.promise();
    Future<?> withdrawn =
        Future.all(
            List.of(
                bus.withdraw(Addresses.LOG_APPEND.at(shard)),
                bus.withdraw(Addresses.LOG_WRITE_MARKERS.at(shard)),
                bus.withdraw(Addresses.LOG_READ.at(shard)),
                bus.withdraw(Addresses.LOG_COMPLETE_READ.at(shard)),
                bus.withdraw(Addresses.LOG_FIND_OFFSETS.at(shard)),
                bus.withdraw(Addresses.LOG_FIND_EPOCH_ENDS.at(shard)),
                bus.withdraw(Addresses.LOG_DELETE_RECORDS.at(shard)),
                bus.withdraw(Addresses.REPLICA_FROM_FOLLOWER.at(shard)),
                bus.withdraw(Addresses.REPLICA_FROM_LEADER.at(shard)),
                bus.withdraw(Addresses.REPLICA_STREAM.at(shard)),
                bus.withdraw(Addresses.LOG_FIND_DIRTIEST.at(shard)),
                bus.withdraw(Addresses.LOG_CLEAN.at(shard)),
                bus.withdraw(Addresses.LOG_DESCRIBE_PRODUCERS.at(shard)),
                bus.withdraw(Addresses.LOG_MOVE.at(shard)),
                bus.withdraw(Addresses.LOG_DESCRIBE.at(shard)),
                bus.withdraw(Addresses.LOG_MEASURE.at(shard))));
    return withdrawn
        .compose(
            v -> {
              core.stop(() -> onStopped(stopped));
              return stopped.future();
            })
        .onComplete(done -> ended = true)
        .eventually(() -> ordered.close())
        .eventually(() -> beside.close())
        .eventually(() -> writes.close())
        .eventually(() -> removal.close());
  }

  /** The node must not say of its logs that they lack nothing when it isn't known. */
  private void onStopped(Promise<Void> stopped) {
    if (core.isAllDurable()) {
      stopped.complete();
    } else {
      stopped.fail("not every partition of shard " + shard + " could be flushed");
    }
  }

  /** A request as the core takes it: answered through a callback, at once or later. */
  private interface Handler<Q, R> {
    void handle(Q request, Consumer<R> reply);
  }

  private <Q, R> Future<Void> serve(Address<Q, R> address, Handler<Q, R> handler) {
    Function<Q, Future<R>> served =
        request -> {
          Promise<R> promise = Promise.promise();
          // Who asks from the same loop calls this directly, on a context of his own: what the
          // shard starts now, timers above all, must not end with that one.
          ContextInternal before = own.beginDispatch();
          try {
            handler.handle(request, promise::complete);
          } finally {
            own.endDispatch(before);
          }
          return promise.future();
        };
    return bus.serve(address.at(shard), served);
  }

  private final class Host implements ShardHost {
    private final List<Path> usable = directories.usable().stream().map(Path::of).toList();

    @Override
    public long timestampMs() {
      return timestampMs.getAsLong();
    }

    @Override
    public long nowMs() {
      return nowMs.getAsLong();
    }

    @Override
    public <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      run(ordered.executeBlocking(work), done, failed);
    }

    @Override
    public <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      run(beside.executeBlocking(work), done, failed);
    }

    @Override
    public <T> void write(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      run(writes.executeBlocking(work, UNORDERED), done, failed);
    }

    private <T> void run(Future<T> outcome, Consumer<T> done, Consumer<Throwable> failed) {
      Turn turn = new Turn();
      outcome.onComplete(
          result -> turn.afterwards(own, () -> done.accept(result)),
          failure -> turn.afterwards(own, () -> failed.accept(failure)));
      turn.over = true;
    }

    @Override
    public List<WriteBack> writeBack() {
      return FileWriteBack.read(usable);
    }

    @Override
    public <T> void cleaning(
        int threads, Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      // By this name all shards of the node share one pool; it is there only while it is used.
      WorkerExecutor pool =
          vertx.createSharedWorkerExecutor(
              "log-cleaner-" + threads, threads, MAX_WORK_MINUTES, TimeUnit.MINUTES);
      run(
          pool.executeBlocking(work, UNORDERED),
          result -> {
            pool.close();
            done.accept(result);
          },
          failure -> {
            pool.close();
            failed.accept(failure);
          });
    }

    @Override
    public <T> void removing(Callable<T> work, Consumer<T> done, Consumer<Throwable> failed) {
      run(removal.remove(work), removed -> removed.ifPresent(done), failed);
    }

    @Override
    public void pause(long durationMs) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(durationMs));
    }

    @Override
    public long after(long delayMs, Runnable action) {
      return vertx.setTimer(
          Math.max(1, delayMs),
          id -> {
            if (!ended) { // A timer that fires while the workers end would find none.
              action.run();
            }
          });
    }

    @Override
    public void cancel(long timer) {
      vertx.cancelTimer(timer);
    }

    @Override
    public void soon(Runnable action) {
      own.runOnContext(v -> action.run());
    }

    @Override
    public void onDirectories(LogDirState.Changed states) {
      bus.announce(Addresses.LOG_DIRECTORIES_CHANGED, states);
    }

    @Override
    public void onUnusable(ReplicasUnusable replicas) {
      bus.announce(Addresses.REPLICAS_UNUSABLE, replicas);
    }

    @Override
    public void onAllDirectoriesBroken(String why) {
      bus.announce(Addresses.LOG_DIRECTORIES_BROKEN, new LogDirState.AllBroken(why));
    }

    @Override
    public void toLeader(int leaderId, List<FollowerMessage> messages) {
      bus.request(
              Addresses.REPLICA_TO_LEADER.at(leaderId % shards.count()),
              new ToLeader(leaderId, messages))
          .onFailure(gone -> LOG.debug("No stream to leader {}: {}", leaderId, gone.toString()));
    }

    @Override
    public void toFollower(
        int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
      run(
          bus.request(Addresses.REPLICA_TO_FOLLOWER, new ToFollower(followerId, messages)),
          done -> written.run(),
          failure -> lost.run());
    }

    @Override
    public void changeIsrs(
        List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {
      run(bus.request(Addresses.REPLICA_CHANGE_ISRS, new ChangeIsrs(changes)), answered, failed);
    }

    @Override
    public int piece(CopyThrottles.Side side, int bytes) {
      return throttles.piece(side, bytes);
    }

    @Override
    public long throttleMs(CopyThrottles.Side side, long bytes) {
      return throttles.reserveMs(side, bytes, nowMs.getAsLong());
    }

    @Override
    public UUID unique() {
      return UUID.randomUUID();
    }
  }

  /**
   * A call that gives work away. Quick work may have ended before the call has: then what follows
   * from it waits for another turn of the loop, as the one who called expects.
   */
  private static final class Turn {
    private boolean over;

    void afterwards(ContextInternal context, Runnable action) {
      if (over) {
        action.run();
      } else {
        context.runOnContext(v -> action.run());
      }
    }
  }
}
