package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** A read that has not been answered yet. */
final class ActiveRead {
  static final long NO_TIMER = -1;

  private final ReadRecords request;
  private final Consumer<List<ReadResult>> reply;
  private long availableBytes;
  private long timer = NO_TIMER;
  private OptionalLong waitsUntilMs = OptionalLong.empty();
  private Set<TopicIdPartition> unreadable = Set.of();
  private boolean parked;
  private boolean hurried;

  ActiveRead(ReadRecords request, Consumer<List<ReadResult>> reply) {
    this.request = request;
    this.reply = reply;
  }

  ReadRecords request() {
    return request;
  }

  void answer(List<ReadResult> results) {
    reply.accept(results);
  }

  /** The disk has failed to bring in what this read needs of the partition. */
  void onUnreadable(TopicIdPartition partition) {
    if (unreadable.isEmpty()) {
      unreadable = new HashSet<>();
    }
    unreadable.add(partition);
  }

  boolean isUnreadable(TopicIdPartition partition) {
    return unreadable.contains(partition);
  }

  /** Waits for appends, with so many bytes there already. */
  void park(long available, long itsTimer) {
    parked = true;
    availableBytes = available;
    timer = itsTimer;
  }

  /**
   * Until when it waits: the first call says it, later ones change nothing.
   *
   * @param deadlineMs monotonic
   */
  long waitUntilMs(long deadlineMs) {
    if (waitsUntilMs.isEmpty()) {
      waitsUntilMs = OptionalLong.of(deadlineMs);
    }
    return waitsUntilMs.getAsLong();
  }

  boolean readsCommitted() {
    return request.isolationLevel() == ReadRecords.IsolationLevel.READ_COMMITTED;
  }

  boolean isParked() {
    return parked;
  }

  void unpark() {
    parked = false;
  }

  long timer() {
    return timer;
  }

  /** More can be read; true when it is enough now. */
  boolean onAppended(int bytes) {
    availableBytes += bytes;
    return availableBytes >= request.minBytes();
  }

  /** It is to be answered with what there is, and not wait any more. */
  void hurry() {
    hurried = true;
  }

  boolean isHurried() {
    return hurried;
  }
}
