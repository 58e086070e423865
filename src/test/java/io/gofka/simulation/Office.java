package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEffect.LeadershipChanged;
import io.gofka.raft.RaftEffect.ReadReady;
import java.util.HashMap;
import java.util.Map;

/**
 * What the process of a node was told of its leadership, and who waits there for an answer. A
 * process begins with a new one.
 */
final class Office {
  private final String name;
  private final ClientHistory clients;
  private final Map<Long, Integer> proposed = new HashMap<>();
  private final Map<Long, Long> reading = new HashMap<>();
  private long term;
  private boolean held;

  Office(String name, ClientHistory clients) {
    this.name = name;
    this.clients = clients;
  }

  /** Whether proposals are taken. */
  boolean isHeld() {
    return held;
  }

  void onChanged(LeadershipChanged changed) {
    if (changed.term() < term) {
      throw new Violation("terms never fall", name + " hears " + changed + " after " + term);
    }
    if (!changed.self() || changed.term() != term) {
      proposed.clear(); // Nobody here will learn their fate.
    }
    term = changed.term();
    held = changed.self();
  }

  void onProposed(int command, long index, long inTerm) {
    if (inTerm != term || !held) {
      throw new Violation("proposals in office only", name + " proposes in term " + inTerm);
    }
    proposed.put(index, command);
  }

  void onApplied(LogEntry entry) {
    Integer command = proposed.isEmpty() ? null : proposed.remove(entry.index());
    if (command == null) {
      return;
    }
    if (!entry.isData() || Commands.decode(entry) != command) {
      throw new Violation(
          "loss of leadership is told first",
          "%s proposed %d at %d, where %s is".formatted(name, command, entry.index(), entry));
    }
    clients.acknowledged(command, entry.index());
  }

  void onRead(long id) {
    reading.put(id, clients.beginRead());
  }

  void onReadFailed(long id) {
    reading.remove(id);
  }

  /**
   * @param applied the reader sees everything up to it
   */
  void onReadReady(ReadReady ready, long applied) {
    Long floor = reading.remove(ready.id());
    if (floor == null) {
      throw new Violation("one answer", name + " answers read " + ready.id() + " again");
    }
    if (applied < ready.index()) {
      throw new Violation(
          "linearizable reads",
          "%s is ready up to %d and has applied %d".formatted(name, ready.index(), applied));
    }
    clients.read(floor, applied);
  }
}
