package io.gofka.replica;

import io.gofka.common.OffsetAndEpoch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A log in memory: of each record its epoch and what it says. */
public final class MemoryLog implements ReplicaLog {
  /**
   * @param value tells records of the same epoch and offset apart, should there be two
   */
  public record Entry(int leaderEpoch, String value) {}

  private final List<OffsetAndEpoch> epochs = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private long logStartOffset;
  private long highWatermark;
  private long unsynced;

  /** Appends records of an epoch, with values that say where they are. */
  public MemoryLog with(int leaderEpoch, int count) {
    for (int i = 0; i < count; i++) {
      append(new Entry(leaderEpoch, leaderEpoch + "@" + logEndOffset()));
    }
    return this;
  }

  /** The last records are not durable, in a topic that wants that. */
  MemoryLog withUnsynced(int count) {
    unsynced = count;
    return this;
  }

  MemoryLog withHighWatermark(long offset) {
    highWatermark = offset;
    return this;
  }

  public void append(Entry entry) {
    beginEpoch(entry.leaderEpoch());
    entries.add(entry);
  }

  public void beginEpoch(int leaderEpoch) {
    if (leaderEpoch < latestEpoch()) {
      throw new IllegalStateException("epoch " + leaderEpoch + " after " + latestEpoch());
    }
    if (leaderEpoch > latestEpoch()) {
      epochs.removeIf(each -> each.offset() >= logEndOffset());
      epochs.add(new OffsetAndEpoch(logEndOffset(), leaderEpoch));
    }
  }

  public void forgetEpochsWithoutRecords() {
    epochs.removeIf(each -> each.offset() >= logEndOffset());
  }

  public void truncateTo(long offset) {
    if (offset < logStartOffset) {
      startAt(offset);
      return;
    }
    while (logEndOffset() > offset) {
      entries.remove(entries.size() - 1);
    }
    forgetEpochsWithoutRecords();
    highWatermark = Math.min(highWatermark, logEndOffset());
  }

  public void startAt(long offset) {
    entries.clear();
    epochs.clear();
    logStartOffset = offset;
    highWatermark = Math.min(highWatermark, offset);
  }

  void deleteBefore(long offset) {
    while (logStartOffset < offset) {
      entries.remove(0);
      logStartOffset++;
    }
    while (epochs.size() > 1 && epochs.get(1).offset() <= offset) {
      epochs.remove(0);
    }
    if (!epochs.isEmpty() && epochs.get(0).offset() < offset) {
      epochs.set(0, new OffsetAndEpoch(offset, epochs.get(0).leaderEpoch()));
    }
  }

  public void onCommitted(long offset) {
    highWatermark = Math.max(highWatermark, Math.min(offset, logEndOffset()));
  }

  void synced() {
    unsynced = 0;
  }

  public Entry at(long offset) {
    return entries.get((int) (offset - logStartOffset));
  }

  public List<Entry> from(long offset) {
    return entries.subList((int) (offset - logStartOffset), entries.size());
  }

  @Override
  public long logStartOffset() {
    return logStartOffset;
  }

  @Override
  public long logEndOffset() {
    return logStartOffset + entries.size();
  }

  @Override
  public long durableEndOffset() {
    return logEndOffset() - unsynced;
  }

  @Override
  public long highWatermark() {
    return highWatermark;
  }

  @Override
  public int lastRecordEpoch() {
    return entries.isEmpty() ? -1 : entries.get(entries.size() - 1).leaderEpoch();
  }

  @Override
  public int firstEpoch() {
    return epochs.isEmpty() ? -1 : epochs.get(0).leaderEpoch();
  }

  @Override
  public int latestEpoch() {
    return epochs.isEmpty() ? -1 : epochs.get(epochs.size() - 1).leaderEpoch();
  }

  @Override
  public Optional<OffsetAndEpoch> epochEnd(int leaderEpoch) {
    if (epochs.isEmpty() || leaderEpoch < 0 || leaderEpoch > latestEpoch()) {
      return Optional.empty();
    }
    if (leaderEpoch == latestEpoch()) {
      return Optional.of(new OffsetAndEpoch(logEndOffset(), leaderEpoch));
    }
    int epoch = leaderEpoch;
    for (OffsetAndEpoch each : epochs) {
      if (each.leaderEpoch() > leaderEpoch) {
        return Optional.of(new OffsetAndEpoch(each.offset(), epoch));
      }
      epoch = each.leaderEpoch();
    }
    throw new IllegalStateException("no epoch above " + leaderEpoch + " in " + epochs);
  }
}
