package io.gofka.raft;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicated log of a quorum of one: an entry is committed as soon as it is on this node's
 * disk.
 *
 * <p>As under Raft, each start is a new term, opened with an entry of its own; the node leads once
 * that entry is on disk. While one group of entries is written and fsynced on a worker thread, the
 * next one gathers: however many proposals arrive, each waits for two fsyncs at most.
 */
public final class FileReplicatedLog implements ReplicatedLog {
  private static final Logger LOG = LoggerFactory.getLogger(FileReplicatedLog.class);

  /** Proposals that may wait for the disk; more are refused. */
  static final int MAX_PENDING_ENTRIES = 10_000;

  /** Payload bytes that may wait for the disk, unless a single entry has more. */
  static final long MAX_PENDING_BYTES = 64L * 1024 * 1024;

  /** Bytes of entries that are delivered in one turn of the event loop at the start. */
  static final int REPLAY_SLICE_BYTES = 256 * 1024;

  /** Opens the log on disk; blocks. */
  interface Opener {
    FileEntryLog open(Path directory, Consumer<LogEntry> entries) throws IOException;
  }

  private final Vertx vertx;
  private final Path directory;
  private final Opener opener;
  private final String nodeId;
  private List<LogEntry> gathering = new ArrayList<>();
  private long pendingBytes;
  private int pendingEntries;
  private boolean flushing;
  private boolean leading;
  private long term;
  private long nextIndex;
  private ApiException broken;
  private final Promise<Void> opening = Promise.promise();
  private Promise<Void> closing;
  private Listener listener;
  private Context owner;
  private WorkerExecutor worker;
  private FileEntryLog file;

  /**
   * @param directory where the log lies; created when missing
   * @param nodeId name of this node
   */
  public FileReplicatedLog(Vertx vertx, Path directory, String nodeId) {
    this(vertx, directory, nodeId, FileEntryLog::open);
  }

  FileReplicatedLog(Vertx vertx, Path directory, String nodeId, Opener opener) {
    this.vertx = vertx;
    this.directory = directory;
    this.nodeId = nodeId;
    this.opener = opener;
  }

  @Override
  public CompletionStage<Void> open(Listener listener) {
    this.listener = listener;
    this.owner = vertx.getOrCreateContext();
    this.worker = vertx.createSharedWorkerExecutor("gofka-raft-log", 1);
    List<LogEntry> recovered = new ArrayList<>();
    return onWorker(() -> opener.open(directory, recovered::add))
        .compose(
            opened -> {
              file = opened;
              term = opened.lastTerm() + 1;
              nextIndex = opened.endIndex();
              return deliver(recovered, 0);
            })
        .compose(
            delivered -> {
              append(Unpooled.EMPTY_BUFFER);
              return opening.future();
            })
        .toCompletionStage();
  }

  /** Slice by slice, with a turn of the loop in between: others live on it too. */
  private Future<Void> deliver(List<LogEntry> recovered, int from) {
    int end = from;
    for (long bytes = 0; end < recovered.size() && bytes < REPLAY_SLICE_BYTES; end++) {
      bytes += recovered.get(end).payload().readableBytes() + EntryFormat.OVERHEAD_BYTES;
    }
    if (end > from) {
      listener.onCommitted(recovered.subList(from, end));
    }
    if (end == recovered.size()) {
      return Future.succeededFuture();
    }
    int next = end;
    Promise<Void> turn = Promise.promise();
    vertx.runOnContext(v -> turn.complete());
    return turn.future().compose(v -> deliver(recovered, next));
  }

  @Override
  public long nextIndex() {
    return nextIndex;
  }

  @Override
  public long propose(ByteBuf payload) {
    if (broken != null) {
      throw broken;
    }
    if (!leading || closing != null) {
      throw new ApiException(ErrorCode.NOT_CONTROLLER, nodeId + " is not the active controller");
    }
    int size = payload.readableBytes();
    if (size > EntryFormat.MAX_PAYLOAD_BYTES) {
      throw new ApiException(
          ErrorCode.RECORD_LIST_TOO_LARGE,
          "one change of metadata may take %d bytes, not %d"
              .formatted(EntryFormat.MAX_PAYLOAD_BYTES, size));
    }
    boolean tooMany =
        pendingEntries >= MAX_PENDING_ENTRIES
            || (pendingEntries > 0 && pendingBytes + size > MAX_PENDING_BYTES);
    if (tooMany) {
      throw new ApiException(
          ErrorCode.NOT_CONTROLLER,
          "%d changes with %d bytes wait for the disk of %s already"
              .formatted(pendingEntries, pendingBytes, nodeId));
    }
    return append(payload);
  }

  @Override
  public CompletionStage<Void> close() {
    if (closing == null) {
      closing = Promise.promise();
      maybeFlush();
    }
    return closing.future().toCompletionStage();
  }

  @Override
  public void takeSnapshot(long index, ByteBuf content) {
    // Nothing is ever dropped from this log.
  }

  @Override
  public CompletionStage<Long> readIndex() {
    return leading
        ? Future.succeededFuture(nextIndex - 1).toCompletionStage()
        : Future.<Long>failedFuture(
                new ApiException(ErrorCode.NOT_CONTROLLER, nodeId + " doesn't lead"))
            .toCompletionStage();
  }

  @Override
  public CompletionStage<Void> addVoter(ReplicaKey replica) {
    return refuseChange();
  }

  @Override
  public CompletionStage<Void> removeVoter(String otherNodeId, Optional<UUID> directoryId) {
    return refuseChange();
  }

  private static CompletionStage<Void> refuseChange() {
    return Future.<Void>failedFuture(
            new ApiException(ErrorCode.INVALID_REQUEST, "this is a quorum of one"))
        .toCompletionStage();
  }

  @Override
  public void transferLeadership(Optional<String> toNodeId) {
    // There is nobody to take it.
  }

  @Override
  public QuorumState state() {
    return new QuorumState(
        leading ? QuorumState.Role.LEADER : QuorumState.Role.FOLLOWER,
        term,
        leading ? nodeId : "",
        nextIndex,
        0,
        nextIndex,
        VoterSet.EMPTY,
        List.of());
  }

  @Override
  public long nowMs() {
    return System.nanoTime() / 1_000_000;
  }

  private long append(ByteBuf payload) {
    LogEntry entry = new LogEntry(term, nextIndex++, payload);
    gathering.add(entry);
    pendingEntries++;
    pendingBytes += payload.readableBytes();
    maybeFlush();
    return entry.index();
  }

  private void maybeFlush() {
    if (flushing) {
      return;
    }
    if (gathering.isEmpty()) {
      maybeFinishClosing();
      return;
    }
    List<LogEntry> group = gathering;
    gathering = new ArrayList<>();
    flushing = true;
    // Not through the future of the worker: that of a quick one is complete before anybody listens,
    // and the entries would be delivered before propose has returned.
    onWorker(() -> write(group));
  }

  /** On the worker. */
  private Void write(List<LogEntry> group) {
    try {
      file.append(group);
      owner.runOnContext(v -> onFlushed(group));
    } catch (IOException | RuntimeException failed) {
      owner.runOnContext(v -> onBroken(failed));
    }
    return null;
  }

  private void onFlushed(List<LogEntry> group) {
    try {
      listener.onCommitted(group);
      if (group.get(0).opensTerm()) {
        leading = true;
        listener.onLeadershipChanged(new Leadership(term, nodeId, true));
        opening.complete();
      }
    } catch (RuntimeException bug) {
      onBroken(bug); // The state behind this log is no longer what the log says.
      return;
    }
    pendingEntries -= group.size();
    for (LogEntry entry : group) {
      pendingBytes -= entry.payload().readableBytes();
    }
    flushing = false;
    maybeFlush();
  }

  private void onBroken(Throwable cause) {
    LOG.error("The metadata log in {} has failed; no metadata can be changed", directory, cause);
    broken = new ApiException(ErrorCode.KAFKA_STORAGE_ERROR, "metadata log: " + cause.getMessage());
    gathering = new ArrayList<>();
    flushing = false;
    opening.tryFail(cause);
    if (leading) {
      leading = false;
      listener.onLeadershipChanged(new Leadership(term, "", false));
    }
    maybeFlush();
  }

  private void maybeFinishClosing() {
    if (closing == null || worker == null) {
      return;
    }
    leading = false;
    WorkerExecutor last = worker;
    worker = null;
    last.executeBlocking(
            () -> {
              if (file != null) {
                file.close();
              }
              return null;
            })
        .eventually(last::close)
        .<Void>mapEmpty()
        .onComplete(closing);
  }

  private <T> Future<T> onWorker(Callable<T> blocking) {
    return worker.executeBlocking(blocking);
  }
}
