package io.gofka.simulation;

import java.util.Arrays;

/**
 * Carries messages from node to node, or loses, doubles, delays and reorders them. Links are one
 * way: each direction is cut or clogged by itself.
 */
final class Network {
  /**
   * How it behaves.
   *
   * @param loss probability that a message doesn't arrive
   * @param duplication probability that it arrives twice
   * @param lateness probability that it arrives long after the others
   * @param reordering whether one may overtake another on the same link
   */
  record Weather(
      double loss,
      double duplication,
      double lateness,
      boolean reordering,
      long minDelayMicros,
      long meanDelayMicros,
      long maxLateMicros) {
    static Weather fine() {
      return new Weather(0, 0, 0, false, 100, 300, 0);
    }
  }

  private final World world;
  private final int nodes;
  private final boolean[] cut;
  private final long[] cloggedUntil;
  private final long[] lastArrival;
  private long lateUntil = Long.MAX_VALUE;
  private Weather weather;
  private int connections;

  Network(World world, int nodes, Weather weather) {
    this.world = world;
    this.nodes = nodes;
    this.weather = weather;
    this.cut = new boolean[nodes * nodes];
    this.cloggedUntil = new long[nodes * nodes];
    this.lastArrival = new long[nodes * nodes];
  }

  void changeTo(Weather changed) {
    weather = changed;
  }

  /** Whatever is late is there by then. */
  void lateUntil(long micros) {
    lateUntil = micros;
  }

  /** Everything is well; what is on its way still arrives. */
  void heal() {
    Arrays.fill(cut, false);
    Arrays.fill(cloggedUntil, 0);
  }

  /** What is on its way is lost, also what was very late: every connection is a new one. */
  void reconnect() {
    connections++;
  }

  void cut(int from, int to, boolean isCut) {
    cut[from * nodes + to] = isCut;
  }

  /** Whether nothing gets from one to the other. */
  boolean isCut(int from, int to) {
    return cut[from * nodes + to];
  }

  /** What is sent meanwhile arrives afterwards, all at once. */
  void clog(int from, int to, long untilMicros) {
    cloggedUntil[from * nodes + to] = untilMicros;
  }

  /**
   * @param arrive what happens at the receiver, for each time that the message arrives
   */
  void send(int from, int to, Runnable arrive) {
    int link = from * nodes + to;
    if (cut[link] || world.chance(weather.loss)) {
      return;
    }
    deliver(link, arrive);
    if (world.chance(weather.duplication)) {
      deliver(link, arrive);
    }
  }

  private void deliver(int link, Runnable arrive) {
    long delay = weather.minDelayMicros + world.about(weather.meanDelayMicros);
    long at = Math.max(world.nowMicros() + delay, cloggedUntil[link]);
    if (world.chance(weather.lateness)) {
      long most = Math.min(weather.maxLateMicros, Math.max(0, lateUntil - world.nowMicros()));
      at += world.between(0, most);
    } else if (!weather.reordering) {
      at = Math.max(at, lastArrival[link]);
      lastArrival[link] = at;
    }
    int connection = connections;
    world.at(
        at,
        () -> {
          if (!cut[link] && connection == connections) {
            arrive.run();
          }
        });
  }
}
