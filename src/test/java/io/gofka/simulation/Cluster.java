package io.gofka.simulation;

import io.gofka.common.HostPort;
import io.gofka.raft.RaftEffect;
import io.gofka.raft.RaftMessage;
import io.gofka.raft.ReplicaKey;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;

/** The nodes of a simulated quorum, what lies between and beneath them, and who watches. */
final class Cluster {
  /** Decides between any two effects of any node whether it dies there. */
  interface Killer {
    /** Whether the node has died just now, by {@link SimulatedNode#crash}. */
    boolean kills(SimulatedNode node, RaftEffect effect, boolean before);
  }

  private final World world;
  private final FaultMix mix;
  private final Network network;
  private final Invariants invariants;
  private final Operator operator;
  private final Workload workload;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<List<Disk>> disksEver = new ArrayList<>();
  private final long[] slowUntil;
  private final Set<String> names = new TreeSet<>();
  private Killer killer = (node, effect, before) -> false;
  private FaultMix.DiskPace pace;
  private Optional<SimulatedNode> failingDisk = Optional.empty();
  private long lastSent;

  /**
   * @param workload what it agrees about
   */
  Cluster(World world, FaultMix mix, Function<Cluster, Workload> workload) {
    this.world = world;
    this.mix = mix;
    this.pace = mix.pace();
    this.network = new Network(world, mix.nodes() + mix.brokers() + 1, mix.weather());
    this.slowUntil = new long[mix.nodes()];
    VoterSet formedWith = firstVoters(mix.voters());
    this.invariants = new Invariants(this, formedWith);
    this.operator = new Operator(this);
    this.workload = workload.apply(this);
    for (int i = 0; i < mix.nodes(); i++) {
      names.add(name(i));
      disksEver.add(new ArrayList<>());
      boolean formed = i < mix.voters() - mix.absentVoters();
      Disk disk = newDisk(i, formed ? Optional.of(formedWith) : Optional.empty());
      nodes.add(new SimulatedNode(this, i, mix.clock(world), disk));
    }
  }

  static String name(int index) {
    return "n" + (index + 1);
  }

  private static int index(String name) {
    return Integer.parseInt(name.substring(1)) - 1;
  }

  private static VoterSet firstVoters(int count) {
    TreeMap<String, Voter> voters = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Voter voter = new Voter(name(i), Optional.empty(), new HostPort(name(i), 42069));
      voters.put(voter.nodeId(), voter);
    }
    return new VoterSet(voters);
  }

  private Disk newDisk(int index, Optional<VoterSet> formedWith) {
    UUID directoryId = new UUID(world.random().nextLong(), world.random().nextLong());
    Disk disk =
        new Disk(new ReplicaKey(name(index), directoryId), formedWith, invariants::committedChain);
    disksEver.get(index).add(disk);
    return disk;
  }

  World world() {
    return world;
  }

  FaultMix mix() {
    return mix;
  }

  Network network() {
    return network;
  }

  Invariants invariants() {
    return invariants;
  }

  Workload workload() {
    return workload;
  }

  Operator operator() {
    return operator;
  }

  List<SimulatedNode> nodes() {
    return nodes;
  }

  SimulatedNode node(String name) {
    return nodes.get(index(name));
  }

  Set<String> names() {
    return names;
  }

  /** The node that takes proposals; of several the one of the highest term. */
  Optional<SimulatedNode> leader() {
    SimulatedNode leader = null;
    for (SimulatedNode node : nodes) {
      if (node.inOffice() && (leader == null || node.ledTerm() > leader.ledTerm())) {
        leader = node;
      }
    }
    return Optional.ofNullable(leader);
  }

  void killer(Killer newKiller) {
    killer = newKiller;
  }

  boolean killsBefore(SimulatedNode node, RaftEffect effect) {
    return killer.kills(node, effect, true);
  }

  boolean killsAfter(SimulatedNode node, RaftEffect effect) {
    return killer.kills(node, effect, false);
  }

  void send(SimulatedNode from, String to, RaftMessage message) {
    SimulatedNode receiver = node(to);
    ReplicaKey sender = from.disk().key();
    long sequence = ++lastSent;
    network.send(from.index(), receiver.index(), () -> receiver.receive(sender, message, sequence));
  }

  /** How many messages were ever sent. */
  long lastSent() {
    return lastSent;
  }

  void onCrash(SimulatedNode crashed) {
    tellUnreachable(crashed);
    workload.onCrash(crashed);
  }

  /** The others may notice that their connections to a node are broken. */
  void tellUnreachable(SimulatedNode gone) {
    for (SimulatedNode node : nodes) {
      if (node != gone && world.chance(mix.crashNoticed())) {
        world.after(world.about(2 * World.MILLIS), () -> node.peerUnreachable(gone.name()));
      }
    }
  }

  /** The directory of a node that is down is lost: it comes back as another replica. */
  void wipe(SimulatedNode node) {
    node.trace("loses its disk");
    node.replaceDisk(newDisk(node.index(), Optional.empty()));
  }

  void slowDisk(SimulatedNode node, long untilMicros) {
    slowUntil[node.index()] = untilMicros;
  }

  /** The next sync of this node fails. */
  void failDisk(SimulatedNode node) {
    failingDisk = Optional.of(node);
  }

  /** No disk is about to fail. */
  void healDisks() {
    failingDisk = Optional.empty();
    Arrays.fill(slowUntil, 0);
    pace = FaultMix.DiskPace.quick();
  }

  long syncMicros(SimulatedNode node) {
    boolean slow = world.nowMicros() < slowUntil[node.index()] || world.chance(pace.stall());
    return world.about(slow ? pace.stallMicros() : pace.syncMicros());
  }

  boolean syncFails(SimulatedNode node) {
    boolean fails = failingDisk.filter(node::equals).isPresent();
    if (fails) {
      failingDisk = Optional.empty();
    }
    return fails;
  }

  /** Whether a disk that votes for this voter has, or had until it was lost, the entry. */
  boolean hasDurable(Voter voter, long index, long chain) {
    for (Disk disk : disksEver.get(index(voter.nodeId()))) {
      if (votesFor(voter, disk)) {
        Disk.Content durable = disk.durable();
        boolean inLog = durable.log.has(index) && durable.log.chain(index) == chain;
        if (inLog || durable.snapshotIndex() >= index) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether a disk that votes for this voter holds a vote, or held it until it was lost. */
  boolean hasVoted(Voter voter, long term, String candidate) {
    for (Disk disk : disksEver.get(index(voter.nodeId()))) {
      if (votesFor(voter, disk) && disk.hasVoted(term, candidate)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the node of this voter still has the directory that votes. */
  boolean hasItsDisk(Voter voter) {
    return votesFor(voter, node(voter.nodeId()).disk());
  }

  /** Whether a replica, there or lost, has the vote of this voter. */
  boolean votesFor(Voter voter, ReplicaKey replica) {
    return disksEver.get(index(voter.nodeId())).stream()
        .anyMatch(disk -> disk.key().equals(replica) && votesFor(voter, disk));
  }

  private static boolean votesFor(Voter voter, Disk disk) {
    return voter
        .directoryId()
        .map(bound -> bound.equals(disk.key().directoryId()))
        .orElse(disk.formedWith().isPresent());
  }
}
