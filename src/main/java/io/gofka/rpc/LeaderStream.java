package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FromLeader;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.StreamChanged;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The follower's side of replication: the way to one broker that leads partitions which this one
 * follows. It is made anew when it breaks, after pauses that grow, and at once when the metadata
 * name another process as that broker.
 */
final class LeaderStream {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderStream.class);

  /** What comes in goes into files. */
  private static final ByteBufAllocator INCOMING = PooledByteBufAllocator.DEFAULT;

  /** What goes out is small, and nobody has to say when it has left. */
  private static final ByteBufAllocator OUTGOING = new UnpooledByteBufAllocator(false, true);

  /** A stream that broke sooner was of no use: the next pause grows. */
  private static final long USEFUL_MS = 1_000;

  private final Vertx vertx;
  private final Bus bus;
  private final NodeDialer dialer;
  private final Backoff backoff;
  private final int brokerId;
  private final int leaderId;
  private final ReplicaShards shards;
  private ClusterImage image;
  private boolean wanted;
  private Optional<Attempt> attempt = Optional.empty();
  private long triedEpoch = -1;
  private long retryTimer = -1;
  private long lingerTimer = -1;
  private boolean over;
  private Future<?> toldOfEnd = Future.succeededFuture();

  LeaderStream(
      Vertx vertx,
      Bus bus,
      NodeDialer dialer,
      Backoff backoff,
      int brokerId,
      int leaderId,
      ReplicaShards shards) {
    this.vertx = vertx;
    this.bus = bus;
    this.dialer = dialer;
    this.backoff = backoff;
    this.brokerId = brokerId;
    this.leaderId = leaderId;
    this.shards = shards;
  }

  static ApiException noStream(int leaderId) {
    return new ApiException(
        ErrorCode.NETWORK_EXCEPTION, "there is no stream to broker " + leaderId);
  }

  /**
   * @param leads whether that broker leads anything that this one follows
   */
  void onImage(ClusterImage current, boolean leads) {
    image = current;
    Optional<BrokerImage> leader = leader();
    wanted = leads && leader.isPresent();
    if (!wanted) {
      if (attempt.filter(Attempt::isOpen).isEmpty()) {
        close();
      } else if (lingerTimer == -1) {
        lingerTimer = vertx.setTimer(Limits.REPLICA_LINGER_MS, due -> onLingered());
      }
      return;
    }
    vertx.cancelTimer(lingerTimer);
    lingerTimer = -1;
    if (leader.get().epoch() != triedEpoch) {
      backoff.reset();
      attempt.ifPresent(before -> before.end("the broker has started anew"));
      open();
    }
  }

  /** As far as it can be reached. */
  private Optional<BrokerImage> leader() {
    return image.broker(leaderId).filter(broker -> broker.address().isPresent());
  }

  private void onLingered() {
    lingerTimer = -1;
    if (!wanted) {
      close();
    }
  }

  private void open() {
    vertx.cancelTimer(retryTimer);
    BrokerImage leader = leader().orElseThrow();
    triedEpoch = leader.epoch();
    Attempt next = new Attempt(leader);
    attempt = Optional.of(next);
    next.dial();
  }

  private void onEnded(Attempt ended, String why) {
    if (attempt.filter(current -> current == ended).isEmpty()) {
      return;
    }
    attempt = Optional.empty();
    if (ended.openMs() >= USEFUL_MS) {
      backoff.reset();
    }
    if (backoff.tries() == 0) {
      LOG.info("There is no stream to broker {}: {}", leaderId, why);
    } else {
      LOG.debug("No stream to broker {}: {}", leaderId, why);
    }
    if (!wanted || over) {
      close();
      return;
    }
    retryTimer =
        vertx.setTimer(
            backoff.nextMs(),
            due -> {
              if (!over && attempt.isEmpty()) {
                open();
              }
            });
  }

  /** Whether it was given up: another one is to be made when it is wanted again. */
  boolean isOver() {
    return over;
  }

  Future<Void> send(List<FollowerMessage> messages) {
    return attempt.filter(Attempt::takesMessages).isEmpty()
        ? Future.failedFuture(noStream(leaderId))
        : attempt.get().send(messages);
  }

  /** Completes when the shards know that there is no stream. */
  Future<?> close() {
    over = true;
    vertx.cancelTimer(retryTimer);
    vertx.cancelTimer(lingerTimer);
    attempt.ifPresent(current -> current.end("it leads nothing that is followed here"));
    return toldOfEnd;
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }

  /** One connection: dialling → greeting → announcing → open; ended. */
  private final class Attempt {
    private enum State {
      DIALLING,
      GREETING,
      ANNOUNCING,
      OPEN,
      ENDED
    }

    private final BrokerImage leader;
    private final FollowerQueue queue = new FollowerQueue();
    private final MessageAssembler assembler =
        new MessageAssembler(INCOMING, Limits.MAX_REPLICA_FRAME_BYTES, this::onFrame);
    private State state = State.DIALLING;
    private Optional<NodeConnection> connection = Optional.empty();
    private HttpClientRequest request;
    private HttpClientResponse response;
    private long greetingTimer = -1;
    private boolean flushing;
    private boolean paused;
    private long untakenBytes;
    private int untakenFrames;
    private long openedMs;

    Attempt(BrokerImage leader) {
      this.leader = leader;
    }

    boolean isOpen() {
      return state == State.OPEN;
    }

    /**
     * Also while shards are told of the stream: what one says then waits until all have been told.
     */
    boolean takesMessages() {
      return state == State.ANNOUNCING || state == State.OPEN;
    }

    /** How long it was open. */
    long openMs() {
      return openedMs == 0 ? 0 : nowMs() - openedMs;
    }

    void dial() {
      dialer
          .dial(leader.address().orElseThrow(), leader.nodeId())
          .compose(this::greet)
          .compose(this::listen)
          .onFailure(cause -> end(String.valueOf(cause.getMessage())));
    }

    private Future<HttpClientRequest> greet(NodeConnection made) {
      connection = Optional.of(made);
      if (state == State.ENDED) {
        made.close();
        return Future.failedFuture("no longer wanted");
      }
      if (!made.remote().incarnationId().equals(leader.incarnationId())) {
        return Future.failedFuture("the process there isn't the one that is registered");
      }
      made.closed().onComplete(closed -> end("the connection is closed"));
      return made.streamByHand(NodeMethods.REPLICATE_PATH);
    }

    private Future<HttpClientResponse> listen(HttpClientRequest opened) {
      opened.exceptionHandler(broken -> end(String.valueOf(broken.getMessage())));
      if (state == State.ENDED) {
        return Future.failedFuture("no longer wanted");
      }
      state = State.GREETING;
      request = opened;
      greetingTimer = vertx.setTimer(Limits.GREETING_TIMEOUT_MS, late -> end("it says nothing"));
      request.drainHandler(drained -> flush());
      ReplicaHello hello =
          ReplicaHello.newBuilder()
              .setBrokerId(brokerId)
              .setBrokerEpoch(image.broker(brokerId).map(BrokerImage::epoch).orElse(-1L))
              .setToBrokerId(leaderId)
              .build();
      write(ReplicaFrameWriter.hello(OUTGOING, hello));
      return request.response().onSuccess(this::listen);
    }

    private void listen(HttpClientResponse answered) {
      response = answered;
      response.exceptionHandler(broken -> end(String.valueOf(broken.getMessage())));
      response.endHandler(over -> end("it ended the stream"));
      response.handler(
          bytes -> {
            try {
              assembler.onBytes(((BufferInternal) bytes).getByteBuf());
            } catch (IllegalArgumentException unreadable) {
              LOG.warn("Broker {} sends what no leader sends", leaderId, unreadable);
              end("it can't be understood");
            }
          });
      if (response.statusCode() != 200) {
        end("it answers with status " + response.statusCode());
      }
    }

    private void onFrame(ByteBuf message) {
      boolean kept = false;
      try {
        ReplicaFrameReader.Frame frame = ReplicaFrameReader.read(message);
        if (state == State.OPEN) {
          kept = onEntries(frame.entries(), message);
        } else if (frame.refusal().isPresent()) {
          end("refused: " + frame.refusal().get().getMessage());
        } else if (state == State.GREETING && frame.hello().isPresent()) {
          onHello(frame.hello().get());
        } else if (state != State.ENDED) {
          throw new IllegalArgumentException("a frame while " + state);
        }
      } finally {
        if (!kept) {
          message.release();
        }
      }
    }

    private void onHello(ReplicaHello hello) {
      vertx.cancelTimer(greetingTimer);
      if (hello.getBrokerId() != leaderId || hello.getToBrokerId() != brokerId) {
        end("it is broker " + hello.getBrokerId());
        return;
      }
      state = State.ANNOUNCING;
      response.pause();
      announce(true)
          .onComplete(
              told -> onAnnounced(),
              failed -> end("the logs of this broker are not there: " + failed.getMessage()));
    }

    private Future<?> announce(boolean up) {
      List<Future<?>> told = new ArrayList<>();
      for (int shard = 0; shard < shards.count(); shard++) {
        told.add(
            bus.request(Addresses.REPLICA_STREAM.at(shard), new StreamChanged(leaderId, true, up)));
      }
      return Future.all(told);
    }

    private void onAnnounced() {
      if (state == State.ANNOUNCING) {
        state = State.OPEN;
        openedMs = nowMs();
        LOG.info(
            "Following broker {} ({} at {})",
            leaderId,
            leader.nodeId(),
            leader.address().orElseThrow());
        response.resume();
        flush();
      }
    }

    /** Whether the message is kept until shards have taken what it holds. */
    private boolean onEntries(List<ReplicaEntry> entries, ByteBuf message) {
      Map<Integer, List<LeaderMessage>> byShard = new TreeMap<>();
      for (ReplicaEntry entry : entries) {
        LeaderMessage said = ReplicaForms.leaderMessage(entry);
        TopicImage topic = image.topicsById().get(said.topicId());
        if (topic != null) { // Otherwise it is deleted, or will be when this node hears of it.
          int shard = shards.of().applyAsInt(topic.partition(said.partition()));
          byShard.computeIfAbsent(shard, first -> new ArrayList<>()).add(said);
        }
      }
      if (byShard.isEmpty()) {
        return false;
      }
      int bytes = message.readableBytes();
      untakenBytes += bytes;
      untakenFrames++;
      List<Future<Void>> taken = new ArrayList<>(byShard.size());
      byShard.forEach((shard, said) -> taken.add(deliver(shard, said)));
      Future.join(taken)
          .onComplete(
              done -> {
                message.release();
                untakenBytes -= bytes;
                untakenFrames--;
                maybeResume();
              });
      boolean enough =
          untakenBytes > Limits.MAX_UNTAKEN_BYTES || untakenFrames > Limits.MAX_UNTAKEN_FRAMES;
      if (enough && !paused) {
        paused = true;
        response.pause();
      }
      return true;
    }

    private Future<Void> deliver(int shard, List<LeaderMessage> messages) {
      // What a shard doesn't take it will miss, and begin another session.
      return bus.request(
              Addresses.REPLICA_FROM_LEADER.at(shard), new FromLeader(leaderId, messages))
          .onFailure(
              cause -> LOG.debug("Shard {} doesn't take what {} says", shard, leaderId, cause));
    }

    private void maybeResume() {
      boolean little =
          untakenBytes <= Limits.MAX_UNTAKEN_BYTES / 2
              && untakenFrames <= Limits.MAX_UNTAKEN_FRAMES / 2;
      if (paused && little && state == State.OPEN) {
        paused = false;
        response.resume();
      }
    }

    Future<Void> send(List<FollowerMessage> messages) {
      messages.forEach(queue::add);
      if (!flushing) {
        // What the shards say in this turn of the loop goes together.
        flushing = true;
        vertx.runOnContext(
            next -> {
              flushing = false;
              flush();
            });
      }
      return Future.succeededFuture();
    }

    private void flush() {
      if (state == State.OPEN && !queue.isEmpty() && !request.writeQueueFull()) {
        List<ReplicaEntry> entries = new ArrayList<>();
        queue.take().forEach(message -> entries.add(ReplicaForms.entry(message)));
        write(ReplicaFrameWriter.entries(OUTGOING, entries));
      }
    }

    private void write(ByteBuf frames) {
      request
          .write(BufferInternal.buffer(frames))
          .onFailure(broken -> end(String.valueOf(broken.getMessage())));
    }

    void end(String why) {
      if (state == State.ENDED) {
        return;
      }
      State before = state;
      state = State.ENDED;
      vertx.cancelTimer(greetingTimer);
      assembler.close();
      queue.clear();
      connection.ifPresent(NodeConnection::close);
      if (before == State.ANNOUNCING || before == State.OPEN) {
        toldOfEnd = announce(false).onFailure(stopped -> LOG.debug("A shard has gone", stopped));
      }
      onEnded(this, why);
    }
  }
}
