package io.gofka.simulation;

import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.log.DeleteRecordsBefore;
import io.gofka.metadata.AlterPartitionReassignments;
import io.gofka.metadata.AlterPartitionReassignments.Move;
import io.gofka.metadata.Command;
import io.gofka.metadata.ElectLeaders;
import io.gofka.metadata.image.TopicImage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Somebody who moves partitions to other replicas under load, more or fewer ones too, gives such
 * moves up, has preferred replicas lead, and deletes records.
 */
final class DataAdmin {
  /** Fewer than this may not be able to keep what is promised. */
  private static final int MIN_REPLICAS = 2;

  private final DataClients clients;
  private final ReplicationWorkload workload;
  private final World world;
  private final long gapMicros;

  DataAdmin(DataClients clients) {
    this.clients = clients;
    this.workload = clients.workload();
    this.world = workload.cluster().world();
    this.gapMicros = workload.sessionTimeoutMs() * World.MILLIS * world.between(1, 8);
  }

  void start() {
    clients
        .machine()
        .afterwards(
            world.about(gapMicros),
            () -> {
              if (!workload.isHealed()) {
                doSomething();
                start();
              }
            });
  }

  private void doSomething() {
    // Not the groups' topic: a coordinator hears of a move only by the metadata, and until then
    // tells
    // what it knows.
    List<TopicImage> topics =
        workload.topics().stream()
            .filter(topic -> topic.name().equals(ReplicationWorkload.TOPIC))
            .toList();
    if (topics.isEmpty()) {
      return;
    }
    TopicImage topic = topics.get((int) world.between(0, topics.size() - 1));
    int index = (int) world.between(0, topic.partitions().size() - 1);
    TopicPartition partition = new TopicPartition(topic.name(), index);
    switch ((int) world.between(0, 7)) {
      case 0, 1, 2, 3 -> move(partition, Optional.of(someReplicas()));
      case 4 -> move(partition, Optional.empty());
      case 5 ->
          command(
              new ElectLeaders(
                  ElectLeaders.ElectionType.PREFERRED,
                  Optional.of(List.of(partition)),
                  workload.patienceMs()));
      default -> {
        if (topic.name().equals(ReplicationWorkload.TOPIC)) {
          deleteRecords(index);
        }
      }
    }
  }

  private List<Integer> someReplicas() {
    List<Integer> known = new ArrayList<>(workload.knownIds());
    List<Integer> chosen = new ArrayList<>();
    long wanted = world.between(MIN_REPLICAS, known.size());
    while (chosen.size() < wanted && !known.isEmpty()) {
      chosen.add(known.remove((int) world.between(0, known.size() - 1)));
    }
    return chosen;
  }

  private void move(TopicPartition partition, Optional<List<Integer>> replicas) {
    if (replicas.isPresent() && replicas.get().size() < MIN_REPLICAS) {
      return;
    }
    command(
        new AlterPartitionReassignments(
            List.of(new Move(partition, replicas)), true, workload.patienceMs()));
  }

  private <R> void command(Command<R> command) {
    if (world.tracing()) {
      world.trace("admin: " + command);
    }
    List<SimulatedBroker> up = workload.brokers().stream().filter(SimulatedBroker::isUp).toList();
    if (!up.isEmpty()) {
      SimulatedBroker asked = up.get((int) world.between(0, up.size() - 1));
      workload
          .calls()
          .ask(
              clients.machine(),
              asked,
              () -> asked.services().ask(command, workload.patienceMs()),
              workload.patienceMs());
    }
  }

  private void deleteRecords(int index) {
    CommittedRecords records = workload.records(ReplicationWorkload.TOPIC, index);
    long before = world.between(0, records.end());
    SimulatedBroker leader =
        clients
            .ask(ReplicationWorkload.TOPIC, index)
            .flatMap(state -> workload.broker(state.leader()))
            .orElse(null);
    if (leader != null) {
      records.mayDelete(before);
      workload
          .calls()
          .ask(
              clients.machine(),
              leader,
              () -> deleteRecords(leader, index, before),
              workload.patienceMs());
    }
  }

  private Future<Void> deleteRecords(SimulatedBroker leader, int index, long before) {
    SimulatedReplicas there = workload.replicas(leader).orElse(null);
    TopicImage topic = leader.services().image().topic(ReplicationWorkload.TOPIC).orElse(null);
    if (there == null || topic == null) {
      return Future.failedFuture(new Calls.Refused(leader.name()));
    }
    TopicIdPartition partition = topic.partition(index);
    Promise<Void> answer = Promise.promise();
    there
        .shard()
        .deleteRecords(
            new DeleteRecordsBefore(
                List.of(new DeleteRecordsBefore.Cut(partition, before)),
                (int) workload.sessionTimeoutMs()),
            deleted -> answer.tryComplete());
    return answer.future();
  }
}
