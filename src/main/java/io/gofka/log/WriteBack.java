package io.gofka.log;

import java.util.Map;
import java.util.Optional;

/**
 * How far the kernel is behind with writing back, seen now and then, so that writes can leave the
 * event loop before the kernel makes a writer wait.
 *
 * @param waitingPages dirty or under way to the disk
 * @param freePages up to so many nobody is made to wait
 * @param inFlight requests that the device has been given and not answered
 * @param completed requests that it has answered since the start of the machine
 */
record WriteBack(long waitingPages, long freePages, long inFlight, long completed) {
  /** Nothing is known, so nothing is wrong. */
  static final WriteBack UNKNOWN = new WriteBack(0, Long.MAX_VALUE, 0, 0);

  /** Of the pages up to which nobody waits, so many percent are a sign. */
  private static final int NEAR_PERCENT = 80;

  /** The least there is: a larger one only means more room. */
  private static final long PAGE_BYTES = 4096;

  private static final int READS_AT = 0;
  private static final int WRITES_AT = 4;
  private static final int IN_FLIGHT_AT = 8;
  private static final int DISCARDS_AT = 11;
  private static final int FLUSHES_AT = 15;

  /**
   * @param vmStat by their names, of {@code /proc/vmstat}
   * @param deviceStat the numbers of {@code /sys/dev/block/…/stat}; fewer when they are not known
   */
  static WriteBack of(Map<String, Long> vmStat, long[] deviceStat) {
    long background = vmStat.getOrDefault("nr_dirty_background_threshold", Long.MAX_VALUE / 2);
    long limit = vmStat.getOrDefault("nr_dirty_threshold", Long.MAX_VALUE / 2);
    return new WriteBack(
        vmStat.getOrDefault("nr_dirty", 0L) + vmStat.getOrDefault("nr_writeback", 0L),
        background / 2 + limit / 2, // Only from the middle on the kernel holds writers up.
        at(deviceStat, IN_FLIGHT_AT),
        at(deviceStat, READS_AT)
            + at(deviceStat, WRITES_AT)
            + at(deviceStat, DISCARDS_AT)
            + at(deviceStat, FLUSHES_AT));
  }

  private static long at(long[] numbers, int index) {
    return index < numbers.length ? numbers[index] : 0;
  }

  /** How much can be written before that speaks against more, if nothing is written back. */
  long roomBytes() {
    return freePages > Long.MAX_VALUE / PAGE_BYTES
        ? Long.MAX_VALUE
        : Math.max(0, freePages / 100 * NEAR_PERCENT - waitingPages) * PAGE_BYTES;
  }

  /** What speaks against writing on the loop. */
  Optional<String> sign(WriteBack before) {
    if (waitingPages >= freePages / 100 * NEAR_PERCENT) {
      return Optional.of(
          waitingPages + " pages wait for the disk, writers are held up from " + freePages + " on");
    }
    if (before.inFlight > 0 && inFlight > 0 && completed == before.completed) {
      return Optional.of("the device has answered none of " + inFlight + " requests for a while");
    }
    return Optional.empty();
  }
}
