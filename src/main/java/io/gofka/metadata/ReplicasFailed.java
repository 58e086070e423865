package io.gofka.metadata;

import java.util.List;
import java.util.UUID;

/**
 * A broker can't use its replicas of some partitions, though it is alive itself: its disk has
 * failed. It leaves their ISRs, and so their lead, wherever somebody else is in sync; where nobody
 * is, nothing changes, for nobody else has all the records. It comes back as any follower that has
 * caught up.
 *
 * <p>Kafka has that for whole log directories (KIP-112, KIP-858). Refused with STALE_BROKER_EPOCH
 * or BROKER_ID_NOT_REGISTERED; partitions that are gone are passed over.
 *
 * @param brokerEpoch of its registration
 */
public record ReplicasFailed(int brokerId, long brokerEpoch, List<Replica> replicas)
    implements Command<Void> {
  /** Of which partition. */
  public record Replica(UUID topicId, int partition) {}

  public ReplicasFailed {
    replicas = List.copyOf(replicas);
  }
}
