package io.gofka.metadata;

import io.gofka.common.ErrorCode;
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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.pcollections.TreePMap;

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
final class ReplicationWorld {
  private static final UUID TOPIC = new UUID(0, 7);
  private static final int MIN_ISR = 2;
  private static final long LAG_MS = 1_000;
  private static final List<Integer> IDS = List.of(1, 2, 3);
  private static final ByteBuf RECORDS = Unpooled.wrappedBuffer(new byte[] {1});

  /** Of each kind of event, how much more or less of it there is in a run. */
  private static final List<Double> FACTORS = List.of(0.2, 0.5, 1.0, 1.0, 2.0, 4.0);

  private final SplittableRandom random;
  private final Map<Chance, Integer> weights = new EnumMap<>(Chance.class);
  private final int weightSum;
  private final List<Broker> brokers = new ArrayList<>();
  private final List<Image> agreed = new ArrayList<>();
  private final List<IsrRequest> isrRequests = new ArrayList<>();
  private final List<Stream> late = new ArrayList<>();
  private final List<MemoryLog.Entry> committed = new ArrayList<>();
  private final Deque<String> story = new ArrayDeque<>();
  private long nowMs;
  private int nextValue;
  private long nextBrokerEpoch = 1;
  private int joins;
  private boolean over;

  /** What can happen, and how often if nothing is special about the run. */
  private enum Chance {
    APPEND(150),
    DELIVER(350),
    WORK(140),
    LEARN(140),
    TIME(70),
    ISR(60),
    LATE(30),
    STREAM(15),
    STILL(10),
    FENCE(20),
    PREFER(5),
    CRASH(10);

    private final int weight;

    Chance(int weight) {
      this.weight = weight;
    }
  }

  /** What the controllers have decided. */
  private record Image(PartitionImage state, ClusterImage cluster) {}

  /** On its way to the controllers. */
  private record IsrRequest(
      Broker from, LeaderReplica asker, IsrChange change, long brokerEpoch, boolean answered) {}

  /** What one broker has sent to another; a message and what it carries. */
  private static final class Stream {
    private final Broker from;
    private final Broker to;
    private final long brokerEpoch;
    private final long toEpoch;
    private final Deque<Object> messages = new ArrayDeque<>();

    Stream(Broker from, Broker to) {
      this.from = from;
      this.to = to;
      this.brokerEpoch = from.epoch;
      this.toEpoch = to.epoch;
    }
  }

  /** A push and its records. */
  private record Push(Pushed pushed, List<MemoryLog.Entry> entries) {}

  /** A broker's process, its log, and its role as far as it knows. */
  private static final class Broker {
    private final int id;
    private final MemoryLog log = new MemoryLog();
    private boolean running = true;
    private boolean still;
    private boolean intact = true;
    private long epoch;
    private int seen; // Images it knows.
    private long lastSession;
    private Optional<LeaderReplica> leader = Optional.empty();
    private Optional<FollowerReplica> follower = Optional.empty();
    private int leaderId;
    private int roleEpoch = -1;
    private boolean assumeDue;
    private final Map<Integer, Stream> streams = new TreeMap<>();
    private final Map<Integer, Feed> feeds = new TreeMap<>();
    private final Deque<Runnable> steps = new ArrayDeque<>();

    Broker(int id) {
      this.id = id;
    }
  }

  /** How far a follower was pushed. */
  private static final class Feed {
    private final long session;
    private long nextOffset;

    Feed(long session, long nextOffset) {
      this.session = session;
      this.nextOffset = nextOffset;
    }
  }

  ReplicationWorld(long seed) {
    random = new SplittableRandom(seed);
    for (Chance chance : Chance.values()) {
      weights.put(chance, Math.max(1, (int) (chance.weight * FACTORS.get(random.nextInt(6)))));
    }
    weightSum = weights.values().stream().mapToInt(Integer::intValue).sum();
    TreeMap<Integer, BrokerImage> registered = new TreeMap<>();
    for (int id : IDS) {
      Broker broker = new Broker(id);
      broker.epoch = nextBrokerEpoch++;
      brokers.add(broker);
      registered.put(id, image(id, broker.epoch, false));
    }
    agreed.add(new Image(new PartitionImage(IDS, IDS, 1, 0, 0), cluster(registered)));
    for (Broker broker : brokers) {
      broker.seen = 1;
      assume(broker);
    }
    for (Broker one : brokers) {
      for (Broker other : brokers) {
        if (one.id < other.id) {
          connect(one, other);
        }
      }
    }
  }

  private static BrokerImage image(int id, long epoch, boolean fenced) {
    return new BrokerImage(id, "n" + id, epoch, List.of(), Optional.empty(), fenced);
  }

  private static ClusterImage cluster(Map<Integer, BrokerImage> registered) {
    ClusterImage empty = ClusterImage.EMPTY;
    return new ClusterImage(
        "c",
        1,
        -1,
        TreePMap.from(registered),
        empty.topicsByName(),
        empty.topicsById(),
        empty.configs());
  }

  // ---- what the test asks

  long committed() {
    return committed.size();
  }

  long leaderEpoch() {
    return state().leaderEpoch();
  }

  long joins() {
    return joins;
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
    Broker broker = brokers.get(random.nextInt(brokers.size()));
    switch (draw()) {
      case APPEND -> append(broker);
      case DELIVER -> deliver(broker);
      case WORK -> doStep(broker);
      case LEARN -> learn(broker);
      case TIME -> tick(random.nextInt(100));
      case ISR -> answerIsrRequest();
      case LATE -> deliverLate();
      case STREAM -> toggleStream(broker);
      case STILL -> standStillOrGoOn(broker);
      case FENCE -> fenceOrUnfence(broker);
      case PREFER -> preferredElection();
      case CRASH -> crashOrRestart(broker);
    }
    noteIntact();
  }

  private Chance draw() {
    int choice = random.nextInt(weightSum);
    for (Chance chance : Chance.values()) {
      choice -= weights.get(chance);
      if (choice < 0) {
        return chance;
      }
    }
    throw new IllegalStateException("the sum is wrong");
  }

  private void standStillOrGoOn(Broker broker) {
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
    return agreed.get(agreed.size() - 1).state();
  }

  private ClusterImage cluster() {
    return agreed.get(agreed.size() - 1).cluster();
  }

  private ElectionRules rules(ClusterImage cluster) {
    return new ElectionRules(
        cluster::isActive, cluster.brokers()::containsKey, true, MIN_ISR, false);
  }

  private void agree(ClusterImage cluster, PartitionImage state) {
    agreed.add(new Image(state, cluster));
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

  /** The broker's registration is so now; what follows for the partition, follows. */
  private void register(int id, long epoch, boolean fenced, boolean unclean) {
    TreeMap<Integer, BrokerImage> all = new TreeMap<>(cluster().brokers());
    all.put(id, image(id, epoch, fenced));
    ClusterImage cluster = cluster(all);
    PartitionChange change = new PartitionChange(state(), rules(cluster));
    if (unclean) {
      change.withUncleanRestart(id);
    }
    agree(cluster, change.result().orElse(state()));
  }

  private void fenceOrUnfence(Broker broker) {
    BrokerImage known = cluster().brokers().get(broker.id);
    boolean current = known.epoch() == broker.epoch && broker.running;
    if (!known.fenced()) {
      if (current && !broker.still && random.nextInt(4) != 0) {
        return; // Nothing is wrong with it.
      }
      tell("fenced: " + broker.id);
      register(broker.id, known.epoch(), true, false);
    } else if (current && !broker.still && broker.seen > 0) {
      tell("unfenced: " + broker.id);
      register(broker.id, known.epoch(), false, false);
    }
  }

  private void preferredElection() {
    new PartitionChange(state(), rules(cluster()))
        .with(PartitionChange.Election.PREFERRED)
        .result()
        .ifPresent(state -> agree(cluster(), state));
  }

  private void propose(Broker broker, LeaderReplica asker, IsrChange change) {
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
    ErrorCode error = decide(request);
    boolean current = request.from().leader.filter(each -> each == request.asker()).isPresent();
    if (request.answered() && current) {
      perform(request.from(), request.asker().onIsrAnswer(request.change(), error, nowMs));
    }
  }

  private ErrorCode decide(IsrRequest request) {
    IsrChange change = request.change();
    PartitionImage state = state();
    if (change.leaderEpoch() < state.leaderEpoch()) {
      return ErrorCode.FENCED_LEADER_EPOCH;
    }
    if (cluster().brokers().get(request.from().id).epoch() != request.brokerEpoch()) {
      return ErrorCode.STALE_BROKER_EPOCH;
    }
    if (change.partitionEpoch() < state.partitionEpoch()) {
      return ErrorCode.INVALID_UPDATE_VERSION;
    }
    for (IsrChange.InSync each : change.isr()) {
      BrokerImage known = cluster().brokers().get(each.brokerId());
      if (!known.isActive() || (each.brokerEpoch() != -1 && each.brokerEpoch() != known.epoch())) {
        return ErrorCode.INELIGIBLE_REPLICA;
      }
    }
    List<Integer> isr = change.isr().stream().map(IsrChange.InSync::brokerId).toList();
    joins += isr.size() > state.isr().size() ? 1 : 0;
    agree(
        cluster(),
        new PartitionChange(state, rules(cluster()))
            .withIsr(isr, change.leaderRecoveryState())
            .result()
            .orElseGet(() -> PartitionChange.withNextPartitionEpoch(state)));
    return ErrorCode.NONE;
  }

  // ---- brokers

  private void learn(Broker broker) {
    if (broker.running && !broker.still && broker.seen < agreed.size()) {
      broker.seen++;
      assume(broker);
    }
  }

  /** Takes the role that the image gives; not while something is being done with the log. */
  private void assume(Broker broker) {
    broker.assumeDue = !broker.steps.isEmpty();
    if (broker.assumeDue) {
      return;
    }
    Image image = agreed.get(broker.seen - 1);
    PartitionImage state = image.state();
    BrokerImage known = image.cluster().brokers().get(broker.id);
    boolean leads = state.leader() == broker.id;
    boolean isKnown = known.epoch() == broker.epoch; // Of this process.
    if (isKnown && leads && broker.leader.isPresent() && broker.roleEpoch == state.leaderEpoch()) {
      perform(broker, broker.leader.get().onImage(state, image.cluster(), MIN_ISR, nowMs));
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

  private void lead(Broker broker, PartitionImage state, ClusterImage cluster) {
    tell(broker.id + " leads epoch " + state.leaderEpoch() + ", log " + broker.log.logEndOffset());
    boolean isCurrent = state.leaderEpoch() == state().leaderEpoch();
    for (int offset = 0; isCurrent && !over && offset < committed.size(); offset++) {
      if (broker.log.logEndOffset() <= offset
          || !broker.log.at(offset).equals(committed.get(offset))) {
        throw new AssertionError(
            "leader %d of epoch %d lacks %s at %d, its log ends at %d"
                .formatted(
                    broker.id,
                    state.leaderEpoch(),
                    committed.get(offset),
                    offset,
                    broker.log.logEndOffset()));
      }
    }
    broker.log.beginEpoch(state.leaderEpoch());
    LeaderReplica leader =
        new LeaderReplica(broker.id, TOPIC, 0, state, cluster, MIN_ISR, LAG_MS, broker.log, nowMs);
    broker.leader = Optional.of(leader);
    perform(broker, leader.begin(nowMs));
  }

  private void resign(Broker broker) {
    broker.follower.ifPresent(each -> performFollowing(broker, each.stop()));
    broker.leader = Optional.empty();
    broker.follower = Optional.empty();
    broker.feeds.clear();
    broker.roleEpoch = -1;
  }

  private void append(Broker broker) {
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

  private void push(Broker broker) {
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

  private void perform(Broker broker, List<LeaderReplica.Effect> effects) {
    for (LeaderReplica.Effect effect : effects) {
      if (effect instanceof LeaderReplica.HighWatermarkAdvanced advanced) {
        broker.log.onCommitted(advanced.highWatermark());
        onCommitted(broker);
      } else if (effect instanceof LeaderReplica.Send send) {
        send(broker, send.followerId(), send.message());
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

  /** What a leader says is committed, is so for ever. */
  private void onCommitted(Broker broker) {
    for (long offset = 0; offset < broker.log.highWatermark(); offset++) {
      MemoryLog.Entry entry = broker.log.at(offset);
      if (offset == committed.size()) {
        committed.add(entry);
      } else if (!committed.get((int) offset).equals(entry)) {
        throw new AssertionError(
            "%d has %s at %d, committed was %s"
                .formatted(broker.id, entry, offset, committed.get((int) offset)));
      }
    }
  }

  private void performFollowing(Broker broker, List<FollowerReplica.Effect> effects) {
    for (FollowerReplica.Effect effect : effects) {
      if (effect instanceof FollowerReplica.Send send) {
        send(broker, broker.leaderId, send.message());
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
        for (long offset = 0; offset < broker.log.highWatermark(); offset++) {
          if (!committed.get((int) offset).equals(broker.log.at(offset))) {
            throw new AssertionError(broker.id + " takes another record to be committed");
          }
        }
      } else if (!(effect instanceof FollowerReplica.Append)) {
        throw new AssertionError("nobody carries out " + effect);
      }
    }
  }

  private void later(Broker broker, Runnable step) {
    broker.steps.add(step);
  }

  /** A worker has done what was to be done with the log. */
  private void doStep(Broker broker) {
    if (broker.running && !broker.still && !broker.steps.isEmpty()) {
      broker.steps.remove().run();
      if (broker.assumeDue) {
        assume(broker);
      }
    }
  }

  private void tick(long durationMs) {
    nowMs += durationMs;
    for (Broker broker : brokers) {
      if (broker.running && !broker.still) {
        broker.leader.ifPresent(each -> perform(broker, each.onTick(nowMs)));
        broker.follower.ifPresent(each -> performFollowing(broker, each.onTick(nowMs)));
      }
    }
  }

  private void crashOrRestart(Broker broker) {
    if (broker.running) {
      if (random.nextInt(4) == 0) {
        crash(broker);
      }
    } else {
      restart(broker);
    }
  }

  private void crash(Broker broker) {
    brokers.forEach(other -> disconnect(broker, other));
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
  private void restart(Broker broker) {
    broker.running = true;
    broker.epoch = nextBrokerEpoch++;
    tell(broker.id + " starts with epoch " + broker.epoch);
    register(broker.id, broker.epoch, true, true);
    broker.seen = 1 + random.nextInt(agreed.size());
    assume(broker);
  }

  private void noteIntact() {
    for (Broker broker : brokers) {
      if (!broker.intact
          && broker.running
          && state().isr().contains(broker.id)
          && cluster().brokers().get(broker.id).epoch() == broker.epoch) {
        broker.intact = true;
      }
    }
  }

  // ---- the network

  private void send(Broker broker, int to, Object message) {
    Stream stream = broker.streams.get(to);
    if (stream != null) {
      stream.messages.add(message);
    }
  }

  private void toggleStream(Broker broker) {
    Broker other = brokers.get(random.nextInt(brokers.size()));
    if (other == broker) {
      return;
    }
    if (broker.streams.containsKey(other.id)) {
      if (random.nextInt(4) == 0) {
        disconnect(broker, other);
      }
    } else if (broker.running && other.running) {
      connect(broker, other);
    }
  }

  private void connect(Broker one, Broker other) {
    one.streams.put(other.id, new Stream(one, other));
    other.streams.put(one.id, new Stream(other, one));
    streamChanged(one, other.id, true);
    streamChanged(other, one.id, true);
  }

  private void disconnect(Broker one, Broker other) {
    for (Broker from : List.of(one, other)) {
      Stream gone = from.streams.remove(from == one ? other.id : one.id);
      if (gone != null && !gone.messages.isEmpty()) {
        late.add(gone); // Somewhere, perhaps in a queue of the receiver.
      }
    }
    streamChanged(one, other.id, false);
    streamChanged(other, one.id, false);
  }

  private void streamChanged(Broker broker, int peer, boolean up) {
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

  private void deliver(Broker broker) {
    if (!broker.running || broker.still) {
      return;
    }
    for (Broker from : brokers) {
      Stream stream = from.streams.get(broker.id);
      if (stream != null && !stream.messages.isEmpty() && random.nextBoolean()) {
        receive(stream, stream.messages.remove());
      }
    }
  }

  private void deliverLate() {
    if (late.isEmpty()) {
      return;
    }
    Stream stream = late.get(random.nextInt(late.size()));
    if (stream.to.running && !stream.to.still && stream.to.epoch == stream.toEpoch) {
      // One way or the other, or once more.
      Object message =
          random.nextBoolean() ? stream.messages.peekFirst() : stream.messages.peekLast();
      receive(stream, Objects.requireNonNull(message));
      if (random.nextBoolean()) {
        stream.messages.removeFirstOccurrence(message);
      }
    } else {
      stream.messages.clear();
    }
    if (stream.messages.isEmpty()) {
      late.remove(stream);
    }
  }

  private void receive(Stream stream, Object message) {
    Broker to = stream.to;
    if (message instanceof FollowerMessage toLeader) {
      if (to.leader.isPresent()) {
        perform(
            to, to.leader.get().onFollower(stream.from.id, stream.brokerEpoch, toLeader, nowMs));
      } else if (toLeader instanceof FollowerMessage.Follow follow) {
        send(
            to,
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

  private void appendLater(Broker broker, FollowerReplica follower, Push push) {
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
    for (Broker broker : brokers) {
      broker.still = false;
      if (!broker.running) {
        restart(broker);
      }
    }
    late.clear();
    for (int round = 0; round < 3_000 && !over && !isWhole(); round++) {
      settleRound();
    }
    if (over) {
      return;
    }
    if (!isWhole()) {
      throw new AssertionError("they don't come together: " + text(state()) + logs());
    }
    Broker leader = brokers.get(state().leader() - 1);
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
    for (Broker broker : brokers) {
      BrokerImage known = cluster().brokers().get(broker.id);
      if (known.fenced() && known.epoch() == broker.epoch && broker.seen == agreed.size()) {
        register(broker.id, known.epoch(), false, false);
      }
      for (Broker other : brokers) {
        if (broker != other && !broker.streams.containsKey(other.id)) {
          connect(broker, other);
        }
      }
      learn(broker);
      doStep(broker);
      deliver(broker);
    }
    answerIsrRequest();
    tick(10);
  }

  private boolean isWhole() {
    if (!state().isr().containsAll(IDS) || !state().hasLeader()) {
      return false;
    }
    Broker leader = brokers.get(state().leader() - 1);
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
                .append(agreed.size())
                .append(" steps ")
                .append(each.steps.size()));
    return text.toString();
  }
}
