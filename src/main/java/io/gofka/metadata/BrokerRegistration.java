package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.Uuids;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.PartitionSweep.Wish;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A broker's process takes the place of the one before. Whether that one may be replaced was found
 * out already.
 *
 * <p>The steps: the broker is fenced, if it wasn't; it leaves the ISR and the lead of all its
 * partitions, and, unless it stopped cleanly with the epoch that it was known by and has all its
 * log directories still, the ELR too, since the end of its log may be lost (KIP-966); then it has
 * the new epoch. It can't be unfenced before that, for nobody knows the new epoch and heartbeats
 * with the old one are not heard meanwhile. The same process that registers again only gets another
 * epoch.
 */
final class BrokerRegistration implements Steps<Registration> {
  private final RegisterBroker command;
  private final TopicRules topicRules;
  private Optional<PartitionSweep> sweep = Optional.empty();

  BrokerRegistration(RegisterBroker command, TopicRules topicRules) {
    this.command = command;
    this.topicRules = topicRules;
  }

  /**
   * @throws ApiException INVALID_REGISTRATION when the id it is configured with belongs to another
   *     node, or the node has another id already; UNSUPPORTED_VERSION when it can't work with the
   *     cluster's features
   */
  @Override
  public Step<Registration> next(ClusterImage image, long index) {
    int id = NodeIds.idOf(image, command.nodeId(), command.brokerId());
    List<MetadataRecord> records = new ArrayList<>();
    if (sweep.isEmpty()) {
      FeatureDecisions.checkSupported(image, command.nodeId(), command.features());
      if (!needsSweep(image, id)) {
        return register(image, index, id, records);
      }
      BrokerImage known = image.brokers().get(id);
      if (known != null && !known.fenced()) {
        records.add(new BrokerChanged(id, known.epoch(), true, known.inControlledShutdown()));
      }
      sweep = Optional.of(new PartitionSweep(topicRules, wish(known, id)));
      return Step.more(records);
    }
    records.addAll(sweep.get().next(image));
    return sweep.get().isDone() ? register(image, index, id, records) : Step.more(records);
  }

  /** A node that nobody has heard of is in no partition; a known process has lost nothing. */
  private boolean needsSweep(ClusterImage image, int id) {
    BrokerImage known = image.brokers().get(id);
    boolean sameProcess =
        known != null && command.incarnationId().filter(known.incarnationId()::equals).isPresent();
    return command.incarnationId().isPresent()
        && !sameProcess
        && image.nodeIds().containsKey(command.nodeId());
  }

  private Wish wish(BrokerImage known, int id) {
    OptionalLong previous = command.previousBrokerEpoch();
    boolean clean =
        known != null
            && previous.isPresent()
            && previous.getAsLong() == known.epoch()
            // What lay in a directory that was given up is not here, however cleanly it stopped.
            && command.logDirs().containsAll(known.logDirs());
    if (clean) {
      return PartitionSweep.IN_ORDER;
    }
    return (topic, partition, rules) -> {
      var state = topic.partitions().get(partition);
      return state.isr().contains(id) || state.elr().contains(id)
          ? new PartitionChange(state, rules).withUncleanRestart(id).result()
          : PartitionSweep.IN_ORDER.next(topic, partition, rules);
    };
  }

  private Step<Registration> register(
      ClusterImage image, long index, int id, List<MetadataRecord> records) {
    BrokerImage known = image.brokers().get(id);
    boolean sameProcess =
        known != null && command.incarnationId().filter(known.incarnationId()::equals).isPresent();
    if (!image.nodeIds().containsKey(command.nodeId())) {
      records.add(new NodeIdAssigned(command.nodeId(), id));
    }
    records.add(
        new BrokerRegistered(
            id,
            command.nodeId(),
            BrokerRegistered.OF_ENTRY,
            command.incarnationId().orElse(Uuids.ZERO),
            command.endpoints(),
            command.address(),
            command.rack(),
            sameProcess ? known.fenced() : command.incarnationId().isPresent(),
            sameProcess && known.inControlledShutdown(),
            command.logDirs(),
            new TreeMap<>(command.features())));
    return Step.last(records, new Registration(id, image.clusterId(), index));
  }
}
