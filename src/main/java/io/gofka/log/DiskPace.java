package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.ArrayDeque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk is quick enough for writes on the event loop. A write to the page cache takes
 * microseconds, until the kernel makes the writer wait for the disk: then all connections of the
 * loop wait, too. So as long as there is a sign of that, writes are a worker's.
 *
 * <p>Confined to the shard's thread, without clock.
 */
final class DiskPace {
  /** A write to the page cache that takes this long has waited for the disk. */
  static final long SLOW_WRITE_MS = 50;

  /** One that is to be durable, too, is a bad sign after so long. */
  static final long SLOW_SYNC_MS = 500;

  /** So long after the last bad sign writes come back to the loop. */
  static final long CALM_MS = 10_000;

  /** While there are writes, the kernel is asked this often how far it is behind. */
  static final long LOOK_EVERY_MS = 200;

  /**
   * Between two looks a loop writes at most one part in so many of what the kernel takes before it
   * holds writers up: others write, too, and it may be quicker than the next look.
   */
  static final int BUDGET_SHARE = 4;

  private static final Logger LOG = LoggerFactory.getLogger(DiskPace.class);

  private final ArrayDeque<Write> underWay = new ArrayDeque<>();
  private boolean slow;
  private long slowUntilMs;
  private List<WriteBack> writeBack = List.of();
  // Written on the loop since somebody has looked, and how much that may be before the next look.
  private long loopBytes;
  private long loopBudgetBytes = Long.MAX_VALUE;

  /** A write on a worker. */
  static final class Write {
    private final long beganMs;
    private final long slowAfterMs;

    private Write(long beganMs, long slowAfterMs) {
      this.beganMs = beganMs;
      this.slowAfterMs = slowAfterMs;
    }

    private boolean isSlow(long nowMs) {
      return nowMs - beganMs >= slowAfterMs;
    }
  }

  /** Whether the next write should be a worker's; asked before each. */
  boolean avoidsLoop(long nowMs) {
    Write oldest = underWay.peek();
    if (oldest != null && oldest.isSlow(nowMs)) {
      beSlow(nowMs, "a write or sync is under way for " + (nowMs - oldest.beganMs) + " ms");
    } else if (slow && nowMs >= slowUntilMs) {
      slow = false;
      LOG.info("The disk is quick again: writes are back on the event loop");
    }
    return slow || loopBytes >= loopBudgetBytes;
  }

  /** Whether the disk is slow, as far as anybody knows. */
  boolean isSlow(long nowMs) {
    Write oldest = underWay.peek();
    return (oldest != null && oldest.isSlow(nowMs)) || (slow && nowMs < slowUntilMs);
  }

  /** A write of so many bytes on the loop has ended. */
  void onLoopWrite(TopicIdPartition partition, int bytes, long beganMs, long endedMs) {
    loopBytes += bytes;
    if (endedMs - beganMs >= SLOW_WRITE_MS) {
      beSlow(endedMs, "a write to " + partition + " took " + (endedMs - beganMs) + " ms");
    }
  }

  /**
   * A write begins on a worker; {@link #end} it.
   *
   * @param syncs whether it ends only when it is durable
   */
  Write begin(long nowMs, boolean syncs) {
    Write write = new Write(nowMs, syncs ? SLOW_SYNC_MS : SLOW_WRITE_MS);
    underWay.add(write);
    return write;
  }

  void end(Write write, long nowMs) {
    underWay.remove(write);
    if (write.isSlow(nowMs)) {
      beSlow(nowMs, "a write or sync took " + (nowMs - write.beganMs) + " ms");
    }
  }

  /** Somebody has looked how far the kernel is behind, for each log directory. */
  void onWriteBack(List<WriteBack> seen, long nowMs) {
    for (int i = 0; i < seen.size(); i++) {
      WriteBack before = i < writeBack.size() ? writeBack.get(i) : WriteBack.UNKNOWN;
      seen.get(i).sign(before).ifPresent(sign -> beSlow(nowMs, sign));
    }
    writeBack = seen;
    loopBytes = 0;
    loopBudgetBytes =
        seen.stream().mapToLong(WriteBack::roomBytes).min().orElse(Long.MAX_VALUE) / BUDGET_SHARE;
  }

  private void beSlow(long nowMs, String sign) {
    if (!slow) {
      slow = true;
      LOG.warn("{}: writes leave the event loop until the disk is quick again", sign);
    }
    slowUntilMs = nowMs + CALM_MS;
  }
}
