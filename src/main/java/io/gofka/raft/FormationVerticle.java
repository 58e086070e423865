package io.gofka.raft;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.common.Uuids;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.raft.QuorumFormation.AskAll;
import io.gofka.raft.QuorumFormation.Effect;
import io.gofka.raft.QuorumFormation.Form;
import io.gofka.raft.QuorumFormation.Join;
import io.gofka.raft.QuorumFormation.Self;
import io.gofka.raft.QuorumFormation.Waits;
import io.gofka.raft.storage.Disk;
import io.gofka.raft.storage.IdentityFile;
import io.gofka.raft.storage.ReplicaIdentity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what this node is, and finds out what becomes of a new controller. Keeper of the file that
 * tells what the metadata directory is. Shell of {@link QuorumFormation}.
 */
public final class FormationVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(FormationVerticle.class);

  /** What gives an emptied controller a vote again. */
  static final String LOST_VOTE_CURE =
      "For a new vote: 'gofka cluster remove-controller N', then 'gofka cluster add-controller N',"
          + " with the number N that 'gofka cluster' shows for it";

  /**
   * What the node was started as.
   *
   * @param incarnationId made for this process
   * @param address where other nodes reach it
   * @param peers the controllers as configured, by node id
   */
  public record Start(
      String nodeId,
      UUID incarnationId,
      Set<Role> roles,
      HostPort address,
      SortedMap<String, HostPort> peers) {
    public Start {
      roles = Set.copyOf(roles);
      peers = new TreeMap<>(peers);
    }
  }

  private final Bus bus;
  private final Disk disk;
  private final Start self;
  private final Promise<ReplicaIdentity> settled = Promise.promise();
  private ReplicaIdentity identity;
  private QuorumFormation formation;
  private Future<Void> written = Future.succeededFuture();
  private Optional<ReplicaIdentity> beingWritten = Optional.empty();

  /** Why the node may take part in nothing; empty while it may. */
  private String strayed = "";

  private String leaderNodeId = "";
  private boolean looked;
  private Future<Void> noNamesake = Future.succeededFuture();
  private boolean stopped;

  /**
   * @param identity as it is on the disk
   */
  public FormationVerticle(Bus bus, Disk disk, Start self, ReplicaIdentity identity) {
    this.bus = bus;
    this.disk = disk;
    this.self = self;
    this.identity = identity;
  }

  @Override
  public Future<?> start() {
    return Future.all(
        bus.serve(Addresses.NODE_STATUS, asked -> Future.succeededFuture(status())),
        bus.listen(Addresses.LEADERSHIP_CHANGED, now -> leaderNodeId = now.leaderNodeId()));
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return bus.withdraw(Addresses.NODE_STATUS).eventually(() -> written);
  }

  /**
   * Decides what the directory of a controller is, if it is new; completes when that is on disk.
   * Called on this verticle's loop, when other nodes can be asked.
   */
  public Future<ReplicaIdentity> settle() {
    if (!looked) {
      looked = true;
      noNamesake = lookForNamesake();
    }
    if (identity.standing() != Standing.NEW) {
      settled.tryComplete(identity);
    } else if (formation == null) {
      LOG.info(
          "{} has an empty metadata directory and looks for the other controllers: {}",
          self.nodeId(),
          others());
      formation =
          new QuorumFormation(
              new Self(self.nodeId(), identity.directoryId(), identity.clusterId(), self.peers()));
      perform(formation.onTick(nowMs()));
    }
    return settled.future();
  }

  private String others() {
    return self.peers().entrySet().stream()
        .filter(peer -> !peer.getKey().equals(self.nodeId()))
        .map(peer -> peer.getKey() + " at " + peer.getValue())
        .collect(Collectors.joining(", "));
  }

  /**
   * The cluster of this node has an id. Called on this verticle's loop, as often as one likes.
   *
   * @return when that is on disk; fails with {@link ErrorCode#INCONSISTENT_CLUSTER_ID} when the
   *     node belongs to another cluster, and then for ever: nobody who asks learns what it is any
   *     more, and {@link Addresses#METADATA_LOG_BROKEN} ends the node
   */
  public Future<Void> onClusterId(String clusterId) {
    if (!strayed.isEmpty()) {
      return refusal();
    }
    ReplicaIdentity latest = beingWritten.orElse(identity);
    if (clusterId.isEmpty() || clusterId.equals(latest.clusterId())) {
      return written;
    }
    return latest.clusterId().isEmpty()
        ? keep(latest.of(clusterId))
        : stray(latest.clusterId(), clusterId);
  }

  /** What this node has of the one cluster must not become a part of the other. */
  private Future<Void> stray(String own, String told) {
    String why =
        "%s belongs to cluster %s, but is told metadata of cluster %s"
            .formatted(self.nodeId(), own, told);
    LOG.error("{}: it takes part in neither any more", why);
    return standAside(new ApiException(ErrorCode.INCONSISTENT_CLUSTER_ID, why));
  }

  /** The node takes part in nothing any more, and ends. */
  private Future<Void> standAside(ApiException why) {
    strayed = why.getMessage();
    bus.announce(Addresses.METADATA_LOG_BROKEN, new ReplicatedLog.LogBroken(strayed));
    settled.tryFail(why);
    return bus.withdraw(Addresses.NODE_STATUS).compose(withdrawn -> refusal());
  }

  /**
   * Asks the peers where they know this node: when another process of its name is alive there, this
   * one gives way. One that has this node's own address can't be: the port would be in use.
   *
   * @return completes when nobody has been found, or this node has given way
   */
  private Future<Void> lookForNamesake() {
    List<Future<Void>> asked = new ArrayList<>();
    self.peers()
        .forEach(
            (peer, address) -> {
              if (!peer.equals(self.nodeId())) {
                asked.add(
                    bus.request(Addresses.HELLO, new Hello(address))
                        .compose(this::lookWhereItKnowsThisNode)
                        .otherwiseEmpty());
              }
            });
    return Future.join(asked).mapEmpty();
  }

  private Future<Void> lookWhereItKnowsThisNode(NodeStatus peer) {
    HostPort known = peer.peers().get(self.nodeId());
    if (known == null || known.equals(self.address())) {
      return Future.succeededFuture();
    }
    return bus.request(Addresses.HELLO, new Hello(known))
        .compose(
            there ->
                there.nodeId().equals(self.nodeId())
                        && !there.incarnationId().equals(self.incarnationId())
                        && strayed.isEmpty()
                        && !stopped
                    ? giveWay(peer, known)
                    : Future.succeededFuture());
  }

  private Future<Void> giveWay(NodeStatus peer, HostPort known) {
    String why =
        "a node %s is alive at %s, where %s knows it; this one, at %s, needs another server.node_id"
            .formatted(self.nodeId(), known, peer.nodeId(), self.address());
    return standAside(new ApiException(ErrorCode.DUPLICATE_BROKER_REGISTRATION, why))
        .otherwiseEmpty();
  }

  private Future<Void> refusal() {
    return Future.failedFuture(new ApiException(ErrorCode.INCONSISTENT_CLUSTER_ID, strayed));
  }

  private NodeStatus status() {
    return new NodeStatus(
        identity.clusterId(),
        self.nodeId(),
        identity.directoryId(),
        self.incarnationId(),
        self.roles(),
        self.address(),
        identity.standing(),
        identity.formedWith(),
        self.peers(),
        leaderNodeId);
  }

  private void perform(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof AskAll ask) {
        ask.peers().forEach((peer, address) -> ask(ask.round(), peer, address));
      } else if (effect instanceof Form form) {
        LOG.info(
            "{} forms the quorum of {}, together with {}",
            self.nodeId(),
            form.voters().voters().keySet(),
            form.directories().keySet());
        settle(identity.formed(form.voters(), form.directories()));
      } else if (effect instanceof Join join) {
        tellOf(join);
        settle(identity.joined());
      } else if (effect instanceof Waits waits) {
        tellOf(waits);
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
    if (!stopped && !settled.future().isComplete()) {
      long delayMs = formation.nextDeadlineMs() - nowMs();
      if (formation.nextDeadlineMs() != Long.MAX_VALUE && !timerArmed) {
        timerArmed = true;
        vertx.setTimer(Math.max(1, delayMs), due -> onTimer());
      }
    }
  }

  private boolean timerArmed;

  private void onTimer() {
    timerArmed = false;
    if (!stopped) {
      perform(formation.onTick(nowMs()));
    }
  }

  private void ask(int round, String peer, HostPort address) {
    bus.request(Addresses.HELLO, new Hello(address))
        .onSuccess(status -> answered(formation.onAnswer(round, peer, status, nowMs())))
        .onFailure(
            cause ->
                answered(
                    formation.onNoAnswer(
                        round, peer, String.valueOf(cause.getMessage()), nowMs())));
  }

  private void answered(List<Effect> effects) {
    if (!stopped) {
      perform(effects);
    }
  }

  private void tellOf(Waits waits) {
    if (waits.needsHelp()) {
      LOG.warn("{} can't begin with its peers: {}", self.nodeId(), waits.why());
    } else {
      LOG.info("{} waits for its peers: {}", self.nodeId(), waits.why());
    }
  }

  private void tellOf(Join join) {
    if (join.lostDirectory().isPresent()) {
      noNamesake.onSuccess(found -> tellOfLoss(join.peer(), join.lostDirectory().get()));
    } else {
      LOG.info("{} joins the cluster that {} knows", self.nodeId(), join.peer());
    }
  }

  private void tellOfLoss(String peer, UUID lostDirectory) {
    if (strayed.isEmpty()) {
      LOG.error(
          "The metadata directory of {} was emptied: {} knows it by {}, here is {} now. It follows"
              + " the cluster without a vote. {}",
          self.nodeId(),
          peer,
          Uuids.toBase64(lostDirectory),
          Uuids.toBase64(identity.directoryId()),
          LOST_VOTE_CURE);
    }
  }

  private void settle(ReplicaIdentity decided) {
    keep(decided).map(kept -> decided).onComplete(settled);
  }

  /** Nobody is told of it before it is on disk. One that failed doesn't keep later ones from it. */
  private Future<Void> keep(ReplicaIdentity changed) {
    beingWritten = Optional.of(changed);
    written =
        written
            .otherwiseEmpty()
            .compose(
                before ->
                    vertx.<Void>executeBlocking(
                        () -> {
                          IdentityFile.write(disk, changed);
                          return null;
                        }))
            .onSuccess(done -> identity = changed)
            .onFailure(cause -> LOG.error("{} can't be written to {}", changed, disk, cause))
            .onComplete(done -> beingWritten = beingWritten.filter(last -> !last.equals(changed)));
    return written;
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }
}
