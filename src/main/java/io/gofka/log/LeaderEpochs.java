package io.gofka.log;

import io.gofka.common.OffsetAndEpoch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which leader epoch began at which offset of one log. Epochs and offsets only grow along it.
 *
 * <p>On disk it has Kafka's form ({@code leader-epoch-checkpoint}): a version line, the number of
 * entries, then epoch and start offset of each. Source: KIP-101, KIP-279.
 */
final class LeaderEpochs {
  /** "No epoch", "no offset". */
  static final int NONE = -1;

  private static final String VERSION = "0";

  private final List<OffsetAndEpoch> entries = new ArrayList<>();
  private boolean changed;

  /** The epoch that records are written in now, {@link #NONE} when none has begun. */
  int latest() {
    return entries.isEmpty() ? NONE : entries.get(entries.size() - 1).leaderEpoch();
  }

  /**
   * From {@code startOffset} on, records are of this epoch. An epoch not above the latest is old.
   */
  void assign(int leaderEpoch, long startOffset) {
    if (leaderEpoch <= latest()) {
      return;
    }
    // An epoch that wrote nothing gives way to the next one with the same start.
    while (!entries.isEmpty() && entries.get(entries.size() - 1).offset() >= startOffset) {
      entries.remove(entries.size() - 1);
    }
    entries.add(new OffsetAndEpoch(startOffset, leaderEpoch));
    changed = true;
  }

  /**
   * Where an epoch ended: the largest epoch not above {@code leaderEpoch} and the first offset
   * after it; empty when the log knows nothing of it.
   */
  Optional<OffsetAndEpoch> endOf(int leaderEpoch, long logEndOffset) {
    if (leaderEpoch == NONE || entries.isEmpty() || leaderEpoch > latest()) {
      return Optional.empty();
    }
    if (leaderEpoch == latest()) {
      return Optional.of(new OffsetAndEpoch(logEndOffset, leaderEpoch));
    }
    int above = 0;
    while (entries.get(above).leaderEpoch() <= leaderEpoch) {
      above++;
    }
    int epoch = above == 0 ? leaderEpoch : entries.get(above - 1).leaderEpoch();
    return Optional.of(new OffsetAndEpoch(entries.get(above).offset(), epoch));
  }

  /** Epoch of the record at an offset, {@link #NONE} when it is not known. */
  int epochAt(long offset) {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (entries.get(i).offset() <= offset) {
        return entries.get(i).leaderEpoch();
      }
    }
    return NONE;
  }

  /** What was taken to be stored may not have been. */
  void notStored() {
    changed = !entries.isEmpty();
  }

  /** The log now begins at {@code startOffset}: the epoch there begins there as well. */
  void truncateFromStart(long startOffset) {
    int keep = 0;
    while (keep + 1 < entries.size() && entries.get(keep + 1).offset() <= startOffset) {
      keep++;
    }
    if (keep > 0) {
      entries.subList(0, keep).clear();
      changed = true;
    }
    if (!entries.isEmpty() && entries.get(0).offset() < startOffset) {
      entries.set(0, new OffsetAndEpoch(startOffset, entries.get(0).leaderEpoch()));
      changed = true;
    }
  }

  /** The same, also when compaction has taken the first records that are left. */
  void beginAt(long startOffset) {
    truncateFromStart(startOffset);
    if (!entries.isEmpty() && entries.get(0).offset() > startOffset) {
      entries.set(0, new OffsetAndEpoch(startOffset, entries.get(0).leaderEpoch()));
      changed = true;
    }
  }

  /** Where the first epoch begins: at the log's start; 0 when none has. */
  long firstOffset() {
    return entries.isEmpty() ? 0 : entries.get(0).offset();
  }

  /**
   * The log now ends at {@code endOffset}: epochs that would begin at or after it are forgotten.
   */
  void truncateFromEnd(long endOffset) {
    if (entries.removeIf(entry -> entry.offset() >= endOffset)) {
      changed = true;
    }
  }

  List<OffsetAndEpoch> entries() {
    return List.copyOf(entries);
  }

  /** The file's content when it has changed since it was asked for last. */
  Optional<byte[]> takeChanged() {
    if (!changed) {
      return Optional.empty();
    }
    changed = false;
    return Optional.of(encode());
  }

  byte[] encode() {
    return encode(entries);
  }

  /**
   * The content without what begins behind {@code flushedOffset}: the file says that what comes
   * before the last epoch in it is durable.
   */
  byte[] encodeUpTo(long flushedOffset) {
    int count = Math.min(1, entries.size()); // The first one says where the log begins.
    while (count < entries.size() && entries.get(count).offset() <= flushedOffset) {
      count++;
    }
    return encode(entries.subList(0, count));
  }

  private static byte[] encode(List<OffsetAndEpoch> entries) {
    StringBuilder text = new StringBuilder(VERSION).append('\n').append(entries.size());
    for (OffsetAndEpoch entry : entries) {
      text.append('\n').append(entry.leaderEpoch()).append(' ').append(entry.offset());
    }
    return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Empty when the content is not a checkpoint. */
  static Optional<LeaderEpochs> decode(byte[] content) {
    List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
    try {
      if (lines.size() < 2
          || !lines.get(0).equals(VERSION)
          || Integer.parseInt(lines.get(1)) != lines.size() - 2) {
        return Optional.empty();
      }
      LeaderEpochs epochs = new LeaderEpochs();
      for (String line : lines.subList(2, lines.size())) {
        int space = line.indexOf(' ');
        epochs.assign(
            Integer.parseInt(line, 0, space, 10),
            Long.parseLong(line, space + 1, line.length(), 10));
      }
      epochs.changed = false;
      return Optional.of(epochs);
    } catch (NumberFormatException | IndexOutOfBoundsException damaged) {
      return Optional.empty();
    }
  }
}
