package io.gofka.system;

import io.gofka.system.process.Await;
import io.gofka.system.process.Broker;
import io.gofka.system.process.Cluster;
import io.gofka.system.process.NetworkNamespaces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Does to a cluster of three what happens to clusters: one fault after the other, each aimed at a
 * node that matters, and healed before the next one. Which ones, a seed decides; how they end
 * depends on the cluster.
 */
final class Nemesis implements AutoCloseable {
  private static final Duration SHORT = Duration.ofMillis(700);
  private static final Duration LONG = Duration.ofSeconds(4);

  /** How long a node is kept away at most while others should take over from it. */
  private static final Duration TAKE_OVER_LIMIT = Duration.ofSeconds(20);

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(90);
  private static final Duration MOVE_LIMIT = Duration.ofSeconds(60);
  private static final long POLL_NANOS = 50_000_000;

  private interface Action {
    void run() throws Exception;
  }

  private record Fault(String name, Action action) {}

  private final Cluster cluster;
  private final Optional<NetworkNamespaces> network;
  private final ReplicatedLoad load;
  private final Random random;
  private final List<Fault> faults = new ArrayList<>();
  private final List<Fault> left = new ArrayList<>();
  private final Admin admin;

  Nemesis(
      Cluster cluster, Optional<NetworkNamespaces> network, ReplicatedLoad load, Random random) {
    this.cluster = cluster;
    this.network = network;
    this.load = load;
    this.random = random;
    this.admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()));
    add("kill -9 of a leader", () -> kill(leader()));
    add("kill -9 of the controller", () -> kill(cluster.activeController()));
    add("kill -9 of the group's coordinator", () -> kill(coordinator()));
    add("kill -9 of all", this::killAll);
    add("restart of a leader", () -> restart(leader()));
    add("a leader pauses for a moment", () -> pause(leader(), SHORT));
    add("a leader pauses until it is replaced", () -> pauseUntilReplaced(leader()));
    add("the controller pauses", () -> pause(cluster.activeController(), LONG));
    add("a leader's replica is taken away and given back", () -> reassign(leader()));
    add("every partition is led as preferred", this::electPreferred);
    network.ifPresent(this::addNetworkFaults);
  }

  private void addNetworkFaults(NetworkNamespaces hosts) {
    add("a leader is alone", () -> isolateUntilReplaced(hosts, leader()));
    add("the controller is alone", () -> isolate(hosts, cluster.activeController()));
    add("a node is not heard", () -> cutOut(hosts, leader()));
    add("a node does not hear", () -> cutIn(hosts, leader()));
    add("two nodes don't see each other", () -> cutPair(hosts, leader()));
    if (NetworkNamespaces.canDelay()) {
      add("what a leader sends and gets is late", () -> delay(hosts, leader()));
    }
    add("a leader's link is slow", () -> slow(hosts, leader()));
  }

  private void add(String name, Action action) {
    faults.add(new Fault(name, action));
  }

  /** One fault from begin to end; each kind comes once before any comes again. */
  String strike() throws Exception {
    if (left.isEmpty()) {
      left.addAll(faults);
    }
    Fault fault = left.remove(random.nextInt(left.size()));
    fault.action().run();
    return fault.name();
  }

  /** The number of kinds. */
  int kinds() {
    return faults.size();
  }

  private void kill(int node) {
    cluster.node(node).kill();
    hold(random.nextBoolean() ? SHORT : LONG);
    cluster.node(node).start();
  }

  private void killAll() {
    cluster.nodes().forEach(Broker::kill);
    cluster.start();
  }

  private void restart(int node) {
    cluster.node(node).stop();
    cluster.node(node).start();
  }

  private void pause(int node, Duration time) {
    cluster.node(node).pause();
    hold(time);
    cluster.node(node).resume();
  }

  private void pauseUntilReplaced(int node) {
    cluster.node(node).pause();
    try {
      holdWhileLeading(node);
    } finally {
      cluster.node(node).resume();
    }
  }

  private void reassign(int node) {
    Map<TopicPartition, Optional<NewPartitionReassignment>> away = new HashMap<>();
    Map<TopicPartition, Optional<NewPartitionReassignment>> back = new HashMap<>();
    for (TopicPartitionInfo partition : description(admin).partitions()) {
      var tp = new TopicPartition(load.topic(), partition.partition());
      List<Integer> replicas = partition.replicas().stream().map(Node::id).toList();
      back.put(tp, Optional.of(new NewPartitionReassignment(replicas)));
      List<Integer> others = replicas.stream().filter(id -> id != node).toList();
      away.put(tp, Optional.of(new NewPartitionReassignment(others)));
    }
    reassign(away);
    reassign(back);
  }

  private void reassign(Map<TopicPartition, Optional<NewPartitionReassignment>> moves) {
    answer(admin.alterPartitionReassignments(moves).all());
    Await.until(
        "the replicas have moved",
        MOVE_LIMIT,
        () -> answer(admin.listPartitionReassignments(moves.keySet()).reassignments()).isEmpty());
  }

  private void electPreferred() {
    Set<TopicPartition> all = new HashSet<>();
    description(admin)
        .partitions()
        .forEach(partition -> all.add(new TopicPartition(load.topic(), partition.partition())));
    // Some have their preferred leader already, or it is not in sync: that is an answer, too.
    answer(admin.electLeaders(ElectionType.PREFERRED, all).partitions());
  }

  private void isolate(NetworkNamespaces hosts, int node) {
    hosts.isolate(node);
    hold(LONG);
    hosts.healAll();
  }

  /** Clients still reach it: what it tells them is nothing that the others don't know. */
  private void isolateUntilReplaced(NetworkNamespaces hosts, int node) {
    hosts.isolate(node);
    holdWhileLeading(node);
    hosts.healAll();
  }

  private void cutOut(NetworkNamespaces hosts, int node) {
    others(hosts, node).forEach(other -> hosts.cut(node, other));
    hold(LONG);
    hosts.healAll();
  }

  private void cutIn(NetworkNamespaces hosts, int node) {
    others(hosts, node).forEach(other -> hosts.cut(other, node));
    hold(LONG);
    hosts.healAll();
  }

  private void cutPair(NetworkNamespaces hosts, int node) {
    List<Integer> others = others(hosts, node);
    int other = others.get(random.nextInt(others.size()));
    hosts.cut(node, other);
    hosts.cut(other, node);
    hold(LONG);
    hosts.healAll();
  }

  private void slow(NetworkNamespaces hosts, int node) {
    hosts.slow(node, "1mbit");
    hold(LONG);
    hosts.healAll();
  }

  private static void delay(NetworkNamespaces hosts, int node) {
    hosts.delay(node, 100, 50);
    hold(LONG);
    hosts.healAll();
  }

  private static List<Integer> others(NetworkNamespaces hosts, int node) {
    return hosts.nodes().stream().filter(other -> other != node).toList();
  }

  /** The fault itself lasts; there is nothing to be waited for. */
  private static void hold(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Until others lead what this node led, or it is too late for that. */
  private void holdWhileLeading(int node) {
    long end = System.nanoTime() + TAKE_OVER_LIMIT.toNanos();
    String others = bootstrapWithout(node);
    try (Admin outside = KafkaClients.admin(others)) {
      while (System.nanoTime() < end && leads(outside, node)) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
    hold(SHORT);
  }

  private boolean leads(Admin asked, int node) {
    return description(asked).partitions().stream()
        .anyMatch(partition -> partition.leader() != null && partition.leader().id() == node);
  }

  private String bootstrapWithout(int node) {
    var others = new ArrayList<String>();
    for (Broker broker : cluster.nodes()) {
      if (broker != cluster.node(node)) {
        others.add(broker.bootstrap());
      }
    }
    return String.join(",", others);
  }

  private TopicDescription description(Admin asked) {
    return answer(asked.describeTopics(Set.of(load.topic())).allTopicNames()).get(load.topic());
  }

  /** Who leads some partition of the load. */
  private int leader() {
    var leaders = new ArrayList<Integer>();
    Await.until(
        "some partition has a leader",
        ANSWER_LIMIT,
        () -> {
          description(admin).partitions().stream()
              .map(TopicPartitionInfo::leader)
              .filter(leader -> leader != null && !leader.isEmpty())
              .map(Node::id)
              .forEach(leaders::add);
          return !leaders.isEmpty();
        });
    return leaders.get(random.nextInt(leaders.size()));
  }

  private int coordinator() {
    var found = new AtomicInteger();
    Await.until(
        "the group has a coordinator",
        ANSWER_LIMIT,
        () -> {
          var groups = admin.describeConsumerGroups(List.of(load.group())).all();
          found.set(answer(groups).get(load.group()).coordinator().id());
          return true;
        });
    return found.get();
  }

  /** The cluster is hurt, and the machine busy: whoever waits for an answer has patience. */
  private static <T> T answer(KafkaFuture<T> asked) {
    try {
      return asked.get(ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for an answer", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("no answer", e);
    }
  }

  @Override
  public void close() {
    network.ifPresent(NetworkNamespaces::healAll);
    admin.close(Duration.ZERO);
  }
}
