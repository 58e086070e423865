package io.gofka.metadata;

import io.gofka.raft.NodeStatus;
import io.gofka.raft.Voter;
import io.gofka.raft.VoterSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Finds out, when no controller has been active for a while, which of the voters can be reached:
 * whoever looks for the reason needs their names, and how many it takes.
 *
 * <p>Confined to one thread, without I/O or clock; {@code nowMs} is monotonic.
 */
final class QuorumWatch {
  /** An election takes a fraction of it. */
  static final long PATIENCE_MS = 5_000;

  /** How often the voters are asked again as long as nobody leads. */
  static final long ASK_AGAIN_MS = 5_000;

  /**
   * What came of asking a voter's address.
   *
   * @param status who is there; empty when nobody answers
   * @param why nobody does
   */
  record Answer(Optional<NodeStatus> status, String why) {
    static Answer of(NodeStatus status) {
      return new Answer(Optional.of(status), "");
    }

    static Answer none(String why) {
      return new Answer(Optional.empty(), why);
    }
  }

  private boolean led;
  private long askMs;
  private String finding = "";
  private boolean told;

  QuorumWatch(long nowMs) {
    askMs = nowMs + PATIENCE_MS;
  }

  /** Somebody leads, or nobody does any more. */
  void onLeader(boolean leads, long nowMs) {
    if (leads) {
      finding = "";
      told = false;
    } else if (led) { // Otherwise one more election has come to nothing.
      askMs = nowMs + PATIENCE_MS;
    }
    led = leads;
  }

  /** Whether all voters are to be asked now. */
  boolean isTimeToAsk(long nowMs) {
    if (led || nowMs < askMs) {
      return false;
    }
    askMs = nowMs + ASK_AGAIN_MS;
    return true;
  }

  /**
   * The voters have been asked.
   *
   * @param self name of this node
   * @param answers by the names of the voters
   * @return what is to be told; empty when it was told already, and when somebody leads meanwhile
   */
  Optional<String> onAnswers(VoterSet voters, String self, Map<String, Answer> answers) {
    if (led || voters.voters().isEmpty()) {
      return Optional.empty();
    }
    finding = finding(voters, self, answers);
    if (told) {
      return Optional.empty();
    }
    told = true;
    return Optional.of(finding);
  }

  /** A sentence without the full stop; empty as long as nothing is amiss, or nothing is known. */
  String finding() {
    return finding;
  }

  private static String finding(VoterSet voters, String self, Map<String, Answer> answers) {
    List<String> there = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    SortedMap<String, Voter> byName = new TreeMap<>(voters.voters());
    byName.forEach(
        (name, voter) -> {
          Answer answer = answers.getOrDefault(name, Answer.none("was not asked"));
          Optional<String> why = absence(voter, answer);
          if (why.isPresent()) {
            missing.add("%s (%s)".formatted(name, why.get()));
          } else {
            there.add(name.equals(self) ? name + " (this node)" : name);
          }
        });
    return "no active controller is known here: it takes %d of the %d voters. There: %s. Missing: %s"
        .formatted(voters.majority(), byName.size(), names(there), names(missing));
  }

  private static String names(List<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  /** Why a voter can't vote; empty when it can. */
  private static Optional<String> absence(Voter voter, Answer answer) {
    if (answer.status().isEmpty()) {
      return Optional.of(answer.why());
    }
    String there = answer.status().get().nodeId();
    if (!there.equals(voter.nodeId())) {
      return Optional.of("at its address is " + there);
    }
    UUID directory = answer.status().get().directoryId();
    boolean lost = voter.directoryId().filter(bound -> !bound.equals(directory)).isPresent();
    return lost ? Optional.of("its metadata directory was emptied") : Optional.empty();
  }
}
