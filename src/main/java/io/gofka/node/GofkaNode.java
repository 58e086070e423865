package io.gofka.node;

import io.gofka.api.ApiRegistry;
import io.gofka.api.BrokerApis;
import io.gofka.api.BrokerContext;
import io.gofka.api.LocalImage;
import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.config.BrokerConfig;
import io.gofka.config.Listener;
import io.gofka.group.GroupCoordinatorVerticle;
import io.gofka.group.GroupSettings;
import io.gofka.log.LogCleanerVerticle;
import io.gofka.log.LogShardVerticle;
import io.gofka.log.LogShards;
import io.gofka.metadata.ControllerSettings;
import io.gofka.metadata.ControllerVerticle;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.MetadataVerticle;
import io.gofka.metadata.ProducerIdVerticle;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metrics.HttpSettings;
import io.gofka.metrics.MetricsVerticle;
import io.gofka.network.KafkaServerVerticle;
import io.gofka.raft.FileMetadataDirectory;
import io.gofka.raft.FormationVerticle;
import io.gofka.raft.LogDamagedException;
import io.gofka.raft.RaftSettings;
import io.gofka.raft.RaftShell;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.storage.RaftStorage;
import io.gofka.raft.storage.ReplicaIdentity;
import io.gofka.rpc.RpcSettings;
import io.gofka.rpc.RpcVerticle;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: every verticle of the process, started in the order in which they need each other and
 * stopped in the reverse one.
 *
 * <ol>
 *   <li>metadata and controller, which replay what was agreed on,
 *   <li>the registration of this broker,
 *   <li>log shards, which recover their partitions,
 *   <li>coordinators,
 *   <li>the Kafka listeners, so that nobody meets a broker that is not ready,
 *   <li>metrics and health.
 * </ol>
 */
public final class GofkaNode implements RunningNode {
  private static final Logger LOG = LoggerFactory.getLogger(GofkaNode.class);

  /** Heartbeats of a leader within the time after which it is taken for dead. */
  private static final int HEARTBEATS_PER_TIMEOUT = 5;

  private final NodeConfig config;
  private final FileDataDirectory directory;
  private final FileMetadataDirectory metadata;
  private final UUID incarnationId = UUID.randomUUID();
  private final Vertx vertx;
  private final Bus bus;
  private final EventLoops loops;
  private final FileLogDirs logDirectories;

  /** What runs, in stages: the verticles of a stage don't need each other. */
  private final Deque<List<EventLoops.Deployed>> stages = new ConcurrentLinkedDeque<>();

  private final List<String> bootstrapAddresses = new ArrayList<>();
  private final Promise<String> broken = Promise.promise();

  private GofkaNode(
      NodeConfig config,
      FileDataDirectory directory,
      FileMetadataDirectory metadata,
      FileLogDirs logDirectories,
      Vertx vertx,
      int dataLoops) {
    this.config = config;
    this.directory = directory;
    this.metadata = metadata;
    this.vertx = vertx;
    this.bus = new Bus(vertx);
    this.loops = EventLoops.of(vertx, dataLoops);
    this.logDirectories = logDirectories;
  }

  /**
   * Starts a node; completes when it serves clients.
   *
   * <p>Fails with a {@link StartException} when its owner can do something about the reason.
   */
  public static Future<GofkaNode> start(NodeConfig config) {
    FileDataDirectory directory;
    FileLogDirs logDirectories;
    try {
      directory = FileDataDirectory.open(config.server().dataDir());
    } catch (StartException refused) {
      return Future.failedFuture(refused);
    }
    FileMetadataDirectory metadata;
    try {
      metadata = openMetadata(config.server(), directory);
      logDirectories = FileLogDirs.open(directory, config.server().logDirs());
    } catch (StartException refused) {
      directory.close();
      return Future.failedFuture(refused);
    }
    int dataLoops = Runtime.getRuntime().availableProcessors();
    VertxOptions options = EventLoops.options(dataLoops);
    GofkaNode node =
        new GofkaNode(config, directory, metadata, logDirectories, Vertx.vertx(options), dataLoops);
    return node.startAll()
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
    return control(new MetadataVerticle(bus))
        .compose(next -> control(new ForwardingVerticle(bus)))
        .compose(next -> control(formation))
        .compose(next -> loops.callOnControlLoop(() -> followClusterId(formation)))
        .compose(next -> meetOthers())
        .compose(next -> startController(formation))
        .compose(next -> register(config.kafka().listeners()))
        .compose(this::startBroker);
  }

  /** A node that is alone, and isn't asked to let others in, needs none of it. */
  private Future<Void> meetOthers() {
    if (!config.opensNodePort()) {
      return Future.succeededFuture();
    }
    ServerSettings server = config.server();
    HostPort bind = server.bindAddress();
    List<HostPort> controllers =
        config.broker().controllerAddresses().isEmpty()
            ? List.copyOf(server.peers().values())
            : config.broker().controllerAddresses();
    RpcSettings settings =
        new RpcSettings(
            bind,
            controllers,
            !server.isController(),
            server.initialBackoffMs(),
            server.maxReconnectionRetries());
    return control(new RpcVerticle(bus, settings))
        .recover(
            cause ->
                Future.failedFuture(
                    BindFailure.reason(cause)
                        .<Throwable>map(
                            reason ->
                                new StartException(
                                    "server.port: other nodes can't be let in at "
                                        + bind
                                        + ": "
                                        + reason))
                        .orElse(cause)));
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
    if (!config.server().isController()) {
      return Future.succeededFuture();
    }
    return loops
        .callOnControlLoop(formation::settle)
        .compose(
            identity ->
                control(
                    new ControllerVerticle(
                        bus, replicatedLog(identity), config.kafka(), controllerSettings())));
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

  private Future<Void> startBroker(int brokerId) {
    LogShards shards = shards();
    return bus.listen(Addresses.LOG_DIRECTORIES_BROKEN, all -> broken.tryComplete(all.why()))
        .compose(
            next ->
                data(
                    shard ->
                        new LogShardVerticle(
                            bus, shard, shards, brokerId, logDirectories.dirs(), config.kafka())))
        .compose(next -> control(new LogCleanerVerticle(bus, shards, brokerId, config.kafka())))
        .compose(next -> control(new ProducerIdVerticle(bus, brokerId)))
        .compose(
            next ->
                control(
                    new GroupCoordinatorVerticle(
                        bus, brokerId, shards, GroupSettings.of(config.kafka()))))
        .compose(next -> listen(brokerId, shards))
        .compose(next -> tellMetrics());
  }

  /** A port that nobody asked for may be taken; one that somebody counts on must not. */
  private Future<Void> tellMetrics() {
    HttpEndpoint http = config.http();
    if (!http.isWanted()) {
      return Future.succeededFuture();
    }
    HttpSettings settings = new HttpSettings(http.address(), http.portToBind());
    return control(new MetricsVerticle(bus, loops.dataLoops(), settings))
        .recover(
            cause -> {
              String where = http.address() + ":" + http.portToBind();
              String reason = BindFailure.reason(cause).orElse(String.valueOf(cause.getMessage()));
              if (http.isAskedFor()) {
                return Future.failedFuture(
                    new StartException(
                        "http.port: metrics can't be told at " + where + ": " + reason));
              }
              LOG.info("No metrics over HTTP: {}: {} (see http.port)", where, reason);
              return Future.succeededFuture();
            });
  }

  /**
   * Opens all listeners on all data loops, and tells the controller which ports the system chose.
   */
  private Future<Void> listen(int brokerId, LogShards shards) {
    List<Listener> listeners = config.kafka().listeners();
    List<KafkaListener> opened =
        listeners.stream().map(listener -> new KafkaListener(config.kafka(), listener)).toList();
    List<EventLoops.Deployed> stage = new CopyOnWriteArrayList<>();
    stages.push(stage);
    Future<Void> all = Future.succeededFuture();
    for (int loop = 0; loop < loops.dataLoops(); loop++) {
      int dataLoop = loop;
      all =
          all.compose(next -> apis(dataLoop, brokerId, shards))
              .compose(apis -> open(opened, dataLoop, apis, stage));
    }
    return all.compose(
        next -> {
          opened.forEach(listener -> bootstrapAddresses.add(listener.bootstrapAddress()));
          boolean asConfigured = listeners.stream().noneMatch(listener -> listener.port() == 0);
          return asConfigured
              ? Future.succeededFuture()
              : register(opened.stream().map(KafkaListener::actual).toList()).mapEmpty();
        });
  }

  /** The handlers of one data loop, which follow the image on it. */
  private Future<ApiRegistry> apis(int loop, int brokerId, LogShards shards) {
    LocalImage local = new LocalImage(bus, brokerId, config.kafka());
    BrokerContext broker =
        new BrokerContext(vertx, bus, brokerId, shards, local::image, local::config);
    return loops
        .callOnDataLoop(loop, local::follow)
        .map(following -> BrokerApis.create(broker, logDirectories.dirs()));
  }

  private Future<Void> open(
      List<KafkaListener> listeners, int loop, ApiRegistry apis, List<EventLoops.Deployed> stage) {
    Future<Void> all = Future.succeededFuture();
    for (KafkaListener listener : listeners) {
      all =
          all.compose(
              next -> {
                KafkaServerVerticle server = listener.on(apis, loops.dataLoops());
                return loops
                    .startOnDataLoop(loop, server)
                    .recover(cause -> Future.failedFuture(listener.asStartException(cause)))
                    .map(
                        deployed -> {
                          stage.add(deployed);
                          listener.opened(server.actualPort());
                          return null;
                        });
              });
    }
    return all;
  }

  private Future<Integer> register(List<Listener> listeners) {
    List<Listener> advertised = config.kafka().advertisedListeners().orElse(listeners);
    boolean told = config.kafka().advertisedListeners().isPresent();
    List<Endpoint> endpoints =
        advertised.stream()
            .map(
                listener ->
                    new Endpoint(
                        listener.name(),
                        told ? Optional.of(listener.host()) : Optional.empty(),
                        listener.port()))
            .toList();
    BrokerConfig kafka = config.kafka();
    return bus.request(
            Addresses.REGISTER_BROKER,
            new RegisterBroker(
                config.server().nodeId(), config.server().id(), endpoints, kafka.brokerRack()))
        .map(RegisterBroker.Registration::brokerId);
  }

  private Future<Void> control(Deployable verticle) {
    return loops
        .startOnControlLoop(verticle)
        .map(
            deployed -> {
              stages.push(List.of(deployed));
              return null;
            });
  }

  private Future<Void> data(IntFunction<Deployable> verticles) {
    List<EventLoops.Deployed> stage = new CopyOnWriteArrayList<>();
    stages.push(stage);
    List<Future<?>> started = new ArrayList<>();
    for (int loop = 0; loop < loops.dataLoops(); loop++) {
      started.add(loops.startOnDataLoop(loop, verticles.apply(loop)).onSuccess(stage::add));
    }
    return Future.join(started).mapEmpty();
  }

  @Override
  public Future<String> broken() {
    return broken.future();
  }

  @Override
  public List<String> bootstrapAddresses() {
    return List.copyOf(bootstrapAddresses);
  }

  /** Who asks a part of this node directly does so over it. */
  Bus bus() {
    return bus;
  }

  /** How partitions are spread over its data loops. */
  LogShards shards() {
    return new LogShards(loops.dataLoops());
  }

  @Override
  public Future<Void> stop() {
    return stopStages()
        .transform(stopped -> vertx.close())
        .onComplete(closed -> logDirectories.close())
        .onComplete(closed -> directory.close())
        .mapEmpty();
  }

  /**
   * Stops the listeners first, so that nothing new comes in; what they need is still there while
   * they finish.
   */
  private Future<Void> stopStages() {
    List<EventLoops.Deployed> stage = stages.poll();
    if (stage == null) {
      return Future.succeededFuture();
    }
    List<Future<?>> stopped = new ArrayList<>();
    for (EventLoops.Deployed deployed : stage) {
      stopped.add(
          deployed
              .stop()
              .onFailure(
                  cause -> LOG.error("{} did not stop cleanly", deployed.verticle(), cause)));
    }
    return Future.join(stopped).transform(done -> stopStages());
  }
}
