package io.gofka.metadata;

import java.util.Optional;
import java.util.UUID;

/**
 * What a controller goes by besides the cluster's own settings.
 *
 * @param incarnationId of this process; a broker of this node that registers with it is this
 *     process itself
 * @param sessionTimeoutMs silence after which a broker is fenced ({@code kraft.timeout})
 * @param gracePeriodMs time that a new active controller waits before it fences for silence ({@code
 *     kraft.grace_period})
 * @param snapshotBytes payload of entries after which a snapshot is taken ({@code
 *     metadata.log.max.record.bytes.between.snapshots})
 * @param snapshotIntervalMs time after which a snapshot is taken if there is anything new ({@code
 *     metadata.log.max.snapshot.interval.ms}); 0 for never
 */
public record ControllerSettings(
    Optional<UUID> incarnationId,
    long sessionTimeoutMs,
    long gracePeriodMs,
    long snapshotBytes,
    long snapshotIntervalMs) {
  public static final ControllerSettings DEFAULTS =
      new ControllerSettings(Optional.empty(), 5_000, 10_000, 20L * 1024 * 1024, 3_600_000);
}
