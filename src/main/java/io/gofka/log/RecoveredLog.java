package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.List;
import java.util.Optional;

/**
 * A log as recovery has found it on the disk.
 *
 * @param flushedOffset below it everything is known to be durable
 * @param unproven what of the last segment has to be written once more before a sync counts
 */
record RecoveredLog(
    List<Segment> segments,
    long logStartOffset,
    long flushedOffset,
    Optional<SegmentTail> unproven,
    LeaderEpochs epochs,
    ProducerState producers,
    LogSnapshots snapshots,
    RecoveryPoint recoveryPoint) {

  static RecoveredLog nothing(
      LogDisk disk, String folder, TopicIdPartition partition, long timestampMs) {
    LeaderEpochs epochs = new LeaderEpochs();
    ProducerState producers = new ProducerState();
    LogSnapshots snapshots = new LogSnapshots(disk, folder, partition, List.of());
    return new RecoveredLog(
        List.of(Segment.empty(disk, folder, 0, timestampMs)),
        0,
        0,
        Optional.empty(),
        epochs,
        producers,
        snapshots,
        new RecoveryPoint(disk, folder, partition, epochs, producers, snapshots));
  }
}
