package io.gofka.protocol;

import io.gofka.protocol.Content.Bytes;
import io.gofka.protocol.Content.Unknown;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Kafka's own message classes, filled and looked at by reflection. */
final class KafkaObjects {
  private static final List<String> NAMES =
      List.of(
          "org.apache.kafka.common.message.%sData",
          "org.apache.kafka.common.message.%s",
          "org.apache.kafka.coordinator.group.generated.%s",
          "org.apache.kafka.coordinator.transaction.generated.%s");
  private static final Set<String> BOOKKEEPING = Set.of("_unknownTaggedFields", "next", "prev");

  private KafkaObjects() {}

  /** Kafka's class for the message of this name; none for what only we have. */
  static Optional<Class<? extends Message>> classOf(String message) {
    for (String pattern : NAMES) {
      String name = pattern.formatted(message);
      if (KafkaObjects.class.getResource("/" + name.replace('.', '/') + ".class") != null) {
        try {
          return Optional.of(Class.forName(name).asSubclass(Message.class));
        } catch (ClassNotFoundException e) {
          throw new AssertionError(e);
        }
      }
    }
    return Optional.empty();
  }

  static Shape shape(Class<?> type, int version) throws ReflectiveOperationException {
    return Shape.of(((Schema[]) type.getField("SCHEMAS").get(null))[version]);
  }

  static <T> T create(Class<T> type, Content content) throws ReflectiveOperationException {
    T object = type.getConstructor().newInstance();
    for (Field field : fields(type)) {
      String name = Shape.plainName(field.getName());
      if (content.values().containsKey(name)) {
        field.set(object, toKafka(content.values().get(name), field.getGenericType()));
      }
    }
    for (Unknown unknown : content.unknown()) {
      ((Message) object)
          .unknownTaggedFields()
          .add(new RawTaggedField(unknown.tag(), unknown.data().array()));
    }
    return object;
  }

  static Content content(Message object) throws ReflectiveOperationException {
    Map<String, Object> values = new TreeMap<>();
    for (Field field : fields(object.getClass())) {
      values.put(field.getName(), fromKafka(field.get(object)));
    }
    List<Unknown> unknown = new ArrayList<>();
    for (RawTaggedField field : object.unknownTaggedFields()) {
      unknown.add(new Unknown(field.tag(), Bytes.of(field.data())));
    }
    return new Content(values, unknown);
  }

  static byte[] write(Message message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBufferAccessor out =
        new ByteBufferAccessor(ByteBuffer.allocate(message.size(cache, version)));
    message.write(out, cache, version);
    return out.buffer().array();
  }

  static <T extends Message> T read(Class<T> type, byte[] bytes, short version)
      throws ReflectiveOperationException {
    T message = type.getConstructor().newInstance();
    ByteBufferAccessor in = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
    message.read(in, version);
    if (in.remaining() > 0) {
      throw new AssertionError("Kafka leaves " + in.remaining() + " bytes of " + type);
    }
    return message;
  }

  private static List<Field> fields(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !BOOKKEEPING.contains(field.getName())) {
        field.setAccessible(true);
        fields.add(field);
      }
    }
    return fields;
  }

  private static Object toKafka(Object value, Type type) throws ReflectiveOperationException {
    if (value == null) {
      return null;
    }
    Class<?> raw =
        type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
    if (value instanceof Content content) {
      return create(raw, content);
    }
    if (value instanceof List<?> list) {
      return toKafkaList(list, raw, type);
    }
    if (value instanceof UUID id) {
      return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
    if (value instanceof Bytes bytes) {
      if (raw == byte[].class) {
        return bytes.array();
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes.array());
      return raw == ByteBuffer.class ? buffer : MemoryRecords.readableRecords(buffer);
    }
    if (value instanceof Long number) {
      if (raw == byte.class || raw == Byte.class) {
        return number.byteValue();
      }
      if (raw == short.class || raw == Short.class) {
        return number.shortValue();
      }
      if (raw == int.class || raw == Integer.class) {
        return number.intValue();
      }
    }
    return value;
  }

  @SuppressWarnings("unchecked")
  private static Object toKafkaList(List<?> list, Class<?> raw, Type type)
      throws ReflectiveOperationException {
    Type holder = type instanceof ParameterizedType ? type : raw.getGenericSuperclass();
    Type element = ((ParameterizedType) holder).getActualTypeArguments()[0];
    Collection<Object> result =
        raw == List.class
            ? new ArrayList<>()
            : (Collection<Object>) raw.getConstructor().newInstance();
    for (Object value : list) {
      result.add(toKafka(value, element));
    }
    return result;
  }

  private static Object fromKafka(Object value) throws ReflectiveOperationException {
    if (value instanceof Message message) {
      return content(message);
    }
    if (value instanceof Collection<?> list) {
      List<Object> result = new ArrayList<>();
      for (Object element : list) {
        result.add(fromKafka(element));
      }
      return result;
    }
    if (value instanceof Uuid id) {
      return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
    if (value instanceof byte[] bytes) {
      return Bytes.of(bytes);
    }
    if (value instanceof BaseRecords records) {
      return fromKafka(((MemoryRecords) records).buffer());
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return Bytes.of(bytes);
    }
    return value instanceof Number number && !(value instanceof Double)
        ? (Object) number.longValue()
        : value;
  }
}
