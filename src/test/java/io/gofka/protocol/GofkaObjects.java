package io.gofka.protocol;

import io.gofka.common.Payload;
import io.gofka.protocol.Content.Bytes;
import io.gofka.protocol.Content.Unknown;
import io.gofka.protocol.message.ProduceRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The generated classes, filled and looked at by reflection, through what they offer to everybody.
 */
public final class GofkaObjects {
  private static final String GENERATED = ProduceRequest.class.getPackageName();

  private GofkaObjects() {}

  /** All generated messages there are. */
  public static List<Class<? extends ApiMessage>> messageClasses() throws IOException {
    Class<?> one = ProduceRequest.class;
    try {
      Path classes = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path folder = classes.resolve(one.getPackageName().replace('.', '/'));
      List<Class<? extends ApiMessage>> found = new ArrayList<>();
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.sorted().toList()) {
          String name = file.getFileName().toString().replace(".class", "");
          if (!name.contains("$")) {
            found.add(
                Class.forName(one.getPackageName() + "." + name).asSubclass(ApiMessage.class));
          }
        }
      }
      return found;
    } catch (URISyntaxException | ClassNotFoundException e) {
      throw new IOException(e);
    }
  }

  public static <T> T create(Class<T> type, Content content) throws ReflectiveOperationException {
    T object = type.getConstructor().newInstance();
    for (Field field : fields(type)) {
      String name = Shape.plainName(field.getName());
      if (content.values().containsKey(name)) {
        Method setter = type.getMethod(field.getName(), field.getType());
        Object value = toGofka(content.values().get(name), field.getGenericType());
        if (setter.invoke(object, value) != object) {
          throw new AssertionError(setter + " is not fluent");
        }
      }
    }
    if (!content.unknown().isEmpty()) {
      List<RawTaggedField> unknown = new ArrayList<>();
      for (Unknown field : content.unknown()) {
        unknown.add(new RawTaggedField(field.tag(), Unpooled.wrappedBuffer(field.data().array())));
      }
      type.getMethod("unknownTaggedFields", List.class).invoke(object, unknown);
    }
    return object;
  }

  @SuppressWarnings("unchecked")
  public static Content content(Object object) throws ReflectiveOperationException {
    Map<String, Object> values = new TreeMap<>();
    for (Field field : fields(object.getClass())) {
      Method accessor = object.getClass().getMethod(field.getName());
      values.put(field.getName(), fromGofka(accessor.invoke(object)));
    }
    List<Unknown> unknown = new ArrayList<>();
    if (hasTags(object.getClass())) {
      Method accessor = object.getClass().getMethod("unknownTaggedFields");
      for (RawTaggedField field : (List<RawTaggedField>) accessor.invoke(object)) {
        unknown.add(new Unknown(field.tag(), Bytes.of(ByteBufUtil.getBytes(field.data()))));
      }
    }
    return new Content(values, unknown);
  }

  /** Writes the message, which stays usable: writing would take over its payloads. */
  public static byte[] write(ApiMessage message, short version) {
    retainPayloads(message);
    ByteBuf buffer = Wire.toByteBuf(UnpooledByteBufAllocator.DEFAULT, message, version);
    byte[] bytes = ByteBufUtil.getBytes(buffer);
    buffer.release();
    return bytes;
  }

  static void retainPayloads(Object value) {
    if (value instanceof Payload payload) {
      payload.part().retain();
    } else if (value instanceof List<?> list) {
      list.forEach(GofkaObjects::retainPayloads);
    } else if (value != null && value.getClass().getName().startsWith(GENERATED)) {
      for (Field field : fields(value.getClass())) {
        try {
          retainPayloads(value.getClass().getMethod(field.getName()).invoke(value));
        } catch (ReflectiveOperationException e) {
          throw new LinkageError(e.getMessage(), e);
        }
      }
    }
  }

  /** Reads a message that fills the buffer. */
  public static <T extends ApiMessage> T read(Class<T> type, ByteBuf in, short version)
      throws ReflectiveOperationException {
    return Wire.readFully(in, version, reader(type));
  }

  static <T extends ApiMessage> MessageReader<T> reader(Class<T> type)
      throws ReflectiveOperationException {
    MethodHandle read =
        MethodHandles.publicLookup()
            .findStatic(type, "read", MethodType.methodType(type, ByteBuf.class, short.class))
            .asType(MethodType.methodType(ApiMessage.class, ByteBuf.class, short.class));
    return (in, version) -> {
      try {
        return type.cast((ApiMessage) read.invokeExact(in, version));
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    };
  }

  private static boolean hasTags(Class<?> type) {
    return Stream.of(type.getDeclaredFields())
        .anyMatch(field -> field.getName().equals("unknownTaggedFields"));
  }

  private static List<Field> fields(Class<?> type) {
    return Stream.of(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .filter(field -> !field.getName().equals("unknownTaggedFields"))
        .toList();
  }

  private static Object toGofka(Object value, Type type) throws ReflectiveOperationException {
    if (value instanceof Content content) {
      return create((Class<?>) type, content);
    }
    if (value instanceof List<?> list) {
      Type element = ((ParameterizedType) type).getActualTypeArguments()[0];
      List<Object> result = new ArrayList<>();
      for (Object each : list) {
        result.add(toGofka(each, element));
      }
      return result;
    }
    if (value instanceof Bytes bytes) {
      ByteBuf buffer = Unpooled.wrappedBuffer(bytes.array());
      return type == ByteBuf.class ? buffer : Payload.of(buffer);
    }
    if (value instanceof Long number) {
      if (type == byte.class || type == Byte.class) {
        return number.byteValue();
      }
      if (type == short.class || type == Short.class) {
        return number.shortValue();
      }
      if (type == int.class || type == Integer.class) {
        return number.intValue();
      }
    }
    return value;
  }

  private static Object fromGofka(Object value) throws ReflectiveOperationException {
    if (value instanceof List<?> list) {
      List<Object> result = new ArrayList<>();
      for (Object element : list) {
        result.add(fromGofka(element));
      }
      return result;
    }
    if (value instanceof Payload payload) {
      return fromGofka(payload.part());
    }
    if (value instanceof ByteBuf buffer) {
      return Bytes.of(ByteBufUtil.getBytes(buffer));
    }
    if (value instanceof Number number && !(value instanceof Double)) {
      return number.longValue();
    }
    boolean plain =
        value == null
            || value instanceof Double
            || value instanceof Boolean
            || value instanceof String
            || value instanceof UUID;
    return plain ? value : content(value);
  }
}
