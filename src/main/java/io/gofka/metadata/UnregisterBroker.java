package io.gofka.metadata;

/**
 * Forget a broker that won't come back. Refused with BROKER_ID_NOT_REGISTERED when there is none of
 * this id.
 */
public record UnregisterBroker(int brokerId) implements Command<Void> {}
