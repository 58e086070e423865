package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.WireWriter;
import io.gofka.protocol.message.BrokerRecord;
import io.gofka.protocol.message.BrokerRecord.BrokerRecordEndpoint;
import io.gofka.protocol.message.ClusterRecord;
import io.gofka.protocol.message.ConfigRecord;
import io.gofka.protocol.message.FeatureLevelRecord;
import io.gofka.protocol.message.PartitionChangeRecord;
import io.gofka.protocol.message.PartitionRecord;
import io.gofka.protocol.message.ProducerIdsRecord;
import io.gofka.protocol.message.TopicRecord;
import io.gofka.protocol.message.TopicRemovalRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The records of one decision as the payload of one log entry, by the schemas in {@code
 * src/main/resources/schemas}. Each record is its type (int16), the version it is written in
 * (int16), its size (int32) and its content.
 */
public final class MetadataRecordCodec {
  private static final int HEADER_BYTES = 8;
  private static final short VERSION = 0;

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  private static final Map<Short, MessageReader<? extends ApiMessage>> READERS =
      Map.of(
          new ClusterRecord().apiKey(), ClusterRecord::read,
          new FeatureLevelRecord().apiKey(), FeatureLevelRecord::read,
          new BrokerRecord().apiKey(), BrokerRecord::read,
          new TopicRecord().apiKey(), TopicRecord::read,
          new PartitionRecord().apiKey(), PartitionRecord::read,
          new PartitionChangeRecord().apiKey(), PartitionChangeRecord::read,
          new TopicRemovalRecord().apiKey(), TopicRemovalRecord::read,
          new ConfigRecord().apiKey(), ConfigRecord::read,
          new ProducerIdsRecord().apiKey(), ProducerIdsRecord::read);

  private MetadataRecordCodec() {}

  /** The payload, on the heap. */
  public static ByteBuf encode(List<MetadataRecord> records) {
    List<ApiMessage> messages = records.stream().map(MetadataRecordCodec::message).toList();
    int size = 0;
    for (ApiMessage message : messages) {
      size = Math.addExact(size, HEADER_BYTES + message.size(VERSION));
    }
    WireWriter out = WireWriter.allocate(HEAP, size);
    for (ApiMessage message : messages) {
      out.int16(message.apiKey());
      out.int16(VERSION);
      out.int32(message.size(VERSION));
      message.write(out, VERSION);
    }
    return out.toByteBuf();
  }

  /**
   * The records in a payload.
   *
   * @throws IllegalStateException when it holds something that this release doesn't know
   */
  public static List<MetadataRecord> decode(ByteBuf payload) {
    ByteBuf in = payload.slice();
    List<MetadataRecord> records = new ArrayList<>();
    try {
      while (in.isReadable()) {
        short type = in.readShort();
        short version = in.readShort();
        ByteBuf content = in.readSlice(in.readInt());
        MessageReader<? extends ApiMessage> reader = READERS.get(type);
        if (reader == null || version != VERSION) {
          throw new IllegalStateException(
              "metadata record of type %d in version %d: written by a newer release"
                  .formatted(type, version));
        }
        records.add(record(Wire.readFully(content, version, reader)));
      }
    } catch (WireException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IllegalStateException("unreadable metadata records: " + e.getMessage(), e);
    }
    return records;
  }

  private static ApiMessage message(MetadataRecord record) {
    if (record instanceof PartitionCreated created) {
      PartitionImage state = created.state();
      return new PartitionRecord()
          .topicId(created.topicId())
          .partition(created.partition())
          .replicas(state.replicas())
          .isr(state.isr())
          .leader(state.leader())
          .leaderEpoch(state.leaderEpoch())
          .partitionEpoch(state.partitionEpoch());
    }
    if (record instanceof PartitionChanged changed) {
      PartitionImage state = changed.state();
      return new PartitionChangeRecord()
          .topicId(changed.topicId())
          .partition(changed.partition())
          .replicas(state.replicas())
          .isr(state.isr())
          .leader(state.leader())
          .leaderEpoch(state.leaderEpoch())
          .partitionEpoch(state.partitionEpoch());
    }
    if (record instanceof TopicCreated created) {
      return new TopicRecord().topicId(created.topicId()).name(created.name());
    }
    if (record instanceof TopicRemoved removed) {
      return new TopicRemovalRecord().topicId(removed.topicId());
    }
    if (record instanceof ConfigSet set) {
      return new ConfigRecord()
          .resourceType(set.resource().type().code())
          .resourceName(set.resource().name())
          .key(set.key())
          .value(set.value().orElse(null));
    }
    if (record instanceof BrokerRegistered broker) {
      return message(broker);
    }
    if (record instanceof ProducerIdsAllocated ids) {
      return new ProducerIdsRecord().brokerId(ids.brokerId()).nextProducerId(ids.nextProducerId());
    }
    if (record instanceof FeatureLevelSet feature) {
      return new FeatureLevelRecord().feature(feature.feature()).level(feature.level());
    }
    if (record instanceof ClusterCreated cluster) {
      return new ClusterRecord().clusterId(cluster.clusterId());
    }
    throw new IllegalStateException("nobody writes " + record);
  }

  private static BrokerRecord message(BrokerRegistered broker) {
    BrokerRecord message =
        new BrokerRecord()
            .brokerId(broker.brokerId())
            .nodeId(broker.nodeId())
            .rack(broker.rack().orElse(null))
            .fenced(broker.fenced());
    for (Endpoint endpoint : broker.endpoints()) {
      message
          .endpoints()
          .add(
              new BrokerRecordEndpoint()
                  .listener(endpoint.listener())
                  .host(endpoint.host().orElse(null))
                  .port(endpoint.port()));
    }
    return message;
  }

  private static MetadataRecord record(ApiMessage message) {
    if (message instanceof PartitionRecord partition) {
      PartitionImage state =
          new PartitionImage(
              partition.replicas(),
              partition.isr(),
              partition.leader(),
              partition.leaderEpoch(),
              partition.partitionEpoch());
      return new PartitionCreated(partition.topicId(), partition.partition(), state);
    }
    if (message instanceof PartitionChangeRecord partition) {
      PartitionImage state =
          new PartitionImage(
              partition.replicas(),
              partition.isr(),
              partition.leader(),
              partition.leaderEpoch(),
              partition.partitionEpoch());
      return new PartitionChanged(partition.topicId(), partition.partition(), state);
    }
    if (message instanceof TopicRecord topic) {
      return new TopicCreated(topic.topicId(), topic.name());
    }
    if (message instanceof TopicRemovalRecord topic) {
      return new TopicRemoved(topic.topicId());
    }
    if (message instanceof ConfigRecord config) {
      ConfigResource.Type type = ConfigResource.Type.of(config.resourceType());
      return new ConfigSet(
          new ConfigResource(type, config.resourceName()),
          config.key(),
          Optional.ofNullable(config.value()));
    }
    if (message instanceof BrokerRecord broker) {
      List<Endpoint> endpoints =
          broker.endpoints().stream()
              .map(at -> new Endpoint(at.listener(), Optional.ofNullable(at.host()), at.port()))
              .toList();
      return new BrokerRegistered(
          broker.brokerId(),
          broker.nodeId(),
          endpoints,
          Optional.ofNullable(broker.rack()),
          broker.fenced());
    }
    if (message instanceof ProducerIdsRecord ids) {
      return new ProducerIdsAllocated(ids.brokerId(), ids.nextProducerId());
    }
    if (message instanceof FeatureLevelRecord feature) {
      return new FeatureLevelSet(feature.feature(), feature.level());
    }
    if (message instanceof ClusterRecord cluster) {
      return new ClusterCreated(cluster.clusterId());
    }
    throw new IllegalStateException("nobody reads " + message);
  }
}
