package io.gofka.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * How often a partition has been moved from one log directory to another, in a file of its folder.
 * When a crash leaves two folders of one partition, the greater number tells which one was to stay:
 * the copy gets it before it takes the partition's name.
 */
final class MoveCount {
  /** Of a folder that could not be read. */
  static final long UNKNOWN = -1;

  private static final int MAX_BYTES = 32;

  private MoveCount() {}

  /** 0 for a folder that was never moved. */
  static long read(LogDisk disk, String folder) throws IOException {
    return disk.readStart(LogFiles.in(folder, LogFiles.MOVES), MAX_BYTES)
        .map(MoveCount::decode)
        .orElse(0L);
  }

  private static long decode(byte[] content) {
    try {
      return Math.max(0, Long.parseLong(new String(content, StandardCharsets.US_ASCII).trim()));
    } catch (NumberFormatException damaged) {
      return 0;
    }
  }

  static void write(LogDisk disk, String folder, long moves) throws IOException {
    disk.replace(
        LogFiles.in(folder, LogFiles.MOVES),
        Long.toString(moves).getBytes(StandardCharsets.US_ASCII));
  }
}
