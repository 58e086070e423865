package io.gofka.log;

import java.util.Set;

/**
 * What may be done with a partition's log. A failure of the disk concerns the partition it was for
 * and nobody else:
 *
 * <ul>
 *   <li>OPENING → SERVING: it is recovered;
 *   <li>OPENING → UNOPENED: the disk has failed on the way; it is tried again, then SERVING;
 *   <li>SERVING → WRITES_REFUSED: a write, sync, open or rename has failed. Reads go on. Once the
 *       log is repaired and its directory takes writes again, SERVING;
 *   <li>SERVING → UNOPENED: it has been moved to another directory, but could not be opened there;
 *   <li>each of these → OFFLINE: the log is damaged, see {@link LogCorruptException}, or a bug has
 *       left it in a state that nobody knows. It stays so until the next start;
 *   <li>each → GONE: it is not this shard's any more.
 * </ul>
 *
 * {@link ShardPartition#become} is the only way from one to the next.
 */
enum LogState {
  /** No log yet: appends wait. */
  OPENING,
  SERVING,
  WRITES_REFUSED,
  /** Nothing is served: KAFKA_STORAGE_ERROR. */
  UNOPENED,
  /** Nothing is served: KAFKA_STORAGE_ERROR. */
  OFFLINE,
  GONE;

  boolean canBecome(LogState next) {
    return switch (this) {
      case OPENING -> Set.of(SERVING, UNOPENED, OFFLINE, GONE).contains(next);
      case UNOPENED -> Set.of(SERVING, OFFLINE, GONE).contains(next);
      case SERVING -> Set.of(WRITES_REFUSED, UNOPENED, OFFLINE, GONE).contains(next);
      case WRITES_REFUSED -> Set.of(SERVING, OFFLINE, GONE).contains(next);
      case OFFLINE -> next == GONE;
      case GONE -> false;
    };
  }

  /** Whether there is a log that can be read. */
  boolean isReadable() {
    return this == SERVING || this == WRITES_REFUSED;
  }
}
