package io.gofka.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.metadata.image.PartitionImage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A producer with several batches in flight whose first one was refused, and is sent again. */
class RefusedSequencesTest {
  private static final Map<String, String> REFUSING = Map.of("min.insync.replicas", "2");
  private static final int PRODUCER = 7;

  private final ShardFixture fixture = new ShardFixture(new MemoryLogDisk());
  private TopicIdPartition partition;

  @BeforeEach
  void start() throws IOException {
    fixture.start();
    partition = fixture.create("topic", Map.of());
    List<Integer> replicas = List.of(ShardFixture.BROKER, ShardFixture.BROKER + 1);
    List<Integer> alone = List.of(ShardFixture.BROKER);
    fixture.change(partition, new PartitionImage(replicas, alone, ShardFixture.BROKER, 0, 1));
    fixture.configure(partition, REFUSING);
  }

  private ErrorCode send(int epoch, int sequence) {
    var records =
        Batches.produced(PRODUCER, epoch, sequence, ManualShardHost.NOW, "of " + sequence);
    return fixture.append(partition, records, Origin.CLIENT, -1).get(0).error();
  }

  @Test
  void laterBatchDoesNotGetInBeforeTheFirst() {
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(0, 0));
    fixture.configure(partition, Map.of());
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(0, 1));
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(0, 2));
    assertEquals(ErrorCode.NONE, send(0, 0));
    assertEquals(ErrorCode.NONE, send(0, 1));
    assertEquals(ErrorCode.NONE, send(0, 2));
  }

  @Test
  void leastOfTheRefusedIsWaitedFor() {
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(0, 5));
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(0, 6));
    fixture.configure(partition, Map.of());
    assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(0, 6));
    assertEquals(ErrorCode.NONE, send(0, 5));
  }

  @Test
  void producerThatNobodyHasRefusedMayBeginAnywhere() {
    fixture.configure(partition, Map.of());
    assertEquals(ErrorCode.NONE, send(0, 5)); // KIP-360: its first batches may be deleted long ago.
  }

  @Test
  void producerThatBeginsAnewIsNotHeldToItsOldEpoch() {
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(0, 0));
    fixture.configure(partition, Map.of());
    assertEquals(ErrorCode.NONE, send(1, 0));
  }

  @Test
  void producerThatNeverSendsItAgainIsLetInAfterAWhile() {
    assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS, send(0, 0));
    fixture.configure(partition, Map.of());
    for (int i = 0; i < RefusedSequences.MAX_TURNED_AWAY; i++) {
      assertEquals(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, send(0, 1));
    }
    assertEquals(ErrorCode.NONE, send(0, 1));
  }
}
