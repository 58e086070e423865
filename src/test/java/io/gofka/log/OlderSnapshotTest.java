package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.record.EndTxnMarker;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The newest snapshot is lost, and what came after the one before it is deleted. */
class OlderSnapshotTest {
  private static final long NOW = 1_700_000_000_000L;
  private static final Map<String, String> ONE_BATCH_A_SEGMENT =
      Map.of("internal.segment.bytes", "100");

  private final LogProcess process = new LogProcess(ShardFixture.config(ONE_BATCH_A_SEGMENT), NOW);

  private void append(ByteBuf bytes) throws IOException {
    LogAppend append = process.log.begin(Batches.view(bytes), bytes.readableBytes(), 0, NOW);
    append.write();
    process.log.commit(append, NOW, 0);
    process.log.onCommitted(process.log.logEndOffset());
    bytes.release();
    process.runAllChores();
  }

  /** Only the last batch is left, and the snapshot before the last. */
  private void loseWhatIsBefore(long offset) throws IOException {
    process.log.deleteBefore(offset);
    process.runAllChores();
    assertEquals(offset, process.log.segments().get(0).baseOffset());
    process.kill();
    List<String> snapshots = process.disk.files(LogFiles.PRODUCERS);
    assertEquals(LogSnapshots.KEPT, snapshots.size());
    process.disk.delete(snapshots.get(1));
    process.open(NOW);
  }

  @AfterEach
  void close() {
    process.log.closeFiles();
  }

  // Else nobody who reads what is committed would ever come past the log's start again.
  @Test
  void transactionWhoseMarkerIsDeletedDoesNotStayOpen() throws IOException {
    process.log.becomeLeader(0);
    append(Batches.transactional(3, 0, 0, NOW, "a"));
    append(Batches.marker(EndTxnMarker.Type.ABORT, 3, 0, 0, NOW));
    append(Batches.plain(NOW, "b"));
    loseWhatIsBefore(2);
    assertEquals(3, process.log.lastStableOffset());
  }

  // KIP-360: a producer whose records are gone may go on where it is.
  @Test
  void producerWhoseLastBatchesAreDeletedIsNotHeldToTheOnesBefore() throws IOException {
    process.log.becomeLeader(0);
    append(Batches.produced(3, 0, 0, NOW, "a"));
    append(Batches.produced(3, 0, 1, NOW, "b"));
    append(Batches.plain(NOW, "c"));
    loseWhatIsBefore(2);
    ByteBuf next = Batches.produced(3, 0, 2, NOW, "d");
    assertEquals(Optional.empty(), process.log.duplicateOf(Batches.view(next).get(0)));
    next.release();
  }
}
