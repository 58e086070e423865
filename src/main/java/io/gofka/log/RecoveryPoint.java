package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Up to where a log needs no recovery, and the files that prove it: leader epochs, a snapshot of
 * the producers, and the segment's index. The point moves on when a segment is complete, at a clean
 * stop, with every {@link #INTERVAL_BYTES} that are appended in no less than {@link
 * #WRITTEN_BACK_MS} or that nobody adds to any more, with every {@link #MAX_BYTES}, and once
 * records are durable in a segment that has no index yet.
 *
 * <p>Used by the log's owner; what has to wait for the disk is a {@link Chore}. Taking one copies
 * nothing but the state of the producers.
 */
final class RecoveryPoint {
  /** About what a crash costs: so much is read again with its CRC at the start. */
  static final int INTERVAL_BYTES = 64 * 1024 * 1024;

  /**
   * By then the kernel has written most of what was appended, if nobody has changed its {@code
   * dirty_expire_centisecs}: a sync finds little to do.
   */
  static final long WRITTEN_BACK_MS = 30_000;

  /**
   * What a crash costs at most in a log that is written to so fast that a sync has to do all of the
   * writing, while appends make way for it. With {@link #INTERVAL_BYTES} instead, that was a
   * seventh of the processor time of producing.
   */
  static final int MAX_BYTES = 256 * 1024 * 1024;

  /** A state so many times smaller than what was appended may be written again. */
  private static final long BYTES_PER_PRODUCER = 16 * 128;

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final LeaderEpochs epochs;
  private final ProducerState producers;
  private final LogSnapshots snapshots;
  // Up to where a chore is given out or done, in the segment written to last.
  private long segmentBaseOffset = -1;
  private int provenBytes;
  // When the first and the last append since then were made.
  private long firstAppendMs;
  private long lastAppendMs;
  private boolean appended;
  private long epochsVersion;
  // Touched by workers only.
  private long writtenEpochs;

  RecoveryPoint(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      LeaderEpochs epochs,
      ProducerState producers,
      LogSnapshots snapshots) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.epochs = epochs;
    this.producers = producers;
    this.snapshots = snapshots;
  }

  /** The index of the segment covers so much of it. */
  void startAt(Segment segment, int bytes) {
    segmentBaseOffset = segment.baseOffset();
    provenBytes = bytes;
    appended = false;
  }

  /**
   * Something was appended.
   *
   * @param nowMs monotonic clock
   */
  void onAppended(long nowMs) {
    if (!appended) {
      appended = true;
      firstAppendMs = nowMs;
    }
    lastAppendMs = nowMs;
  }

  /**
   * Whether it should move on in the segment that is written to.
   *
   * @param flushedOffset up to where the log is durable
   */
  boolean isDue(Segment active, long flushedOffset) {
    boolean known = active.baseOffset() == segmentBaseOffset;
    int unproven = unprovenBytes(active);
    boolean writtenBack = lastAppendMs - firstAppendMs >= WRITTEN_BACK_MS;
    boolean much =
        unproven >= (writtenBack ? INTERVAL_BYTES : MAX_BYTES)
            && unproven >= producers.size() * BYTES_PER_PRODUCER;
    boolean first = (!known || provenBytes == 0) && flushedOffset > active.baseOffset();
    return much || first;
  }

  /**
   * Whether nobody has written to the segment since {@code sinceMs} (monotonic), and much of it
   * isn't proven.
   */
  boolean isLeftBehind(Segment active, long sinceMs) {
    boolean idle = !appended || lastAppendMs - sinceMs < 0;
    return idle && unprovenBytes(active) >= INTERVAL_BYTES;
  }

  private int unprovenBytes(Segment active) {
    return active.sizeBytes() - (active.baseOffset() == segmentBaseOffset ? provenBytes : 0);
  }

  /** Whether something of the segment isn't proven, as far as it is durable already. */
  boolean isBehind(Segment active, long flushedOffset) {
    return flushedOffset == active.endOffset() && unprovenBytes(active) > 0;
  }

  /**
   * What proves the segment as far as it goes now; to be done once all of that is synced, in this
   * order.
   */
  List<Chore> advance(Segment segment) {
    startAt(segment, segment.sizeBytes());
    List<Chore> proofs = new ArrayList<>();
    // The index comes last: it says that nothing before that must be scanned, so what a scan would
    // bring back has to be there.
    storeEpochs().ifPresent(proofs::add);
    proofs.add(snapshots.take(segment.endOffset(), producers.encode()));
    proofs.add(writeIndex(segment));
    return proofs;
  }

  private Optional<Chore> storeEpochs() {
    return epochs.takeChanged().map(this::epochsFile);
  }

  /**
   * The leader epochs, the first of which begins where the log does.
   *
   * @param flushedOffset up to where the log is durable
   */
  Chore storeLogStart(long flushedOffset) {
    return epochsFile(epochs.encodeUpTo(flushedOffset));
  }

  private Chore epochsFile(byte[] content) {
    long version = ++epochsVersion;
    return () -> writeEpochs(version, content);
  }

  /** What a failure has put off must not take back what was written meanwhile. */
  private synchronized void writeEpochs(long version, byte[] content) throws IOException {
    if (version > writtenEpochs) {
      disk.replace(
          LogFiles.in(folder, LogFiles.LEADER_EPOCHS),
          Stamp.text(partition, LogFiles.LEADER_EPOCHS, content));
      writtenEpochs = version;
    }
  }

  /**
   * After a failure of the disk nobody knows what is left of the proofs: writes them once more.
   *
   * @param synced the last segments of the log, all of them durable
   */
  List<Chore> proveAgain(List<Segment> synced) {
    List<Chore> plan = new ArrayList<>();
    epochs.notStored();
    storeEpochs().ifPresent(plan::add);
    for (Segment segment : synced) {
      if (segment.isIndexed() && segment.knowsAborted() && segment.sizeBytes() > 0) {
        plan.add(writeIndex(segment));
        startAt(segment, segment.sizeBytes());
      }
    }
    // The snapshot that a failed roll has not written stays away: recovery takes an older one.
    return plan;
  }

  /** Of the segment as it is now, whatever comes before the chore is done. */
  private Chore writeIndex(Segment segment) {
    long baseOffset = segment.baseOffset();
    SegmentSummary summary = segment.summary();
    SparseIndex index = segment.index().frozen();
    List<AbortedTransaction> aborted = List.copyOf(segment.aborted());
    return () ->
        disk.replaceEventually(
            LogFiles.index(folder, baseOffset),
            IndexFile.encode(partition, baseOffset, summary, index, aborted));
  }

  /**
   * In recovery, on a worker: writes the proofs of segments that have been synced.
   *
   * @param synced ending with the last segment of the log, or none at all
   */
  void catchUp(List<Segment> synced) throws IOException {
    if (synced.isEmpty()) {
      return;
    }
    Optional<Chore> epochsChanged = storeEpochs();
    if (epochsChanged.isPresent()) {
      epochsChanged.get().run();
    }
    Chore snapshot = snapshots.take(synced.get(synced.size() - 1).endOffset(), producers.encode());
    snapshot.run();
    snapshot.done();
    for (Segment segment : synced) {
      writeIndex(segment).run();
    }
    disk.syncFolder(folder); // A damaged index must not come back in a crash.
  }
}
