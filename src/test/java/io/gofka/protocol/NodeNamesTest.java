package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeNamesTest {
  private static final Map<Integer, String> NAMES = Map.of(1, "gofka-1", 7, "größer", 9, "");

  @Test
  void namesAreReadAsTheyWereWritten() {
    RawTaggedField other = new RawTaggedField(3, NodeNames.field(Map.of(2, "other")).data());
    assertEquals(NAMES, NodeNames.in(List.of(other, NodeNames.field(NAMES))));
    assertEquals(Map.of(), NodeNames.in(List.of(other)));
  }

  @Test
  void brokenFieldTellsNoMoreThanItHas() {
    RawTaggedField whole = NodeNames.field(NAMES);
    for (int length = 0; length < whole.data().readableBytes(); length++) {
      RawTaggedField part = new RawTaggedField(whole.tag(), whole.data().slice(0, length));
      NodeNames.in(List.of(part)).forEach((id, name) -> assertEquals(NAMES.get(id), name));
    }
  }
}
