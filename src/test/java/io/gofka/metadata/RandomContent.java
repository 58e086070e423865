package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.config.ConfigOp;
import io.gofka.metadata.image.VersionRange;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** Random values of records, by the types of their components. */
final class RandomContent {
  private static final int MAX_ELEMENTS = 4;
  private static final String LETTERS = "abcXYZ019-._ äß\u20ac\ud83d\ude00";

  private final Random random;

  RandomContent(Random random) {
    this.random = random;
  }

  Object of(Type type) {
    if (type instanceof ParameterizedType generic) {
      return of(generic);
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isEnum()) {
      return plain.getEnumConstants()[random.nextInt(plain.getEnumConstants().length)];
    }
    if (plain == ConfigOp.class) { // Its parts must fit each other.
      return new ConfigOp(text(), (ConfigOp.Type) of(ConfigOp.Type.class), Optional.of(text()));
    }
    if (plain == VersionRange.class) {
      short min = (short) random.nextInt(10);
      return new VersionRange(min, (short) (min + random.nextInt(30)));
    }
    if (plain == HostPort.class) {
      return new HostPort(text(), random.nextInt(65_536));
    }
    if (plain.isSealed()) {
      Class<?>[] kinds = plain.getPermittedSubclasses();
      return of(kinds[random.nextInt(kinds.length)]);
    }
    return plain.isRecord() ? record(plain) : value(plain);
  }

  private Object of(ParameterizedType type) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == Optional.class) {
      return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(of(arguments[0]));
    }
    if (type.getRawType() == List.class) {
      List<Object> elements = new ArrayList<>();
      for (int count = random.nextInt(MAX_ELEMENTS); count > 0; count--) {
        elements.add(of(arguments[0]));
      }
      return elements;
    }
    if (type.getRawType() == Map.class || type.getRawType() == SortedMap.class) {
      boolean nulls = arguments[1] == String.class;
      Map<Object, Object> entries = new TreeMap<>();
      for (int count = random.nextInt(MAX_ELEMENTS); count > 0; count--) {
        entries.put(of(arguments[0]), nulls && random.nextInt(4) == 0 ? null : of(arguments[1]));
      }
      return entries;
    }
    throw new IllegalArgumentException("no random " + type);
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] values =
        Arrays.stream(components)
            .map(component -> of(component.getGenericType()))
            .toArray(Object[]::new);
    try {
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("no random " + type, e);
    }
  }

  private Object value(Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return random.nextInt();
    }
    if (type == long.class) {
      return random.nextLong();
    }
    if (type == OptionalInt.class) { // Ids and epochs, which are never negative.
      return random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(1_000));
    }
    if (type == OptionalLong.class) {
      return random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextInt(1_000));
    }
    if (type == short.class) {
      return (short) random.nextInt();
    }
    if (type == boolean.class) {
      return random.nextBoolean();
    }
    if (type == UUID.class) {
      return new UUID(random.nextLong(), random.nextLong());
    }
    if (type == String.class) {
      return text();
    }
    throw new IllegalArgumentException("no random " + type);
  }

  private String text() {
    int[] points = LETTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(12); length > 0; length--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }
}
