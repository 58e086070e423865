package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * {@code cleaner-offset}: what compaction has done to a log, two decimals on lines of their own,
 * with a stamp. It stays when the topic isn't compacted any more.
 *
 * @param cleanOffset each key below it is there once, as far as anybody knows; the log is durable
 *     up to there, since nothing else is compacted
 * @param gapsEndOffset segments that begin below it may have lost records to compaction; durable
 *     before the first of them does. In all others a gap is a loss.
 */
record CleanerCheckpoint(long cleanOffset, long gapsEndOffset) {
  static final CleanerCheckpoint NEVER_CLEANED = new CleanerCheckpoint(0, 0);

  /** Any gap may be one of compaction; it is so when the file can't be read. */
  static final CleanerCheckpoint UNKNOWN = new CleanerCheckpoint(0, Long.MAX_VALUE);

  private static final int MAX_BYTES = 256;

  CleanerCheckpoint {
    if (cleanOffset < 0 || gapsEndOffset < 0) {
      throw new IllegalArgumentException(
          "clean up to " + cleanOffset + ", gaps up to " + gapsEndOffset);
    }
  }

  static CleanerCheckpoint read(LogDisk disk, String folder, TopicIdPartition partition)
      throws IOException {
    Optional<byte[]> file = disk.readStart(LogFiles.in(folder, LogFiles.CLEANER_OFFSET), MAX_BYTES);
    if (file.isEmpty()) {
      return NEVER_CLEANED;
    }
    return Stamp.fromText(partition, LogFiles.CLEANER_OFFSET, file.get())
        .flatMap(CleanerCheckpoint::decode)
        .orElse(UNKNOWN);
  }

  private static Optional<CleanerCheckpoint> decode(byte[] text) {
    List<String> lines = new String(text, StandardCharsets.UTF_8).lines().toList();
    try {
      return lines.size() != 2
          ? Optional.empty()
          : Optional.of(
              new CleanerCheckpoint(Long.parseLong(lines.get(0)), Long.parseLong(lines.get(1))));
    } catch (IllegalArgumentException damaged) {
      return Optional.empty();
    }
  }

  /** Makes it durable; for a worker. */
  void write(LogDisk disk, String folder, TopicIdPartition partition) throws IOException {
    byte[] lines = (cleanOffset + "\n" + gapsEndOffset + "\n").getBytes(StandardCharsets.UTF_8);
    disk.replace(
        LogFiles.in(folder, LogFiles.CLEANER_OFFSET),
        Stamp.text(partition, LogFiles.CLEANER_OFFSET, lines));
  }

  /**
   * The log ends there now.
   *
   * @param lastBaseOffset of the segment that is the last one then
   * @param coveredEndOffset behind the end, if compaction has taken what lay in between
   */
  CleanerCheckpoint truncatedTo(long endOffset, long lastBaseOffset, long coveredEndOffset) {
    long gapsEnd = Math.max(Math.max(endOffset, coveredEndOffset), lastBaseOffset + 1);
    return new CleanerCheckpoint(
        Math.min(cleanOffset, endOffset), Math.min(gapsEndOffset, gapsEnd));
  }

  /** Whether compaction may have taken records from the segment that begins there. */
  boolean mayHaveGaps(long baseOffset) {
    return baseOffset < gapsEndOffset;
  }

  /** Whether nothing but compaction can have taken what lies before an offset. */
  boolean hasTakenUpTo(long offset) {
    return offset <= gapsEndOffset && gapsEndOffset != Long.MAX_VALUE;
  }
}
