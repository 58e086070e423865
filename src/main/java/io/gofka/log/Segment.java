package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One segment of a partition's log: a file of record batches and what is known about it.
 *
 * <p>It belongs to the owner of its log. The file is opened when it is used; the index of a segment
 * that is no longer written to is loaded when it is needed, by a worker ({@link #loadIndex}), and
 * both are given up after a while without use.
 */
final class Segment {
  private final LogDisk disk;
  private final String folder;
  private final long baseOffset;
  private final long createdMs;
  private SegmentSummary summary;
  private SegmentIndexer indexer;
  // Empty while it isn't in memory; that of the segment written to always is.
  private Optional<ArrayList<AbortedTransaction>> aborted = Optional.empty();
  private DiskFile file;
  // Null in recovery, where files are closed at once.
  private OpenFiles openFiles;
  private boolean tracked;
  private boolean usedSinceLook;
  private long usedAtMs;
  private boolean nameSynced;
  private boolean pinned;
  // Written by the owner, read by workers.
  private volatile boolean removed;
  // Where the last read to the end stopped: a reader that keeps up goes on there.
  private long tailOffset = -1;
  private int tailPosition;
  private final RecentBytes recent = new RecentBytes();
  // What this process has written itself.
  private int appendedFrom = Integer.MAX_VALUE;
  private final VerifiedRanges verified = new VerifiedRanges();

  /** A segment of which only the summary is known. */
  Segment(LogDisk disk, String folder, long baseOffset, long createdMs, SegmentSummary summary) {
    this.disk = disk;
    this.folder = folder;
    this.baseOffset = baseOffset;
    this.createdMs = createdMs;
    this.summary = summary;
  }

  /** A segment without a file yet. */
  static Segment empty(LogDisk disk, String folder, long baseOffset, long createdMs) {
    Segment segment =
        new Segment(disk, folder, baseOffset, createdMs, SegmentSummary.empty(baseOffset));
    segment.install(new Indexed(segment.summary, new SparseIndex()));
    segment.installAborted(List.of());
    return segment;
  }

  long baseOffset() {
    return baseOffset;
  }

  /** Wall clock at which it was begun. */
  long createdMs() {
    return createdMs;
  }

  int sizeBytes() {
    return indexer == null ? summary.sizeBytes() : indexer.sizeBytes();
  }

  /** First offset after its last batch. */
  long endOffset() {
    return indexer == null ? summary.endOffset() : indexer.endOffset();
  }

  long firstTimestampMs() {
    return indexer == null ? summary.firstTimestampMs() : indexer.firstTimestampMs();
  }

  long maxTimestampMs() {
    return indexer == null ? summary.maxTimestampMs() : indexer.maxTimestampMs();
  }

  SegmentSummary summary() {
    return indexer == null ? summary : indexer.summary();
  }

  String path() {
    return LogFiles.segment(folder, baseOffset);
  }

  /** The open file; the caller retains it if it keeps it. */
  DiskFile file() throws IOException {
    if (file == null) {
      opened(disk.open(path()));
      file.release(); // Of the two references there are now.
    } else {
      usedSinceLook = true; // Only a second use shows that there will be more.
    }
    return file;
  }

  /** From now on its open file counts among these. */
  void track(OpenFiles files) {
    openFiles = files;
    tracked = false;
    if (file != null) {
      trackFile();
    }
  }

  private void trackFile() {
    if (openFiles != null && !tracked) {
      tracked = true;
      usedSinceLook = false;
      openFiles.add(this);
    }
  }

  /** Whether one more file may be held for work elsewhere; any thread. */
  boolean lend() {
    return openFiles == null || openFiles.lend();
  }

  void giveBack() {
    if (openFiles != null) {
      openFiles.giveBack();
    }
  }

  /** Closes the file unless it was used since this was asked last; false if it was. */
  boolean giveUpFile() {
    if (pinned) {
      tracked = false;
      return true; // It goes soon anyway, and can't be opened again.
    }
    if (file != null && usedSinceLook) {
      usedSinceLook = false;
      return false;
    }
    tracked = false;
    close();
    return true;
  }

  boolean isOpen() {
    return file != null;
  }

  /** Takes over a file that somebody else has opened, if it has none. */
  void opened(DiskFile opened) {
    if (file == null) {
      file = opened.retain();
      trackFile();
    }
  }

  /** Opens the file for somebody else; touches no state, so a worker may do it. */
  DiskFile openAnother() throws IOException {
    return disk.open(path());
  }

  /**
   * Makes its file, for a worker; not when it has left the log by then, since what deletes it may
   * be through already.
   */
  void create() throws IOException {
    if (!removed) {
      disk.open(path()).release();
    }
  }

  /** It is no part of the log any more. Before its file is deleted. */
  void remove() {
    removed = true;
  }

  /**
   * Whether its file has at least so many bytes, for a worker: opening it would make a file that is
   * missing. False when it has left the log and is deleted; before that it still counts.
   *
   * @throws LogCorruptException when it has fewer
   */
  boolean reaches(int bytes) throws IOException {
    try {
      if (disk.size(path()) < bytes) {
        throw new LogCorruptException(path() + " has lost its end");
      }
      return true;
    } catch (NoSuchFileException missing) {
      if (removed) {
        return false;
      }
      throw missing;
    }
  }

  /** Whether its name is durable. */
  boolean isNameSynced() {
    return nameSynced;
  }

  void nameSynced() {
    nameSynced = true;
  }

  /**
   * The batch was written at the segment's end.
   *
   * @param nowMs monotonic
   */
  void appended(RecordBatch batch, int indexIntervalBytes, long nowMs) {
    recent.onAppend(indexer.sizeBytes(), nowMs);
    appendedFrom = Math.min(appendedFrom, indexer.sizeBytes());
    indexer.add(batch, indexIntervalBytes);
    usedAtMs = nowMs;
  }

  boolean isIndexed() {
    return indexer != null;
  }

  SparseIndex index() {
    return indexer.index();
  }

  void install(Indexed loaded) {
    indexer = new SegmentIndexer(baseOffset, loaded.summary(), loaded.index());
  }

  /**
   * The index of a segment that is not written to, from its file, or from the segment itself when
   * that is missing or damaged. Touches no state, so a worker may do it.
   */
  Indexed loadIndex(TopicIdPartition owner, DiskFile segmentFile, int indexIntervalBytes)
      throws IOException {
    Optional<Indexed> stored =
        disk.readStart(LogFiles.index(folder, baseOffset), LogFiles.MAX_SIDE_FILE_BYTES)
            .flatMap(content -> IndexFile.decode(content, owner, baseOffset))
            .filter(indexed -> indexed.summary().sizeBytes() == summary.sizeBytes());
    if (stored.isPresent()) {
      return stored.get();
    }
    SegmentIndexer rebuilt =
        new SegmentIndexer(baseOffset, SegmentSummary.empty(baseOffset), new SparseIndex());
    rebuilt.abortedTransactions(summary.abortedTransactions()); // They can't be told from here.
    try (BatchScanner scanner =
        new BatchScanner(
            segmentFile, 0, summary.sizeBytes(), baseOffset, BatchScanner.SCAN_CHUNK_BYTES)) {
      while (scanner.next()) {
        rebuilt.add(scanner.header(), indexIntervalBytes);
      }
    }
    if (rebuilt.sizeBytes() != summary.sizeBytes()
        || rebuilt.headerHash() != summary.headerHash()) {
      throw new LogCorruptException(
          path()
              + " has changed: headers can be read up to "
              + rebuilt.sizeBytes()
              + " of "
              + summary.sizeBytes());
    }
    return new Indexed(rebuilt.summary(), rebuilt.index());
  }

  /** The bytes of a range were read from the disk and found to be right. */
  void verified(int from, int to) {
    verified.add(from, to);
  }

  /**
   * Whether the bytes are known to be right: written by this process, or read and checked by it.
   */
  boolean isVerified(int position, int length) {
    // What is read may end behind an append of just now, however often it is looked at again.
    return position >= appendedFrom
        || verified.cover(position, Math.min(position + length, appendedFrom));
  }

  /** What is known of it now, for another thread. Its index must be in memory. */
  Indexed indexed() {
    return new Indexed(summary(), index().frozen());
  }

  // ---- aborted transactions

  /** How many transactions are aborted by a marker in this segment. */
  int abortedCount() {
    return indexer == null ? summary.abortedTransactions() : indexer.abortedTransactions();
  }

  /** Whether {@link #aborted} can be asked. */
  boolean knowsAborted() {
    return aborted.isPresent() || abortedCount() == 0;
  }

  /** The transactions that are aborted by a marker in this segment, by their markers. */
  List<AbortedTransaction> aborted() {
    if (!knowsAborted()) {
      throw new IllegalStateException("the aborted transactions of " + path() + " aren't loaded");
    }
    return aborted.isPresent() ? aborted.get() : List.of();
  }

  /** The marker of {@code transaction} lies at this segment's end now. */
  void onAborted(AbortedTransaction transaction) {
    if (aborted.isEmpty()) {
      installAborted(aborted());
    }
    aborted.get().add(transaction);
    indexer.abortedTransactions(aborted.get().size());
  }

  /**
   * Makes available what a worker has loaded.
   *
   * @param nowMs monotonic
   */
  void installAborted(List<AbortedTransaction> loaded, long nowMs) {
    if (!knowsAborted()) {
      installAborted(loaded);
    }
    usedAtMs = nowMs;
  }

  /** What is known counts: a list made anew lacks what was deleted before this segment. */
  void installAborted(List<AbortedTransaction> known) {
    aborted = Optional.of(new ArrayList<>(known));
    summary = summary.withAborted(known.size());
    if (indexer != null) {
      indexer.abortedTransactions(known.size());
    }
  }

  /**
   * The aborted transactions from the index file; empty when that is damaged. Touches no state, so
   * a worker may do it.
   */
  Optional<List<AbortedTransaction>> loadAborted(TopicIdPartition owner, int count)
      throws IOException {
    int bytes = IndexFile.abortedBytes(count);
    return disk.readStart(LogFiles.index(folder, baseOffset), bytes)
        .flatMap(content -> IndexFile.decodeAborted(content, owner, baseOffset))
        .filter(loaded -> loaded.size() == count);
  }

  // ---- search

  /** A position not after the batch with {@code offset}; known without reading. */
  int searchStart(long offset) {
    return offset == tailOffset ? tailPosition : index().positionForOffset(offset - baseOffset);
  }

  /** A position that no batch lies beyond which a search from {@code start} may find. */
  int searchEnd(int start) {
    int next = index().entryAtOrBefore(start) + 1;
    return next < index().count() ? index().position(next) : sizeBytes();
  }

  /** Position of the first batch that ends after {@code offset}; the segment's end if none does. */
  int positionOf(long offset) throws IOException {
    if (offset >= endOffset()) {
      return sizeBytes();
    }
    if (offset == tailOffset) {
      return tailPosition;
    }
    int from = index().positionForOffset(offset - baseOffset);
    if (offset <= baseOffset) {
      return from;
    }
    try (BatchScanner scanner = search(from)) {
      while (scanner.next()) {
        if (scanner.header().lastOffset() >= offset) {
          return scanner.position();
        }
      }
      throw new LogCorruptException(
          path() + " has no batch with offset " + offset + " after position " + from);
    }
  }

  /** The end of the last whole batch within [start, end); {@code start} when none fits. */
  int lastWholeBatch(int start, int end) throws IOException {
    int boundary = Math.max(start, index().batchStartAtOrBefore(end));
    try (BatchScanner scanner = search(boundary)) {
      while (scanner.next() && scanner.nextPosition() <= end) {
        boundary = scanner.nextPosition();
      }
    }
    return boundary;
  }

  /** The end of the batch that begins at {@code start}. */
  int batchEnd(int start) throws IOException {
    try (BatchScanner scanner = search(start)) {
      if (!scanner.next()) {
        throw new LogCorruptException(path() + " has no batch at position " + start);
      }
      return scanner.nextPosition();
    }
  }

  /**
   * An offset that no batch before {@code position} reaches, as small as the index can tell without
   * a look at the segment.
   */
  long offsetBehind(int position) {
    int entry = index().entryAtOrBefore(position - 1) + 1;
    return entry < index().count() ? baseOffset + index().relativeOffset(entry) : endOffset();
  }

  private BatchScanner search(int from) throws IOException {
    return new BatchScanner(file(), from, sizeBytes(), baseOffset, BatchScanner.SEARCH_CHUNK_BYTES);
  }

  /** A reader has everything up to the end. */
  void readToEnd() {
    tailOffset = endOffset();
    tailPosition = sizeBytes();
  }

  /**
   * Whether the range can be read without waiting for the disk, and is known to be right. What has
   * left the page cache comes from the disk once more, and has to be checked once more.
   */
  boolean isServable(int position, int length, long nowMs) throws IOException {
    return recent.covers(position, nowMs)
        || (isVerified(position, length) && file().isResident(position, length));
  }

  /**
   * @param nowMs monotonic
   */
  void used(long nowMs) {
    usedAtMs = nowMs;
  }

  /**
   * Closes the file and forgets what can be loaded again when nobody has used them since {@code
   * sinceMs}.
   */
  void closeIfIdle(long sinceMs, boolean active) {
    if (pinned || usedAtMs >= sinceMs) {
      return;
    }
    close();
    if (!active) {
      if (indexer != null) {
        summary = indexer.summary();
        indexer = null;
      }
      aborted = Optional.empty();
    }
  }

  /**
   * Keeps file and index for good: soon the names will stand for another segment.
   *
   * @param opened the file, which is this segment's from now on
   */
  void pin(DiskFile opened, Indexed loaded, List<AbortedTransaction> loadedAborts) {
    if (file == null) {
      file = opened;
    } else {
      opened.release();
    }
    if (indexer == null) {
      install(loaded);
    }
    if (aborted.isEmpty()) {
      installAborted(loadedAborts);
    }
    pinned = true;
  }

  /** Gives up this segment's own reference to the file; what is being sent keeps it open. */
  void close() {
    if (file != null) {
      file.release();
      file = null;
    }
  }
}
