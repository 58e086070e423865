package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.QuorumWatch.Answer;
import io.gofka.raft.Hello;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.ReplicatedLog;
import io.gofka.raft.VoterSet;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shell of {@link QuorumWatch}: asks the voters. On the loop of the controller it is a part of. */
final class QuorumWatchShell {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumWatchShell.class);

  private final Bus bus;
  private final ReplicatedLog log;
  private final QuorumWatch watch;
  private boolean asking;

  QuorumWatchShell(Bus bus, ReplicatedLog log) {
    this.bus = bus;
    this.log = log;
    this.watch = new QuorumWatch(log.nowMs());
  }

  void onLeader(boolean leads) {
    watch.onLeader(leads, log.nowMs());
  }

  /** Called when the log is open. */
  void onTick() {
    if (!asking && watch.isTimeToAsk(log.nowMs())) {
      asking = true;
      bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())
          .compose(self -> askAll(log.state().voters(), self))
          .onFailure(cause -> LOG.debug("The voters were not asked", cause))
          .onComplete(done -> asking = false);
    }
  }

  private Future<Void> askAll(VoterSet voters, NodeStatus self) {
    Map<String, Answer> answers = new HashMap<>();
    answers.put(self.nodeId(), Answer.of(self));
    List<Future<Answer>> asked = new ArrayList<>();
    voters
        .voters()
        .forEach(
            (name, voter) -> {
              if (!name.equals(self.nodeId())) {
                asked.add(
                    bus.request(Addresses.HELLO, new Hello(voter.address()))
                        .map(Answer::of)
                        .otherwise(cause -> Answer.none(String.valueOf(cause.getMessage())))
                        .onSuccess(answer -> answers.put(name, answer)));
              }
            });
    return Future.join(asked)
        .map(
            all -> {
              watch
                  .onAnswers(voters, self.nodeId(), answers)
                  .ifPresent(finding -> LOG.warn("{}: {}", self.nodeId(), finding));
              return null;
            });
  }

  /** Why nobody leads, as far as it is known; empty while somebody does, and before that. */
  String finding() {
    return watch.finding();
  }
}
