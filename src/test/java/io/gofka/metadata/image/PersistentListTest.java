package io.gofka.metadata.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PersistentListTest {
  @Test
  void holdsWhatAnArrayListHolds() {
    Random random = new Random(1);
    for (int size : new int[] {0, 1, 31, 32, 33, 1_023, 1_024, 1_025, 32_768, 32_769}) {
      List<Integer> model = new ArrayList<>(IntStream.range(0, size).boxed().toList());
      PersistentList<Integer> list = PersistentList.copyOf(model);
      assertEquals(model, list);
      for (int i = 0; i < Math.min(size, 50); i++) {
        int at = random.nextInt(size);
        PersistentList<Integer> before = list;
        int old = list.get(at);
        list = list.with(at, -i);
        model.set(at, -i);
        assertEquals(old, before.get(at), "the list before stays as it was");
      }
      assertEquals(model, list);
      List<Integer> more = List.of(7, 8, 9);
      model.addAll(more);
      assertEquals(model, list.withAppended(more));
      assertEquals(size, list.size());
    }
  }

  @Test
  void placesThatDoNotExistAreRefused() {
    PersistentList<Integer> list = PersistentList.copyOf(List.of(1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> list.get(2));
    assertThrows(IndexOutOfBoundsException.class, () -> list.get(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> list.with(2, 5));
    assertThrows(UnsupportedOperationException.class, () -> list.add(1));
  }

  @Test
  void copyOfAPersistentListIsTheListItself() {
    PersistentList<Integer> list = PersistentList.copyOf(List.of(1, 2));
    assertSame(list, PersistentList.copyOf(list));
    assertSame(list, list.withAppended(List.of()));
  }
}
