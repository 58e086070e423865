package io.gofka.group;

import java.util.UUID;

/**
 * Ids as Kafka makes them: what people recognise the member by, and a random UUID. Who guesses an
 * id could speak for the member, so they come from a secure source.
 */
enum MemberIdSource implements ClassicMembership.MemberIds {
  INSTANCE;

  @Override
  public String next(String prefix) {
    return prefix + "-" + UUID.randomUUID();
  }
}
