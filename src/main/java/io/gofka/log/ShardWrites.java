package io.gofka.log;

import java.io.IOException;
import java.util.Optional;

/**
 * Carries out what a {@link LogShard} writes into its logs: on its own thread, as long as that is a
 * short copy into the page cache; by a worker when it has to be synced, or the disk makes writes
 * slow ({@link DiskPace}) or is syncing, or too many files would have to be opened.
 */
final class ShardWrites {
  /** Files opened for writing in one turn of the loop; a worker opens the others. */
  static final int MAX_OPENED_ON_LOOP = 20;

  private final LogShard shard;
  private final ShardHost host;
  private final DiskPace pace = new DiskPace();
  private boolean lookDue;
  private int opened;

  ShardWrites(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  /** Whether the disk is so slow that writes have left the event loop. */
  boolean isDiskSlow() {
    return pace.isSlow(host.nowMs());
  }

  /**
   * Writes; the caller has said {@link AppendQueue#beginWriting}, and it is ended here. What is
   * written hears of it afterwards.
   */
  void write(ShardPartition partition, LogWrite write) {
    if (partition.state() != LogState.SERVING) {
      partition.appends().endWriting(); // It has failed while the write was formed.
      write.onFailed();
      return;
    }
    lookLater();
    if (write.mustSync()
        || pace.avoidsLoop(host.nowMs())
        || write.log().isDiskSyncing()
        || hasOpenedEnough(write)) {
      writeOnWorker(partition, write);
      return;
    }
    LogAppend append = write.append().orElseThrow();
    try {
      long fromMs = host.nowMs();
      append.write();
      long nowMs = host.nowMs();
      pace.onLoopWrite(partition.id(), append.sizeBytes(), fromMs, nowMs);
      write.log().commit(append, write.timestampMs(), nowMs);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      partition.appends().endWriting();
      write.onFailed();
      return;
    } catch (RuntimeException | Error bug) {
      // Nobody can tell what is in the log now: it ends here.
      shard.failures().onBug(partition, bug);
      partition.appends().endWriting();
      write.onFailed();
      return;
    }
    partition.appends().endWriting();
    if (partition.config().flushMs() != Long.MAX_VALUE) {
      shard.work().flushLater(partition);
    }
    tellWritten(partition, write);
  }

  private void tellWritten(ShardPartition partition, LogWrite write) {
    try {
      write.onWritten();
    } catch (RuntimeException | Error bug) { // Other partitions' appends are not to be lost by it.
      shard.failures().onBug(partition, bug);
    }
  }

  /**
   * Whether the file has to be opened, perhaps made, and others were just before. One file is
   * opened in no time; a request to thousands of partitions would hold up the loop.
   */
  private boolean hasOpenedEnough(LogWrite write) {
    if (write.append().orElseThrow().isOpen()) {
      return false;
    }
    if (opened == 0) {
      host.soon(() -> opened = 0);
    }
    opened++;
    return opened > MAX_OPENED_ON_LOOP;
  }

  /** As long as there are writes, somebody has an eye on the disk. */
  private void lookLater() {
    if (!lookDue) {
      lookDue = true;
      host.after(
          DiskPace.LOOK_EVERY_MS,
          () ->
              host.write(
                  host::writeBack,
                  seen -> {
                    lookDue = false;
                    pace.onWriteBack(seen, host.nowMs());
                  },
                  failure -> lookDue = false));
    }
  }

  private void writeOnWorker(ShardPartition partition, LogWrite write) {
    Chore work;
    try {
      work = work(write);
    } catch (IOException failure) {
      shard.failures().onFailure(partition, failure);
      partition.appends().endWriting();
      write.onFailed();
      return;
    }
    DiskPace.Write underWay = pace.begin(host.nowMs(), write.mustSync());
    shard
        .work()
        .write(
            () -> {
              work.run();
              return true;
            },
            done -> {
              pace.end(underWay, host.nowMs());
              onWritten(partition, write, work);
              shard.appends().proceed(partition);
            },
            failure -> {
              pace.end(underWay, host.nowMs());
              shard.failures().onFailure(partition, failure);
              partition.appends().endWriting();
              write.onFailed();
              shard.appends().proceed(partition);
            });
  }

  private static Chore work(LogWrite write) throws IOException {
    Optional<LogAppend> append = write.append();
    if (append.isEmpty()) {
      return write.log().flush();
    }
    return write.mustSync()
        ? write.log().durability().writeAndSync(append.get())
        : () -> {
          append.get().write();
          append.get().letGo();
        };
  }

  private void onWritten(ShardPartition partition, LogWrite write, Chore work) {
    boolean counts = partition.state() == LogState.SERVING && partition.log() == write.log();
    if (counts) {
      try {
        if (write.append().isPresent()) {
          write.log().commit(write.append().get(), write.timestampMs(), host.nowMs());
        }
        work.done();
      } catch (RuntimeException bug) {
        shard.failures().onBug(partition, bug);
        counts = false;
      }
    }
    partition.appends().endWriting();
    if (counts) {
      tellWritten(partition, write);
    } else if (partition.isGone()) {
      write.onGone();
    } else {
      // What it follows may be lost; repairing the log takes its bytes away.
      write.onFailed();
    }
  }
}
