package io.gofka.group;

import java.util.ArrayList;
import java.util.List;

/** One event on its way through the core: when it happened, and what comes of it. */
final class Step {
  private final Moment moment;
  private final List<Effect> effects = new ArrayList<>();

  Step(Moment moment) {
    this.moment = moment;
  }

  Moment moment() {
    return moment;
  }

  long nowMs() {
    return moment.nowMs();
  }

  long timestampMs() {
    return moment.timestampMs();
  }

  void answer(long requestId, Object reply) {
    effects.add(new Effect.Answer(requestId, reply));
  }

  void report(ClassicGroup group, String event) {
    effects.add(
        new Effect.Report(
            "Group "
                + group.groupId()
                + " (generation "
                + group.generationId()
                + ", "
                + group.state()
                + "): "
                + event));
  }

  void add(Effect effect) {
    effects.add(effect);
  }

  List<Effect> effects() {
    return List.copyOf(effects);
  }
}
