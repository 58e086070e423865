package io.gofka.log;

import io.gofka.log.compact.SegmentShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The aborted transactions of a whole log by the segments of their markers: made by the log's
 * owner, loaded by a worker while no segment can be renamed.
 */
final class AbortedLoad {
  private final LogDisk disk;
  private final PartitionLog log;
  private final List<Source> sources = new ArrayList<>();
  private final List<SegmentShape> shapes = new ArrayList<>();

  /**
   * @param known what is in memory
   */
  private record Source(Segment segment, int count, Optional<List<AbortedTransaction>> known) {}

  AbortedLoad(LogDisk disk, PartitionLog log, List<Segment> segments) {
    this.disk = disk;
    this.log = log;
    for (Segment segment : segments) {
      shapes.add(LogCompaction.shape(segment));
      if (segment.abortedCount() > 0) {
        Optional<List<AbortedTransaction>> known =
            segment.knowsAborted() ? Optional.of(List.copyOf(segment.aborted())) : Optional.empty();
        sources.add(new Source(segment, segment.abortedCount(), known));
      }
    }
  }

  /** By the base offsets of the segments; those that have none are missing. On a worker. */
  Map<Long, List<AbortedTransaction>> load() throws IOException {
    Map<Long, List<AbortedTransaction>> loaded = new HashMap<>();
    for (Source source : sources) {
      Segment segment = source.segment();
      Optional<List<AbortedTransaction>> aborted = source.known();
      if (aborted.isEmpty()) {
        aborted = segment.loadAborted(log.partition(), source.count());
      }
      loaded.put(
          segment.baseOffset(),
          aborted.isPresent() ? aborted.get() : rebuild(segment.baseOffset()));
    }
    return loaded;
  }

  private List<AbortedTransaction> rebuild(long baseOffset) throws IOException {
    List<SegmentShape> upTo =
        shapes.stream().filter(shape -> shape.baseOffset() <= baseOffset).toList();
    return AbortedRebuild.ofShapes(disk, log.folder(), upTo).run();
  }
}
