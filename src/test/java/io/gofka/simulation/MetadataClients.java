package io.gofka.simulation;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AllocateProducerIds;
import io.gofka.metadata.AlterConfigs;
import io.gofka.metadata.AlterPartitionReassignments;
import io.gofka.metadata.Command;
import io.gofka.metadata.CommandResult;
import io.gofka.metadata.CreatePartitions;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.DeleteTopics;
import io.gofka.metadata.ElectLeaders;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.simulation.MetadataHistory.Begun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** People and programs that change metadata, by any process of the cluster. */
final class MetadataClients {
  private static final int TOPICS = 6;

  private final MetadataWorkload workload;
  private final World world;
  private final MetadataHistory history;

  MetadataClients(MetadataWorkload workload) {
    this.workload = workload;
    this.world = workload.cluster().world();
    this.history = workload.history();
  }

  String someTopic() {
    return "t" + world.between(1, TOPICS);
  }

  /** One of them asks this process for something. */
  void ask(SimulatedProcess process, MetadataServices services) {
    Begun begun = history.begin();
    String name = someTopic();
    switch ((int) world.between(0, 9)) {
      case 0, 1 -> create(process, services, begun, name, false);
      case 2 -> create(process, services, begun, name, true);
      case 3 -> delete(process, services, begun, name);
      case 4 -> grow(process, services, begun, name);
      case 5, 6 -> alterTopic(process, services, begun, name);
      case 7 -> alterCluster(process, services, begun);
      case 8 -> allocate(process, services, begun);
      default -> move(process, services, begun, name);
    }
  }

  /** Somebody wants a topic to be there, or to be gone. */
  void createOrDelete(SimulatedProcess process, MetadataServices services, String name) {
    Begun begun = history.begin();
    if (world.chance(0.5)) {
      create(process, services, begun, name, false);
    } else {
      delete(process, services, begun, name);
    }
  }

  /** Something that nobody can refuse. */
  void alterCluster(SimulatedProcess process, MetadataServices services, Begun begun) {
    alter(
        process,
        services,
        begun,
        new ConfigResource(ConfigResource.Type.BROKER, ""),
        MetadataHistory.CLUSTER_MARK,
        error -> {
          throw new Violation("what is right is not refused", begun + ": " + error);
        });
  }

  private void alterTopic(
      SimulatedProcess process, MetadataServices services, Begun begun, String name) {
    alter(
        process,
        services,
        begun,
        ConfigResource.topic(name),
        MetadataHistory.MARK,
        error -> {
          history.refused(begun);
          require(error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, begun, error);
          history.observed(begun, name, "isn't there", state -> state.id().isEmpty());
        });
  }

  private void alter(
      SimulatedProcess process,
      MetadataServices services,
      Begun begun,
      ConfigResource resource,
      String key,
      Consumer<ErrorCode> onError) {
    var change =
        new AlterConfigs.Change(
            resource, List.of(new ConfigOp(key, ConfigOp.Type.SET, Optional.of(begun.number()))));
    ask(
        process,
        services,
        begun,
        new AlterConfigs(List.of(change), false),
        results -> {
          ErrorCode error = results.get(0).error();
          if (error == ErrorCode.NONE) {
            history.done(begun);
          } else {
            onError.accept(error);
          }
        });
  }

  private void create(
      SimulatedProcess process,
      MetadataServices services,
      Begun begun,
      String name,
      boolean validateOnly) {
    NewTopic topic =
        new NewTopic(
            name,
            (int) world.between(1, 3),
            (int) world.between(1, Math.min(3, workload.brokers().size())),
            List.of(),
            Map.of(MetadataHistory.MARK, begun.number()));
    ask(
        process,
        services,
        begun,
        new CreateTopics(List.of(topic), validateOnly),
        results -> {
          CreateTopics.Result result = results.get(0);
          if (result.error() == ErrorCode.NONE && !validateOnly) {
            history.created(begun, name, result.topicId());
            return;
          }
          history.refused(begun);
          if (result.error() == ErrorCode.NONE) {
            history.observed(begun, name, "could be made", state -> state.id().isEmpty());
          } else if (result.error() == ErrorCode.TOPIC_ALREADY_EXISTS) {
            history.observed(begun, name, "is there", state -> state.id().isPresent());
          } else {
            // There are not as many live brokers.
            require(result.error() == ErrorCode.INVALID_REPLICATION_FACTOR, begun, result.error());
          }
        });
  }

  private void delete(
      SimulatedProcess process, MetadataServices services, Begun begun, String name) {
    var topic = new DeleteTopics.TopicReference(Optional.of(name), Optional.empty());
    ask(
        process,
        services,
        begun,
        new DeleteTopics(List.of(topic)),
        results -> {
          DeleteTopics.Result result = results.get(0);
          if (result.error() == ErrorCode.NONE) {
            history.removed(begun, result.id().orElseThrow());
          } else {
            require(result.error() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, begun, result.error());
            history.observed(begun, name, "isn't there", state -> state.id().isEmpty());
          }
        });
  }

  private void grow(SimulatedProcess process, MetadataServices services, Begun begun, String name) {
    int count = (int) world.between(2, 5);
    ask(
        process,
        services,
        begun,
        new CreatePartitions(
            List.of(new CreatePartitions.Growth(name, count, Optional.empty())), false),
        results -> {
          ErrorCode error = results.get(0).error();
          if (error == ErrorCode.NONE) {
            history.grown(begun, name, count);
          } else if (error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
            history.observed(begun, name, "isn't there", state -> state.id().isEmpty());
          } else if (error == ErrorCode.INVALID_PARTITIONS) {
            history.observed(begun, name, "has more", state -> state.partitions() >= count);
          } else {
            require(error == ErrorCode.INVALID_REPLICATION_FACTOR, begun, error);
          }
        });
  }

  private void allocate(SimulatedProcess process, MetadataServices services, Begun begun) {
    int brokerId =
        services.image().brokers().values().stream()
            .mapToInt(BrokerImage::id)
            .findFirst()
            .orElse(-1);
    if (brokerId >= 0) {
      ask(
          process,
          services,
          begun,
          new AllocateProducerIds(brokerId),
          block -> history.allocated(begun, block.first()));
    }
  }

  /** A partition is to move, or its preferred leader to lead. */
  private void move(SimulatedProcess process, MetadataServices services, Begun begun, String name) {
    TopicImage topic = services.image().topicsByName().get(name);
    if (topic == null) {
      return;
    }
    TopicPartition partition =
        new TopicPartition(name, (int) world.between(0, topic.partitions().size() - 1));
    if (world.chance(0.5)) {
      var elect =
          new ElectLeaders(
              ElectLeaders.ElectionType.PREFERRED, Optional.of(List.of(partition)), 60_000);
      ask(process, services, begun, elect, results -> {});
      return;
    }
    List<Integer> brokers = new ArrayList<>(services.image().brokers().keySet());
    while (brokers.size() > topic.partitions().get(0).replicas().size()) {
      brokers.remove((int) world.between(0, brokers.size() - 1));
    }
    Optional<List<Integer>> to = world.chance(0.3) ? Optional.empty() : Optional.of(brokers);
    var alter =
        new AlterPartitionReassignments(
            List.of(new AlterPartitionReassignments.Move(partition, to)), true, 60_000);
    ask(process, services, begun, alter, results -> {});
  }

  private <R> void ask(
      SimulatedProcess process,
      MetadataServices services,
      Begun begun,
      Command<R> command,
      Consumer<R> onReply) {
    if (world.tracing()) {
      process.trace("%s: is asked for %s", begun.number(), command);
    }
    int life = process.incarnation();
    services
        .ask(command, workload.patienceMs())
        .onComplete(
            result -> {
              if (process.isUp() && process.incarnation() == life) {
                onResult(process, services, begun, result, onReply);
              }
            },
            cause -> onFailure(process, begun, cause));
  }

  private <R> void onResult(
      SimulatedProcess process,
      MetadataServices services,
      Begun begun,
      CommandResult<R> result,
      Consumer<R> onReply) {
    if (world.tracing()) {
      process.trace("%s: answers %s", begun.number(), result);
    }
    world.note(result.metadataOffset());
    onReply.accept(result.reply());
    long shown = services.currentOffset();
    if (shown < result.metadataOffset()) {
      throw new Violation(
          "what is answered is seen",
          "%s shows %d and answers %s".formatted(process.name(), shown, result));
    }
  }

  /** What became of it is not known; but it must be one of the ways in which that happens. */
  private void onFailure(SimulatedProcess process, Begun begun, Throwable cause) {
    if (world.tracing()) {
      process.trace("%s: fails, %s", begun.number(), cause);
    }
    boolean known =
        cause instanceof ApiException refused
            && (refused.errorCode() == ErrorCode.REQUEST_TIMED_OUT
                || refused.errorCode() == ErrorCode.THROTTLING_QUOTA_EXCEEDED
                || refused.errorCode() == ErrorCode.BROKER_ID_NOT_REGISTERED);
    if (process.isUp() && !known) {
      throw new Violation("answers make sense", begun + ": " + cause, cause);
    }
  }

  private static void require(boolean right, Begun begun, ErrorCode error) {
    if (!right) {
      throw new Violation("answers make sense", begun + " was told " + error);
    }
  }
}
