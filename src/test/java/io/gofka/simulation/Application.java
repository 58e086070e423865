package io.gofka.simulation;

import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftEffect.LeadershipChanged;
import io.gofka.raft.RaftEffect.ReadReady;
import io.gofka.raft.Snapshot;
import java.util.List;

/** What stands on a replica of the log, in one life of its node. */
interface Application {
  /** The replica is about to start. */
  void start();

  /** It has started, and everything that its disk says is committed was delivered. */
  void onStarted();

  void onCommitted(List<LogEntry> entries);

  void onSnapshot(Snapshot snapshot);

  void onLeadershipChanged(LeadershipChanged changed);

  void onReadReady(ReadReady ready);

  void onReadFailed(long id);

  /** Whether proposals are taken here. */
  boolean isInOffice();
}
