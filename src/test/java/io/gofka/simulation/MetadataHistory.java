package io.gofka.simulation;

import io.gofka.metadata.MetadataRecord;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.MetadataRecord.PartitionCreated;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.TopicCreated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.MetadataRecordCodec;
import io.gofka.raft.LogEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What clients were told of commands about metadata, held against the log that was agreed on. Each
 * answer must be true at one place of the log between the end of what anybody knew when the command
 * began and the end of the log when it was answered: the log is the order that makes the history
 * linearizable. The records are read here by rules of our own, not by those of the image.
 */
final class MetadataHistory {
  /** The setting into which a client writes the number of its command: so it is found again. */
  static final String MARK = "retention.ms";

  static final String CLUSTER_MARK = "log.retention.ms";

  /**
   * A topic as it was from an entry on.
   *
   * @param id empty when there is none of this name
   */
  record TopicState(long since, Optional<UUID> id, int partitions) {}

  private final Map<String, List<TopicState>> topics = new HashMap<>();
  private final Map<UUID, String> names = new HashMap<>();
  private final Map<UUID, Long> removedAt = new HashMap<>();
  private final Map<String, Long> markedAt = new HashMap<>();
  private final Map<String, Integer> nodeIds = new HashMap<>();
  private final Set<String> refused = new HashSet<>();
  private final Set<Object> claimed = new HashSet<>();
  private long nextProducerId;
  private long end;
  private long seen = -1;
  private int acknowledged;
  private int nextNumber = 1_000_000;

  /** A command begins. */
  record Begun(String number, long floor) {}

  Begun begin() {
    return new Begun(String.valueOf(nextNumber++), seen);
  }

  int acknowledged() {
    return acknowledged;
  }

  // What is agreed on

  void onCommitted(LogEntry entry) {
    end = entry.index() + 1;
    if (entry.isData()) {
      for (MetadataRecord record : MetadataRecordCodec.decode(entry.payload())) {
        onRecord(entry.index(), record);
      }
    }
  }

  private void onRecord(long index, MetadataRecord record) {
    if (record instanceof TopicCreated created) {
      if (states(created.name()).get(last(created.name())).id().isPresent()) {
        throw new Violation("one topic of a name", created + " at " + index);
      }
      if (names.putIfAbsent(created.topicId(), created.name()) != null) {
        throw new Violation("topic ids are given once", created + " at " + index);
      }
      states(created.name()).add(new TopicState(index, Optional.of(created.topicId()), 0));
    } else if (record instanceof PartitionCreated created) {
      String name = names.get(created.topicId());
      TopicState now = name == null ? null : states(name).get(last(name));
      if (now == null
          || !now.id().equals(Optional.of(created.topicId()))
          || now.partitions() != created.partition()) {
        throw new Violation("partitions in order", created + " at " + index + ": " + now);
      }
      states(name).add(new TopicState(index, now.id(), now.partitions() + 1));
    } else if (record instanceof TopicRemoved removed) {
      String name = names.get(removed.topicId());
      if (name == null || removedAt.putIfAbsent(removed.topicId(), index) != null) {
        throw new Violation("a topic is removed once", removed + " at " + index);
      }
      states(name).add(new TopicState(index, Optional.empty(), 0));
    } else if (record instanceof ConfigSet set && set.value().isPresent()) {
      onMark(index, set);
    } else if (record instanceof ProducerIdsAllocated allocated) {
      if (allocated.nextProducerId() <= nextProducerId) {
        throw new Violation("producer ids are given once", allocated + " at " + index);
      }
      nextProducerId = allocated.nextProducerId();
    } else if (record instanceof NodeIdAssigned assigned) {
      boolean taken = nodeIds.containsValue(assigned.numericId());
      if (taken || nodeIds.putIfAbsent(assigned.nodeId(), assigned.numericId()) != null) {
        throw new Violation("a numeric id is given once", assigned + " at " + index);
      }
    }
  }

  private void onMark(long index, ConfigSet set) {
    if (!set.key().equals(MARK) && !set.key().equals(CLUSTER_MARK)) {
      return;
    }
    String number = set.value().orElseThrow();
    if (markedAt.putIfAbsent(number, index) != null) {
      throw new Violation("command at most once", set + " at " + index);
    }
    if (refused.contains(number)) {
      throw new Violation("refused means never", set + " at " + index);
    }
  }

  private List<TopicState> states(String name) {
    return topics.computeIfAbsent(
        name, n -> new ArrayList<>(List.of(new TopicState(-1, Optional.empty(), 0))));
  }

  private int last(String name) {
    return states(name).size() - 1;
  }

  /** The name of a topic that there was once. */
  String name(UUID topicId) {
    return names.get(topicId);
  }

  // What clients are told

  /** The command is done, and left its mark. */
  void done(Begun command) {
    Long index = markedAt.get(command.number());
    if (index == null) {
      throw new Violation("acknowledged means committed", command + " left no trace");
    }
    changed(command, index);
  }

  /** The topic was created by this very command. */
  void created(Begun command, String name, UUID id) {
    done(command);
    boolean there =
        states(name).stream()
            .anyMatch(
                state ->
                    state.id().equals(Optional.of(id))
                        && state.since() == markedAt.get(command.number()));
    if (!there) {
      throw new Violation("acknowledged means committed", command + " created " + name + " " + id);
    }
  }

  void removed(Begun command, UUID id) {
    Long index = removedAt.get(id);
    if (index == null) {
      throw new Violation("acknowledged means committed", command + " removed " + id);
    }
    if (!claimed.add(id)) {
      throw new Violation("a topic is removed once", command + " removed " + id + " again");
    }
    changed(command, index);
  }

  /** The topic has grown to so many partitions. */
  void grown(Begun command, String name, int partitions) {
    for (int at = 1; at < states(name).size(); at++) {
      TopicState before = states(name).get(at - 1);
      TopicState state = states(name).get(at);
      boolean lastOfEntry =
          at + 1 == states(name).size() || states(name).get(at + 1).since() > state.since();
      if (state.since() > command.floor()
          && lastOfEntry
          && state.partitions() == partitions
          && before.id().equals(state.id())
          && claimed.add(state)) {
        changed(command, state.since());
        return;
      }
    }
    throw new Violation(
        "acknowledged means committed",
        "%s has given %s %d partitions: %s".formatted(command, name, partitions, states(name)));
  }

  private void changed(Begun command, long index) {
    if (index <= command.floor()) {
      throw new Violation("linearizable commands", command + " took place at " + index);
    }
    seen = Math.max(seen, index);
    acknowledged++;
  }

  /**
   * A block of producer ids.
   *
   * @param first of a thousand
   */
  void allocated(Begun command, long first) {
    if (!claimed.add(first)) {
      throw new Violation("producer ids are given once", command + " got " + first);
    }
    if (first >= nextProducerId) {
      throw new Violation("acknowledged means committed", command + " got " + first);
    }
    acknowledged++;
  }

  /** The command has certainly done nothing. */
  void refused(Begun command) {
    if (markedAt.containsKey(command.number())) {
      throw new Violation(
          "refused means never", command + " stands at " + markedAt.get(command.number()));
    }
    refused.add(command.number());
  }

  /** The command says how the topic is, or was while it was under way. */
  void observed(Begun command, String name, String what, Predicate<TopicState> as) {
    List<TopicState> states = states(name);
    for (int at = 0; at < states.size(); at++) {
      long until = at + 1 < states.size() ? states.get(at + 1).since() : end + 1;
      if (until > states.get(at).since() && until > command.floor() && as.test(states.get(at))) {
        seen = Math.max(seen, states.get(at).since());
        return;
      }
    }
    throw new Violation(
        "linearizable answers",
        "%s was told of %s that it %s, it was %s".formatted(command, name, what, states));
  }
}
