package io.gofka.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.raft.ShellNode.Network;
import io.gofka.system.process.Await;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A shell whose disk, or whose owner, fails: nobody waits for it, and its node hears of it. */
@Timeout(60)
class RaftShellFailureTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path scratch;
  private volatile Callable<?> beforeDisk = () -> null;
  private ShellNode node;

  private void leadAlone() throws Exception {
    node = onFailingDisk();
    node.open();
    Await.until("it leads", LIMIT, node::leads);
    node.propose(1);
    node.awaitNumber(1);
  }

  private ShellNode onFailingDisk() throws Exception {
    FileMetadataDirectory made =
        FileMetadataDirectory.open(scratch, "n1", new HostPort("localhost", 1), true);
    FailingDisk disk = new FailingDisk(made.disk(), () -> beforeDisk.call());
    return new ShellNode(new Network(), new FileMetadataDirectory(disk, made.identity()), "n1", 1);
  }

  @AfterEach
  void kill() throws Exception {
    node.kill();
  }

  private void awaitBroken() throws Exception {
    assertTrue(ShellNode.await(node.broken()).why().contains("n1"));
    Await.until("it leads no more", LIMIT, () -> !node.leads());
    ApiException refused = assertThrows(ApiException.class, () -> node.propose(2));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
  }

  @Test
  void brokenDiskEndsTheReplicaAndItsNodeHearsOfIt() throws Exception {
    leadAlone();
    beforeDisk =
        () -> {
          throw new IOException("no disk");
        };
    node.propose(2);
    awaitBroken();
  }

  @Test
  void errorOfTheWorkerIsAFailureOfTheDisk() throws Exception {
    leadAlone();
    beforeDisk =
        () -> {
          throw new OutOfMemoryError("none left for a buffer");
        };
    node.propose(2);
    awaitBroken();
  }

  @Test
  void closeEndsThoughTheLastFlushFails() throws Exception {
    leadAlone();
    CountDownLatch closing = new CountDownLatch(1);
    beforeDisk =
        () -> {
          closing.await();
          throw new IOException("no disk");
        };
    Future<Void> closed =
        node.onLoop(
            () -> {
              node.shell.propose(Unpooled.copyInt(2));
              return Future.succeededFuture(Future.fromCompletionStage(node.shell.close()));
            });
    closing.countDown();
    ShellNode.await(closed);
  }

  @Test
  void closeEndsThoughNothingCouldBeOpened() throws Exception {
    beforeDisk =
        () -> {
          throw new IOException("no disk");
        };
    node = onFailingDisk();
    assertThrows(IOException.class, node::open);
    node.onLoop(() -> Future.fromCompletionStage(node.shell.close()));
  }

  @Test
  void impossibleSnapshotEndsTheReplica() throws Exception {
    leadAlone();
    assertThrows(
        IllegalStateException.class,
        () ->
            node.onLoop(
                () -> {
                  node.shell.takeSnapshot(1_000, Unpooled.EMPTY_BUFFER);
                  return Future.succeededFuture();
                }));
    awaitBroken();
  }

  @Test
  void readThatWaitsBehindDeliveriesIsAnsweredThoughTheOwnerFails() throws Exception {
    leadAlone();
    Promise<Long> read = Promise.promise();
    node.onLoop(
        () -> {
          for (int number = 2; number < 40; number++) {
            byte[] large = new byte[RaftShell.DELIVERY_SLICE_BYTES / 2];
            node.shell.propose(Unpooled.wrappedBuffer(large).setInt(0, number));
          }
          readAndFailAmidTheDeliveries(read);
          return Future.succeededFuture();
        });
    ApiException refused = assertThrows(ApiException.class, () -> ShellNode.await(read.future()));
    assertEquals(ErrorCode.NOT_CONTROLLER, refused.errorCode());
    awaitBroken();
    assertFalse(node.state().containsValue(39), "it was too late");
  }

  private void readAndFailAmidTheDeliveries(Promise<Long> read) {
    if (node.events.contains(3)) { // The first one was flushed alone, and then all others.
      Future.<Long>fromCompletionStage(node.shell.readIndex()).onComplete(read);
      node.shell.fail(new IllegalStateException("the state can't be had"));
    } else {
      Vertx.currentContext().runOnContext(turn -> readAndFailAmidTheDeliveries(read));
    }
  }
}
