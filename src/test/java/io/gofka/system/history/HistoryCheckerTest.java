package io.gofka.system.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker finds what it is there for, in histories made up for it. */
class HistoryCheckerTest {
  private static final int PARTITION = 3;
  private static final int COUNT = 10;

  private final History history = new History();
  private final List<Entry> log = new ArrayList<>();

  /** Two producers in turn, all acknowledged. */
  private void acknowledged() {
    for (int offset = 0; offset < COUNT; offset++) {
      int producer = offset % 2;
      var entry = new Entry(offset, producer, history.sending(PARTITION, producer));
      history.acknowledged(PARTITION, entry);
      log.add(entry);
    }
  }

  private List<String> kinds() {
    history.finalLog(PARTITION, log);
    return HistoryChecker.check(history).stream().map(found -> found.split(":")[0]).toList();
  }

  @Test
  void whatIsThereOnceAndInOrderIsRight() {
    acknowledged();
    for (Entry entry : log) {
      history.read("reader", PARTITION, entry);
      history.delivered(PARTITION, entry);
    }
    history.committed(PARTITION, COUNT);
    history.commitFound(PARTITION, COUNT, COUNT);

    assertEquals(List.of(), kinds());
  }

  @Test
  void recordWithoutAnswerMayBeThereOrNot() {
    acknowledged();
    log.add(new Entry(COUNT, 0, history.sending(PARTITION, 0)));
    history.sending(PARTITION, 1);

    assertEquals(List.of(), kinds());
  }

  @Test
  void offsetsMayBeLeftOut() {
    acknowledged();
    log.add(new Entry(COUNT + 1, 0, history.sending(PARTITION, 0)));
    log.forEach(entry -> history.read("reader", PARTITION, entry));

    assertEquals(List.of(), kinds()); // A marker of a transaction lies between.
  }

  @Test
  void emptyHistoryProvesNothing() {
    assertEquals(List.of("NOTHING CHECKED"), kinds());
  }

  @Test
  void lostRecordIsFound() {
    acknowledged();
    log.remove(4);

    assertEquals(List.of("LOST"), kinds());
  }

  @Test
  void lostEndOfTheLogIsFound() {
    acknowledged();
    log.subList(7, COUNT).clear();

    assertEquals(List.of("LOST", "LOST", "LOST"), kinds());
  }

  @Test
  void emptyLogIsFound() {
    acknowledged();
    log.clear();

    assertEquals(COUNT, kinds().size());
  }

  @Test
  void duplicatedRecordIsFound() {
    acknowledged();
    log.add(new Entry(COUNT, 0, 4));

    assertEquals(List.of("DUPLICATED"), kinds());
  }

  @Test
  void duplicatedRecordThatWasNeverAcknowledgedIsFound() {
    acknowledged();
    int sequence = history.sending(PARTITION, 0);
    log.add(new Entry(COUNT, 0, sequence));
    log.add(new Entry(COUNT + 1, 0, sequence));

    assertEquals(List.of("DUPLICATED"), kinds());
  }

  @Test
  void reorderedRecordsAreFound() {
    for (int i = 0; i < 2; i++) {
      history.sending(PARTITION, 0);
    }
    history.acknowledged(PARTITION, new Entry(0, 0, 1));
    history.acknowledged(PARTITION, new Entry(1, 0, 0));
    log.add(new Entry(0, 0, 1));
    log.add(new Entry(1, 0, 0));

    assertEquals(List.of("REORDERED"), kinds());
  }

  @Test
  void recordAtAnotherOffsetThanTheProducerWasToldIsFound() {
    history.sending(PARTITION, 0);
    history.acknowledged(PARTITION, new Entry(5, 0, 0));
    log.add(new Entry(6, 0, 0));

    assertEquals(List.of("MOVED"), kinds());
  }

  @Test
  void producerMayBeToldThatItsRecordIsThereWithoutWhere() {
    history.sending(PARTITION, 0);
    history.acknowledged(PARTITION, new Entry(-1, 0, 0));
    log.add(new Entry(6, 0, 0));

    assertEquals(List.of(), kinds());
  }

  @Test
  void recordThatNobodySentIsFound() {
    acknowledged();
    log.add(new Entry(COUNT, 7, 0));

    assertEquals(List.of("NEVER SENT"), kinds());
  }

  @Test
  void recordThatWasReadAndIsGoneIsFound() {
    acknowledged();
    history.sending(PARTITION, 0);
    log.forEach(entry -> history.read("reader", PARTITION, entry));
    history.read("reader", PARTITION, new Entry(COUNT, 0, 5));

    assertEquals(List.of("DISAPPEARED"), kinds());
  }

  @Test
  void recordThatWasReadAndIsAnotherNowIsFound() {
    acknowledged();
    history.delivered(PARTITION, new Entry(0, 1, 0));

    assertEquals(List.of("DISAPPEARED"), kinds());
  }

  @Test
  void recordThatAReaderSkippedIsFound() {
    acknowledged();
    for (int offset : new int[] {0, 1, 2, 4, 5, 6, 7, 8, 9}) {
      history.read("reader", PARTITION, log.get(offset));
    }

    assertEquals(List.of("SKIPPED"), kinds());
  }

  @Test
  void readerThatWasSentBackIsFound() {
    acknowledged();
    log.forEach(entry -> history.read("reader", PARTITION, entry));
    history.read("reader", PARTITION, log.get(8));
    history.read("reader", PARTITION, log.get(9));

    assertEquals(List.of("READ TWICE"), kinds());
  }

  @Test
  void readerThatNeverCameToTheEndIsFound() {
    acknowledged();
    log.subList(0, 5).forEach(entry -> history.read("reader", PARTITION, entry));

    assertEquals(List.of("NEVER CAME"), kinds());
  }

  @Test
  void recordCommittedOverWithoutBeingDeliveredIsFound() {
    acknowledged();
    log.stream()
        .filter(entry -> entry.offset() != 6)
        .forEach(entry -> history.delivered(PARTITION, entry));
    history.committed(PARTITION, COUNT);

    assertEquals(List.of("SKIPPED"), kinds());
  }

  @Test
  void commitThatWentBackIsFound() {
    acknowledged();
    history.committed(PARTITION, 4);
    history.commitFound(PARTITION, 4, 3);
    log.forEach(entry -> history.delivered(PARTITION, entry));

    assertEquals(List.of("COMMIT LOST"), kinds());
  }

  @Test
  void valueTellsWhoseRecordItIs() {
    assertEquals(new Entry(7, 3, 42), Entry.of(7, Entry.value(3, 42) + "filling"));
    var refused = assertThrows(IllegalArgumentException.class, () -> Entry.of(7, "stranger"));
    assertTrue(refused.getMessage().contains("stranger"), refused::toString);
  }
}
