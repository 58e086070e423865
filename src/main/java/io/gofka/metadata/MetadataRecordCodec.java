package io.gofka.metadata;

import io.gofka.metadata.MetadataRecord.AclAdded;
import io.gofka.metadata.MetadataRecord.AclRemoved;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.ClientQuotaSet;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.ScramCredentialRemoved;
import io.gofka.metadata.MetadataRecord.ScramCredentialSet;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.WireWriter;
import io.gofka.protocol.message.AclRecord;
import io.gofka.protocol.message.AclRemovalRecord;
import io.gofka.protocol.message.BrokerChangeRecord;
import io.gofka.protocol.message.BrokerRecord;
import io.gofka.protocol.message.BrokerRemovalRecord;
import io.gofka.protocol.message.ClientQuotaRecord;
import io.gofka.protocol.message.ClusterRecord;
import io.gofka.protocol.message.ConfigRecord;
import io.gofka.protocol.message.ControllerRecord;
import io.gofka.protocol.message.FeatureLevelRecord;
import io.gofka.protocol.message.NodeIdRecord;
import io.gofka.protocol.message.PartitionChangeRecord;
import io.gofka.protocol.message.PartitionRecord;
import io.gofka.protocol.message.ProducerIdsRecord;
import io.gofka.protocol.message.ScramCredentialRecord;
import io.gofka.protocol.message.ScramCredentialRemovalRecord;
import io.gofka.protocol.message.TopicRecord;
import io.gofka.protocol.message.TopicRemovalRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The records of one decision as the payload of one log entry, by the schemas in {@code
 * src/main/resources/schemas}. Each record is its type (int16), the version it is written in
 * (int16), its size (int32) and its content. What was added to a record later stands in tagged
 * fields, so that older logs can be read as they are.
 */
public final class MetadataRecordCodec {
  private static final int HEADER_BYTES = 8;
  private static final short VERSION = 0;

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  private static final Map<Short, Class<? extends MetadataRecord>> TYPES =
      Map.ofEntries(
          Map.entry(new TopicRecord().apiKey(), TopicCreated.class),
          Map.entry(new TopicRemovalRecord().apiKey(), TopicRemoved.class),
          Map.entry(new PartitionRecord().apiKey(), PartitionCreated.class),
          Map.entry(new PartitionChangeRecord().apiKey(), PartitionChanged.class),
          Map.entry(new NodeIdRecord().apiKey(), NodeIdAssigned.class),
          Map.entry(new BrokerRecord().apiKey(), BrokerRegistered.class),
          Map.entry(new BrokerChangeRecord().apiKey(), BrokerChanged.class),
          Map.entry(new BrokerRemovalRecord().apiKey(), BrokerUnregistered.class),
          Map.entry(new ControllerRecord().apiKey(), ControllerRegistered.class),
          Map.entry(new ClusterRecord().apiKey(), ClusterCreated.class),
          Map.entry(new FeatureLevelRecord().apiKey(), FeatureLevelSet.class),
          Map.entry(new ConfigRecord().apiKey(), ConfigSet.class),
          Map.entry(new ProducerIdsRecord().apiKey(), ProducerIdsAllocated.class),
          Map.entry(new ClientQuotaRecord().apiKey(), ClientQuotaSet.class),
          Map.entry(new ScramCredentialRecord().apiKey(), ScramCredentialSet.class),
          Map.entry(new ScramCredentialRemovalRecord().apiKey(), ScramCredentialRemoved.class),
          Map.entry(new AclRecord().apiKey(), AclAdded.class),
          Map.entry(new AclRemovalRecord().apiKey(), AclRemoved.class));

  /** Made when first needed: at its start a node has seen few kinds, and each costs a little. */
  private static final Map<Class<?>, RecordForm<?, ?>> FORMS = new ConcurrentHashMap<>();

  private MetadataRecordCodec() {}

  private static RecordForm<?, ?> form(Class<?> kind) {
    RecordForm<?, ?> form = FORMS.get(kind);
    if (form == null) {
      form = TopicRecords.of(kind);
      form = form != null ? form : BrokerRecords.of(kind);
      form = form != null ? form : ClusterRecords.of(kind);
      FORMS.put(kind, form);
    }
    return form;
  }

  /** The payload, on the heap. */
  public static ByteBuf encode(List<MetadataRecord> records) {
    List<ApiMessage> messages = new ArrayList<>(records.size());
    int size = 0;
    for (MetadataRecord record : records) {
      ApiMessage message = form(record.getClass()).message(record);
      messages.add(message);
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
        Class<? extends MetadataRecord> kind = TYPES.get(type);
        if (kind == null || version != VERSION) {
          throw new IllegalStateException(
              "metadata record of type %d in version %d: written by a newer release"
                  .formatted(type, version));
        }
        records.add(read(form(kind), content));
      }
    } catch (WireException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IllegalStateException("unreadable metadata records: " + e.getMessage(), e);
    }
    return records;
  }

  private static <M extends ApiMessage> MetadataRecord read(
      RecordForm<?, M> form, ByteBuf content) {
    return form.toRecord().apply(Wire.readFully(content, VERSION, form.reader()));
  }
}
