package io.gofka.simulation;

import com.google.errorprone.annotations.FormatMethod;

/**
 * A process on a machine of its own: has a clock, can be paused, killed and started again. What
 * happens to it happens as soon as it isn't paused, and not to the one that is started next.
 */
abstract class SimulatedProcess {
  private final World world;
  private final int index;
  private final String name;
  private final NodeClock clock;
  private int incarnation;
  private long pausedUntil;

  /**
   * @param index of its machine in the network
   */
  SimulatedProcess(World world, int index, String name, NodeClock clock) {
    this.world = world;
    this.index = index;
    this.name = name;
    this.clock = clock;
  }

  final World world() {
    return world;
  }

  final int index() {
    return index;
  }

  final String name() {
    return name;
  }

  final NodeClock clock() {
    return clock;
  }

  /** Grows with each start. */
  final int incarnation() {
    return incarnation;
  }

  abstract boolean isUp();

  final boolean isPaused() {
    return world.nowMicros() < pausedUntil;
  }

  final long pausedUntil() {
    return pausedUntil;
  }

  /** Does nothing until then; everything that happens to it happens afterwards. */
  final void pauseUntil(long micros) {
    trace("pauses until %d", micros);
    pausedUntil = Math.max(pausedUntil, micros);
  }

  final void beginIncarnation() {
    incarnation++;
  }

  final void endPause() {
    pausedUntil = 0;
  }

  /** By its own clock. */
  final long nowMs() {
    return clock.nowMs(world.nowMicros());
  }

  /** Something happens to this process, if it lives and as soon as it isn't paused. */
  final void later(int toIncarnation, Runnable event) {
    if (isPaused()) {
      world.at(pausedUntil, () -> later(toIncarnation, event));
    } else if (isUp() && incarnation == toIncarnation) {
      event.run();
    }
  }

  final void afterwards(long delayMicros, Runnable event) {
    int current = incarnation;
    world.after(delayMicros, () -> later(current, event));
  }

  /** When so much time has gone by on its clock. */
  final void afterMs(long delayMs, Runnable event) {
    int current = incarnation;
    world.at(clock.worldMicrosAt(nowMs() + delayMs), () -> later(current, event));
  }

  @FormatMethod
  final void trace(String format, Object... arguments) {
    if (world.tracing()) {
      world.trace(name + " " + format.formatted(arguments));
    }
  }
}
