package io.gofka.raft;

import io.gofka.raft.RaftEffect.Persist;
import io.gofka.raft.storage.RaftStorage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The disk of a replica, on a worker thread of its own. While one group of what must be durable is
 * written, the next one gathers: however many proposals arrive, each waits for two fsyncs at most.
 *
 * <p>Confined to the loop of its owner.
 */
final class GroupCommitShell {
  private final Context loop;
  private final LongConsumer onFlushed;
  private final Consumer<Throwable> onFailed;
  private final WorkerExecutor worker;
  private List<Persist> gathering = new ArrayList<>();
  private boolean flushing;
  private RaftStorage storage;

  /**
   * @param loop of the owner, who is told of everything there, and never from within a call
   * @param onFlushed told up to which sequence all is durable
   * @param onFailed told why nothing is certain to be durable any more
   */
  GroupCommitShell(
      Vertx vertx, Context loop, LongConsumer onFlushed, Consumer<Throwable> onFailed) {
    this.loop = loop;
    this.onFlushed = onFlushed;
    this.onFailed = onFailed;
    worker = vertx.createSharedWorkerExecutor("gofka-raft-log", 1);
  }

  Future<RaftStorage.Recovered> open(RaftShell.Opener opener) {
    return worker
        .executeBlocking(opener::open)
        .map(
            opened -> {
              storage = opened;
              return opened.recovered();
            });
  }

  boolean isOpen() {
    return storage != null;
  }

  boolean isFlushing() {
    return flushing;
  }

  void gather(Persist persist) {
    gathering.add(persist);
  }

  /** Writes what has gathered, unless a group is under way; false when there is nothing. */
  boolean flush() {
    if (flushing) {
      return true;
    }
    if (gathering.isEmpty()) {
      return false;
    }
    List<Persist> group = gathering;
    gathering = new ArrayList<>();
    flushing = true;
    // Not through the future of the worker: that of a quick one is complete before anybody listens,
    // and the entries would be delivered before propose has returned.
    onWorker(
        () -> {
          storage.persist(group);
          return null;
        },
        () -> {
          flushing = false;
          onFlushed.accept(group.get(group.size() - 1).sequence());
        });
    return true;
  }

  void dropPrefix(long beforeIndex) {
    onWorker(
        () -> {
          storage.dropPrefix(beforeIndex);
          return null;
        },
        () -> {});
  }

  /** However it ends, the loop hears of it: nothing is flushed before. */
  private void onWorker(Callable<Void> blocking, Runnable done) {
    worker.executeBlocking(
        () -> {
          try {
            blocking.call();
            loop.runOnContext(v -> done.run());
          } catch (Throwable failed) {
            loop.runOnContext(v -> onFailed.accept(failed));
          }
          return null;
        });
  }

  /** What has gathered is not written any more, and nobody waits for what is under way. */
  void forget() {
    gathering = new ArrayList<>();
    flushing = false;
  }

  /** Behind what is under way. */
  Future<Void> close() {
    return worker
        .executeBlocking(
            () -> {
              if (storage != null) {
                storage.close();
              }
              return null;
            })
        .eventually(worker::close)
        .mapEmpty();
  }
}
