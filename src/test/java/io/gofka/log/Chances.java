package io.gofka.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What may happen next, each with its chances in a hundred; in what is left nothing does. */
final class Chances {
  /** What may happen. */
  interface Event {
    void happen() throws IOException;
  }

  private final List<Event> events = new ArrayList<>();

  Chances of(int inAHundred, Event event) {
    events.addAll(Collections.nCopies(inAHundred, event));
    if (events.size() > 100) {
      throw new IllegalStateException("there are " + events.size() + " chances in a hundred");
    }
    return this;
  }

  void take(Random random) throws IOException {
    int drawn = random.nextInt(100);
    if (drawn < events.size()) {
      events.get(drawn).happen();
    }
  }
}
