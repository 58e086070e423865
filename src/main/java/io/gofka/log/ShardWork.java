package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /** What has failed while tidying up is tried again no sooner. */
  static final long RETRY_MS = 60_000;

  private final ShardHost host;
  private final ShardFailures failures;
  private int underWay;
  private Runnable whenIdle = () -> {};

  ShardWork(ShardHost host, ShardFailures failures) {
    this.host = host;
    this.failures = failures;
  }

  /** Runs {@code action} once nothing is under way. */
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
    PartitionLog log = partition.log();
    for (Chore chore : log.takeChores()) {
      if (chore.delayMs() > 0) {
        host.after(chore.delayMs(), () -> doDelayed(partition, log, chore));
      } else {
        due.add(chore);
      }
    }
    if (due.isEmpty()) {
      done.run();
      return;
    }
    for (int i = 0; i < due.size(); i++) {
      boolean last = i == due.size() - 1;
      partition
          .chores()
          .add(due.get(i), last ? done : ShardWork::nothing, last ? otherwise : ShardWork::nothing);
    }
    goOn(partition);
  }

  /**
   * One chore after all that was given out before.
   *
   * @param done follows when it succeeds
   * @param otherwise follows when it, or one before it, has failed
   */
  void doInOrder(ShardPartition partition, Chore chore, Runnable done, Runnable otherwise) {
    partition.chores().add(chore, done, otherwise);
    goOn(partition);
  }

  private void goOn(ShardPartition partition) {
    if (partition.state() == LogState.SERVING
        && !partition.isHeld()
        && !partition.chores().isRunning()) {
      run(
          partition,
          new Errand(false, ShardWork::nothing, each -> failures.onFailure(partition, each)));
    }
  }

  /**
   * What the chores are done for.
   *
   * @param repair they are done although writes are refused
   * @param done run when there are none left
   */
  private record Errand(boolean repair, Runnable done, Consumer<Throwable> failed) {}

  /** How far the worker has come. */
  private record Ran(int count, Optional<Throwable> failure) {}

  /** Gives all chores of a partition to the worker. */
  private void run(ShardPartition partition, Errand errand) {
    List<Chore> chores = partition.chores().begin();
    if (chores.isEmpty()) {
      errand.done().run();
      return;
    }
    underWay++;
    host.inOrder(
        () -> run(chores),
        ran -> ended(partition, ran, errand),
        bug -> ended(partition, new Ran(0, Optional.of(bug)), errand));
  }

  /** On the worker. */
  private static Ran run(List<Chore> chores) {
    for (int i = 0; i < chores.size(); i++) {
      try {
        chores.get(i).run();
      } catch (IOException | RuntimeException | Error failure) {
        return new Ran(i, Optional.of(failure));
      }
    }
    return new Ran(chores.size(), Optional.empty());
  }

  private void ended(ShardPartition partition, Ran ran, Errand errand) {
    underWay--;
    ChoreQueue queue = partition.chores();
    queue.ended();
    queue.succeeded(ran.count());
    if (!partition.isOpen()) {
      queue.discard();
      if (errand.repair()) {
        errand.done().run(); // Others are not tried before this one has come to its end.
      }
    } else if (ran.failure().isPresent()) {
      queue.failed();
      errand.failed().accept(ran.failure().get());
    } else {
      doChores(partition); // What the done ones have led to.
      if (errand.repair() && !queue.isRunning()) {
        run(partition, errand);
      } else {
        goOn(partition);
      }
    }
    checkIdle();
  }

  /**
   * Puts {@code plan} before all that waits since a failure, and goes through it.
   *
   * @param done told when nothing waits any more
   * @param failed told when the disk has failed again
   */
  void repair(
      ShardPartition partition, List<Chore> plan, Runnable done, Consumer<Throwable> failed) {
    ChoreQueue queue = partition.chores();
    queue.addFirst(plan);
    run(partition, new Errand(true, done, failed));
  }

  /** Nobody will miss what the partition's chores would have made durable. */
  void abandon(ShardPartition partition) {
    partition.anyLog().ifPresent(log -> log.takeChores().forEach(Chore::discard));
    if (!partition.chores().isRunning()) {
      partition.chores().discard();
    }
  }

  /**
   * Such a chore only frees space: when it fails, it is tried again and nobody is told. Nothing
   * waits for it, not even the stop. Once the log lies elsewhere or is deleted, the names are those
   * of another one, and what there was to free is gone with the folder.
   */
  private void doDelayed(ShardPartition partition, PartitionLog log, Chore chore) {
    if (partition.isGone() || partition.log() != log) {
      chore.discard();
      return;
    }
    host.removing(
        () -> {
          chore.run();
          return true;
        },
        done -> chore.done(),
        failure -> {
          LOG.warn("{}: can't tidy up: {}", partition.id(), failure.toString());
          if (partition.isOpen()) {
            host.after(Math.max(chore.delayMs(), RETRY_MS), () -> doDelayed(partition, log, chore));
          } else {
            chore.discard();
          }
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

  /** Work in order; who gives it looks at its failure. */
  <T> void inOrder(Callable<T> work, Consumer<T> done, Consumer<Throwable> otherwise) {
    underWay++;
    host.inOrder(work, counted(done), counted(otherwise));
  }

  /** Work beside the ordered; who gives it looks at its failure. */
  <T> void aside(Callable<T> work, Consumer<T> done, Consumer<Throwable> otherwise) {
    underWay++;
    host.aside(work, counted(done), counted(otherwise));
  }

  /** The same for writes, which don't wait for each other. */
  <T> void write(Callable<T> work, Consumer<T> done, Consumer<Throwable> otherwise) {
    underWay++;
    host.write(work, counted(done), counted(otherwise));
  }

  private <T> Consumer<T> counted(Consumer<T> next) {
    return outcome -> {
      underWay--;
      next.accept(outcome);
      checkIdle();
    };
  }

  private void checkIdle() {
    if (underWay == 0) {
      Runnable action = whenIdle;
      whenIdle = () -> {};
      action.run();
    }
  }

  /** Syncs what is written and committed. */
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
            if (partition.mustFlushAgain()) {
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

  private static void nothing() {}
}
