package io.gofka.protocol.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VersionsTest {
  @Test
  void rangesAreWrittenInFourWays() {
    assertEquals(Versions.NONE, Versions.parse("none"));
    assertEquals(new Versions(3, 3), Versions.parse("3"));
    assertEquals(new Versions(3, Short.MAX_VALUE), Versions.parse("3+"));
    assertEquals(new Versions(3, 7), Versions.parse("3-7"));
  }

  @Test
  void whatIsNoRangeIsRefused() {
    for (String text : new String[] {"", "x", "-1", "7-3", "40000", "1-", "+", "3-x"}) {
      assertThrows(SchemaException.class, () -> Versions.parse(text), text);
    }
  }

  @Test
  void conditionComparesOnlyWhatIsNotKnownAlready() {
    Versions known = new Versions(3, 9);
    assertEquals("true", Versions.parse("0+").condition(known));
    assertEquals("true", Versions.parse("3-9").condition(known));
    assertEquals("version >= 5", Versions.parse("5+").condition(known));
    assertEquals("version <= 5", Versions.parse("0-5").condition(known));
    assertEquals("version >= 4 && version <= 5", Versions.parse("4-5").condition(known));
    assertEquals("version == 4", Versions.parse("4").condition(known));
    assertEquals("false", Versions.parse("10+").condition(known));
    assertEquals("false", Versions.NONE.condition(known));
  }

  @Test
  void noneIsInEveryRangeAndHoldsNothing() {
    assertTrue(Versions.parse("3").containsAll(Versions.NONE));
    assertTrue(!Versions.NONE.contains(0));
    assertEquals(Versions.NONE, Versions.parse("0-2").intersect(Versions.parse("3+")));
  }
}
