package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.record.RecordBatch;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches that have got their offsets and their place in a segment, but are not part of the log
 * yet: {@link PartitionLog#begin} made it, {@link PartitionLog#extend} may have put more behind
 * them, {@link #write} puts them all on disk with one write, {@link PartitionLog#commit} makes them
 * count. Between the first and the last of these nothing else may be appended to the log.
 */
final class LogAppend {
  /** Parts of one write; the kernel takes no more. */
  static final int MAX_PARTS = 1024;

  /** What one write takes at most, apart from a first part that alone is larger. */
  static final int MAX_BYTES = 8 << 20;

  /** What must be there before the file can be written. */
  interface Preparation {
    void run() throws IOException;
  }

  private final Segment segment;
  private final int position;
  private final int leaderEpoch;
  private final Preparation preparation;
  private List<RecordBatch> batches;
  private List<ByteBuf> parts = List.of();
  private int sizeBytes;
  // Null while the segment's file is not open: opening may wait for the disk, so the writer does.
  private DiskFile file;
  private boolean openedHere;
  private boolean lent;

  /**
   * @param batches with their offsets, one after the other in the same buffer
   * @param segment they go to its end
   */
  LogAppend(
      List<RecordBatch> batches,
      int sizeBytes,
      int leaderEpoch,
      Segment segment,
      Preparation preparation)
      throws IOException {
    this.batches = batches;
    this.sizeBytes = sizeBytes;
    this.leaderEpoch = leaderEpoch;
    this.segment = segment;
    this.position = segment.sizeBytes();
    this.preparation = preparation;
    this.file = segment.isOpen() ? segment.file().retain() : null;
  }

  /** Puts more batches, in a buffer of their own, behind the others. */
  void add(List<RecordBatch> more, int moreBytes) {
    if (parts.isEmpty()) {
      parts = new ArrayList<>();
      parts.add(bytes(batches, sizeBytes));
      batches = new ArrayList<>(batches);
    }
    parts.add(bytes(more, moreBytes));
    batches.addAll(more);
    sizeBytes += moreBytes;
  }

  private static ByteBuf bytes(List<RecordBatch> batches, int sizeBytes) {
    RecordBatch first = batches.get(0);
    return first.bytes().slice(first.start(), sizeBytes);
  }

  /** Whether one write can take so much more. */
  boolean hasRoomFor(int moreBytes) {
    return parts.size() < MAX_PARTS && sizeBytes + (long) moreBytes <= MAX_BYTES;
  }

  List<RecordBatch> batches() {
    return batches;
  }

  /** Their bytes, in the order of their offsets; whoever keeps any of them retains it. */
  List<ByteBuf> parts() {
    return parts.isEmpty() ? List.of(bytes(batches, sizeBytes)) : parts;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  Segment segment() {
    return segment;
  }

  int position() {
    return position;
  }

  int leaderEpoch() {
    return leaderEpoch;
  }

  /** Of the first record. */
  long baseOffset() {
    return batches.get(0).baseOffset();
  }

  /** The first offset after it. */
  long endOffset() {
    return batches.get(batches.size() - 1).nextOffset();
  }

  /** Whether writing begins at once, without opening a file first. */
  boolean isOpen() {
    return file != null;
  }

  /** Writes to the page cache; may be done by any one thread, and may wait for the disk. */
  void write() throws IOException {
    if (file == null) {
      preparation.run();
      file = segment.openAnother();
      openedHere = true;
      if (file.size() > position) {
        file.truncate(position); // What an append that has failed may have left.
      }
    }
    if (parts.isEmpty()) {
      RecordBatch first = batches.get(0);
      file.write(first.bytes(), first.start(), sizeBytes, position);
    } else {
      file.write(parts, position);
    }
  }

  /** Makes durable what is written, by who has written it. */
  void sync() throws IOException {
    SyncFailedException.sync(file);
  }

  /**
   * The writer is done: the file that it has opened waits for the log to take it over, or is closed
   * when too many do.
   */
  void letGo() {
    if (openedHere && !lent && file != null) {
      lent = segment.lend();
      if (!lent) {
        close();
      }
    }
  }

  /** The log goes on with the file, whoever has opened it. */
  void handOver() {
    if (file != null) {
      segment.opened(file);
    }
    close();
  }

  /** Gives up its hold on the file; it will not be written, or it is not known what was. */
  void close() {
    if (lent) {
      lent = false;
      segment.giveBack();
    }
    if (file != null) {
      file.release();
      file = null;
    }
  }
}
