package io.gofka.node;

import io.gofka.api.ApiRegistry;
import io.gofka.api.BrokerApis;
import io.gofka.api.BrokerContext;
import io.gofka.api.ControllerApis;
import io.gofka.api.LocalImage;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.config.Listener;
import io.gofka.group.GroupCoordinatorVerticle;
import io.gofka.group.GroupSettings;
import io.gofka.log.CopyThrottles;
import io.gofka.log.LogCleanerVerticle;
import io.gofka.log.LogDirs;
import io.gofka.log.LogShardVerticle;
import io.gofka.log.LogShards;
import io.gofka.metadata.BrokerLifecycleVerticle;
import io.gofka.metadata.ControllerSettings;
import io.gofka.metadata.ControllerVerticle;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.InternalTopicGrowthVerticle;
import io.gofka.metadata.MetadataFollowerVerticle;
import io.gofka.metadata.MetadataVerticle;
import io.gofka.metadata.ProducerIdVerticle;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.metrics.HttpSettings;
import io.gofka.metrics.MetricsVerticle;
import io.gofka.raft.FileMetadataDirectory;
import io.gofka.raft.FormationVerticle;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.RaftSettings;
import io.gofka.raft.RaftShell;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.storage.RaftStorage;
import io.gofka.raft.storage.ReplicaIdentity;
import io.gofka.replica.FailedReplicasVerticle;
import io.gofka.replica.IsrVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: every verticle of the process, started in the order in which they need each other and
 * stopped in the reverse one.
 *
 * <ol>
 *   <li>metadata, and the way to other nodes if there are any,
 *   <li>on a controller, the quorum: it is formed, and what was agreed on is replayed,
 *   <li>the registration of this node with the active controller, and on a broker
 *   <li>log shards, which recover their partitions, and the streams to those who lead some of them,
 *   <li>coordinators,
 *   <li>the Kafka listeners, so that nobody meets a broker that is not ready,
 *   <li>metrics and health.
 * </ol>
 */
public final class GofkaNode implements RunningNode {
  private static final Logger LOG = LoggerFactory.getLogger(GofkaNode.class);

  /** Asked once and for all: how many there are may change. */
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  static {
    // Netty's first buffer would wait until the flight recorder has looked at itself, which takes
    // its loop for hundreds of milliseconds; and nobody records these events.
    if (System.getProperty("io.netty.jfr.enabled") == null) {
      System.setProperty("io.netty.jfr.enabled", "false");
    }
  }

  /** Heartbeats of a leader within the time after which it is taken for dead. */
  private static final int HEARTBEATS_PER_TIMEOUT = 5;

  private final NodeConfig config;
  private final FileDataDirectory directory;
  private final FileMetadataDirectory metadata;

  /** A lone broker's process has nobody that could take another for it. */
  private static final long NO_BROKER_EPOCH = 0;

  private final UUID incarnationId = UUID.randomUUID();
  private final Vertx vertx;
  private final Bus bus;
  private final EventLoops loops;
  private final LogShards shards;
  private final Optional<FileLogDirs> logDirectories;

  private final Stages stages;
  private final NodeListeners listeners;
  private final NodeRegistration registration;
  private final OtherNodes others;
  private final Optional<FileCleanStop> cleanStop;
  private volatile Optional<BrokerLifecycleVerticle> lifecycle = Optional.empty();
  private final List<String> bootstrapAddresses = new ArrayList<>();
  private final Promise<String> broken = Promise.promise();

  private GofkaNode(
      NodeConfig config,
      FileDataDirectory directory,
      FileMetadataDirectory metadata,
      Optional<FileLogDirs> logDirectories,
      Vertx vertx,
      int dataLoops) {
    this.config = config;
    this.directory = directory;
    this.metadata = metadata;
    this.vertx = vertx;
    this.bus = new Bus(vertx);
    this.loops = EventLoops.of(vertx, dataLoops);
    this.stages = new Stages(loops);
    this.shards = new LogShards(PROCESSORS);
    this.listeners = NodeListeners.of(config.kafka(), config.server().roles());
    this.registration = new NodeRegistration(bus, config, incarnationId);
    this.others = new OtherNodes(vertx, bus, stages, config, shards);
    this.logDirectories = logDirectories;
    this.cleanStop = logDirectories.map(logs -> new FileCleanStop(directory.path(), logs.dirs()));
  }

  /**
   * Starts a node; completes when it serves clients.
   *
   * <p>Fails with a {@link StartException} when its owner can do something about the reason.
   */
  public static Future<GofkaNode> start(NodeConfig config) {
    return start(config, GofkaNode::makeVertx);
  }

  static Vertx makeVertx() {
    return Vertx.vertx(EventLoops.options(dataLoops()));
  }

  private static int dataLoops() {
    return EventLoops.dataLoops(PROCESSORS);
  }

  /**
   * @param vertx asked once the directories are this node's
   */
  static Future<GofkaNode> start(NodeConfig config, Supplier<Vertx> vertx) {
    FileDataDirectory directory;
    Optional<FileLogDirs> logDirectories;
    try {
      directory = FileDataDirectory.open(config.server().dataDir());
    } catch (StartException refused) {
      return Future.failedFuture(refused);
    }
    FileMetadataDirectory metadata;
    try {
      directory.claimFor(config.server().nodeId());
      if (config.opensNodePort()) {
        PortTrial.run(NodeListeners.of(config.kafka(), config.server().roles()), config.http());
      }
      metadata = openMetadata(config.server(), directory);
      logDirectories =
          config.server().isBroker()
              ? Optional.of(FileLogDirs.open(directory, config.server().logDirs()))
              : Optional.empty();
    } catch (StartException refused) {
      directory.close();
      return Future.failedFuture(refused);
    }
    GofkaNode node =
        new GofkaNode(config, directory, metadata, logDirectories, vertx.get(), dataLoops());
    Promise<Void> started = Promise.promise();
    node.startAll().onComplete(started::tryComplete, started::tryFail);
    node.broken()
        .onComplete(
            why -> started.tryFail(new StartException(why)), // It would wait for a controller.
            started::tryFail);
    return started
        .future()
        .map(node)
        .recover(
            cause -> node.stop().transform(stopped -> Future.failedFuture(asStartFailure(cause))));
  }

  private static FileMetadataDirectory openMetadata(
      ServerSettings server, FileDataDirectory directory) {
    try {
      return FileMetadataDirectory.open(
          directory.path().resolve("metadata"),
          server.nodeId(),
          server.hostPort(),
          server.isAlone());
    } catch (IOException failure) {
      throw new StartException("The metadata directory can't be used: " + failure.getMessage());
    }
  }

  private static Throwable asStartFailure(Throwable cause) {
    return cause instanceof LogDamagedException
        ? new StartException("The metadata log can't be used: " + cause.getMessage())
        : cause;
  }

  private Future<Void> startAll() {
    ServerSettings server = config.server();
    FormationVerticle formation =
        new FormationVerticle(
            bus,
            metadata.disk(),
            new FormationVerticle.Start(
                server.nodeId(), incarnationId, server.roles(), server.hostPort(), server.peers()),
            metadata.identity());
    Future<?> protocol = others.load();
    return stages
        .control(new MetadataVerticle(bus))
        .compose(next -> stages.control(new ForwardingVerticle(bus)))
        .compose(next -> stages.control(formation))
        .compose(next -> loops.callOnControlLoop(this::watchMetadataLog))
        .compose(next -> loops.callOnControlLoop(() -> followClusterId(formation)))
        .compose(next -> protocol)
        .compose(loaded -> others.meet())
        .compose(next -> server.isController() ? startController(formation) : followMetadata())
        .compose(next -> server.isBroker() ? startBroker() : serveAsController())
        .compose(next -> tellMetrics());
  }

  private Future<Void> followMetadata() {
    return stages.control(new MetadataFollowerVerticle(bus));
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }

  private Future<Void> followClusterId(FormationVerticle formation) {
    return bus.listen(
        Addresses.METADATA_CHANGED,
        change ->
            formation
                .onClusterId(change.image().clusterId())
                .onFailure(cause -> LOG.debug("The verticle has told of it", cause)));
  }

  private Future<Void> startController(FormationVerticle formation) {
    return loops
        .callOnControlLoop(formation::settle)
        .recover(aside -> Future.failedFuture(new StartException(aside.getMessage())))
        .compose(
            identity ->
                stages.control(
                    new ControllerVerticle(
                        bus, replicatedLog(identity), config.kafka(), controllerSettings())));
  }

  /** A node that hears of no change would go on as a broker that is alive, and serve nothing. */
  private Future<Void> watchMetadataLog() {
    return bus.listen(Addresses.METADATA_LOG_BROKEN, log -> broken.tryComplete(log.why()));
  }

  private ControllerSettings controllerSettings() {
    return new ControllerSettings(
        Optional.of(incarnationId),
        config.kraft().timeoutMs(),
        config.kraft().gracePeriodMs(),
        config.kafka().metadataLogMaxRecordBytesBetweenSnapshots(),
        config.kafka().metadataLogMaxSnapshotIntervalMs());
  }

  private ReplicatedLog replicatedLog(ReplicaIdentity identity) {
    ServerSettings server = config.server();
    int timeoutMs = config.kafka().controllerQuorumElectionTimeoutMs();
    RaftSettings settings =
        RaftSettings.of(
            new ReplicaKey(server.nodeId(), identity.directoryId()),
            server.hostPort(),
            timeoutMs,
            timeoutMs / HEARTBEATS_PER_TIMEOUT);
    return new RaftShell(
        vertx, bus, settings, identity, server.peers(), () -> RaftStorage.open(metadata.disk()));
  }

  private Future<Void> startBroker() {
    if (!config.opensNodePort()) {
      return registration.loneBroker(listeners.brokers()).compose(this::startLoneBroker);
    }
    BrokerLifecycleVerticle broker =
        registration.broker(
            listeners.brokers(),
            logDirectories.orElseThrow().ids(),
            cleanStop.orElseThrow().take());
    return stages
        .control(broker)
        .recover(cause -> Future.failedFuture(registration.asStartException(cause)))
        .compose(
            registered -> {
              int brokerId = broker.registration().brokerId();
              maybeRegisterController(brokerId);
              lifecycle = Optional.of(broker);
              broker
                  .refused()
                  .map(registration::asStartException)
                  .onSuccess(refusal -> broken.tryComplete(refusal.getMessage()));
              return startBroker(brokerId, broker.registration().brokerEpoch())
                  .compose(opened -> broker.serve(registration.endpoints(opened)));
            });
  }

  private Future<Void> startLoneBroker(int brokerId) {
    return startBroker(brokerId, NO_BROKER_EPOCH)
        .compose(
            opened ->
                opened.equals(listeners.brokers())
                    ? registration.keepLoneBroker(brokerId, opened)
                    : registration
                        .loneBroker(opened)
                        .compose(again -> registration.keepLoneBroker(brokerId, opened)));
  }

  /** In the background: nobody needs it for the start, and a lone node's clients don't at all. */
  private void maybeRegisterController(int brokerId) {
    if (config.server().isController()) {
      registration
          .controller(listeners.controllers(), OptionalInt.of(brokerId))
          .onFailure(cause -> LOG.error("This controller is not registered", cause));
    }
  }

  /** Completes with the listeners that are open. */
  private Future<List<Listener>> startBroker(int brokerId, long brokerEpoch) {
    LogDirs dirs = logDirectories.orElseThrow().dirs();
    CopyThrottles throttles =
        new CopyThrottles(config.kafka(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    return bus.listen(Addresses.LOG_DIRECTORIES_BROKEN, all -> broken.tryComplete(all.why()))
        .compose(
            next ->
                stages.data(
                    shards.count(),
                    shard ->
                        new LogShardVerticle(
                            bus,
                            shard,
                            shards,
                            brokerId,
                            brokerEpoch,
                            dirs,
                            config.kafka(),
                            throttles)))
        .compose(next -> others.followLeaders(brokerId))
        .compose(
            next -> stages.control(new LogCleanerVerticle(bus, shards, brokerId, config.kafka())))
        .compose(next -> stages.control(new IsrVerticle(bus, brokerId, incarnationId)))
        .compose(next -> stages.control(new ProducerIdVerticle(bus, brokerId)))
        .compose(next -> stages.control(new FailedReplicasVerticle(bus, brokerId, incarnationId)))
        .compose(
            next ->
                stages.control(
                    new GroupCoordinatorVerticle(
                        bus, brokerId, shards, GroupSettings.of(config.kafka()))))
        .compose(
            next -> stages.control(new InternalTopicGrowthVerticle(bus, brokerId, config.kafka())))
        .compose(next -> listenForTools(brokerId))
        .compose(
            next ->
                listen(
                    listeners.brokers(),
                    brokerId,
                    broker -> BrokerApis.create(broker, loops.dataLoops(), dirs)));
  }

  private Future<Void> serveAsController() {
    return registration
        .controller(listeners.controllers(), config.server().id())
        .compose(this::listenForTools);
  }

  /** Opens the listeners at which Kafka's tools meet a controller, if there are any. */
  private Future<Void> listenForTools(int id) {
    List<Listener> configured = listeners.controllers();
    return configured.isEmpty()
        ? done()
        : listen(configured, id, ControllerApis::create)
            .compose(
                opened ->
                    opened.equals(configured)
                        ? done()
                        : registration.controller(opened, OptionalInt.of(id)).mapEmpty());
  }

  /** A port that nobody asked for may be taken; one that somebody counts on must not. */
  private Future<Void> tellMetrics() {
    HttpEndpoint http = config.http();
    if (!http.isWanted()) {
      return Future.succeededFuture();
    }
    HttpSettings settings = new HttpSettings(http.address(), http.portToBind());
    int count = config.server().isBroker() ? shards.count() : 0;
    // A broker that has registered is ready once it has heard from the controllers hereafter.
    BrokerLease lease = lifecycle.isPresent() ? BrokerLease.NONE : BrokerLease.ENDLESS;
    return stages
        .control(new MetricsVerticle(bus, count, lease, settings))
        .recover(
            cause -> {
              Throwable refusal = http.asStartException(cause);
              if (http.isAskedFor()) {
                return Future.failedFuture(refusal);
              }
              LOG.info("No metrics over HTTP: {}", refusal.getMessage());
              return Future.succeededFuture();
            });
  }

  /**
   * Opens listeners; completes with them and the ports they got.
   *
   * @param apis what the handlers of one data loop are
   */
  private Future<List<Listener>> listen(
      List<Listener> configured, int id, Function<BrokerContext, ApiRegistry> apis) {
    KafkaListeners opening = new KafkaListeners(config.kafka(), configured);
    return opening
        .open(stages, loop -> apis(loop, id, apis))
        .map(
            opened -> {
              bootstrapAddresses.addAll(0, opening.bootstrapAddresses());
              return opening.actual();
            });
  }

  /** The handlers of one data loop, which follow the image on it. */
  private Future<ApiRegistry> apis(int loop, int id, Function<BrokerContext, ApiRegistry> apis) {
    LocalImage local = new LocalImage(bus, id, config.kafka().withNodeId(id));
    BrokerContext context = new BrokerContext(vertx, bus, id, shards, local::image, local::config);
    return loops.callOnDataLoop(loop, local::follow).map(following -> apis.apply(context));
  }

  @Override
  public Future<String> broken() {
    return broken.future();
  }

  @Override
  public boolean isBroker() {
    return config.server().isBroker();
  }

  @Override
  public List<String> bootstrapAddresses() {
    return List.copyOf(bootstrapAddresses);
  }

  /** Who asks a part of this node directly does so over it. */
  Bus bus() {
    return bus;
  }

  /** How partitions are spread: each shard has workers, which keep a processor and a disk busy. */
  LogShards shards() {
    return shards;
  }

  @Override
  public Future<Void> stop() {
    return takeLeave()
        .compose(epoch -> stages.stop().map(clean -> clean ? epoch : OptionalLong.empty()))
        .onSuccess(
            epoch ->
                cleanStop.ifPresent(
                    stop ->
                        stop.keep(epoch))) // What its logs lack nothing of is on the disk only now.
        .transform(stopped -> vertx.close())
        .onComplete(closed -> logDirectories.ifPresent(FileLogDirs::close))
        .onComplete(closed -> directory.close())
        .mapEmpty();
  }

  /**
   * While all is still served here, others take over what this broker leads. Never fails; completes
   * with the epoch by which it was let go, if it was.
   */
  private Future<OptionalLong> takeLeave() {
    return lifecycle
        .filter(broker -> config.kafka().controlledShutdownEnable())
        .map(BrokerLifecycleVerticle::shutDown)
        .orElse(Future.succeededFuture(OptionalLong.empty()))
        .onFailure(cause -> LOG.error("This broker stops without leave", cause))
        .otherwise(OptionalLong.empty());
  }
}
