package io.gofka.metadata.image;

/**
 * Until when nobody else can have been given what this broker leads because it was silent.
 * Announced whenever it changes: with each heartbeat to which a controller, sure of its office,
 * says that the broker isn't fenced, and when the broker is. A process that stood still, or that
 * can't reach the controllers, finds it over and doesn't tell what may be old by now. Leaderships
 * that are moved while the broker is well end with its next image.
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
