package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.OffsetAndEpoch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LeaderEpochsTest {
  private static final long END = 50;
  private final LeaderEpochs epochs = new LeaderEpochs();

  private Optional<OffsetAndEpoch> end(int epoch) {
    return epochs.endOf(epoch, END);
  }

  private static Optional<OffsetAndEpoch> at(int epoch, long offset) {
    return Optional.of(new OffsetAndEpoch(offset, epoch));
  }

  @Test
  void epochEndsWhereTheNextOneBegins() { // KIP-101
    epochs.assign(1, 0);
    epochs.assign(3, 20);
    assertEquals(at(1, 20), end(1));
    assertEquals(at(3, END), end(3));
  }

  @Test
  void epochWithoutRecordsIsAnsweredWithTheOneBefore() { // KIP-279
    epochs.assign(1, 0);
    epochs.assign(4, 20);
    assertEquals(at(1, 20), end(2));
    assertEquals(at(0, 0), end(0));
  }

  @Test
  void nothingIsKnownOfLaterEpochsAndOfAnEmptyLog() {
    assertEquals(Optional.empty(), end(0));
    epochs.assign(1, 0);
    assertEquals(Optional.empty(), end(2));
    assertEquals(Optional.empty(), end(-1));
  }

  @Test
  void epochThatWroteNothingGivesWay() {
    epochs.assign(1, 0);
    epochs.assign(2, 20);
    epochs.assign(3, 20);
    assertEquals(List.of(new OffsetAndEpoch(0, 1), new OffsetAndEpoch(20, 3)), epochs.entries());
  }

  @Test
  void oldEpochChangesNothing() {
    epochs.assign(3, 0);
    epochs.assign(2, 10);
    epochs.assign(3, 10);
    assertEquals(List.of(new OffsetAndEpoch(0, 3)), epochs.entries());
  }

  @Test
  void logStartMovesTheEpochThatIsThere() {
    epochs.assign(1, 0);
    epochs.assign(2, 10);
    epochs.assign(3, 20);
    epochs.truncateFromStart(15);
    assertEquals(List.of(new OffsetAndEpoch(15, 2), new OffsetAndEpoch(20, 3)), epochs.entries());
  }

  @Test
  void checkpointHasKafkasForm() {
    epochs.assign(0, 0);
    epochs.assign(5, 123);
    byte[] content = epochs.encode();
    assertEquals("0\n2\n0 0\n5 123\n", new String(content, StandardCharsets.UTF_8));
    assertEquals(epochs.entries(), LeaderEpochs.decode(content).orElseThrow().entries());
  }

  @Test
  void damagedCheckpointIsNoCheckpoint() {
    for (String content : List.of("", "0", "1\n0\n", "0\n2\n0 0\n", "0\n1\n0\n", "0\n1\na b\n")) {
      assertTrue(LeaderEpochs.decode(content.getBytes(StandardCharsets.UTF_8)).isEmpty(), content);
    }
  }
}
