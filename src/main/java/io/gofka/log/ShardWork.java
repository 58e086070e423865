package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link LogShard} leaves to its workers: the chores of its logs, syncs, and work beside
 * them. Each piece of work belongs to a partition, which alone is concerned when it fails.
 */
final class ShardWork {
  private static final Logger LOG = LoggerFactory.getLogger(ShardWork.class);

  private final ShardHost host;
  private final ShardFailures failures;
  private int besideCount;
  private Runnable whenIdle = () -> {};

  ShardWork(ShardHost host, ShardFailures failures) {
    this.host = host;
    this.failures = failures;
  }

  /** Runs {@code action} once nothing is under way beside the ordered work. */
  void whenIdle(Runnable action) {
    whenIdle = action;
    checkIdle();
  }

  /** Gives what the partition's log wants done to a worker. */
  void doChores(ShardPartition partition) {
    doChores(partition, () -> {}, () -> {});
  }

  /**
   * The same.
   *
   * @param done run after them all but those that have to wait
   * @param otherwise run instead when one of them has failed
   */
  void doChores(ShardPartition partition, Runnable done, Runnable otherwise) {
    List<Chore> due = new ArrayList<>();
    for (Chore chore : partition.log().takeChores()) {
      if (chore.delayMs() > 0) {
        host.after(chore.delayMs(), () -> remove(partition, chore));
      } else {
        due.add(chore);
      }
    }
    if (due.isEmpty()) {
      done.run();
      return;
    }
    host.inOrder(
        () -> {
          for (Chore chore : due) {
            chore.run();
          }
          return true;
        },
        ran -> {
          due.forEach(Chore::done);
          if (partition.isOpen()) {
            doChores(partition);
          }
          done.run();
        },
        failure -> {
          failures.onFailure(partition, failure);
          otherwise.run();
        });
  }

  /** What can wait frees disk space: nothing of the log depends on it. */
  private void remove(ShardPartition partition, Chore chore) {
    host.removing(
        () -> {
          chore.run();
          return true;
        },
        done -> chore.done(),
        failure -> LOG.warn("{}: old files can't be removed", partition.id(), failure));
  }

  /**
   * One chore after all that was given out before.
   *
   * @param done follows when it succeeds
   * @param otherwise follows when it has failed
   */
  void doInOrder(ShardPartition partition, Chore chore, Runnable done, Runnable otherwise) {
    host.inOrder(
        () -> {
          chore.run();
          return true;
        },
        ran -> {
          chore.done();
          done.run();
        },
        failure -> {
          failures.onFailure(partition, failure);
          otherwise.run();
        });
  }

  /**
   * Work for a partition beside the ordered that changes nothing on the disk. When it fails with an
   * {@link IOException}, so has a read; anything else, a lack of memory above all, is the
   * misfortune of this work alone.
   */
  <T> void aside(ShardPartition partition, Callable<T> work, Consumer<T> done, Runnable otherwise) {
    aside(
        work,
        done,
        failure -> {
          if (failure instanceof IOException) {
            failures.onReadFailure(partition, failure);
          } else {
            LOG.error("Work for {} has failed", partition.id(), failure);
          }
          otherwise.run();
        });
  }

  /** Work beside the ordered; who gives it looks at its failure. */
  <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> otherwise) {
    besideCount++;
    host.aside(
        work,
        result -> {
          besideCount--;
          done.accept(result);
          checkIdle();
        },
        failure -> {
          besideCount--;
          otherwise.accept(failure);
          checkIdle();
        });
  }

  private void checkIdle() {
    if (besideCount == 0) {
      Runnable action = whenIdle;
      whenIdle = () -> {};
      action.run();
    }
  }

  /** Syncs what is written; everybody who waits for it is told. */
  void flush(ShardPartition partition) {
    if (partition.state() != LogState.SERVING) {
      return;
    }
    if (partition.isFlushing()) {
      partition.flushAgain(true); // That one doesn't reach what was written since it began.
      return;
    }
    partition.flushing(true);
    partition.flushAgain(false);
    try {
      Chore flush = partition.log().flush();
      doInOrder(
          partition,
          flush,
          () -> {
            partition.flushing(false);
            boolean waiting = partition.flushed(partition.log().flushedOffset());
            if (waiting || partition.mustFlushAgain()) {
              flush(partition);
            }
          },
          () -> partition.flushing(false));
    } catch (IOException failure) {
      partition.flushing(false);
      failures.onFailure(partition, failure);
    }
  }

  /** Syncs once {@code flush.ms} are over. */
  void flushLater(ShardPartition partition) {
    if (partition.takeFlushTimer()) {
      host.after(
          partition.config().flushMs(),
          () -> {
            partition.flushTimerFired();
            flush(partition);
          });
    }
  }
}
