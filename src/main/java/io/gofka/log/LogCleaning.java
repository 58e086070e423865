package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.gofka.log.IndexFile.Indexed;
import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.compact.Aborted;
import io.gofka.log.compact.BatchFilter;
import io.gofka.log.compact.CleaningScope;
import io.gofka.log.compact.LastRecord;
import io.gofka.log.compact.OffsetMap;
import io.gofka.log.compact.SegmentGroups;
import io.gofka.log.compact.SegmentShape;
import io.gofka.log.compact.TransactionFates;
import io.gofka.record.BatchThinning;
import io.gofka.record.RawRecords;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One round of compaction of one log, on worker threads, one after the other: {@link #readKeys},
 * then {@link #clean} for each of its groups of segments in order, then {@link #release}.
 *
 * <p>It reads segments that nobody writes to, renames or removes meanwhile, and writes files that
 * nobody else knows; what becomes of them is the log's owner's business. {@link #abort} may be
 * called on any thread.
 */
final class LogCleaning {
  /** Time between two looks at whether to go on, while the throttle makes it wait. */
  private static final long WAIT_SLICE_MS = 50;

  private static final long NANOS_PER_MS = 1_000_000;

  /** The buffer to write from is at least this large. */
  private static final int MIN_BUFFER_BYTES = 4 * 1024;

  private final Plan plan;
  private final CleanerLimits limits;
  private final ShardHost host;
  private final BatchThinning thinning;
  private final UUID hashKey;
  private Map<Long, List<AbortedTransaction>> abortedBySegment = Map.of();
  private OffsetMap lastOffsets;
  private BatchFilter filter;
  private TransactionFates fates;
  private long endOffset;
  private volatile boolean isAborted;

  /**
   * What is to be done.
   *
   * @param segments all below {@code scope.endOffset()}
   * @param producers that may still write, by id
   * @param timestampMs wall clock
   */
  record Plan(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      List<SegmentShape> segments,
      CleaningScope scope,
      LogConfig config,
      Map<Long, LastRecord> producers,
      AbortedLoad aborted,
      long timestampMs) {}

  /** Somebody needs the log for something else. */
  static final class AbortedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * A segment that is replaced.
   *
   * @param file open; whoever has this gives it back
   */
  record Replaced(
      long baseOffset, DiskFile file, Indexed indexed, List<AbortedTransaction> aborted) {}

  /**
   * What has become of a group: a segment, durable under another name, unless nothing has changed.
   */
  record Cleaned(
      List<SegmentShape> group,
      List<Replaced> replaced,
      Indexed indexed,
      List<AbortedTransaction> aborted,
      boolean changed) {
    void release() {
      replaced.forEach(each -> each.file().release());
    }

    long baseOffset() {
      return group.get(0).baseOffset();
    }
  }

  LogCleaning(Plan plan, CleanerLimits limits, UUID hashKey, ShardHost host) {
    this.plan = plan;
    this.limits = limits;
    this.host = host;
    this.hashKey = hashKey;
    this.thinning =
        new BatchThinning(
            PooledByteBufAllocator.DEFAULT.directBuffer(),
            PooledByteBufAllocator.DEFAULT.directBuffer());
  }

  /** It ends soon, with an {@link AbortedException}. */
  void abort() {
    isAborted = true;
  }

  boolean isAborted() {
    return isAborted;
  }

  void release() {
    thinning.release();
  }

  /** How far the round goes: below it each key is there once when it has ended. */
  long endOffset() {
    return endOffset;
  }

  // ---- keys

  /**
   * Notes the last offset of each key, as far as there is memory for.
   *
   * @return the groups to clean
   */
  List<List<SegmentShape>> readKeys() throws IOException {
    CleaningScope scope = plan.scope();
    abortedBySegment = plan.aborted().load();
    List<Aborted> aborted =
        abortedBySegment.values().stream()
            .flatMap(List::stream)
            .filter(each -> each.firstOffset() < scope.endOffset())
            .map(
                each ->
                    new Aborted(
                        each.producerId(),
                        each.firstOffset(),
                        each.lastOffset(),
                        each.lastStableOffset()))
            .toList();
    TransactionFates dirtyFates =
        new TransactionFates(
            aborted.stream()
                .filter(each -> each.lastOffset() >= scope.firstDirtyOffset())
                .toList());
    lastOffsets =
        new OffsetMap(
            limits.keyBytes(),
            scope.endOffset() - scope.firstDirtyOffset(),
            limits.loadFactor(),
            hashKey.getMostSignificantBits(),
            hashKey.getLeastSignificantBits());
    endOffset = scope.firstDirtyOffset();
    boolean hasRoom = true;
    for (SegmentShape segment : plan.segments()) {
      if (hasRoom && segment.endOffset() > scope.firstDirtyOffset()) {
        hasRoom = readKeys(segment, dirtyFates);
      }
    }
    if (hasRoom) {
      endOffset = scope.endOffset();
    }
    fates = new TransactionFates(aborted);
    filter =
        new BatchFilter(
            lastOffsets,
            fates,
            plan.producers(),
            endOffset,
            plan.config().cleaning().deleteRetentionMs(),
            plan.timestampMs(),
            thinning);
    List<SegmentShape> concerned =
        plan.segments().stream().filter(each -> each.baseOffset() < endOffset).toList();
    return SegmentGroups.of(concerned, plan.config().segmentBytes());
  }

  private boolean readKeys(SegmentShape segment, TransactionFates dirtyFates) throws IOException {
    DiskFile file = plan.disk().open(path(segment));
    try (WholeBatches batches = batches(segment, file)) {
      while (batches.next()) {
        RecordBatch batch = batches.batch();
        if (batch.nextOffset() <= plan.scope().firstDirtyOffset()) {
          continue;
        }
        if (batch.isControl()) {
          dirtyFates.isUnneeded(batch); // It ends the transaction, which is all that matters here.
        } else if (!dirtyFates.isAborted(batch) && !readKeys(batch)) {
          return false;
        }
        endOffset = Math.max(endOffset, batch.nextOffset());
      }
      return true;
    } finally {
      file.release();
    }
  }

  private boolean readKeys(RecordBatch batch) {
    try (RawRecords records = new RawRecords(batch)) {
      while (records.next()) {
        if (records.hasKey()
            && records.offset() >= plan.scope().firstDirtyOffset()
            && !lastOffsets.put(
                records.bytes(), records.keyAt(), records.keyLength(), records.offset())) {
          endOffset = Math.max(endOffset, records.offset());
          return false;
        }
      }
      return true;
    }
  }

  // ---- segments

  /**
   * Makes one segment of a group. When this fails, nothing is left of it.
   *
   * @return the caller releases it
   */
  Cleaned clean(List<SegmentShape> group, long nextBaseOffset) throws IOException {
    Output output = new Output(group.get(0).baseOffset());
    List<Replaced> replaced = new ArrayList<>(group.size());
    boolean done = false;
    try {
      boolean changed = group.size() > 1;
      for (SegmentShape segment : group) {
        changed |= copy(segment, replaced, output);
      }
      List<AbortedTransaction> stillThere = stillThere();
      if (changed) {
        output.complete(nextBaseOffset, stillThere);
      } else {
        output.discard();
      }
      done = true;
      return new Cleaned(group, replaced, output.indexed(), stillThere, changed);
    } finally {
      output.close();
      if (!done) {
        replaced.forEach(each -> each.file().release());
        output.discard();
      }
    }
  }

  private List<AbortedTransaction> stillThere() {
    return fates.takeStillThere().stream()
        .map(
            each ->
                new AbortedTransaction(
                    each.producerId(),
                    each.firstOffset(),
                    each.lastOffset(),
                    each.lastStableOffset()))
        .toList();
  }

  /** Removes a new segment that is not put in place after all. */
  void discard(Cleaned cleaned) throws IOException {
    plan.disk().delete(LogFiles.segment(plan.folder(), cleaned.baseOffset()) + LogFiles.CLEANED);
    plan.disk().delete(LogFiles.index(plan.folder(), cleaned.baseOffset()) + LogFiles.CLEANED);
  }

  /** Whether anything of it has changed. */
  private boolean copy(SegmentShape segment, List<Replaced> replaced, Output output)
      throws IOException {
    boolean changed = false;
    SegmentIndexer old = indexer(segment.baseOffset());
    DiskFile file = plan.disk().open(path(segment));
    boolean done = false;
    try (WholeBatches batches = batches(segment, file)) {
      while (batches.next()) {
        old.add(batches.batch(), plan.config().indexIntervalBytes());
        changed |= !output.add(batches.batch());
      }
      if (old.summary().headerHash() != segment.headerHash()) {
        // Copied, it would get a hash that fits, and nobody would ever find out.
        throw new LogCorruptException(
            path(segment) + " has batches with another offset, leader epoch or size than it had");
      }
      done = true;
    } finally {
      if (!done) {
        file.release();
      }
    }
    List<AbortedTransaction> aborts =
        abortedBySegment.getOrDefault(segment.baseOffset(), List.of());
    old.abortedTransactions(aborts.size());
    replaced.add(
        new Replaced(segment.baseOffset(), file, new Indexed(old.summary(), old.index()), aborts));
    return changed;
  }

  private static SegmentIndexer indexer(long baseOffset) {
    return new SegmentIndexer(baseOffset, SegmentSummary.empty(baseOffset), new SparseIndex());
  }

  private WholeBatches batches(SegmentShape segment, DiskFile file) {
    return new WholeBatches(
        file,
        path(segment),
        segment.baseOffset(),
        segment.sizeBytes(),
        limits.bufferBytes(),
        this::spend);
  }

  private String path(SegmentShape segment) {
    return LogFiles.segment(plan.folder(), segment.baseOffset());
  }

  /** Waits for the throttle, and ends here when somebody wants it to. */
  private void spend(int bytes) {
    long waitMs = limits.throttle().reserve(bytes, host.nowMs() * NANOS_PER_MS) / NANOS_PER_MS;
    while (!isAborted && waitMs > 0) {
      long sliceMs = Math.min(waitMs, WAIT_SLICE_MS);
      host.pause(sliceMs);
      waitMs -= sliceMs;
    }
    if (isAborted) {
      throw new AbortedException();
    }
  }

  /** The segment that is being written. */
  private final class Output {
    private final long baseOffset;
    private final String path;
    private final DiskFile file;
    private final SegmentIndexer indexer;
    private final ByteBuf buffer;
    private int written;

    Output(long baseOffset) throws IOException {
      this.baseOffset = baseOffset;
      this.path = LogFiles.segment(plan.folder(), baseOffset) + LogFiles.CLEANED;
      this.indexer = indexer(baseOffset);
      plan.disk().delete(path);
      this.file = plan.disk().open(path);
      this.buffer =
          PooledByteBufAllocator.DEFAULT.directBuffer(
              Math.max(limits.bufferBytes(), MIN_BUFFER_BYTES));
    }

    /** Adds what stays of a batch; whether that is all, unchanged. */
    boolean add(RecordBatch batch) throws IOException {
      int from = buffer.writerIndex();
      boolean unchanged = filter.filter(batch, buffer);
      int size = buffer.writerIndex() - from;
      if ((long) indexer.sizeBytes() + size > Integer.MAX_VALUE) {
        throw new IOException(path + " would have more than " + Integer.MAX_VALUE + " bytes");
      }
      if (size > 0) {
        indexer.add(new RecordBatch(buffer, from), plan.config().indexIntervalBytes());
      }
      if (buffer.readableBytes() >= Math.max(limits.bufferBytes(), MIN_BUFFER_BYTES)) {
        write();
      }
      return unchanged;
    }

    private void write() throws IOException {
      int length = buffer.readableBytes();
      if (length > 0) {
        file.write(buffer, buffer.readerIndex(), length, written);
        written += length;
        buffer.clear();
        spend(length);
      }
    }

    /** Makes it durable, with the index that proves it. */
    void complete(long nextBaseOffset, List<AbortedTransaction> stillThere) throws IOException {
      write();
      indexer.coverUpTo(nextBaseOffset);
      indexer.abortedTransactions(stillThere.size());
      file.sync();
      plan.disk()
          .replace(
              LogFiles.index(plan.folder(), baseOffset) + LogFiles.CLEANED,
              IndexFile.encode(
                  plan.partition(), baseOffset, indexer.summary(), indexer.index(), stillThere));
    }

    Indexed indexed() {
      return new Indexed(indexer.summary(), indexer.index());
    }

    void close() {
      buffer.release();
      file.release();
    }

    void discard() throws IOException {
      plan.disk().delete(path);
      plan.disk().delete(LogFiles.index(plan.folder(), baseOffset) + LogFiles.CLEANED);
    }
  }
}
