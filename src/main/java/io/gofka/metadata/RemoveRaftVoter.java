package io.gofka.metadata;

import java.util.Optional;
import java.util.UUID;

/**
 * Let a controller vote no more; it goes on following the log (KIP-853). The leader may remove
 * itself.
 *
 * <p>Refused with VOTER_NOT_FOUND when no voter has this id and directory, INCONSISTENT_CLUSTER_ID,
 * INVALID_REQUEST for the last voter, REQUEST_TIMED_OUT when another change of the voters is under
 * way.
 *
 * @param clusterId that the asker takes this cluster for, if it says so
 * @param voterId numeric id of the controller
 * @param directoryId of its metadata directory
 */
public record RemoveRaftVoter(Optional<String> clusterId, int voterId, UUID directoryId)
    implements Command<Void> {}
