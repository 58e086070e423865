package io.gofka.metadata.image;

/**
 * Until when nobody else can have been given what this broker leads. Announced whenever it changes:
 * with each heartbeat that is answered, and when the broker is fenced. A process that stood still,
 * or that can't reach the controllers, finds it over and doesn't tell what may be old by now.
 *
 * <p>A broker that needs no heartbeats, because it is alone, announces none: it leads for ever.
 *
 * @param endMs monotonic ms, by {@link System#nanoTime}
 */
public record BrokerLease(long endMs) {
  /** Before anything was announced. */
  public static final BrokerLease ENDLESS = new BrokerLease(Long.MAX_VALUE);

  /** The broker is fenced, or not registered. */
  public static final BrokerLease NONE = new BrokerLease(Long.MIN_VALUE);

  public boolean isOver(long nowMs) {
    return nowMs >= endMs;
  }
}
