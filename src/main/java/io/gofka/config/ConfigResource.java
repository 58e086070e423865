package io.gofka.config;

import java.util.Comparator;
import java.util.Objects;

/**
 * What a set of configuration overrides belongs to.
 *
 * @param name topic, numeric broker id, group or client-metrics subscription; empty for the default
 *     of all brokers
 */
public record ConfigResource(Type type, String name) implements Comparable<ConfigResource> {
  private static final Comparator<ConfigResource> ORDER =
      Comparator.comparing(ConfigResource::type).thenComparing(ConfigResource::name);

  /** Kinds of resources with their wire codes. */
  public enum Type {
    UNKNOWN(0),
    TOPIC(2),
    BROKER(4),
    BROKER_LOGGER(8),
    CLIENT_METRICS(16),
    GROUP(32);

    private final byte code;

    Type(int code) {
      this.code = (byte) code;
    }

    public byte code() {
      return code;
    }

    /** The type with this wire code, {@link #UNKNOWN} when there is none. */
    public static Type of(byte code) {
      for (Type type : values()) {
        if (type.code == code) {
          return type;
        }
      }
      return UNKNOWN;
    }
  }

  /** The defaults that hold for every broker unless it has its own. */
  public static final ConfigResource ALL_BROKERS = new ConfigResource(Type.BROKER, "");

  public ConfigResource {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
  }

  public static ConfigResource topic(String name) {
    return new ConfigResource(Type.TOPIC, name);
  }

  public static ConfigResource broker(int brokerId) {
    return new ConfigResource(Type.BROKER, Integer.toString(brokerId));
  }

  @Override
  public int compareTo(ConfigResource other) {
    return ORDER.compare(this, other);
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof ConfigResource that && type == that.type && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return 31 * type.hashCode() + name.hashCode();
  }
}
