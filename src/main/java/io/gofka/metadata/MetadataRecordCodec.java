package io.gofka.metadata;

import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.WireWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  private static final List<RecordForm<?, ?>> ALL =
      Stream.of(TopicRecords.FORMS, BrokerRecords.FORMS, ClusterRecords.FORMS)
          .flatMap(List::stream)
          .toList();

  private static final Map<Short, RecordForm<?, ?>> BY_TYPE =
      ALL.stream().collect(Collectors.toMap(RecordForm::type, Function.identity()));

  private static final Map<Class<?>, RecordForm<?, ?>> BY_CLASS =
      ALL.stream().collect(Collectors.toMap(RecordForm::recordClass, Function.identity()));

  private MetadataRecordCodec() {}

  /** The payload, on the heap. */
  public static ByteBuf encode(List<MetadataRecord> records) {
    List<ApiMessage> messages = new ArrayList<>(records.size());
    int size = 0;
    for (MetadataRecord record : records) {
      ApiMessage message = BY_CLASS.get(record.getClass()).message(record);
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
        RecordForm<?, ?> form = BY_TYPE.get(type);
        if (form == null || version != VERSION) {
          throw new IllegalStateException(
              "metadata record of type %d in version %d: written by a newer release"
                  .formatted(type, version));
        }
        records.add(read(form, content));
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
