package io.gofka.metadata;

import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.protocol.message.PartitionChangeRecord;
import io.gofka.protocol.message.PartitionRecord;
import io.gofka.protocol.message.TopicRecord;
import io.gofka.protocol.message.TopicRemovalRecord;

/** The forms of records about topics and their partitions. */
final class TopicRecords {
  private TopicRecords() {}

  /** The form of a kind of record; null when it isn't one of these. */
  static RecordForm<?, ?> of(Class<?> record) {
    if (record == TopicCreated.class) {
      return RecordForm.of(
          TopicCreated.class,
          new TopicRecord(),
          TopicRecord::read,
          topic -> new TopicRecord().topicId(topic.topicId()).name(topic.name()),
          message -> new TopicCreated(message.topicId(), message.name()));
    }
    if (record == TopicRemoved.class) {
      return RecordForm.of(
          TopicRemoved.class,
          new TopicRemovalRecord(),
          TopicRemovalRecord::read,
          topic -> new TopicRemovalRecord().topicId(topic.topicId()),
          message -> new TopicRemoved(message.topicId()));
    }
    if (record == PartitionCreated.class) {
      return RecordForm.of(
          PartitionCreated.class,
          new PartitionRecord(),
          PartitionRecord::read,
          TopicRecords::message,
          TopicRecords::record);
    }
    if (record == PartitionChanged.class) {
      return RecordForm.of(
          PartitionChanged.class,
          new PartitionChangeRecord(),
          PartitionChangeRecord::read,
          TopicRecords::message,
          TopicRecords::record);
    }
    return null;
  }

  private static PartitionRecord message(PartitionCreated created) {
    PartitionImage state = created.state();
    return new PartitionRecord()
        .topicId(created.topicId())
        .partition(created.partition())
        .replicas(state.replicas())
        .isr(state.isr())
        .elr(state.elr())
        .lastKnownElr(state.lastKnownElr())
        .leader(state.leader())
        .leaderEpoch(state.leaderEpoch())
        .partitionEpoch(state.partitionEpoch())
        .addingReplicas(state.addingReplicas())
        .removingReplicas(state.removingReplicas())
        .leaderRecoveryState(state.leaderRecoveryState().code());
  }

  private static PartitionChangeRecord message(PartitionChanged changed) {
    PartitionImage state = changed.state();
    return new PartitionChangeRecord()
        .topicId(changed.topicId())
        .partition(changed.partition())
        .replicas(state.replicas())
        .isr(state.isr())
        .elr(state.elr())
        .lastKnownElr(state.lastKnownElr())
        .leader(state.leader())
        .leaderEpoch(state.leaderEpoch())
        .partitionEpoch(state.partitionEpoch())
        .addingReplicas(state.addingReplicas())
        .removingReplicas(state.removingReplicas())
        .leaderRecoveryState(state.leaderRecoveryState().code());
  }

  private static PartitionCreated record(PartitionRecord message) {
    PartitionImage state =
        new PartitionImage(
            message.replicas(),
            message.isr(),
            message.elr(),
            message.lastKnownElr(),
            message.leader(),
            message.leaderEpoch(),
            message.partitionEpoch(),
            message.addingReplicas(),
            message.removingReplicas(),
            LeaderRecoveryState.of(message.leaderRecoveryState()));
    return new PartitionCreated(message.topicId(), message.partition(), state);
  }

  private static PartitionChanged record(PartitionChangeRecord message) {
    PartitionImage state =
        new PartitionImage(
            message.replicas(),
            message.isr(),
            message.elr(),
            message.lastKnownElr(),
            message.leader(),
            message.leaderEpoch(),
            message.partitionEpoch(),
            message.addingReplicas(),
            message.removingReplicas(),
            LeaderRecoveryState.of(message.leaderRecoveryState()));
    return new PartitionChanged(message.topicId(), message.partition(), state);
  }
}
