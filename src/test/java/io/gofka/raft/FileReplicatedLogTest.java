package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.raft.ReplicatedLog.Leadership;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReplicatedLogTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final Recorder heard = new Recorder();

  @TempDir Path directory;

  /** Remembers what it is told, in order, and can be waited for. */
  private static final class Recorder implements ReplicatedLog.Listener {
    final List<Object> events = new ArrayList<>();
    final CompletableFuture<Void> noLeader = new CompletableFuture<>();
    private long awaitedIndex = -1;
    private Promise<Void> reached = Promise.promise();

    @Override
    public void onCommitted(List<LogEntry> entries) {
      for (LogEntry entry : entries) {
        events.add(entry.opensTerm() ? "term " + entry.term() : entry.payload().getInt(0));
        if (entry.index() == awaitedIndex) {
          reached.tryComplete();
        }
      }
    }

    @Override
    public void onSnapshot(SnapshotMeta meta, ByteBuf content) {
      events.add(meta);
    }

    @Override
    public void onLeadershipChanged(Leadership leadership) {
      events.add(leadership);
      if (!leadership.self()) {
        noLeader.complete(null);
      }
    }

    Future<Void> committed(long index) {
      awaitedIndex = index;
      reached = Promise.promise();
      return reached.future();
    }
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close().toCompletionStage());
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private <T> T onLoop(Callable<T> action) throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.runOnContext(
        v -> {
          try {
            done.complete(action.call());
          } catch (Exception failure) {
            done.completeExceptionally(failure);
          }
        });
    try {
      return await(done);
    } catch (ExecutionException failed) {
      throw (Exception) failed.getCause();
    }
  }

  private FileReplicatedLog open() throws Exception {
    FileReplicatedLog log = new FileReplicatedLog(vertx, directory, "n1");
    await(onLoop(() -> log.open(heard)));
    return log;
  }

  private void close(ReplicatedLog log) throws Exception {
    await(onLoop(log::close));
  }

  @Test
  void everyStartLeadsInANewTermAfterAllThatWasCommittedBefore() throws Exception {
    FileReplicatedLog log = open();
    assertEquals(List.of("term 1", new Leadership(1, "n1", true)), heard.events);
    long index = onLoop(() -> log.propose(Unpooled.copyInt(42)));
    assertEquals(1, index);
    close(log);
    heard.events.clear();

    close(open());
    assertEquals(List.of("term 1", 42, "term 2", new Leadership(2, "n1", true)), heard.events);
  }

  @Test
  void proposalsAreDeliveredInTheirOrderHoweverTheyAreFlushed() throws Exception {
    FileReplicatedLog log = open();
    heard.events.clear();
    List<Object> proposed = new ArrayList<>();
    Future<Void> last = heard.committed(500);
    onLoop(
        () -> {
          for (int i = 0; i < 500; i++) {
            assertEquals(log.nextIndex(), log.propose(Unpooled.copyInt(i)));
            proposed.add(i);
          }
          assertEquals(List.of(), heard.events, "nothing is committed while it is proposed");
          return null;
        });
    await(last.toCompletionStage());
    assertEquals(proposed, heard.events);
    close(log);
  }

  /** The disk may be quicker than the proposer. */
  @Test
  void nothingIsDeliveredBeforeItsProposerKnowsItsIndex() throws Exception {
    FileReplicatedLog log = open();
    for (int i = 1; i <= 300; i++) {
      long index = i;
      Future<Void> committed = heard.committed(index);
      onLoop(
          () -> {
            heard.events.clear();
            assertEquals(index, log.propose(Unpooled.copyInt(7)));
            assertEquals(List.of(), heard.events);
            return null;
          });
      await(committed.toCompletionStage());
    }
    close(log);
  }

  @Test
  void closeFlushesWhatWasProposed() throws Exception {
    FileReplicatedLog log = open();
    onLoop(
        () -> {
          for (int i = 0; i < 10; i++) {
            log.propose(Unpooled.copyInt(i));
          }
          return null;
        });
    close(log);
    ApiException refused =
        assertThrows(ApiException.class, () -> onLoop(() -> log.propose(Unpooled.copyInt(1))));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    heard.events.clear();
    close(open());
    assertEquals(13, heard.events.size(), heard.events::toString); // Two terms and a leader.
  }

  @Test
  void longLogIsReplayedInSlicesAndInOrder() throws Exception {
    FileReplicatedLog log = open();
    Future<Void> last = heard.committed(40);
    onLoop(
        () -> {
          for (int i = 0; i < 40; i++) {
            byte[] large = new byte[FileReplicatedLog.REPLAY_SLICE_BYTES / 4];
            log.propose(Unpooled.wrappedBuffer(large).setInt(0, i));
          }
          return null;
        });
    await(last.toCompletionStage());
    close(log);
    List<Object> first = List.copyOf(heard.events);
    heard.events.clear();
    close(open());
    List<Object> replayed = new ArrayList<>(first);
    replayed.remove(1); // Who led then is not in the log.
    replayed.add("term 2");
    replayed.add(new Leadership(2, "n1", true));
    assertEquals(replayed, heard.events);
  }

  @Test
  void proposalsAreBoundedInNumberAndSize() throws Exception {
    FileReplicatedLog log = open();
    ApiException tooLarge =
        assertThrows(
            ApiException.class,
            () ->
                onLoop(
                    () ->
                        log.propose(
                            Unpooled.wrappedBuffer(new byte[EntryFormat.MAX_PAYLOAD_BYTES + 1]))));
    assertEquals(ErrorCode.RECORD_LIST_TOO_LARGE, tooLarge.errorCode());
    ApiException tooMany =
        assertThrows(
            ApiException.class,
            () ->
                onLoop(
                    () -> {
                      for (int i = 0; i <= FileReplicatedLog.MAX_PENDING_ENTRIES; i++) {
                        log.propose(Unpooled.copyInt(i));
                      }
                      return null;
                    }));
    assertEquals(ErrorCode.NOT_CONTROLLER, tooMany.errorCode());
    close(log);
  }

  @Test
  void diskThatFailsEndsTheLeadership() throws Exception {
    List<FileEntryLog> opened = new ArrayList<>();
    FileReplicatedLog log =
        new FileReplicatedLog(
            vertx,
            directory,
            "n1",
            (path, entries) -> {
              FileEntryLog file = FileEntryLog.open(path, entries);
              opened.add(file);
              return file;
            });
    await(onLoop(() -> log.open(heard)));
    opened.get(0).close(); // From now on every write fails.
    onLoop(() -> log.propose(Unpooled.copyInt(1)));
    await(heard.noLeader);
    ApiException refused =
        assertThrows(ApiException.class, () -> onLoop(() -> log.propose(Unpooled.copyInt(2))));
    assertEquals(ErrorCode.KAFKA_STORAGE_ERROR, refused.errorCode());
    assertTrue(heard.events.stream().noneMatch(Integer.class::isInstance), "nothing was committed");
    close(log);
  }
}
