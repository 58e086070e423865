package io.gofka.simulation;

import io.gofka.metadata.image.BrokerImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.StreamChanged;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The streams between brokers: one for each ordered pair, opened by the one that follows. Nothing
 * on a stream is lost or overtaken, until it breaks; each side hears of that in its own time, and
 * what was under way is gone.
 */
final class ReplicaStreams {
  private final ReplicationWorkload workload;
  private final World world;
  private final List<Stream> streams = new ArrayList<>();

  ReplicaStreams(ReplicationWorkload workload) {
    this.workload = workload;
    this.world = workload.cluster().world();
  }

  void start() {
    List<SimulatedBroker> brokers = workload.brokers();
    for (int follower = 0; follower < brokers.size(); follower++) {
      for (int leader = 0; leader < brokers.size(); leader++) {
        if (follower != leader) {
          Stream stream = new Stream(brokers.get(follower), brokers.get(leader));
          streams.add(stream);
          stream.look();
        }
      }
    }
  }

  private Stream find(SimulatedBroker follower, SimulatedBroker leader) {
    for (Stream stream : streams) {
      if (stream.follower == follower && stream.leader == leader) {
        return stream;
      }
    }
    throw new IllegalStateException("no stream from " + follower.name() + " to " + leader.name());
  }

  void toLeader(SimulatedBroker follower, int leaderId, List<FollowerMessage> messages) {
    workload.broker(leaderId).ifPresent(leader -> find(follower, leader).up(messages));
  }

  void toFollower(
      SimulatedBroker leader,
      int followerId,
      List<LeaderMessage> messages,
      Runnable written,
      Runnable lost) {
    workload
        .broker(followerId)
        .ifPresentOrElse(
            follower -> find(follower, leader).down(messages, written, lost),
            () -> leader.afterwards(0, lost));
  }

  void onCrash(SimulatedBroker broker) {
    for (Stream stream : streams) {
      if (stream.leader == broker) {
        stream.loseAll();
      }
      if (stream.follower == broker || stream.leader == broker) {
        stream.breakOff();
      }
    }
  }

  /** Both directions of one follower and one leader. */
  private final class Stream {
    private final SimulatedBroker follower;
    private final SimulatedBroker leader;
    private final Deque<Runnable> arrived = new ArrayDeque<>();
    private final List<Runnable> unwritten = new ArrayList<>();
    private boolean isUp;
    private long generation;
    private boolean busy;
    private boolean leaderKnows;
    private boolean followerKnows;
    private int leaderLife;
    private int followerLife;
    private long followerEpoch;
    private long lastUpArrival;
    private long lastDownArrival;

    Stream(SimulatedBroker follower, SimulatedBroker leader) {
      this.follower = follower;
      this.leader = leader;
    }

    private long pauseMicros() {
      return workload.sessionTimeoutMs() * World.MILLIS / 10;
    }

    /** From time to time: it breaks when the network is cut, and is opened when it can be. */
    void look() {
      world.after(world.about(pauseMicros()), this::look);
      Network network = workload.cluster().network();
      boolean cut =
          network.isCut(follower.index(), leader.index())
              || network.isCut(leader.index(), follower.index());
      if (isUp && (cut || isOutdated())) {
        breakOff();
      } else if (!isUp && !cut && isReady(follower) && isReady(leader)) {
        open();
      }
    }

    /** The leader's side ends it when the follower has registered anew, if only once more. */
    private boolean isOutdated() {
      BrokerImage known = leader.services().image().brokers().get(workload.idOf(follower));
      return leader.isUp() && !leader.isPaused() && known != null && known.epoch() > followerEpoch;
    }

    private boolean isReady(SimulatedBroker broker) {
      return broker.isUp() && !broker.isPaused() && workload.replicas(broker).isPresent();
    }

    private void open() {
      long epoch = workload.epochOf(follower);
      if (epoch < 0) {
        return;
      }
      tellLeaderDown(generation); // Of a stream that is replaced, both is told.
      tellFollowerDown(generation);
      isUp = true;
      generation++;
      busy = false;
      followerEpoch = epoch;
      leaderLife = leader.incarnation();
      followerLife = follower.incarnation();
      leaderKnows = true;
      followerKnows = true;
      SimulatedReplicas there = workload.replicas(leader).orElseThrow();
      SimulatedReplicas here = workload.replicas(follower).orElseThrow();
      there.shard().onStream(new StreamChanged(here.brokerId(), false, true));
      here.shard().onStream(new StreamChanged(there.brokerId(), true, true));
    }

    /** What was to be written is given back. */
    void loseAll() {
      List<Runnable> lost = List.copyOf(unwritten);
      unwritten.clear();
      lost.forEach(Runnable::run);
    }

    void breakOff() {
      if (!isUp) {
        return;
      }
      isUp = false;
      arrived.clear();
      long broken = generation;
      world.after(noticed(), () -> leader.later(leaderLife, () -> tellLeaderDown(broken)));
      world.after(noticed(), () -> follower.later(followerLife, () -> tellFollowerDown(broken)));
    }

    private long noticed() {
      return world.chance(0.5) ? world.about(World.MILLIS) : world.between(0, 5 * pauseMicros());
    }

    private void tellLeaderDown(long broken) {
      if (leaderKnows && broken == generation) {
        leaderKnows = false;
        List<Runnable> lost = List.copyOf(unwritten);
        unwritten.clear();
        if (leader.isUp() && leader.incarnation() == leaderLife) {
          lost.forEach(Runnable::run);
          workload
              .replicas(leader)
              .ifPresent(
                  replicas ->
                      replicas
                          .shard()
                          .onStream(new StreamChanged(workload.idOf(follower), false, false)));
        }
      }
    }

    private void tellFollowerDown(long broken) {
      if (followerKnows && broken == generation) {
        followerKnows = false;
        if (follower.isUp() && follower.incarnation() == followerLife) {
          workload
              .replicas(follower)
              .ifPresent(
                  replicas ->
                      replicas
                          .shard()
                          .onStream(new StreamChanged(workload.idOf(leader), true, false)));
        }
      }
    }

    private long delay() {
      return 100 + world.about(world.chance(0.05) ? 20 * World.MILLIS : 300);
    }

    /** To the leader. */
    void up(List<FollowerMessage> messages) {
      if (!isUp) {
        return;
      }
      long current = generation;
      lastUpArrival = Math.max(world.nowMicros() + delay(), lastUpArrival);
      world.at(
          lastUpArrival,
          () ->
              leader.later(
                  leaderLife,
                  () -> {
                    if (isUp && generation == current) {
                      if (world.tracing()) {
                        leader.trace("gets from %s: %s", follower.name(), messages);
                      }
                      workload
                          .replicas(leader)
                          .orElseThrow()
                          .shard()
                          .onFollowerMessages(workload.idOf(follower), followerEpoch, messages);
                    }
                  }));
    }

    /** To the follower. */
    void down(List<LeaderMessage> messages, Runnable written, Runnable lost) {
      if (!isUp) {
        leader.afterwards(0, lost);
        return;
      }
      List<LeaderMessage> copied = messages.stream().map(ReplicaStreams::copied).toList();
      long current = generation;
      unwritten.add(lost);
      leader.afterwards(
          world.about(200),
          () -> {
            if (unwritten.remove(lost)) {
              written.run();
              workload.onTouched(leader);
            }
          });
      lastDownArrival = Math.max(world.nowMicros() + delay(), lastDownArrival);
      world.at(
          lastDownArrival,
          () ->
              follower.later(
                  followerLife,
                  () -> {
                    if (isUp && generation == current) {
                      arrived.add(() -> take(copied, current));
                      next();
                    }
                  }));
    }

    private void next() {
      if (!busy && !arrived.isEmpty()) {
        busy = true;
        arrived.remove().run();
      }
    }

    /** One after the other: the shard says when it has taken them in. */
    private void take(List<LeaderMessage> messages, long current) {
      if (world.tracing()) {
        follower.trace("gets from %s: %s", leader.name(), messages);
      }
      boolean[] done = {false};
      workload
          .replicas(follower)
          .orElseThrow()
          .shard()
          .onLeaderMessages(
              workload.idOf(leader),
              messages,
              () -> {
                if (!done[0] && generation == current) {
                  done[0] = true;
                  busy = false;
                  next();
                }
              });
    }
  }

  /** They travel; what the leader does with its own bytes afterwards isn't seen. */
  private static LeaderMessage copied(LeaderMessage message) {
    if (message instanceof Pushed pushed) {
      return new Pushed(
          pushed.topicId(),
          pushed.partition(),
          pushed.leaderEpoch(),
          pushed.session(),
          pushed.fromOffset(),
          pushed.endOffset(),
          pushed.highWatermark(),
          pushed.logStartOffset(),
          Unpooled.copiedBuffer(pushed.records()));
    }
    return message;
  }
}
