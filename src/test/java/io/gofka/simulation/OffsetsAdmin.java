package io.gofka.simulation;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.group.DeleteGroups;
import io.gofka.group.DeleteOffsets;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Sets, reads and deletes the offsets of a group without members, one after the other; and keeps an
 * eye on those of another that nobody touches any more.
 */
final class OffsetsAdmin {
  private static final String GROUP = "resets";
  private static final String KEPT = "kept";

  private final GroupClients group;
  private final World world;
  private boolean isKept;
  private long offset;

  OffsetsAdmin(GroupClients group) {
    this.group = group;
    this.world = group.world();
    group.offsets().mayBeDeleted(GROUP);
  }

  void start() {
    group
        .clients()
        .machine()
        .afterwards(world.about(group.clients().gapMicros()), this::doSomething);
  }

  private void doSomething() {
    if (!group.isStopped()) {
      something().onComplete(done -> start());
    }
  }

  private Future<?> something() {
    TopicPartition partition =
        new TopicPartition(ReplicationWorkload.TOPIC, (int) world.between(0, 1));
    if (!isKept) {
      return group
          .commit(KEPT, -1, "", new TopicPartition(ReplicationWorkload.TOPIC, 0), 1)
          .onSuccess(code -> isKept = code == ErrorCode.NONE);
    }
    return switch ((int) world.between(0, 9)) {
      case 0 -> deleteGroup();
      case 1, 2 -> delete(partition);
      case 3 -> group.fetch(KEPT, new TopicPartition(ReplicationWorkload.TOPIC, 0));
      case 4, 5, 6 -> group.fetch(GROUP, partition);
      default -> group.commit(GROUP, -1, "", partition, ++offset);
    };
  }

  private Future<?> delete(TopicPartition partition) {
    return ask(
        Addresses.GROUP_DELETE_OFFSETS,
        new DeleteOffsets(GROUP, List.of(partition)),
        (coordinator, result) -> {
          if (result.error() == ErrorCode.NONE) {
            group.onDeleted(coordinator, GROUP, partition);
          }
        });
  }

  private Future<?> deleteGroup() {
    return ask(
        Addresses.GROUP_DELETE,
        new DeleteGroups(List.of(GROUP)),
        (coordinator, codes) -> {
          if (codes.get(0) == ErrorCode.NONE) {
            for (int i = 0; i < ReplicationWorkload.PARTITIONS; i++) {
              group.onDeleted(coordinator, GROUP, new TopicPartition(ReplicationWorkload.TOPIC, i));
            }
          }
        });
  }

  /**
   * Asks the coordinator.
   *
   * @param answered told of the answer where it is given: it may be lost on its way
   */
  private <Q, R> Future<R> ask(
      Address<Q, R> address, Q request, BiConsumer<SimulatedBroker, R> answered) {
    return group.ask(
        group.sessionTimeoutMs(),
        coordinator ->
            coordinator
                .services()
                .bus()
                .request(address, request)
                .map(
                    answer -> {
                      answered.accept(coordinator, answer);
                      return answer;
                    }));
  }
}
