package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Puts a segment that compaction has made in the place of those it was made of, so that a crash or
 * a power failure at any moment leaves either all of the old or the new:
 *
 * <ol>
 *   <li>The new segment and its index lie durable under {@code *.log.cleaned} and {@code
 *       *.gidx.cleaned}. Without the next step, the start removes them.
 *   <li>{@code <base offset>.swap}, which names the segments that go, is written whole and durable.
 *       From here on the swap counts: a start that finds this file does what is left of the rest.
 *   <li>The indexes of the old segments are removed, the segments renamed to {@code
 *       *.log.replaced.deleted}; the new index and then the new segment get their names.
 *   <li>The names are made durable, and the {@code .swap} file is removed.
 * </ol>
 *
 * <p>{@code *.log.cleaned} tells how far it came: while it is there, the third step may be done
 * again from its beginning; once it isn't, the new segment has its name. Who reads the old segments
 * has them open.
 */
final class SegmentSwap implements Chore {
  private static final int MAX_BYTES = 64 * 1024;

  private final LogDisk disk;
  private final String folder;
  private final TopicIdPartition partition;
  private final List<Long> old;
  private final Runnable swapped;

  /**
   * @param old base offsets of the segments that go; the new one has the first of them
   * @param swapped called on the owner's thread when the names stand for the new segment
   */
  SegmentSwap(
      LogDisk disk, String folder, TopicIdPartition partition, List<Long> old, Runnable swapped) {
    this.disk = disk;
    this.folder = folder;
    this.partition = partition;
    this.old = List.copyOf(old);
    this.swapped = swapped;
  }

  @Override
  public void run() throws IOException {
    String name = LogFiles.name(old.get(0), LogFiles.SWAP);
    disk.replace(LogFiles.in(folder, name), Stamp.binary(partition, name, encode(old)));
    perform(disk, folder, old);
  }

  @Override
  public void done() {
    swapped.run();
  }

  /** Names that the old segments have now. */
  static List<String> deleted(String folder, List<Long> old) {
    return old.stream()
        .map(baseOffset -> LogFiles.segment(folder, baseOffset) + LogFiles.REPLACED)
        .toList();
  }

  private static void perform(LogDisk disk, String folder, List<Long> old) throws IOException {
    long baseOffset = old.get(0);
    String segment = LogFiles.segment(folder, baseOffset);
    String index = LogFiles.index(folder, baseOffset);
    List<String> names = disk.list(folder);
    if (names.contains(LogFiles.name(baseOffset, LogFiles.SEGMENT) + LogFiles.CLEANED)) {
      boolean newIndexIsThere =
          names.contains(LogFiles.name(baseOffset, LogFiles.INDEX) + LogFiles.CLEANED);
      for (long gone : old) {
        if (gone != baseOffset || newIndexIsThere) {
          disk.delete(LogFiles.index(folder, gone));
        }
        if (names.contains(LogFiles.name(gone, LogFiles.SEGMENT))) {
          String path = LogFiles.segment(folder, gone);
          disk.rename(path, path + LogFiles.REPLACED);
        }
      }
      if (newIndexIsThere) {
        disk.rename(index + LogFiles.CLEANED, index);
      }
      disk.syncFolder(folder); // The new segment must not be seen next to one of the old.
      disk.rename(segment + LogFiles.CLEANED, segment);
    }
    disk.syncFolder(folder);
    disk.delete(LogFiles.in(folder, LogFiles.name(baseOffset, LogFiles.SWAP)));
    disk.syncFolder(folder); // Else a crash could bring it back beside what is cleaned next.
  }

  /** Whether a folder with these names has something for {@link #recover}. */
  static boolean isInterrupted(List<String> names) {
    return names.stream()
        .anyMatch(name -> name.endsWith(LogFiles.CLEANED) || name.endsWith(LogFiles.SWAP));
  }

  /**
   * Ends what a crash has interrupted: a swap that counts is finished, other new segments are
   * removed.
   *
   * @throws LogCorruptException when nobody can tell any more what belongs to the log
   */
  static void recover(LogDisk disk, String folder, TopicIdPartition partition) throws IOException {
    List<String> names = disk.list(folder);
    for (String name : names) {
      OptionalLong baseOffset = LogFiles.offset(name, LogFiles.SWAP);
      if (baseOffset.isPresent()) {
        String path = LogFiles.in(folder, name);
        Optional<List<Long>> old =
            disk.readStart(path, MAX_BYTES)
                .flatMap(content -> Stamp.fromBinary(partition, name, content))
                .flatMap(SegmentSwap::decode);
        if (old.isEmpty()) {
          // Written as a whole, so this is damage. It does no harm before anything is renamed.
          requireSegment(names, baseOffset.getAsLong(), path);
          disk.delete(path);
        } else {
          perform(disk, folder, old.get());
        }
      }
    }
    for (String name : disk.list(folder)) {
      if (name.endsWith(LogFiles.CLEANED)) {
        disk.delete(LogFiles.in(folder, name));
      }
    }
    // Another crash must not bring back a .swap file without what it speaks of.
    disk.syncFolder(folder);
  }

  private static void requireSegment(List<String> names, long baseOffset, String path)
      throws LogCorruptException {
    if (!names.contains(LogFiles.name(baseOffset, LogFiles.SEGMENT))) {
      throw new LogCorruptException(
          path + " is damaged: which segments it replaces while compacting can't be known");
    }
  }

  private static byte[] encode(List<Long> offsets) {
    ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + offsets.size() * Long.BYTES);
    out.putInt(offsets.size());
    offsets.forEach(out::putLong);
    return out.array();
  }

  private static Optional<List<Long>> decode(byte[] content) {
    if (content.length < Integer.BYTES + Long.BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(content);
    int count = in.getInt();
    if (count < 1 || in.remaining() != (long) count * Long.BYTES) {
      return Optional.empty();
    }
    List<Long> offsets = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      offsets.add(in.getLong());
    }
    return Optional.of(offsets);
  }
}
