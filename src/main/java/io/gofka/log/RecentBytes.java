package io.gofka.log;

/**
 * Remembers from where on a segment was written in the last half minute or so: those pages are
 * resident, because the kernel doesn't give up what it has not even written back.
 */
final class RecentBytes {
  private static final long WINDOW_MS = 15_000;

  private long windowStartMs;
  private int windowStartPosition;
  private int recentFrom = Integer.MAX_VALUE;
  private long lastAppendMs;

  /**
   * @param position where the bytes go
   * @param nowMs monotonic
   */
  void onAppend(int position, long nowMs) {
    lastAppendMs = nowMs;
    if (recentFrom == Integer.MAX_VALUE) {
      recentFrom = position;
      windowStartPosition = position;
      windowStartMs = nowMs;
    } else if (nowMs - windowStartMs >= WINDOW_MS) {
      recentFrom = windowStartPosition;
      windowStartPosition = position;
      windowStartMs = nowMs;
    }
  }

  /** Whether everything from {@code position} on was written recently. */
  boolean covers(int position, long nowMs) {
    return position >= recentFrom && nowMs - lastAppendMs < WINDOW_MS;
  }
}
