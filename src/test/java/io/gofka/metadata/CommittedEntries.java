package io.gofka.metadata;

import io.gofka.replica.MemoryLog;
import java.util.ArrayList;
import java.util.List;

/** All that was ever committed in a {@link ReplicationWorld}: it stays, and stays the same. */
final class CommittedEntries {
  private final List<MemoryLog.Entry> entries = new ArrayList<>();

  int size() {
    return entries.size();
  }

  /** What a leader says is committed, is so for ever. */
  void onCommitted(WorldBroker leader) {
    for (long offset = 0; offset < leader.log.highWatermark(); offset++) {
      MemoryLog.Entry entry = leader.log.at(offset);
      if (offset == entries.size()) {
        entries.add(entry);
      } else if (!entries.get((int) offset).equals(entry)) {
        throw new AssertionError(
            "%d has %s at %d, committed was %s"
                .formatted(leader.id, entry, offset, entries.get((int) offset)));
      }
    }
  }

  /** What a follower was told is committed, it has. */
  void checkFollower(WorldBroker follower) {
    for (long offset = 0; offset < follower.log.highWatermark(); offset++) {
      if (!entries.get((int) offset).equals(follower.log.at(offset))) {
        throw new AssertionError(follower.id + " takes another record to be committed");
      }
    }
  }

  /** Who begins to lead has all of it. */
  void checkLeader(WorldBroker leader, int leaderEpoch) {
    for (int offset = 0; offset < entries.size(); offset++) {
      if (leader.log.logEndOffset() <= offset
          || !leader.log.at(offset).equals(entries.get(offset))) {
        throw new AssertionError(
            "leader %d of epoch %d lacks %s at %d, its log ends at %d"
                .formatted(
                    leader.id,
                    leaderEpoch,
                    entries.get(offset),
                    offset,
                    leader.log.logEndOffset()));
      }
    }
  }
}
