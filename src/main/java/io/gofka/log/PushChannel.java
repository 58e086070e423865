package io.gofka.log;

import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What one shard has under way to one follower's broker. Bytes count from the moment they are to be
 * sent until the stream has written them. Partitions that are fed from their files take turns, and
 * at most half of the room: those that are near the end don't wait for those that are far from it.
 */
final class PushChannel {
  /** Room for all partitions, apart from the last push into it. */
  static final int MAX_BYTES = 4 << 20;

  /** Room for what is read from files. */
  static final int MAX_FILE_BYTES = MAX_BYTES / 2;

  /** Credit comes back for so much at a time. */
  static final int MESSAGE_BYTES = 512 * 1024;

  private final int followerId;
  private final Deque<PushFeed> lagging = new ArrayDeque<>();
  private final Set<PushFeed> untold = new LinkedHashSet<>();
  private List<LeaderMessage> outgoing = new ArrayList<>();
  private long bytes;
  private long fileBytes;
  private long outgoingFileBytes;
  private boolean sendDue;

  /**
   * Messages that leave together.
   *
   * @param bytes of their records
   * @param fileBytes of these, what was read from files
   */
  record Batch(List<LeaderMessage> messages, long bytes, long fileBytes) {}

  PushChannel(int followerId) {
    this.followerId = followerId;
  }

  int followerId() {
    return followerId;
  }

  boolean hasRoomFor(int more) {
    return bytes == 0 || bytes + more <= MAX_BYTES;
  }

  boolean hasRoomForFiles() {
    return bytes < MAX_BYTES && fileBytes < MAX_FILE_BYTES;
  }

  // ---- what is to be sent

  void add(LeaderMessage message) {
    outgoing.add(message);
  }

  void add(Pushed pushed, boolean fromFile) {
    int size = pushed.records().readableBytes();
    bytes += size;
    if (fromFile) {
      fileBytes += size;
      outgoingFileBytes += size;
    }
    outgoing.add(pushed);
  }

  /** True for the first who asks after a sending: that one sees to the next. */
  boolean takeSendDue() {
    boolean take = !sendDue;
    sendDue = true;
    return take;
  }

  /** All that is to be sent, in parts. */
  List<Batch> takeOutgoing() {
    sendDue = false;
    if (outgoing.isEmpty()) {
      return List.of();
    }
    List<Batch> batches = new ArrayList<>(1);
    long fileBytesLeft = outgoingFileBytes;
    int from = 0;
    long size = 0;
    for (int i = 0; i < outgoing.size(); i++) {
      size += outgoing.get(i) instanceof Pushed pushed ? pushed.records().readableBytes() : 0;
      if (size >= MESSAGE_BYTES || i == outgoing.size() - 1) {
        // Which of them came from files doesn't matter: the sum does.
        long ofFiles = Math.min(fileBytesLeft, size);
        fileBytesLeft -= ofFiles;
        batches.add(new Batch(List.copyOf(outgoing.subList(from, i + 1)), size, ofFiles));
        from = i + 1;
        size = 0;
      }
    }
    outgoing = new ArrayList<>();
    outgoingFileBytes = 0;
    return batches;
  }

  /** They have left, or won't. */
  void gone(Batch batch) {
    bytes -= batch.bytes();
    fileBytes -= batch.fileBytes();
    for (LeaderMessage message : batch.messages()) {
      if (message instanceof Pushed pushed) {
        pushed.records().release();
      }
    }
  }

  // ---- who takes turns

  /** The feed needs what isn't in memory any more. */
  void enqueue(PushFeed feed) {
    if (!feed.isBusy() && !feed.isEnded()) {
      feed.queued(true);
      lagging.add(feed);
    }
  }

  /** The next one whose turn it is; null when there is none. */
  PushFeed nextLagging() {
    PushFeed feed = lagging.poll();
    while (feed != null && feed.isEnded()) {
      feed.queued(false);
      feed = lagging.poll();
    }
    if (feed != null) {
      feed.queued(false);
    }
    return feed;
  }

  // ---- who is to hear of the high watermark

  /** True for the first since the last {@link #takeUntold}: that one sees to it. */
  boolean addUntold(PushFeed feed) {
    boolean first = untold.isEmpty();
    untold.add(feed);
    return first;
  }

  List<PushFeed> takeUntold() {
    List<PushFeed> taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }
}
