package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The producer snapshots of one log: {@code <offset>.producers} holds the state of all batches
 * before that offset. Used by the log's owner; its chores run on a worker.
 */
final class LogSnapshots {
  /** One more than needed, in case the newest can't be read. */
  static final int KEPT = 2;

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final List<Long> offsets;

  LogSnapshots(LogDisk disk, String folder, TopicIdPartition partition, List<Long> offsets) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.offsets = new ArrayList<>(offsets);
  }

  /** Whether there is none yet of the state at {@code offset}. */
  boolean isStale(long offset) {
    return offsets.isEmpty() || offsets.get(offsets.size() - 1) != offset;
  }

  /** Writes a snapshot and then removes the oldest; it counts when the chore is done. */
  Chore take(long offset, byte[] content) {
    List<Long> old = new ArrayList<>(offsets.subList(0, Math.max(0, offsets.size() - KEPT + 1)));
    old.remove(offset);
    return new Taking(offset, content, old);
  }

  private final class Taking implements Chore {
    private final long offset;
    private final byte[] content;
    private final List<Long> old;

    Taking(long offset, byte[] content, List<Long> old) {
      this.offset = offset;
      this.content = content;
      this.old = old;
    }

    @Override
    public void run() throws IOException {
      String name = LogFiles.name(offset, LogFiles.PRODUCERS);
      disk.write(LogFiles.producers(folder, offset), Stamp.binary(partition, name, content));
      for (long gone : old) {
        disk.delete(LogFiles.producers(folder, gone));
      }
    }

    @Override
    public void done() {
      offsets.removeAll(old);
      offsets.remove(offset);
      offsets.add(offset);
    }
  }

  /** A snapshot that was found. */
  record Found(long offset, ProducerState state) {}

  /**
   * The newest intact snapshot between {@code firstOffset} and {@code endOffset}, or the empty
   * state from the beginning; those that are damaged or lie elsewhere are removed.
   *
   * @param offsets those there are, ascending; only those that are kept stay in it
   * @param firstOffset where the log's first segment begins: what came between an older snapshot
   *     and that is deleted, also the markers of transactions that would stay open for ever
   * @param nowMs wall clock
   */
  static Found load(
      LogDisk disk,
      String folder,
      TopicIdPartition partition,
      List<Long> offsets,
      long firstOffset,
      long endOffset,
      long nowMs)
      throws IOException {
    for (int i = offsets.size() - 1; i >= 0; i--) {
      long offset = offsets.get(i);
      String file = LogFiles.producers(folder, offset);
      String name = LogFiles.name(offset, LogFiles.PRODUCERS);
      Optional<ProducerState> state =
          offset < firstOffset || offset > endOffset
              ? Optional.empty()
              : disk.readStart(file, LogFiles.MAX_SIDE_FILE_BYTES)
                  .flatMap(bytes -> Stamp.fromBinary(partition, name, bytes))
                  .flatMap(content -> ProducerState.decode(content, nowMs));
      if (state.isPresent()) {
        return new Found(offset, state.get());
      }
      disk.delete(file);
      offsets.remove(i);
    }
    return new Found(0, new ProducerState());
  }
}
