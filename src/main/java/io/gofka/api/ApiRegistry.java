package io.gofka.api;

import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who handles which API key on one data loop. ApiVersions is answered from here, so what isn't
 * registered isn't offered; a registered API is offered in all its stable versions.
 */
public final class ApiRegistry {
  private final Map<ApiKey, ApiHandler<?>> handlers = new EnumMap<>(ApiKey.class);

  /**
   * @throws IllegalStateException when the key has a handler already
   */
  public <Q extends ApiMessage> void register(ApiKey key, ApiHandler<Q> handler) {
    if (handlers.putIfAbsent(key, handler) != null) {
      throw new IllegalStateException(key + " has two handlers");
    }
  }

  public Optional<ApiHandler<?>> handler(ApiKey key) {
    return Optional.ofNullable(handlers.get(key));
  }

  /** The keys offered, by number. */
  public Collection<ApiKey> keys() {
    return Collections.unmodifiableSet(handlers.keySet());
  }

  public Collection<ApiHandler<?>> handlers() {
    return Collections.unmodifiableCollection(handlers.values());
  }
}
