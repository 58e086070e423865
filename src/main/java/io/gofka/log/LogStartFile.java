package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * {@code log-start-offset}: the first readable offset, decimal, with a stamp. Without the file a
 * log begins at 0.
 *
 * <p>It is durable before the first segment goes. So the files of a log always begin at or before
 * its start, and one that is missing there was not deleted by us.
 */
final class LogStartFile {
  private static final int MAX_BYTES = 256;

  private LogStartFile() {}

  /** Blocks until the offset is durable. */
  static void write(LogDisk disk, String folder, TopicIdPartition partition, long offset)
      throws IOException {
    byte[] line = (offset + "\n").getBytes(StandardCharsets.UTF_8);
    disk.replace(
        LogFiles.in(folder, LogFiles.LOG_START), Stamp.text(partition, LogFiles.LOG_START, line));
  }

  /**
   * @throws LogCorruptException when there is a file and it is damaged or another partition's: what
   *     was deleted must not come back
   */
  static long read(LogDisk disk, String folder, TopicIdPartition partition) throws IOException {
    String file = LogFiles.in(folder, LogFiles.LOG_START);
    Optional<byte[]> content = disk.readStart(file, MAX_BYTES);
    if (content.isEmpty()) {
      return 0;
    }
    return Stamp.fromText(partition, LogFiles.LOG_START, content.get())
        .flatMap(LogStartFile::number)
        .orElseThrow(() -> new LogCorruptException(file + " is damaged"));
  }

  private static Optional<Long> number(byte[] line) {
    try {
      long offset = Long.parseLong(new String(line, StandardCharsets.UTF_8).trim());
      return offset < 0 ? Optional.empty() : Optional.of(offset);
    } catch (NumberFormatException damaged) {
      return Optional.empty();
    }
  }
}
