package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.Snapshot;
import java.util.Optional;

/** What a quorum agrees about, who asks for it, and what must hold of it. */
interface Workload {
  /** A life of a node begins: what stands on its replica of the log. */
  Application begin(SimulatedNode node);

  /** An entry, of whatever kind, is committed: told once, by whoever knows it first. */
  void onCommitted(LogEntry entry);

  /**
   * Checks a snapshot that a node stores or is given.
   *
   * @param chain of the committed entries up to its end
   */
  void verify(Snapshot snapshot, long chain);

  /** Everybody who isn't a node of the quorum begins. */
  void start();

  /** Nothing goes wrong any more, and all of them that are down are started. */
  void heal();

  /** Somebody asks for something. */
  void ask();

  /** A node that takes itself for the leader is asked for something that it can't refuse. */
  void askFor(SimulatedNode node);

  /** A node is asked for something that changes nothing, if there is such a thing. */
  void read(SimulatedNode node);

  /** How many changes somebody was told of that they are done. */
  int acknowledged();

  /** What is missing until everybody has everything, when all nodes have applied it. */
  Optional<String> missing();

  /** The address of a machine doesn't answer any more. */
  void onCrash(SimulatedNode node);
}
