package io.gofka.node;

/**
 * How controllers watch brokers: the keys below {@code kraft.}, explained in {@link NodeKeys}.
 *
 * @param timeoutMs time without a heartbeat after which a broker is fenced
 * @param gracePeriodMs time that a new active controller waits before it fences anybody
 */
public record KraftSettings(long timeoutMs, long gracePeriodMs) {}
