package io.gofka.metadata;

import io.gofka.common.ErrorCode;
import io.gofka.metadata.WorldBroker.Feed;
import io.gofka.metadata.WorldBroker.Push;
import io.gofka.metadata.WorldBroker.Stream;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerReplica;
import io.gofka.replica.IsrChange;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Pushed;
import io.gofka.replica.LeaderReplica;
import io.gofka.replica.MemoryLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One partition on three brokers, and controllers that never fail: their decisions arrive late, but
 * in order. Streams break and come back, and what they had under way may arrive long after; brokers
 * stand still, crash and lose the end of their logs; answers of the controllers get lost. Time is
 * virtual, all chance comes from the seed.
 *
 * <p>A broker loses records only while all others are intact: then nothing that was committed may
 * ever be lost, nor change. A run is over when the others have restarted without a clean stop, too,
 * before that one was in sync again, so that somebody has to lead who may lack records.
 */
final class ReplicationWorld implements WorldNetwork.Ends {
  private static final UUID TOPIC = new UUID(0, 7);
  private static final long LAG_MS = 1_000;
  private static final List<Integer> IDS = List.of(1, 2, 3);
  private static final ByteBuf RECORDS = Unpooled.wrappedBuffer(new byte[] {1});

  private final SplittableRandom random;
  private final Chances chances;
  private final List<WorldBroker> brokers = new ArrayList<>();
  private final PartitionControllers controllers;
  private final List<IsrRequest> isrRequests = new ArrayList<>();
  private final WorldNetwork network;
  private final CommittedEntries committed = new CommittedEntries();
  private final Deque<String> story = new ArrayDeque<>();
  private long nowMs;
  private int nextValue;
  private long nextBrokerEpoch = 1;
  private boolean over;

  /** On its way to the controllers. */
  private record IsrRequest(
      WorldBroker from,
      LeaderReplica asker,
      IsrChange change,
      long brokerEpoch,
      boolean answered) {}

  ReplicationWorld(long seed) {
    random = new SplittableRandom(seed);
    chances = new Chances(random);
    network = new WorldNetwork(random, brokers, this);
    TreeMap<Integer, Long> epochs = new TreeMap<>();
    for (int id : IDS) {
      WorldBroker broker = new WorldBroker(id, nextBrokerEpoch++);
      brokers.add(broker);
      epochs.put(id, broker.epoch);
    }
    controllers = new PartitionControllers(epochs, this::onAgreed);
    for (WorldBroker broker : brokers) {
      broker.seen = 1;
      assume(broker);
    }
    for (WorldBroker one : brokers) {
      for (WorldBroker other : brokers) {
        if (one.id < other.id) {
          network.connect(one, other);
        }
      }
    }
  }

  // ---- what the test asks

  long committed() {
    return committed.size();
  }

  long leaderEpoch() {
    return state().leaderEpoch();
  }

  long joins() {
    return controllers.joins();
  }

  String story() {
    return String.join("\n", story);
  }

  void run(int steps) {
    for (int i = 0; i < steps && !over; i++) {
      step();
    }
  }

  private void step() {
    WorldBroker broker = brokers.get(random.nextInt(brokers.size()));
    switch (chances.draw()) {
      case APPEND -> append(broker);
      case DELIVER -> network.deliver(broker);
      case WORK -> doStep(broker);
      case LEARN -> learn(broker);
      case TIME -> tick(random.nextInt(100));
      case ISR -> answerIsrRequest();
      case LATE -> network.deliverLate();
      case STREAM -> network.toggleStream(broker);
      case STILL -> standStillOrGoOn(broker);
      case FENCE -> fenceOrUnfence(broker);
      case PREFER -> controllers.preferredElection();
      case CRASH -> crashOrRestart(broker);
    }
    noteIntact();
  }

  private void standStillOrGoOn(WorldBroker broker) {
    if (!broker.running || (!broker.still && random.nextInt(4) != 0)) {
      return;
    }
    broker.still = !broker.still;
    tell(broker.id + (broker.still ? " stands still" : " goes on"));
  }

  private void tell(String what) {
    story.add(nowMs + ": " + what);
    if (story.size() > 400) {
      story.remove();
    }
  }

  // ---- controllers

  private PartitionImage state() {
    return controllers.state();
  }

  private ClusterImage cluster() {
    return controllers.cluster();
  }

  private void onAgreed(PartitionImage state) {
    tell("agreed: " + text(state));
    if (state.leaderRecoveryState() == LeaderRecoveryState.RECOVERING
        && brokers.stream().anyMatch(each -> !each.intact)) {
      over = true; // All that were eligible have restarted since one has lost records.
    }
  }

  private static String text(PartitionImage state) {
    return "leader %d epoch %d.%d isr %s elr %s"
        .formatted(
            state.leader(), state.leaderEpoch(), state.partitionEpoch(), state.isr(), state.elr());
  }

  private void fenceOrUnfence(WorldBroker broker) {
    BrokerImage known = cluster().brokers().get(broker.id);
    boolean current = known.epoch() == broker.epoch && broker.running;
    if (!known.fenced()) {
      if (current && !broker.still && random.nextInt(4) != 0) {
        return; // Nothing is wrong with it.
      }
      tell("fenced: " + broker.id);
      controllers.register(broker.id, known.epoch(), true, false);
    } else if (current && !broker.still && broker.seen > 0) {
      tell("unfenced: " + broker.id);
      controllers.register(broker.id, known.epoch(), false, false);
    }
  }

  private void propose(WorldBroker broker, LeaderReplica asker, IsrChange change) {
    boolean answered = random.nextInt(4) != 0;
    tell(broker.id + " proposes " + change.isr() + " on " + change.partitionEpoch());
    isrRequests.add(new IsrRequest(broker, asker, change, broker.epoch, answered));
    if (!answered) {
      asker.onIsrUnanswered(change, nowMs); // It may arrive, any time.
    }
  }

  private void answerIsrRequest() {
    if (isrRequests.isEmpty()) {
      return;
    }
    IsrRequest request = isrRequests.remove(random.nextInt(isrRequests.size()));
    ErrorCode error =
        controllers.decide(request.change(), request.from().id, request.brokerEpoch());
    boolean current = request.from().leader.filter(each -> each == request.asker()).isPresent();
    if (request.answered() && current) {
      perform(request.from(), request.asker().onIsrAnswer(request.change(), error, nowMs));
    }
  }

  // ---- brokers

  private void learn(WorldBroker broker) {
    if (broker.running && !broker.still && broker.seen < controllers.decisions()) {
      broker.seen++;
      assume(broker);
    }
  }

  /** Takes the role that the image gives; not while something is being done with the log. */
  private void assume(WorldBroker broker) {
    broker.assumeDue = !broker.steps.isEmpty();
    if (broker.assumeDue) {
      return;
    }
    PartitionControllers.Image image = controllers.decision(broker.seen - 1);
    PartitionImage state = image.state();
    BrokerImage known = image.cluster().brokers().get(broker.id);
    boolean leads = state.leader() == broker.id;
    boolean isKnown = known.epoch() == broker.epoch; // Of this process.
    if (isKnown && leads && broker.leader.isPresent() && broker.roleEpoch == state.leaderEpoch()) {
      perform(
          broker,
          broker.leader.get().onImage(state, image.cluster(), PartitionControllers.MIN_ISR, nowMs));
      return;
    }
    if (isKnown
        && !leads
        && broker.follower.isPresent()
        && broker.roleEpoch == state.leaderEpoch()
        && broker.leaderId == state.leader()) {
      return;
    }
    resign(broker);
    if (!isKnown || !state.hasLeader()) {
      return;
    }
    broker.roleEpoch = state.leaderEpoch();
    broker.leaderId = state.leader();
    if (leads) {
      lead(broker, state, image.cluster());
    } else {
      broker.log.forgetEpochsWithoutRecords();
      FollowerReplica follower =
          new FollowerReplica(
              TOPIC, 0, state.leaderEpoch(), broker.log, () -> ++broker.lastSession);
      broker.follower = Optional.of(follower);
      if (broker.streams.containsKey(state.leader())) {
        performFollowing(broker, follower.onStream(true, nowMs));
      }
    }
  }

  private void lead(WorldBroker broker, PartitionImage state, ClusterImage cluster) {
    tell(broker.id + " leads epoch " + state.leaderEpoch() + ", log " + broker.log.logEndOffset());
    if (!over && state.leaderEpoch() == state().leaderEpoch()) {
      committed.checkLeader(broker, state.leaderEpoch());
    }
    broker.log.beginEpoch(state.leaderEpoch());
    LeaderReplica leader =
        new LeaderReplica(
            broker.id,
            TOPIC,
            0,
            state,
            cluster,
            PartitionControllers.MIN_ISR,
            LAG_MS,
            broker.log,
            nowMs);
    broker.leader = Optional.of(leader);
    perform(broker, leader.begin(nowMs));
  }

  private void resign(WorldBroker broker) {
    broker.follower.ifPresent(each -> performFollowing(broker, each.stop()));
    broker.leader = Optional.empty();
    broker.follower = Optional.empty();
    broker.feeds.clear();
    broker.roleEpoch = -1;
  }

  private void append(WorldBroker broker) {
    if (broker.still || !broker.steps.isEmpty() || broker.leader.isEmpty()) {
      return;
    }
    if (broker.leader.get().isUnderMinIsr() && random.nextBoolean()) {
      return;
    }
    broker.log.append(new MemoryLog.Entry(broker.roleEpoch, "v" + nextValue++));
    perform(broker, broker.leader.get().onAppended(nowMs));
    push(broker);
  }

  private void push(WorldBroker broker) {
    broker.feeds.forEach(
        (followerId, feed) -> {
          long end = broker.log.logEndOffset();
          Stream stream = broker.streams.get(followerId);
          if (stream != null && feed.nextOffset < end) {
            Pushed pushed =
                new Pushed(
                    TOPIC,
                    0,
                    broker.roleEpoch,
                    feed.session,
                    feed.nextOffset,
                    end,
                    broker.log.highWatermark(),
                    0,
                    RECORDS);
            stream.messages.add(new Push(pushed, List.copyOf(broker.log.from(feed.nextOffset))));
            feed.nextOffset = end;
          }
        });
  }

  private void perform(WorldBroker broker, List<LeaderReplica.Effect> effects) {
    for (LeaderReplica.Effect effect : effects) {
      if (effect instanceof LeaderReplica.HighWatermarkAdvanced advanced) {
        broker.log.onCommitted(advanced.highWatermark());
        committed.onCommitted(broker);
      } else if (effect instanceof LeaderReplica.Send send) {
        broker.send(send.followerId(), send.message());
      } else if (effect instanceof LeaderReplica.SessionBegun begun) {
        broker.feeds.put(begun.followerId(), new Feed(begun.session(), begun.fromOffset()));
        push(broker);
      } else if (effect instanceof LeaderReplica.SessionEnded ended) {
        broker.feeds.remove(ended.followerId());
      } else if (effect instanceof LeaderReplica.IsrProposed proposed) {
        propose(broker, broker.leader.orElseThrow(), proposed.change());
      }
    }
  }

  private void performFollowing(WorldBroker broker, List<FollowerReplica.Effect> effects) {
    for (FollowerReplica.Effect effect : effects) {
      if (effect instanceof FollowerReplica.Send send) {
        broker.send(broker.leaderId, send.message());
      } else if (effect instanceof FollowerReplica.TruncateTo cut) {
        if (cut.belowHighWatermark()) {
          throw new AssertionError(
              "%d is to cut to %d, and %d were committed"
                  .formatted(broker.id, cut.offset(), broker.log.highWatermark()));
        }
        later(
            broker,
            () -> {
              tell(broker.id + " is cut to " + cut.offset());
              broker.log.truncateTo(cut.offset());
              broker.follower.ifPresent(each -> performFollowing(broker, each.onTruncated(nowMs)));
            });
      } else if (effect instanceof FollowerReplica.HighWatermarkAdvanced advanced) {
        broker.log.onCommitted(advanced.highWatermark());
        committed.checkFollower(broker);
      } else if (!(effect instanceof FollowerReplica.Append)) {
        throw new AssertionError("nobody carries out " + effect);
      }
    }
  }

  private void later(WorldBroker broker, Runnable step) {
    broker.steps.add(step);
  }

  /** A worker has done what was to be done with the log. */
  private void doStep(WorldBroker broker) {
    if (broker.running && !broker.still && !broker.steps.isEmpty()) {
      broker.steps.remove().run();
      if (broker.assumeDue) {
        assume(broker);
      }
    }
  }

  private void tick(long durationMs) {
    nowMs += durationMs;
    for (WorldBroker broker : brokers) {
      if (broker.running && !broker.still) {
        broker.leader.ifPresent(each -> perform(broker, each.onTick(nowMs)));
        broker.follower.ifPresent(each -> performFollowing(broker, each.onTick(nowMs)));
      }
    }
  }

  private void crashOrRestart(WorldBroker broker) {
    if (broker.running) {
      if (random.nextInt(4) == 0) {
        crash(broker);
      }
    } else {
      restart(broker);
    }
  }

  private void crash(WorldBroker broker) {
    brokers.forEach(other -> network.disconnect(broker, other));
    broker.running = false;
    broker.still = false;
    broker.leader = Optional.empty();
    broker.follower = Optional.empty();
    broker.roleEpoch = -1;
    broker.feeds.clear();
    broker.steps.clear();
    broker.assumeDue = false;
    boolean othersIntact =
        brokers.stream()
            .filter(other -> other != broker)
            .allMatch(other -> other.intact && other.running && state().isr().contains(other.id));
    boolean loses = othersIntact && random.nextBoolean();
    if (loses && broker.log.logEndOffset() > 0) {
      broker.intact = false;
      long keep = broker.log.logEndOffset() - random.nextLong(broker.log.logEndOffset());
      broker.log.truncateTo(keep);
    }
    tell(broker.id + " crashes, log " + broker.log.logEndOffset());
  }

  /** It registers before it does anything; its image is an old one. */
  private void restart(WorldBroker broker) {
    broker.running = true;
    broker.epoch = nextBrokerEpoch++;
    tell(broker.id + " starts with epoch " + broker.epoch);
    controllers.register(broker.id, broker.epoch, true, true);
    broker.seen = 1 + random.nextInt(controllers.decisions());
    assume(broker);
  }

  private void noteIntact() {
    for (WorldBroker broker : brokers) {
      if (!broker.intact
          && broker.running
          && state().isr().contains(broker.id)
          && cluster().brokers().get(broker.id).epoch() == broker.epoch) {
        broker.intact = true;
      }
    }
  }

  // ---- the network

  @Override
  public void streamChanged(WorldBroker broker, int peer, boolean up) {
    if (!broker.running) {
      return;
    }
    if (!up) {
      broker.leader.ifPresent(each -> perform(broker, each.onStreamDown(peer)));
    }
    if (broker.follower.isPresent() && broker.leaderId == peer) {
      performFollowing(broker, broker.follower.get().onStream(up, nowMs));
    }
  }

  @Override
  public void receive(Stream stream, Object message) {
    WorldBroker to = stream.to;
    if (message instanceof FollowerMessage toLeader) {
      if (to.leader.isPresent()) {
        perform(
            to, to.leader.get().onFollower(stream.from.id, stream.brokerEpoch, toLeader, nowMs));
      } else if (toLeader instanceof FollowerMessage.Follow follow) {
        to.send(
            stream.from.id,
            new LeaderMessage.Refused(
                TOPIC,
                0,
                follow.leaderEpoch(),
                follow.session(),
                ErrorCode.NOT_LEADER_OR_FOLLOWER,
                -1));
      }
    } else if (to.follower.isPresent() && to.leaderId == stream.from.id) {
      if (message instanceof Push push) {
        List<FollowerReplica.Effect> effects = to.follower.get().onLeader(push.pushed(), nowMs);
        if (effects.stream().anyMatch(FollowerReplica.Append.class::isInstance)) {
          appendLater(to, to.follower.get(), push);
        }
        performFollowing(to, effects);
      } else {
        performFollowing(to, to.follower.get().onLeader((LeaderMessage) message, nowMs));
      }
    }
  }

  private void appendLater(WorldBroker broker, FollowerReplica follower, Push push) {
    later(
        broker,
        () -> {
          if (broker.follower.filter(each -> each == follower).isEmpty()) {
            return;
          }
          if (random.nextInt(50) == 0) {
            broker.steps.clear();
            performFollowing(broker, follower.onAppendFailed(nowMs));
            return;
          }
          if (broker.log.logEndOffset() != push.pushed().fromOffset()) {
            throw new AssertionError("what is appended doesn't fit: " + push.pushed());
          }
          push.entries().forEach(broker.log::append);
          performFollowing(broker, follower.onAppended(nowMs));
        });
  }

  // ---- the end

  /** Everybody is there again: then all replicas must come together. */
  void healAndSettle() {
    noteIntact();
    for (WorldBroker broker : brokers) {
      broker.still = false;
      if (!broker.running) {
        restart(broker);
      }
    }
    network.forgetWhatIsLate();
    for (int round = 0; round < 3_000 && !over && !isWhole(); round++) {
      settleRound();
    }
    if (over) {
      return;
    }
    if (!isWhole()) {
      throw new AssertionError("they don't come together: " + text(state()) + logs());
    }
    WorldBroker leader = brokers.get(state().leader() - 1);
    Map<Integer, List<MemoryLog.Entry>> logs = new HashMap<>();
    brokers.forEach(each -> logs.put(each.id, List.copyOf(each.log.from(0))));
    logs.values()
        .forEach(
            each -> {
              if (!each.equals(logs.get(leader.id))) {
                throw new AssertionError("logs differ: " + logs);
              }
            });
  }

  private void settleRound() {
    for (WorldBroker broker : brokers) {
      BrokerImage known = cluster().brokers().get(broker.id);
      if (known.fenced()
          && known.epoch() == broker.epoch
          && broker.seen == controllers.decisions()) {
        controllers.register(broker.id, known.epoch(), false, false);
      }
      for (WorldBroker other : brokers) {
        if (broker != other && !broker.streams.containsKey(other.id)) {
          network.connect(broker, other);
        }
      }
      learn(broker);
      doStep(broker);
      network.deliver(broker);
    }
    answerIsrRequest();
    tick(10);
  }

  private boolean isWhole() {
    if (!state().isr().containsAll(IDS) || !state().hasLeader()) {
      return false;
    }
    WorldBroker leader = brokers.get(state().leader() - 1);
    return leader.leader.isPresent()
        && leader.leader.get().leaderEpoch() == state().leaderEpoch()
        && leader.log.highWatermark() == leader.log.logEndOffset()
        && brokers.stream().allMatch(each -> each.log.logEndOffset() == leader.log.logEndOffset());
  }

  private String logs() {
    StringBuilder text = new StringBuilder();
    brokers.forEach(
        each ->
            text.append("; ")
                .append(each.id)
                .append(" ends at ")
                .append(each.log.logEndOffset())
                .append(" seen ")
                .append(each.seen)
                .append('/')
                .append(controllers.decisions())
                .append(" steps ")
                .append(each.steps.size()));
    return text.toString();
  }
}
