package io.gofka.metadata;

import io.gofka.metadata.image.BrokerImage.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Let a controller vote that so far only follows the log (KIP-853).
 *
 * <p>Refused with DUPLICATE_VOTER when it votes already, INCONSISTENT_CLUSTER_ID, INVALID_REQUEST
 * when no controller of this id and directory follows the log, REQUEST_TIMED_OUT when it has not
 * caught up in time, or another change of the voters is under way.
 *
 * @param clusterId that the asker takes this cluster for, if it says so
 * @param voterId numeric id of the controller
 * @param directoryId of its metadata directory
 * @param listeners where the asker says that it is reached; nobody trusts it: other controllers
 *     reach it where it said itself
 * @param ackWhenCommitted false: answer as soon as the change is in the leader's log
 */
public record AddRaftVoter(
    Optional<String> clusterId,
    int voterId,
    UUID directoryId,
    List<Endpoint> listeners,
    boolean ackWhenCommitted,
    int timeoutMs)
    implements Command<Void> {
  public AddRaftVoter {
    listeners = List.copyOf(listeners);
  }
}
