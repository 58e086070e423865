package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.OffsetAndEpoch;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random histories of a log and its copy: the leader appends and compacts, the follower copies some
 * of it into segments of its own size, loses its process or power, and takes over; who led before
 * is cut to where its epochs say (KIP-101, KIP-279) and copies from then on.
 */
@ExtendWith(QuietRecovery.class)
class CopiedLogModelTest {
  private static final int SEEDS = 600;
  private static final int STEPS = 80;
  private static final long START = 1_700_000_000_000L;

  @Test
  void copyIsTheLeadersLogByteForByte() {
    int[] seen = new int[4];
    int histories =
        RandomHistory.runAll(
            "gofka.log",
            SEEDS,
            History::new,
            history -> {
              seen[0] += history.cut;
              seen[1] += history.gaps;
              seen[2] += history.lost;
              seen[3] += history.segments;
            });
    // Histories that never get into trouble would prove nothing.
    assertTrue(seen[0] > histories / 2, "only " + seen[0] + " truncations took records");
    assertTrue(seen[1] > histories / 10, "only " + seen[1] + " copies with gaps");
    assertTrue(seen[2] > histories / 8, "only " + seen[2] + " crashes lost anything");
    assertTrue(seen[3] > histories, "only " + seen[3] + " segments of copies");
  }

  private static final class Node {
    private final MemoryLogDisk disk = new MemoryLogDisk();
    private final LogConfig config;
    private PartitionLog log;
    private List<WrittenBatch> batches = new ArrayList<>();

    Node(Random random) {
      config =
          ShardFixture.config(
              Map.of(
                  "internal.segment.bytes",
                  Integer.toString(400 + random.nextInt(2000)),
                  "index.interval.bytes",
                  Integer.toString(random.nextInt(300)),
                  "cleanup.policy",
                  "compact"));
      log = PartitionLog.create(disk, "topic-0", LogProcess.PARTITION, config, START, 0);
    }
  }

  private static final class History extends RandomHistory {
    private final Node[] nodes;
    private final boolean compacts;
    private final Map<Long, Integer> sequences = new HashMap<>();
    private int leader;
    private int epoch;
    private long timestampMs = START;
    private int cut;
    private int gaps;
    private int lost;
    private int segments;

    History(long seed) {
      super(seed, STEPS);
      nodes = new Node[] {new Node(random), new Node(random)};
      compacts = random.nextBoolean();
      lead(0);
    }

    private Node leading() {
      return nodes[leader];
    }

    private Node following() {
      return nodes[1 - leader];
    }

    @Override
    void happen() throws IOException {
      timestampMs += random.nextInt(1000);
      int what = random.nextInt(100);
      if (what < 45) {
        append();
      } else if (what < 68) {
        copy();
      } else if (what < 85) {
        compact();
      } else if (what < 92) {
        crash(nodes[random.nextInt(2)]);
      } else {
        lead(1 - leader);
        follow();
      }
      runSome(nodes[0].log);
      runSome(nodes[1].log);
    }

    @Override
    void finish() throws IOException {
      while (copy()) {
        check(following());
      }
      check(leading());
      assertEquals(following().log.logEndOffset(), lastOffset(leading()), "the copy is complete");
      for (Node node : nodes) {
        segments += node.log.segmentCount();
        Cleanings.runChores(node.log);
        node.log.closeFiles();
        assertEquals(0, node.disk.openReferences(), "files stay open");
      }
    }

    private static long lastOffset(Node node) {
      List<WrittenBatch> batches = node.batches;
      return batches.isEmpty()
          ? node.log.logEndOffset()
          : batches.get(batches.size() - 1).nextOffset();
    }

    private void runSome(PartitionLog log) throws IOException {
      if (random.nextInt(3) == 0) {
        Cleanings.runChores(log);
      }
    }

    // ---- the leader

    private void lead(int node) {
      leader = node;
      epoch += 1 + random.nextInt(2);
      leading().log.becomeLeader(epoch);
      sequences.clear();
      for (WrittenBatch batch : leading().batches) {
        RecordBatch view = batch.view();
        if (view.hasProducerId()) {
          sequences.put(view.producerId(), view.lastSequence() + 1);
        }
      }
    }

    private void append() throws IOException {
      PartitionLog log = leading().log;
      ByteBuf bytes = batch();
      LogAppend append = log.begin(Batches.view(bytes), bytes.readableBytes(), epoch, timestampMs);
      append.write();
      log.commit(append, timestampMs, step());
      log.onCommitted(log.logEndOffset());
      leading().batches.add(WrittenBatch.of(append.batches().get(0)));
      bytes.release();
    }

    private ByteBuf batch() {
      RecordBatchBuilder builder = new RecordBatchBuilder(UnpooledByteBufAllocator.DEFAULT);
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        byte[] value = new byte[random.nextInt(60)];
        random.nextBytes(value);
        builder.add(
            timestampMs,
            Optional.of(Unpooled.buffer().writeInt(random.nextInt(3))),
            Optional.of(Unpooled.wrappedBuffer(value)));
      }
      if (random.nextBoolean()) {
        long producerId = random.nextInt(3);
        int sequence = sequences.getOrDefault(producerId, 0);
        builder.producer(producerId, (short) 0, sequence);
        sequences.put(producerId, sequence + count);
      }
      return builder.build();
    }

    private void compact() throws IOException {
      PartitionLog log = leading().log;
      Cleanings.runChores(log);
      if (compacts && Cleanings.clean(log, timestampMs, Cleanings.UNLIMITED).isPresent()) {
        leading().batches = WrittenBatch.allIn(log);
      }
    }

    // ---- the follower

    /** Copies what follows, as much as a push may bring; false when there is nothing. */
    private boolean copy() throws IOException {
      Node follower = following();
      PartitionLog log = follower.log;
      List<WrittenBatch> next =
          leading().batches.stream()
              .filter(batch -> batch.baseOffset() >= log.logEndOffset())
              .limit(1 + random.nextInt(5))
              .toList();
      if (next.isEmpty()) {
        return false;
      }
      ByteBuf records = Unpooled.buffer();
      next.forEach(batch -> records.writeBytes(batch.bytes()));
      List<RecordBatch> batches =
          CopiedBatches.check(records, log.logEndOffset(), log.latestEpoch(), epoch);
      if (log.mustAnnounceGaps(batches)) {
        gaps++;
        Cleanings.runChores(log); // Before a byte is written.
      }
      for (int done = 0; done < batches.size(); ) {
        LogAppend append = log.beginCopied(batches.subList(done, batches.size()), timestampMs);
        append.write();
        log.commit(append, timestampMs, step());
        done += append.batches().size();
      }
      follower.batches.addAll(next);
      log.onCommitted(log.logEndOffset());
      return true;
    }

    /**
     * Cuts the follower's log to where it parts from the leader's, as both tell by their epochs.
     */
    private void follow() throws IOException {
      Node follower = following();
      follower.log.becomeFollower();
      for (int rounds = 0; ; rounds++) {
        assertTrue(rounds < 100, "the logs never meet");
        PartitionLog log = follower.log;
        long endOffset = log.logEndOffset();
        int last = endOffset == 0 ? LeaderEpochs.NONE : log.epochAt(endOffset - 1);
        if (last == LeaderEpochs.NONE) {
          return;
        }
        OffsetAndEpoch theirs = leading().log.epochEnd(last).orElseThrow();
        if (theirs.leaderEpoch() == last && theirs.offset() >= endOffset) {
          return;
        }
        OffsetAndEpoch ours = log.epochEnd(theirs.leaderEpoch()).orElse(theirs);
        cutTo(follower, Math.min(theirs.offset(), ours.offset()));
      }
    }

    private void cutTo(Node node, long offset) throws IOException {
      Cleanings.runChores(node.log);
      PartitionLog before = node.log;
      node.log = before.truncateTo(offset, timestampMs);
      if (node.log != before) {
        before.closeFiles();
      }
      if (node.batches.removeIf(batch -> batch.nextOffset() > offset)) {
        cut++;
      }
      node.log.onCommitted(node.log.logEndOffset());
      node.log.becomeFollower();
      check(node);
    }

    private void crash(Node node) throws IOException {
      long endOffset = node.log.logEndOffset();
      if (random.nextBoolean()) {
        node.disk.kill();
      } else {
        node.disk.losePower(random);
      }
      node.log =
          LogRecovery.open(node.disk, "topic-0", LogProcess.PARTITION, node.config, timestampMs, 0);
      node.log.onCommitted(node.log.logEndOffset());
      if (node.log.logEndOffset() < endOffset) {
        lost++;
      }
      node.batches.removeIf(batch -> batch.nextOffset() > node.log.logEndOffset());
      check(node);
      // As the controllers see to it: whoever was restarted doesn't go on leading.
      if (node == leading()) {
        lead(1 - leader);
      }
      follow();
    }

    // ---- what must hold

    private void check(Node node) throws IOException {
      List<WrittenBatch> found = WrittenBatch.allIn(node.log);
      assertEquals(node.batches.size(), found.size(), "batches");
      Map<Long, RecordBatch> lastOf = new HashMap<>();
      for (int i = 0; i < found.size(); i++) {
        WrittenBatch expected = node.batches.get(i);
        assertArrayEquals(expected.bytes(), found.get(i).bytes(), "at " + expected.baseOffset());
        assertEquals(expected.epoch(), node.log.epochAt(expected.baseOffset()));
        RecordBatch view = expected.view();
        if (view.hasProducerId() && view.recordsCount() > 0) {
          lastOf.put(view.producerId(), view);
        }
      }
      if (!compacts) {
        for (RecordBatch last : lastOf.values()) {
          assertEquals(
              last.baseOffset(),
              node.log.duplicateOf(last).orElseThrow().baseOffset(),
              "the copy knows a producer's last batch");
        }
      }
    }
  }
}
