package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.OffsetAndEpoch;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
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

  @Test
  void copyIsTheLeadersLogByteForByte() {
    RandomHistory.Run run = RandomHistory.runAll("gofka.log", SEEDS, History::new);
    // Histories that never get into trouble would prove nothing.
    run.assertMoreThan(0.5, "truncations that took records");
    run.assertMoreThan(0.1, "copies with gaps");
    run.assertMoreThan(0.125, "crashes that lost anything");
    run.assertMoreThan(1, "segments of copies");
  }

  private static final class Node {
    private final WrittenBatches batches = new WrittenBatches();
    private final LogProcess process;

    Node(Random random) {
      Map<String, String> settings = new HashMap<>();
      settings.put("internal.segment.bytes", Integer.toString(400 + random.nextInt(2000)));
      settings.put("index.interval.bytes", Integer.toString(random.nextInt(300)));
      settings.put("cleanup.policy", "compact");
      process = new LogProcess(ShardFixture.config(settings), RandomHistory.START);
    }

    PartitionLog log() {
      return process.log;
    }
  }

  private static final class History extends RandomHistory {
    private final Node[] nodes;
    private final boolean compacts;
    private final RandomProducers producers = new RandomProducers();
    private int leader;
    private int epoch;
    private long timestampMs = START;
    private final Chances chances =
        new Chances()
            .of(45, this::append)
            .of(23, this::copy)
            .of(17, this::compact)
            .of(7, this::crash)
            .of(8, this::takeOver);

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
      chances.take(random);
      runSome(nodes[0].process);
      runSome(nodes[1].process);
    }

    @Override
    void finish() throws IOException {
      while (copy()) {
        check(following());
      }
      check(leading());
      long endOffset = leading().batches.nextOffset().orElse(leading().log().logEndOffset());
      assertEquals(following().log().logEndOffset(), endOffset, "the copy is complete");
      for (Node node : nodes) {
        met.add("segments of copies", node.log().segmentCount());
        node.process.runAllChores();
        node.log().closeFiles();
        assertEquals(0, node.process.disk.openReferences(), "files stay open");
      }
    }

    private void runSome(LogProcess process) throws IOException {
      if (random.nextInt(3) == 0) {
        process.runAllChores();
      }
    }

    // ---- the leader

    private void lead(int node) {
      leader = node;
      epoch += 1 + random.nextInt(2);
      leading().log().becomeLeader(epoch);
      producers.goOnWith(leading().batches.nextSequences(Long.MAX_VALUE));
    }

    private void takeOver() throws IOException {
      lead(1 - leader);
      follow();
    }

    private void append() throws IOException {
      PartitionLog log = leading().log();
      ByteBuf bytes = batch();
      LogAppend append = log.begin(Batches.view(bytes), bytes.readableBytes(), epoch, timestampMs);
      append.write();
      log.commit(append, timestampMs, step());
      log.onCommitted(log.logEndOffset());
      leading().batches.add(append.batches().get(0));
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
      producers.maybeSign(builder, count, random);
      return builder.build();
    }

    private void compact() throws IOException {
      PartitionLog log = leading().log();
      leading().process.runAllChores();
      if (compacts) {
        Optional<Cleanings.Round> round = Cleanings.clean(log, timestampMs, Cleanings.UNLIMITED);
        if (round.isPresent()) {
          leading().batches.compact(log, round.get().endOffset());
        }
      }
    }

    // ---- the follower

    /** Copies what follows, as much as a push may bring; false when there is nothing. */
    private boolean copy() throws IOException {
      Node follower = following();
      PartitionLog log = follower.log();
      List<WrittenBatch> next = leading().batches.from(log.logEndOffset(), 1 + random.nextInt(5));
      if (next.isEmpty()) {
        return false;
      }
      ByteBuf records = Unpooled.buffer();
      next.forEach(batch -> records.writeBytes(batch.bytes()));
      List<RecordBatch> batches =
          CopiedBatches.check(records, log.logEndOffset(), log.latestEpoch(), epoch);
      if (log.mustAnnounceGaps(batches)) {
        met.add("copies with gaps", 1);
        follower.process.runAllChores(); // Before a byte is written.
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
      follower.log().becomeFollower();
      for (int rounds = 0; ; rounds++) {
        assertTrue(rounds < 100, "the logs never meet");
        PartitionLog log = follower.log();
        long endOffset = log.logEndOffset();
        int last = endOffset == 0 ? LeaderEpochs.NONE : log.epochAt(endOffset - 1);
        if (last == LeaderEpochs.NONE) {
          return;
        }
        OffsetAndEpoch theirs = leading().log().epochEnd(last).orElseThrow();
        if (theirs.leaderEpoch() == last && theirs.offset() >= endOffset) {
          return;
        }
        OffsetAndEpoch ours = log.epochEnd(theirs.leaderEpoch()).orElse(theirs);
        cutTo(follower, Math.min(theirs.offset(), ours.offset()));
      }
    }

    private void cutTo(Node node, long offset) throws IOException {
      node.process.runAllChores();
      PartitionLog before = node.log();
      node.process.log = before.truncateTo(offset, timestampMs);
      if (node.log() != before) {
        before.closeFiles();
      }
      if (node.batches.cutFrom(offset)) {
        met.add("truncations that took records", 1);
      }
      node.log().onCommitted(node.log().logEndOffset());
      node.log().becomeFollower();
      check(node);
    }

    private void crash() throws IOException {
      crash(nodes[random.nextInt(2)]);
    }

    private void crash(Node node) throws IOException {
      long endOffset = node.log().logEndOffset();
      if (random.nextBoolean()) {
        node.process.kill();
      } else {
        node.process.losePower(random);
      }
      node.process.open(timestampMs);
      if (node.log().logEndOffset() < endOffset) {
        met.add("crashes that lost anything", 1);
      }
      node.batches.cutFrom(node.log().logEndOffset());
      check(node);
      // As the controllers see to it: whoever was restarted doesn't go on leading.
      if (node == leading()) {
        lead(1 - leader);
      }
      follow();
    }

    // ---- what must hold

    private void check(Node node) throws IOException {
      node.batches.checkContent(node.log());
      if (!compacts) {
        node.batches.checkProducers(node.log());
      }
    }
  }
}
