package io.gofka.simulation;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.metadata.BrokerLifecycle;
import io.gofka.metadata.BrokerLifecycleVerticle;
import io.gofka.metadata.Features;
import io.gofka.metadata.MetadataFeed;
import io.gofka.metadata.MetadataFollowerVerticle;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.BrokerLease;
import io.gofka.raft.LogEntry;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.Snapshot;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A broker on a machine of its own, as far as metadata goes: it registers, sends heartbeats and
 * follows the metadata by its verticles as they are; what lies between them and the controllers is
 * simulated.
 */
final class SimulatedBroker extends SimulatedProcess {
  /** Entries that a controller gives a broker at once, at most. */
  private static final long MAX_FED = 20;

  /** What a controller answers to a broker that follows the metadata. */
  private record Fed(List<MetadataFeed> feeds, long leaderTerm, String leader) {}

  private final MetadataWorkload workload;
  private final UUID logDir;
  private boolean up;
  private UUID incarnationId;
  private OptionalLong previousEpoch = OptionalLong.empty();
  private MetadataServices services;
  private BrokerLifecycleVerticle lifecycle;
  private BrokerLease lease = BrokerLease.NONE;
  private long nextIndex;
  private String toldLeader = "";
  private boolean stopping;
  private long beats;
  private long lastBeatHeard;

  SimulatedBroker(MetadataWorkload workload, int index, String name, NodeClock clock) {
    super(workload.cluster().world(), index, name, clock);
    this.workload = workload;
    this.logDir = newId();
  }

  private UUID newId() {
    return new UUID(world().random().nextLong(), world().random().nextLong());
  }

  @Override
  boolean isUp() {
    return up;
  }

  MetadataServices services() {
    return services;
  }

  /** What it was registered as when it started, in this life. */
  RegisterBroker.Registration registration() {
    return lifecycle.registration();
  }

  /** Whether it was asked to stop. */
  boolean isStopping() {
    return up && stopping;
  }

  /** Of its process. */
  UUID incarnationId() {
    return incarnationId;
  }

  /** Whether it takes itself for the leader of what it led: by its clock, also if it is paused. */
  boolean hasLease() {
    return up && !lease.isOver(nowMs());
  }

  boolean isActive() {
    return up && lifecycle.state() == BrokerLifecycle.State.ACTIVE;
  }

  void start() {
    beginIncarnation();
    up = true;
    stopping = false;
    incarnationId = newId();
    nextIndex = 0;
    toldLeader = "";
    trace("starts as %s", incarnationId);
    services = new MetadataServices(workload, this);
    services.start();
    lease = BrokerLease.NONE;
    services
        .bus()
        .listen(
            Addresses.BROKER_LEASE,
            announced -> {
              lease = announced;
              workload.agreed().checkLease(this);
            });
    services.bus().serve(Addresses.NODE_STATUS, asked -> Future.succeededFuture(status()));
    services.bus().serve(Addresses.FORWARD_HEARTBEAT, this::sendHeartbeat);
    services.loop().start(new MetadataFollowerVerticle(services.bus()));
    RegisterBroker command =
        new RegisterBroker(
            name(),
            OptionalInt.empty(),
            Optional.of(incarnationId),
            List.of(new Endpoint("PLAINTEXT", Optional.of(name()), 9092)),
            Optional.of(address()),
            Optional.of("r" + index() % 2),
            List.of(logDir),
            previousEpoch,
            Features.supported());
    previousEpoch = OptionalLong.empty();
    lifecycle =
        new BrokerLifecycleVerticle(
            services.bus(),
            command,
            workload.lifecycleSettings(),
            world().random().split(),
            this::nowMs);
    int life = incarnation();
    services
        .loop()
        .start(lifecycle)
        .onComplete(
            registered ->
                workload.begin(
                    this,
                    () ->
                        lifecycle
                            .serve(command.endpoints())
                            .onFailure(cause -> onFailed(life, cause))),
            cause -> onFailed(life, cause));
    follow();
  }

  private void onFailed(int life, Throwable cause) {
    if (up && incarnation() == life) {
      throw new Violation("brokers are let in", name() + ": " + cause, cause);
    }
  }

  private HostPort address() {
    return new HostPort(name(), 42069);
  }

  private NodeStatus status() {
    return new NodeStatus(
        "",
        name(),
        logDir,
        incarnationId,
        Set.of(),
        address(),
        NodeStatus.Standing.NEW,
        new TreeMap<>(),
        new TreeMap<>(),
        "");
  }

  /** The process is gone. */
  void crash() {
    if (up) {
      trace("crashes");
      world().note(index() * 31L + 7);
      up = false;
      endPause();
    }
  }

  /** It stops as soon as nobody needs it. */
  void stop() {
    if (!up || stopping) {
      return;
    }
    trace("is asked to stop");
    stopping = true;
    int life = incarnation();
    lifecycle
        .shutDown()
        .onSuccess(
            epoch -> {
              if (up && incarnation() == life) {
                trace("is let go: %s", epoch);
                previousEpoch = epoch;
                crash();
                workload.onStopped(this, epoch.isPresent());
              }
            });
  }

  private Future<BrokerHeartbeat.Reply> sendHeartbeat(BrokerHeartbeat heartbeat) {
    trace("is %s, sends %s", lifecycle.state(), heartbeat);
    long number = ++beats;
    Future<BrokerHeartbeat.Reply> answer =
        services.askLeader(
            there -> {
              if (number < lastBeatHeard) { // They come on a stream: none overtakes another.
                return Future.failedFuture(
                    new ApiException(ErrorCode.NETWORK_EXCEPTION, "its stream has ended"));
              }
              lastBeatHeard = number;
              return there.request(Addresses.BROKER_HEARTBEAT, heartbeat);
            },
            workload.lifecycleSettings().sessionTimeoutMs());
    return answer
        .onSuccess(reply -> trace("is %s, gets %s", lifecycle.state(), reply))
        .onFailure(cause -> trace("is %s, gets %s", lifecycle.state(), cause));
  }

  // How it follows the metadata: it asks again and again for what comes next.

  private void follow() {
    List<SimulatedNode> nodes = workload.cluster().nodes();
    SimulatedNode asked =
        services.leader().orElseGet(() -> nodes.get((int) world().between(0, nodes.size() - 1)));
    long wanted = nextIndex;
    long most = world().between(1, MAX_FED);
    workload
        .calls()
        .ask(
            this,
            asked,
            () -> Future.succeededFuture(feed(asked, wanted, most)),
            workload.followPeriodMs() * 3)
        .compose(this::take)
        .onComplete(
            taken -> afterMs(taken ? 1 : workload.followPeriodMs(), this::follow),
            cause -> {
              services.forgetLeader(asked.name());
              afterMs(workload.followPeriodMs(), this::follow);
            });
  }

  private static Fed feed(SimulatedNode node, long from, long most) {
    MetadataServices there = SimulatedController.of(node).services();
    List<MetadataFeed> feeds = new ArrayList<>();
    ReplicaLog log = node.disk().written().log;
    long next = from;
    Optional<Snapshot> snapshot = node.disk().written().snapshot;
    if (!log.has(next) && snapshot.filter(s -> s.meta().index() >= from).isPresent()) {
      long end = snapshot.get().meta().index();
      if (end <= node.applied()) {
        feeds.add(new MetadataFeed.WholeState(end, snapshot.get().content()));
      }
    } else {
      List<LogEntry> entries = new ArrayList<>();
      while (log.has(next) && next <= node.applied() && entries.size() < most) {
        entries.add(log.get(next++));
      }
      if (!entries.isEmpty()) {
        feeds.add(new MetadataFeed.Entries(entries));
      }
    }
    return new Fed(feeds, there.leaderTerm(), there.leaderName());
  }

  /** Completes with whether there may be more at once. */
  private Future<Boolean> take(Fed fed) {
    if (!fed.leader().isEmpty()) {
      services.learnLeader(fed.leaderTerm(), fed.leader());
    }
    List<MetadataFeed> feeds = new ArrayList<>(fed.feeds());
    if (!toldLeader.equals(services.leaderName())) {
      toldLeader = services.leaderName();
      feeds.add(new MetadataFeed.ActiveController(toldLeader));
    }
    Future<Long> fedSoFar = Future.succeededFuture(nextIndex);
    for (MetadataFeed feed : feeds) {
      fedSoFar =
          fedSoFar.compose(
              before -> {
                Future<Long> taken = services.bus().request(Addresses.METADATA_FEED, feed);
                return taken;
              });
    }
    return fedSoFar.map(
        next -> {
          boolean more = next > nextIndex;
          nextIndex = next;
          return more;
        });
  }
}
