package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.MetadataStateMachine.Prepared;
import io.gofka.metadata.Steps.Step;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.ImageDifference;
import io.gofka.raft.LogEntry;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.SnapshotMeta;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the commands that change metadata, on its control loop: a command is decided, its records
 * are proposed, and the asker gets the answer when they are committed and the image they lead to is
 * announced. Watches the brokers, as long as it is the active controller. Follows the log in any
 * case, and announces to this node what is committed.
 *
 * <p>An answer that changes nothing waits for everything decided before it, since it may rest on
 * records that are not committed yet; when there are none, for a majority to confirm that this node
 * still leads.
 */
public final class ControllerVerticle extends VerticleBase implements ReplicatedLog.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerVerticle.class);

  /** How often silent brokers are looked for. */
  static final long TICK_MS = 100;

  /** Pause before a sweep is tried again that the log did not take. */
  static final long SWEEP_RETRY_MS = 50;

  /** A smaller snapshot is read at once, a larger one on a worker. */
  static final int MAX_SNAPSHOT_BYTES_ON_LOOP = 64 * 1024;

  /**
   * What was proposed and is not committed yet; answered when the image it leads to is announced.
   */
  private record Undecided(long index, Promise<Void> committed) {}

  /** The part of it that watches the brokers asks for this. */
  private final class Office implements BrokerLivenessShell.Office {
    @Override
    public boolean leading() {
      return leading;
    }

    @Override
    public void checkLeading() {
      ControllerVerticle.this.checkLeading();
    }

    @Override
    public long term() {
      return term;
    }

    @Override
    public Future<?> provedToLead() {
      return Future.fromCompletionStage(log.readIndex(), context);
    }

    @Override
    public boolean partitionsInOrder() {
      return sweep.isEmpty();
    }

    @Override
    public <R> Future<CommandResult<R>> perform(Steps<R> steps) {
      return ControllerVerticle.this.perform(steps);
    }
  }

  private final Bus bus;
  private final ReplicatedLog log;
  private final BrokerConfig config;
  private final ControllerSettings settings;
  private final MetadataStateMachine machine = new MetadataStateMachine();
  private final MetadataDecisions decisions;
  private final Supplier<UUID> newIds;
  private final BrokerLivenessShell brokers;
  private final QuorumAdminShell quorum;
  private final QuorumWatchShell watch;
  private final Deque<Undecided> undecided = new ArrayDeque<>();
  private final Promise<Void> loaded = Promise.promise();
  private final Promise<Void> clusterNamed = Promise.promise();

  /** What the log has said while a snapshot was being read; empty unless {@link #loading}. */
  private final Deque<Runnable> saidMeanwhile = new ArrayDeque<>();

  private boolean loading;
  private boolean replaying = true;
  private boolean leading;
  private long term;
  private String leaderNodeId = "";
  private Optional<PartitionSweep> sweep = Optional.empty();
  private boolean sweepAgain;
  private Future<Void> announced = Future.succeededFuture();
  private Future<Void> lastDecision = Future.succeededFuture();
  private boolean takingSnapshot;
  private long bytesSinceSnapshot;
  private long lastSnapshotMs;

  /** A controller whose process is nobody's broker. */
  public ControllerVerticle(Bus bus, ReplicatedLog log, BrokerConfig config) {
    this(bus, log, config, ControllerSettings.DEFAULTS);
  }

  /**
   * @param log opened and closed here
   * @param config what this node is configured with before its start
   */
  public ControllerVerticle(
      Bus bus, ReplicatedLog log, BrokerConfig config, ControllerSettings settings) {
    this(bus, log, config, settings, new SplittableRandom(), Uuids::random);
  }

  /**
   * @param random where replicas are placed goes by it
   * @param newIds gives ids that neither a topic nor a cluster has had
   */
  public ControllerVerticle(
      Bus bus,
      ReplicatedLog log,
      BrokerConfig config,
      ControllerSettings settings,
      RandomGenerator random,
      Supplier<UUID> newIds) {
    this.bus = bus;
    this.log = log;
    this.config = config;
    this.settings = settings;
    this.decisions = new MetadataDecisions(config, random, newIds);
    this.newIds = newIds;
    this.brokers = new BrokerLivenessShell(bus, log, settings, machine, decisions, new Office());
    this.quorum = new QuorumAdminShell(log);
    this.watch = new QuorumWatchShell(bus, log);
  }

  /** Completes when this node has read its log; and when it leads, the cluster has an id. */
  @Override
  public Future<?> start() {
    return Future.all(
            List.of(
                bus.serve(Addresses.CONTROLLER_COMMAND, request -> decide(request.command())),
                bus.serve(Addresses.BROKER_HEARTBEAT, brokers::onHeartbeat),
                bus.serve(Addresses.BROKER_STREAM_BROKEN, brokers::onStreamBroken)))
        .compose(served -> Future.fromCompletionStage(log.open(this), context))
        .compose(opened -> onceLoaded())
        .compose(loaded -> leading ? clusterNamed.future() : Future.succeededFuture())
        .onSuccess(
            ready -> {
              endReplay();
              lastSnapshotMs = log.nowMs();
              vertx.setPeriodic(TICK_MS, id -> onTick());
              startRebalancing();
            });
  }

  @Override
  public Future<?> stop() {
    return Future.all(
            List.of(
                bus.withdraw(Addresses.CONTROLLER_COMMAND),
                bus.withdraw(Addresses.BROKER_HEARTBEAT),
                bus.withdraw(Addresses.BROKER_STREAM_BROKEN)))
        .compose(withdrawn -> Future.fromCompletionStage(log.close(), context));
  }

  // What the log says

  @Override
  public void onCommitted(List<LogEntry> entries) {
    inOrder(() -> commit(entries));
  }

  @Override
  public void onSnapshot(SnapshotMeta meta, ByteBuf content) {
    inOrder(() -> load(meta, content));
  }

  @Override
  public void onLeadershipChanged(ReplicatedLog.Leadership leadership) {
    inOrder(() -> change(leadership));
  }

  private void inOrder(Runnable event) {
    if (loading) {
      saidMeanwhile.add(event);
    } else {
      event.run();
    }
  }

  private Future<Void> onceLoaded() {
    inOrder(loaded::tryComplete);
    return loaded.future();
  }

  private void commit(List<LogEntry> entries) {
    ClusterImage before = machine.committed();
    List<ImageChange> changes = new ArrayList<>(entries.size());
    List<Promise<Void>> answered = new ArrayList<>();
    for (LogEntry entry : entries) {
      changes.add(machine.onCommitted(entry.index(), () -> records(entry)));
      bytesSinceSnapshot += entry.payload().readableBytes();
      if (!undecided.isEmpty() && undecided.element().index == entry.index()) {
        answered.add(undecided.remove().committed);
      }
    }
    if (!replaying && !changes.isEmpty()) {
      announce(ImageDifference.sum(before, changes));
    }
    answered.forEach(announced::onComplete);
    maybeTakeSnapshot();
  }

  private void load(SnapshotMeta meta, ByteBuf content) {
    if (content.readableBytes() <= MAX_SNAPSHOT_BYTES_ON_LOOP) {
      use(MetadataSnapshot.decode(meta.index(), content));
      return;
    }
    loading = true;
    vertx
        .executeBlocking(() -> MetadataSnapshot.decode(meta.index(), content))
        .onComplete(
            image -> {
              try {
                use(image);
                loading = false;
                while (!loading && !saidMeanwhile.isEmpty()) {
                  saidMeanwhile.remove().run();
                }
              } catch (RuntimeException bug) {
                giveUp(bug);
              }
            },
            this::giveUp);
  }

  /** As when the log is told of an entry that doesn't fit: this node can't follow it further. */
  private void giveUp(Throwable bug) {
    saidMeanwhile.clear();
    loading = false; // What the log still has to say is that nobody leads.
    loaded.tryFail(bug);
    log.fail(bug);
  }

  private void use(ClusterImage image) {
    LOG.info(
        "Metadata up to {} from a snapshot: {} topics, {} brokers",
        image.metadataOffset(),
        image.topicsByName().size(),
        image.brokers().size());
    ImageChange change = machine.onSnapshot(image);
    bytesSinceSnapshot = 0;
    if (!replaying) {
      announce(change);
    }
  }

  private void change(ReplicatedLog.Leadership leadership) {
    LOG.info(
        "Controller in term {}: {}",
        leadership.term(),
        leadership.leaderNodeId().isEmpty() ? "none" : leadership.leaderNodeId());
    leading = leadership.self();
    term = leadership.term();
    leaderNodeId = leadership.leaderNodeId();
    watch.onLeader(!leaderNodeId.isEmpty());
    List<Undecided> lost = List.copyOf(undecided);
    undecided.clear();
    lastDecision = Future.succeededFuture();
    sweep = Optional.empty();
    sweepAgain = false;
    ImageChange change = machine.onLeadershipChanged(leadership.leaderNodeId());
    if (!replaying) {
      announce(change);
    }
    lost.forEach(proposal -> proposal.committed.fail(unknownFate()));
    if (leading) {
      endReplay(); // What was committed before is here: whoever asks this node now must see it.
      lead();
    }
  }

  private void endReplay() {
    if (replaying) {
      replaying = false;
      announce(ImageDifference.between(ClusterImage.EMPTY, machine.committed()));
    }
  }

  private void lead() {
    String clusterId = Uuids.toBase64(newIds.get());
    perform(
            (image, index) -> {
              var decision = BrokerDecisions.createCluster(image, clusterId, config);
              return Step.last(decision.records(), decision.reply());
            })
        .onSuccess(named -> LOG.info("Cluster {}", named.reply()))
        .<Void>mapEmpty()
        .onComplete(
            done -> clusterNamed.tryComplete(),
            cause -> {
              if (isOutOfOffice(cause)) {
                clusterNamed.tryComplete(); // Another one does it; this one has read its log.
              } else {
                clusterNamed.tryFail(cause);
              }
            });
    putPartitionsInOrder(); // The controller before may have fallen in the midst of it.
    brokers.onActive();
  }

  // Commands

  private Future<CommandResult<?>> decide(Command<?> command) {
    checkLeading();
    if (command instanceof RegisterBroker register) {
      return brokers.register(register).map(result -> result);
    }
    if (command instanceof DescribeQuorum) {
      return Future.fromCompletionStage(log.readIndex(), context)
          .map(
              read ->
                  asResult(
                      quorum.describe(
                          machine.committed(), log.nowMs(), System.currentTimeMillis())));
    }
    if (command instanceof AddRaftVoter add) {
      return quorum.add(machine.committed(), add).map(this::asResult);
    }
    if (command instanceof RemoveRaftVoter remove) {
      return quorum.remove(machine.committed(), remove).map(this::asResult);
    }
    return perform(decisions.steps(command)).map(result -> result);
  }

  private <R> CommandResult<R> asResult(R reply) {
    return new CommandResult<>(reply, machine.committed().metadataOffset());
  }

  private void checkLeading() {
    if (!leading) {
      String nobody =
          watch.finding().isEmpty() ? "no controller is active at the moment" : watch.finding();
      throw new ApiException(
          ErrorCode.NOT_CONTROLLER,
          leaderNodeId.isEmpty() ? nobody : "the active controller is " + leaderNodeId);
    }
  }

  private <R> Future<CommandResult<R>> perform(Steps<R> steps) {
    Promise<CommandResult<R>> answer = Promise.promise();
    performNext(steps, term, false, answer);
    return answer.future();
  }

  /**
   * @param begun whether this is not the first step: then nobody may be told that nothing was done
   */
  private <R> void performNext(
      Steps<R> steps, long inTerm, boolean begun, Promise<CommandResult<R>> answer) {
    try {
      if (begun && (!leading || term != inTerm)) {
        throw unknownFate();
      }
      checkLeading();
      Step<R> step = steps.next(machine.decided(), log.nextIndex());
      propose(step.records());
      if (step.last()) {
        long offset = machine.decided().metadataOffset();
        confirmed()
            .map(done -> new CommandResult<>(step.reply(), offset))
            .onComplete(answer::complete, cause -> answer.fail(refusal(cause, begun)));
      } else {
        vertx.runOnContext(turn -> performNext(steps, inTerm, true, answer));
      }
    } catch (RuntimeException refused) {
      answer.fail(refusal(refused, begun));
    }
  }

  /** Who hears that another one is the controller asks that one, as if nothing had been done. */
  private static Throwable refusal(Throwable cause, boolean begun) {
    return begun
            && cause instanceof ApiException refused
            && refused.errorCode() == ErrorCode.NOT_CONTROLLER
        ? unknownFate()
        : cause;
  }

  /**
   * Completes when everything decided so far holds. That also proves that this node leads; when
   * there is nothing to commit it has to be asked for, lest an answer rests on a state that a later
   * leader has changed.
   */
  private Future<?> confirmed() {
    return undecided.isEmpty()
        ? Future.fromCompletionStage(log.readIndex(), context)
        : lastDecision;
  }

  private void propose(List<MetadataRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    Prepared prepared = machine.prepare(log.nextIndex(), records);
    long index = log.propose(MetadataRecordCodec.encode(records));
    machine.onProposed(prepared);
    Undecided proposal = new Undecided(index, Promise.promise());
    undecided.add(proposal);
    lastDecision = proposal.committed.future();
    if (MetadataDecisions.touchPartitions(records)) {
      putPartitionsInOrder();
    }
  }

  /** What happened to brokers or settings has consequences for partitions; the first at once. */
  private void putPartitionsInOrder() {
    if (sweep.isPresent()) {
      sweepAgain = true;
      return;
    }
    sweep = Optional.of(decisions.sweep());
    continueSweep(sweep.get());
  }

  private void continueSweep(PartitionSweep current) {
    if (sweep.filter(running -> running == current).isEmpty()) {
      return; // Another controller does it now.
    }
    try {
      propose(current.next(machine.decided()));
    } catch (ApiException refused) {
      LOG.warn("Partitions can't be put in order: {}", refused.getMessage());
      sweep = Optional.of(decisions.sweep());
      PartitionSweep again = sweep.get();
      vertx.setTimer(SWEEP_RETRY_MS, id -> continueSweep(again));
      return;
    } catch (RuntimeException bug) {
      LOG.error("Partitions stay as they are until brokers or settings change again", bug);
      sweep = Optional.empty(); // Else none would ever begin, and no broker could stop in order.
      sweepAgain = false;
      return;
    }
    if (!current.isDone()) {
      vertx.runOnContext(turn -> continueSweep(current));
      return;
    }
    sweep = Optional.empty();
    if (sweepAgain) {
      sweepAgain = false;
      putPartitionsInOrder();
    }
  }

  // Time

  private void onTick() {
    brokers.onTick();
    watch.onTick();
    maybeTakeSnapshot();
  }

  private void startRebalancing() {
    if (config.autoLeaderRebalanceEnable()) {
      vertx.setPeriodic(config.leaderImbalanceCheckIntervalSeconds() * 1_000, id -> rebalance());
    }
  }

  private void rebalance() {
    if (leading) {
      PartitionSweep preferred = decisions.preferredLeaders();
      perform(
              (image, index) -> {
                List<MetadataRecord> records = preferred.next(image);
                return new Step<Void>(records, preferred.isDone(), null);
              })
          .onFailure(
              cause -> LOG.warn("Leaders can't be balanced for now: {}", cause.getMessage()));
    }
  }

  // Snapshots

  private void maybeTakeSnapshot() {
    boolean due =
        bytesSinceSnapshot >= settings.snapshotBytes()
            || (settings.snapshotIntervalMs() > 0
                && bytesSinceSnapshot > 0
                && log.nowMs() - lastSnapshotMs >= settings.snapshotIntervalMs());
    if (!due || takingSnapshot || replaying) {
      return;
    }
    takingSnapshot = true;
    bytesSinceSnapshot = 0;
    lastSnapshotMs = log.nowMs();
    ClusterImage image = machine.committed();
    vertx
        .executeBlocking(() -> MetadataSnapshot.encode(image))
        .onComplete(
            content -> {
              takingSnapshot = false;
              LOG.info(
                  "Snapshot of the metadata up to {}: {} bytes",
                  image.metadataOffset(),
                  content.readableBytes());
              log.takeSnapshot(image.metadataOffset(), content);
            },
            bug -> {
              takingSnapshot = false;
              LOG.error("No snapshot of the metadata up to {}", image.metadataOffset(), bug);
            });
  }

  private void announce(ImageChange change) {
    announced = bus.request(Addresses.METADATA_COMMITTED, change);
  }

  private static boolean isOutOfOffice(Throwable cause) {
    return cause instanceof ApiException refused
        && (refused.errorCode() == ErrorCode.NOT_CONTROLLER
            || refused.errorCode() == ErrorCode.REQUEST_TIMED_OUT);
  }

  private static ApiException unknownFate() {
    return new ApiException(
        ErrorCode.REQUEST_TIMED_OUT, "it is not known whether the change will be committed");
  }

  private static List<MetadataRecord> records(LogEntry entry) {
    return entry.isData() ? MetadataRecordCodec.decode(entry.payload()) : List.of();
  }
}
