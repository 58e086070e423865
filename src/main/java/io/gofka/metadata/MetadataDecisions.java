package io.gofka.metadata;

import io.gofka.config.BrokerConfig;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.Steps.Step;
import io.gofka.metadata.image.ClusterImage;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Who decides which command, and what a decision means for partitions.
 *
 * <p>Confined to one thread, without I/O or clock.
 */
final class MetadataDecisions {
  private final TopicRules topicRules;
  private final TopicDecisions topics;
  private final PartitionDecisions partitions;
  private final ConfigDecisions configs;
  private final LeaderDecisions leaders;
  private final ReassignmentDecisions reassignments;
  private final FeatureDecisions features;

  /**
   * @param config what this node is configured with before its start
   * @param topicIds gives ids that no topic has had
   */
  MetadataDecisions(BrokerConfig config, RandomGenerator random, Supplier<UUID> topicIds) {
    ClusterConfig clusterConfig = new ClusterConfig(config);
    topicRules = new TopicRules(clusterConfig);
    partitions = new PartitionDecisions(random);
    topics = new TopicDecisions(clusterConfig, partitions, topicIds);
    configs = new ConfigDecisions(clusterConfig);
    leaders = new LeaderDecisions(topicRules);
    reassignments = new ReassignmentDecisions(topicRules);
    features = new FeatureDecisions(topicRules);
  }

  /**
   * The steps in which a command is decided.
   *
   * @throws io.gofka.common.ApiException when it is refused at once
   * @throws IllegalArgumentException when the command isn't one about metadata
   */
  @SuppressWarnings("unchecked") // Each branch answers with what its command's type says.
  <R> Steps<R> steps(Command<R> command) {
    return (Steps<R>) untyped(command);
  }

  private Steps<?> untyped(Command<?> command) {
    if (command instanceof CreateTopics create) {
      return atOnce(topics::create, create);
    }
    if (command instanceof DeleteTopics delete) {
      return atOnce(topics::delete, delete);
    }
    if (command instanceof CreatePartitions create) {
      return atOnce(partitions::create, create);
    }
    if (command instanceof AlterConfigs alter) {
      return atOnce(configs::alter, alter);
    }
    if (command instanceof AlterPartition alter) {
      return atOnce(leaders::alter, alter);
    }
    if (command instanceof ReplicasFailed failed) {
      return atOnce(leaders::giveUp, failed);
    }
    if (command instanceof AlterPartitionReassignments alter) {
      return atOnce(reassignments::alter, alter);
    }
    if (command instanceof ElectLeaders elect) {
      return leaders.elect(elect);
    }
    if (command instanceof UpdateFeatures update) {
      return atOnce(features::update, update);
    }
    if (command instanceof AllocateProducerIds allocate) {
      return atOnce(BrokerDecisions::allocateProducerIds, allocate);
    }
    if (command instanceof RegisterBroker register) {
      return new BrokerRegistration(register, topicRules);
    }
    if (command instanceof RegisterController register) {
      return atOnce(BrokerDecisions::registerController, register);
    }
    if (command instanceof UnregisterBroker unregister) {
      return atOnce(BrokerDecisions::unregister, unregister);
    }
    throw new IllegalArgumentException(
        "nobody decides " + command.getClass().getSimpleName() + " commands");
  }

  /** What puts all partitions in order, after something has happened that they depend on. */
  PartitionSweep sweep() {
    return new PartitionSweep(topicRules, PartitionSweep.IN_ORDER);
  }

  /** What gives the lead back to preferred leaders. */
  PartitionSweep preferredLeaders() {
    return leaders.preferredLeaders();
  }

  /** Whether partitions depend on something that these records change. */
  static boolean touchPartitions(List<MetadataRecord> records) {
    for (MetadataRecord record : records) {
      if (record instanceof MetadataRecord.BrokerChanged
          || record instanceof MetadataRecord.BrokerUnregistered
          || (record instanceof MetadataRecord.BrokerRegistered registered && !registered.fenced())
          || record instanceof FeatureLevelSet
          || (record instanceof ConfigSet set
              && (set.key().equals(TopicRules.MIN_INSYNC_REPLICAS)
                  || set.key().equals(TopicRules.UNCLEAN_ELECTION)))) {
        return true;
      }
    }
    return false;
  }

  private static <C, R> Steps<R> atOnce(
      BiFunction<ClusterImage, C, Decision<R>> decide, C command) {
    return (image, index) -> {
      Decision<R> decision = decide.apply(image, command);
      return Step.last(decision.records(), decision.reply());
    };
  }
}
