package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A process with one log, on a disk in memory, and what it has still to do. It may be stopped, die,
 * or lose power, and starts again from what the disk has.
 */
final class LogProcess {
  static final TopicIdPartition PARTITION = new TopicIdPartition(new UUID(1, 2), "topic", 0);

  final MemoryLogDisk disk = new MemoryLogDisk();
  final Deque<Chore> pending = new ArrayDeque<>();
  LogConfig config;
  PartitionLog log;

  LogProcess(LogConfig config, long timestampMs) {
    this.config = config;
    log = PartitionLog.create(disk, "topic-0", PARTITION, config, timestampMs, 0);
  }

  void updateConfig(LogConfig changed) {
    config = changed;
    log.updateConfig(config);
  }

  // ---- what it has still to do

  void takeChores() {
    pending.addAll(log.takeChores());
  }

  void runChores(int count) throws IOException {
    for (int i = 0; i < count && !pending.isEmpty(); i++) {
      Chore chore = pending.poll();
      chore.run();
      chore.done();
      takeChores();
    }
  }

  void runAllChores() throws IOException {
    takeChores();
    while (!pending.isEmpty()) {
      runChores(pending.size());
    }
  }

  // ---- stop and start

  /** Stops in order. */
  void stop() throws IOException {
    takeChores();
    log.close().ifPresent(pending::add);
    runAllChores();
    log.closeFiles();
  }

  void kill() {
    pending.clear();
    disk.kill();
  }

  void losePower(Random random) {
    pending.clear();
    disk.losePower(random);
  }

  void open(long timestampMs) throws IOException {
    log = LogRecovery.open(disk, "topic-0", PARTITION, config, timestampMs, 0);
    log.onCommitted(log.logEndOffset()); // As if there were no other replica.
    takeChores();
  }

  /**
   * Indexes and snapshots can be made again from the log itself.
   *
   * @param odds each is deleted with a probability of one in so many, and the same for each other
   *     damage
   */
  void damageSideFiles(Random random, int odds) {
    for (String suffix : List.of(LogFiles.INDEX, LogFiles.PRODUCERS)) {
      for (String file : disk.files(suffix)) {
        int how = random.nextInt(odds);
        if (how == 0) {
          disk.delete(file);
        } else if (how == 1) {
          byte[] damaged = disk.content(file).clone();
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
          disk.put(file, damaged);
        } else if (how == 2) {
          byte[] content = disk.content(file);
          disk.put(file, Arrays.copyOf(content, random.nextInt(content.length)));
        }
      }
    }
  }

  // ---- reading

  void loadIndex(long offset) throws IOException {
    Segment segment = log.reader().segmentFor(offset);
    if (!segment.isIndexed()) {
      log.reader()
          .install(
              segment, segment.loadIndex(PARTITION, segment.file(), config.indexIntervalBytes()));
    }
  }

  /** What a reader of that offset gets, with at least one batch. */
  byte[] read(long offset, int maxBytes, long endOffset, long nowMs) throws IOException {
    loadIndex(offset);
    ByteBuf bytes = log.reader().find(offset, maxBytes, true, endOffset, nowMs).buffer();
    byte[] copy = ByteBufUtil.getBytes(bytes);
    bytes.release();
    return copy;
  }
}
