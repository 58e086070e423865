package io.gofka.log;

/**
 * What replicas have to know of their broker.
 *
 * @param brokerEpoch of this process, as it is registered: the metadata offset from which on the
 *     cluster knows of it; 0 when nobody else does
 * @param lagTimeMaxMs replica.lag.time.max.ms
 * @param checkpointIntervalMs replica.high.watermark.checkpoint.interval.ms
 */
public record ReplicaSettings(long brokerEpoch, long lagTimeMaxMs, long checkpointIntervalMs) {
  /** Of a process that no other one replicates. */
  static final ReplicaSettings ALONE = new ReplicaSettings(0, 30_000, 5_000);
}
