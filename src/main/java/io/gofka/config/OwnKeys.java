package io.gofka.config;

import java.util.Set;

/** Settings that Kafka doesn't have; each of them begins with {@code gofka.}. */
public final class OwnKeys {
  /** Of a topic, and of a broker for its topics. */
  public static final String DURABILITY = "gofka.durability";

  static final Set<String> ALL = Set.of(DURABILITY);

  private OwnKeys() {}
}
