package io.gofka.raft;

import io.gofka.common.HostPort;
import io.gofka.raft.NodeStatus.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Decides what becomes of a controller whose metadata directory is empty: whether it takes part in
 * the first start of a quorum, or comes to a cluster that is there already.
 *
 * <p>It asks all named peers, round by round, until it may decide:
 *
 * <ul>
 *   <li>A peer has formed the quorum together with this very directory: so it is formed here too.
 *       The peer was only quicker, or this node was stopped before it could write it down.
 *   <li>A peer has formed a quorum without it, or knows the id of a cluster: this node joins it,
 *       without a vote. That is also what becomes of a controller whose directory was emptied: it
 *       must not vote again on what it has forgotten.
 *   <li>A peer has joined, and hasn't learnt the id of its cluster: who formed the quorum is waited
 *       for. It may count on this very directory, and have told only the one that joined.
 *   <li>A majority of the peers is there, this node included, all that are there are new, and all
 *       name the same peers: the quorum is formed. Who is late is waited for a little, since
 *       whoever takes part from the beginning needs no vote later. A node that knows a cluster
 *       already waits for one to join instead.
 * </ul>
 *
 * <p>Two nodes that form the quorum on their own authority form the same one: its configuration is
 * what all have named, bound to no directory, and its log is empty.
 *
 * <p>What no node that is there knows can't be taken into account. Of three, a and b have formed
 * the quorum, and c was never started; a's directory is emptied, and a and c are started while b is
 * down: that can't be told from a first start, and they form a second quorum. So a majority of the
 * directories in use must not be emptied, or new, at the same time.
 *
 * <p>Confined to one thread, without I/O or clock; times are monotonic ms.
 */
public final class QuorumFormation {
  /** How long a majority waits for the other peers. */
  public static final long PATIENCE_MS = 2_000;

  /** Time between two rounds. */
  public static final long ROUND_MS = 200;

  /** A peer that doesn't answer for this long isn't there in this round. */
  public static final long ANSWER_TIMEOUT_MS = 1_000;

  /** What is to be done. */
  public sealed interface Effect {}

  /** Ask these peers who they are, and report each answer or that there is none. */
  public record AskAll(int round, SortedMap<String, HostPort> peers) implements Effect {
    public AskAll {
      peers = new TreeMap<>(peers);
    }
  }

  /** Take part in the forming, once that is durable. Nothing more follows. */
  public record Form(VoterSet voters, SortedMap<String, UUID> directories) implements Effect {
    public Form {
      directories = new TreeMap<>(directories);
    }
  }

  /** Join the cluster that a peer knows, once that is durable. Nothing more follows. */
  public record Join(String peer, Optional<UUID> lostDirectory) implements Effect {}

  /** For the log: what keeps it from deciding, when that has changed. */
  public record Waits(String why, boolean needsHelp) implements Effect {}

  /**
   * @param clusterId of the cluster that this node knows from a time without a part in its quorum;
   *     empty for none
   * @param peers the controllers as configured, by node id
   */
  public record Self(
      String nodeId, UUID directoryId, String clusterId, SortedMap<String, HostPort> peers) {
    public Self {
      Objects.requireNonNull(nodeId, "nodeId");
      Objects.requireNonNull(clusterId, "clusterId");
      peers = new TreeMap<>(peers);
    }
  }

  private final Self self;
  private final SortedMap<String, HostPort> others;
  private final SortedMap<String, NodeStatus> answers = new TreeMap<>();
  private final SortedMap<String, String> refusals = new TreeMap<>();
  private final Set<String> pending = new TreeSet<>();
  private int round;
  private boolean roundOpen;
  private boolean decided;
  private long roundStartedMs;
  private long majoritySinceMs = -1;
  private String lastWait = "";

  public QuorumFormation(Self self) {
    this.self = self;
    this.others = new TreeMap<>(self.peers());
    this.others.remove(self.nodeId());
  }

  /** Called first, and whenever {@link #nextDeadlineMs} has come. */
  public List<Effect> onTick(long nowMs) {
    if (decided) {
      return List.of();
    }
    if (roundOpen && nowMs - roundStartedMs >= ANSWER_TIMEOUT_MS) {
      return endRound(nowMs);
    }
    if (!roundOpen && (round == 0 || nowMs - roundStartedMs >= ROUND_MS)) {
      return beginRound(nowMs);
    }
    return List.of();
  }

  /** When {@link #onTick} has something to do. */
  public long nextDeadlineMs() {
    if (decided) {
      return Long.MAX_VALUE;
    }
    return roundStartedMs + (roundOpen ? ANSWER_TIMEOUT_MS : ROUND_MS);
  }

  /** A peer has said who it is. */
  public List<Effect> onAnswer(int ofRound, String peer, NodeStatus status, long nowMs) {
    if (decided || ofRound != round || !pending.remove(peer)) {
      return List.of(); // Too late: it may be something else by now.
    }
    if (status.nodeId().equals(peer)) {
      answers.put(peer, status);
    } else {
      refusals.put(
          peer,
          "at %s, where %s belongs, is %s".formatted(others.get(peer), peer, status.nodeId()));
    }
    return pending.isEmpty() && roundOpen ? endRound(nowMs) : List.of();
  }

  /**
   * A peer hasn't.
   *
   * @param why for a person
   */
  public List<Effect> onNoAnswer(int ofRound, String peer, String why, long nowMs) {
    if (decided || ofRound != round || !pending.remove(peer)) {
      return List.of();
    }
    refusals.put(peer, why);
    return pending.isEmpty() && roundOpen ? endRound(nowMs) : List.of();
  }

  private List<Effect> beginRound(long nowMs) {
    round++;
    roundOpen = true;
    roundStartedMs = nowMs;
    answers.clear();
    refusals.clear();
    pending.clear();
    pending.addAll(others.keySet());
    List<Effect> effects = new ArrayList<>();
    effects.add(new AskAll(round, others));
    if (others.isEmpty()) {
      effects.addAll(endRound(nowMs));
    }
    return effects;
  }

  private List<Effect> endRound(long nowMs) {
    roundOpen = false;
    pending.forEach(peer -> refusals.put(peer, "doesn't answer"));
    pending.clear();
    Optional<NodeStatus> formedWithUs =
        answers.values().stream().filter(this::hasFormedWithThisDirectory).findFirst();
    if (formedWithUs.isPresent()) {
      return form(formedWithUs.get().formedWith());
    }
    Optional<NodeStatus> member = answers.values().stream().filter(this::knowsCluster).findFirst();
    if (member.isPresent()) {
      return join(member.get());
    }
    Optional<NodeStatus> follower =
        answers.values().stream().filter(peer -> peer.standing() == Standing.JOINED).findFirst();
    return follower.isPresent() ? awaitQuorumOf(follower.get()) : maybeBegin(nowMs);
  }

  private boolean hasFormedWithThisDirectory(NodeStatus peer) {
    return peer.standing() == Standing.FORMED
        && self.directoryId().equals(peer.formedWith().get(self.nodeId()));
  }

  private boolean knowsCluster(NodeStatus peer) {
    return peer.standing() == Standing.FORMED || !peer.clusterId().isEmpty();
  }

  private List<Effect> awaitQuorumOf(NodeStatus follower) {
    majoritySinceMs = -1;
    return waits(
        "%s has joined a quorum that wasn't at work yet; who formed it is waited for: %s"
            .formatted(follower.nodeId(), describe()),
        false);
  }

  private List<Effect> join(NodeStatus member) {
    Set<String> clusters = new TreeSet<>();
    answers.values().stream()
        .map(NodeStatus::clusterId)
        .filter(id -> !id.isEmpty())
        .forEach(clusters::add);
    if (!self.clusterId().isEmpty()) {
      clusters.add(self.clusterId());
    }
    if (clusters.size() > 1) {
      return waits(
          "it and the named peers belong to different clusters, %s: %s"
              .formatted(clusters, describe()),
          true);
    }
    decided = true;
    Optional<UUID> lost = Optional.ofNullable(member.formedWith().get(self.nodeId()));
    return List.of(new Join(member.nodeId(), lost));
  }

  private List<Effect> maybeBegin(long nowMs) {
    if (!self.peers().containsKey(self.nodeId())) {
      return waits("it isn't one of them, and waits for a cluster to join: " + describe(), true);
    }
    if (!self.clusterId().isEmpty()) {
      return waits(
          "it belongs to cluster %s, and waits for a controller of that: %s"
              .formatted(self.clusterId(), describe()),
          true);
    }
    for (NodeStatus peer : answers.values()) {
      if (!peer.peers().equals(self.peers())) {
        majoritySinceMs = -1;
        return waits(
            "all must name the same peers, but %s names %s and %s names %s"
                .formatted(self.nodeId(), self.peers(), peer.nodeId(), peer.peers()),
            true);
      }
    }
    if (1 + answers.size() < self.peers().size() / 2 + 1) {
      majoritySinceMs = -1;
      return waits("a majority of them is needed: " + describe(), false);
    }
    if (majoritySinceMs < 0) {
      majoritySinceMs = nowMs;
    }
    boolean all = answers.size() == others.size();
    if (!all && nowMs - majoritySinceMs < PATIENCE_MS) {
      return waits("a majority is there, the others are waited for: " + describe(), false);
    }
    SortedMap<String, UUID> directories = new TreeMap<>();
    answers.forEach((nodeId, peer) -> directories.put(nodeId, peer.directoryId()));
    directories.put(self.nodeId(), self.directoryId());
    return form(directories);
  }

  private List<Effect> form(SortedMap<String, UUID> directories) {
    for (NodeStatus peer : answers.values()) {
      boolean took = peer.standing() == Standing.FORMED;
      if (took && !peer.peers().equals(self.peers())) {
        return waits(
            "%s has formed the quorum of %s, but here %s are named"
                .formatted(peer.nodeId(), peer.peers(), self.peers()),
            true);
      }
    }
    decided = true;
    SortedMap<String, Voter> voters = new TreeMap<>();
    self.peers()
        .forEach(
            (nodeId, address) -> voters.put(nodeId, new Voter(nodeId, Optional.empty(), address)));
    return List.of(new Form(new VoterSet(voters), directories));
  }

  private List<Effect> waits(String why, boolean needsHelp) {
    if (why.equals(lastWait)) {
      return List.of();
    }
    lastWait = why;
    return List.of(new Waits(why, needsHelp));
  }

  private String describe() {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, NodeStatus> answer : answers.entrySet()) {
      String cluster = answer.getValue().clusterId();
      boolean isNew = answer.getValue().standing() == Standing.NEW;
      String what = isNew ? "new" : "of a cluster without an id";
      parts.add(answer.getKey() + " is " + (cluster.isEmpty() ? what : "of cluster " + cluster));
    }
    refusals.forEach((peer, why) -> parts.add(peer + ": " + why));
    return String.join("; ", parts);
  }
}
