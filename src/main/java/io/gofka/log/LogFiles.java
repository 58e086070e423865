package io.gofka.log;

import java.util.OptionalLong;

/** Names of the files in a partition's folder. */
final class LogFiles {
  static final String SEGMENT = ".log";
  static final String INDEX = ".gidx";
  static final String PRODUCERS = ".producers";
  static final String DELETED = ".deleted";
  static final String DAMAGED = ".damaged";
  static final String TEMPORARY = ".tmp";

  /** There while a log is cut: what a start finds then may not be durable. */
  static final String TRUNCATION = "truncation" + TEMPORARY;

  /** Not to be taken for a segment that the log begins behind now. */
  static final String REPLACED = ".replaced" + DELETED;

  static final String CLEANED = ".cleaned";
  static final String SWAP = ".swap";
  static final String LEADER_EPOCHS = "leader-epoch-checkpoint";
  static final String CLEANER_OFFSET = "cleaner-offset";
  static final String LOG_START = "log-start-offset";
  static final String MOVES = "directory-moves";
  static final String PARTITION_METADATA = "partition.metadata";

  /** No file but a segment has so much; of a larger one so much is read, and it is damaged. */
  static final int MAX_SIDE_FILE_BYTES = 1 << 30;

  private static final int OFFSET_DIGITS = 20;

  private LogFiles() {}

  static String in(String folder, String name) {
    return folder + '/' + name;
  }

  static String segment(String folder, long baseOffset) {
    return in(folder, name(baseOffset, SEGMENT));
  }

  static String index(String folder, long baseOffset) {
    return in(folder, name(baseOffset, INDEX));
  }

  static String producers(String folder, long offset) {
    return in(folder, name(offset, PRODUCERS));
  }

  /** The offset as 20 digits with the suffix, as Kafka names its segments. */
  static String name(long offset, String suffix) {
    String digits = Long.toString(offset);
    return "0".repeat(OFFSET_DIGITS - digits.length()) + digits + suffix;
  }

  /** The offset in a file's name; empty when it isn't one with that suffix. */
  static OptionalLong offset(String name, String suffix) {
    if (name.length() != OFFSET_DIGITS + suffix.length() || !name.endsWith(suffix)) {
      return OptionalLong.empty();
    }
    try {
      long offset = Long.parseLong(name, 0, OFFSET_DIGITS, 10);
      return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
    } catch (NumberFormatException other) {
      return OptionalLong.empty();
    }
  }
}
