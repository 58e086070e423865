package io.gofka.metadata;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.MetadataStateMachine.Prepared;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.raft.LogEntry;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.SnapshotMeta;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the commands that change metadata, on its control loop: a command is decided, its records
 * are proposed, and the asker gets the answer when they are committed and the image they lead to is
 * announced. Started when this node has read its log and the cluster has an id.
 *
 * <p>An answer that changes nothing waits for everything decided before it: it may rest on records
 * that are not committed yet.
 */
public final class ControllerVerticle extends VerticleBase implements ReplicatedLog.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerVerticle.class);

  /**
   * What was proposed and is not committed yet; answered when the image it leads to is announced.
   */
  private record Undecided(long index, Promise<Void> committed) {}

  private final Bus bus;
  private final ReplicatedLog log;
  private final MetadataStateMachine machine = new MetadataStateMachine();
  private final TopicDecisions topics;
  private final PartitionDecisions partitions;
  private final ConfigDecisions configs;
  private final Deque<Undecided> undecided = new ArrayDeque<>();
  private final Promise<Void> ready = Promise.promise();
  private boolean replaying = true;
  private boolean leading;
  private Future<Void> announced = Future.succeededFuture();
  private Future<Void> lastDecision = Future.succeededFuture();

  /**
   * @param log opened and closed here
   * @param config what this node is configured with before its start
   */
  public ControllerVerticle(Bus bus, ReplicatedLog log, BrokerConfig config) {
    this.bus = bus;
    this.log = log;
    this.partitions = new PartitionDecisions(new SplittableRandom());
    ClusterConfig clusterConfig = new ClusterConfig(config);
    this.topics = new TopicDecisions(clusterConfig, partitions, Uuids::random);
    this.configs = new ConfigDecisions(clusterConfig);
  }

  @Override
  public Future<?> start() {
    return Future.all(
            List.of(
                serve(Addresses.CREATE_TOPICS, topics::create),
                serve(Addresses.DELETE_TOPICS, topics::delete),
                serve(Addresses.CREATE_PARTITIONS, partitions::create),
                serve(Addresses.ALTER_CONFIGS, configs::alter),
                serve(Addresses.ALLOCATE_PRODUCER_IDS, BrokerDecisions::allocateProducerIds),
                serve(
                    Addresses.REGISTER_BROKER,
                    (image, command) -> BrokerDecisions.register(image, log.nextIndex(), command))))
        .compose(served -> Future.fromCompletionStage(log.open(this), context))
        .compose(opened -> ready.future());
  }

  @Override
  public Future<?> stop() {
    return Future.all(
            List.of(
                bus.withdraw(Addresses.CREATE_TOPICS),
                bus.withdraw(Addresses.DELETE_TOPICS),
                bus.withdraw(Addresses.CREATE_PARTITIONS),
                bus.withdraw(Addresses.ALTER_CONFIGS),
                bus.withdraw(Addresses.ALLOCATE_PRODUCER_IDS),
                bus.withdraw(Addresses.REGISTER_BROKER)))
        .compose(withdrawn -> Future.fromCompletionStage(log.close(), context));
  }

  @Override
  public void onCommitted(List<LogEntry> entries) {
    for (LogEntry entry : entries) {
      ImageChange change = machine.onCommitted(entry.index(), () -> records(entry));
      if (!replaying) {
        announce(change);
      }
      if (!undecided.isEmpty() && undecided.element().index == entry.index()) {
        announced.onComplete(undecided.remove().committed);
      }
    }
  }

  @Override
  public void onSnapshot(SnapshotMeta meta, ByteBuf content) {
    throw new IllegalStateException("nobody takes snapshots of this state");
  }

  @Override
  public void onLeadershipChanged(ReplicatedLog.Leadership leadership) {
    LOG.info(
        "Controller in term {}: {}",
        leadership.term(),
        leadership.leaderNodeId().isEmpty() ? "none" : leadership.leaderNodeId());
    leading = leadership.self();
    List<Undecided> lost = List.copyOf(undecided);
    undecided.clear();
    lastDecision = Future.succeededFuture();
    ImageChange change = machine.onLeadershipChanged(leadership.leaderNodeId());
    announce(replaying ? everything(change.image()) : change);
    replaying = false;
    lost.forEach(proposal -> proposal.committed.fail(unknownFate()));
    if (leading) {
      String clusterId = Uuids.toBase64(Uuids.random());
      Future.succeededFuture()
          .compose(first -> perform(image -> BrokerDecisions.createCluster(image, clusterId)))
          .onSuccess(id -> LOG.info("Cluster {}", id))
          .<Void>mapEmpty()
          .onComplete(done -> ready.tryComplete(), ready::tryFail);
    }
  }

  private <C, R> Future<Void> serve(
      Address<C, R> address, BiFunction<ClusterImage, C, Decision<R>> decide) {
    return bus.serve(address, command -> perform(image -> decide.apply(image, command)));
  }

  private <R> Future<R> perform(Function<ClusterImage, Decision<R>> decide) {
    if (!leading) {
      throw new ApiException(ErrorCode.NOT_CONTROLLER, "this node is not the active controller");
    }
    Decision<R> decision = decide.apply(machine.decided());
    if (!decision.records().isEmpty()) {
      Prepared prepared = machine.prepare(log.nextIndex(), decision.records());
      long index = log.propose(MetadataRecordCodec.encode(decision.records()));
      machine.onProposed(prepared);
      Undecided proposal = new Undecided(index, Promise.promise());
      undecided.add(proposal);
      lastDecision = proposal.committed.future();
    }
    return lastDecision.map(done -> decision.reply());
  }

  private void announce(ImageChange change) {
    announced = bus.request(Addresses.METADATA_COMMITTED, change);
  }

  private static ApiException unknownFate() {
    return new ApiException(
        ErrorCode.REQUEST_TIMED_OUT, "it is not known whether the change will be committed");
  }

  private static List<MetadataRecord> records(LogEntry entry) {
    return entry.isData() ? MetadataRecordCodec.decode(entry.payload()) : List.of();
  }

  private static ImageChange everything(ClusterImage image) {
    return new ImageChange(
        image, List.copyOf(image.topicsByName().values()), List.of(), image.configs().keySet());
  }
}
