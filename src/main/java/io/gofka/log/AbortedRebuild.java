package io.gofka.log;

import io.gofka.log.LogDisk.DiskFile;
import io.gofka.log.compact.SegmentShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the list of a segment's aborted transactions anew from the log itself, when its index is
 * damaged: a marker doesn't say where its transaction began, so that all segments before it have to
 * be gone through. Transactions that began in segments which are no more begin where the log does,
 * which is the same to every reader. For a worker.
 */
final class AbortedRebuild {
  private final LogDisk disk;
  private final String folder;
  private final List<Part> parts;

  /** What is known of a segment beforehand, so that a worker needs nothing else. */
  private record Part(long baseOffset, int sizeBytes) {}

  private AbortedRebuild(LogDisk disk, String folder, List<Part> parts) {
    this.disk = disk;
    this.folder = folder;
    this.parts = parts;
  }

  /**
   * @param segments from the first of the log to the one in question
   */
  static AbortedRebuild of(LogDisk disk, String folder, List<Segment> segments) {
    return new AbortedRebuild(
        disk,
        folder,
        segments.stream()
            .map(segment -> new Part(segment.baseOffset(), segment.sizeBytes()))
            .toList());
  }

  /** The same by their shapes. */
  static AbortedRebuild ofShapes(LogDisk disk, String folder, List<SegmentShape> segments) {
    return new AbortedRebuild(
        disk,
        folder,
        segments.stream()
            .map(segment -> new Part(segment.baseOffset(), segment.sizeBytes()))
            .toList());
  }

  /** May only run where no segment can be renamed meanwhile. */
  List<AbortedTransaction> run() throws IOException {
    ProducerState state = new ProducerState();
    List<AbortedTransaction> aborted = new ArrayList<>();
    List<String> names = disk.list(folder);
    for (Part part : parts) {
      aborted.clear();
      if (names.contains(LogFiles.name(part.baseOffset(), LogFiles.SEGMENT))) {
        walk(part, state, aborted);
      } // Otherwise it has been deleted in the meantime.
    }
    return aborted;
  }

  private void walk(Part part, ProducerState state, List<AbortedTransaction> aborted)
      throws IOException {
    String path = LogFiles.segment(folder, part.baseOffset());
    DiskFile file = disk.open(path);
    try {
      int end =
          HeaderWalk.over(
              file,
              0,
              part.sizeBytes(),
              part.baseOffset(),
              batch -> state.appended(batch, 0).ifPresent(aborted::add));
      if (end != part.sizeBytes()) {
        throw new IOException(path + " can be read up to " + end + " of " + part.sizeBytes());
      }
    } finally {
      file.release();
    }
  }
}
