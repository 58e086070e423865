package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.raft.NodeStatus;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FollowerMessage.Follow;
import io.gofka.replica.FromFollower;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.LeaderMessage.Refused;
import io.gofka.replica.StreamChanged;
import io.gofka.replica.ToFollower;
import io.gofka.rpc.proto.ReplicaHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's side of replication: one stream from each broker that follows partitions led here.
 *
 * <p>A stream is that of one process: of the one that the metadata names as that broker, and it
 * ends when they name another one. A newer stream of the same process takes the place of the one
 * before, which this node may not know to be broken.
 *
 * <p>Shards hear of a stream before anything that comes by it, and all of them have said so before
 * anything goes by it.
 */
final class ReplicaServer {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaServer.class);

  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final Vertx vertx;
  private final Bus bus;
  private final NodeServer server;
  private final String selfNodeId;
  private final ReplicaShards shards;
  private final Map<Integer, Session> sessions = new HashMap<>();
  private ClusterImage image = ClusterImage.EMPTY;

  ReplicaServer(Vertx vertx, Bus bus, NodeServer server, String selfNodeId, ReplicaShards shards) {
    this.vertx = vertx;
    this.bus = bus;
    this.server = server;
    this.selfNodeId = selfNodeId;
    this.shards = shards;
  }

  Future<Void> start() {
    server.serve(NodeMethods.REPLICATE_PATH, Session::new);
    return bus.listen(Addresses.METADATA_CHANGED, change -> onImage(change.image()))
        .compose(v -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .compose(
            current -> {
              onImage(current);
              return bus.serve(Addresses.REPLICA_TO_FOLLOWER, this::send);
            });
  }

  Future<Void> stop() {
    List.copyOf(sessions.values()).forEach(session -> session.close("this node stops"));
    return bus.withdraw(Addresses.REPLICA_TO_FOLLOWER);
  }

  private void onImage(ClusterImage current) {
    if (current.metadataOffset() < image.metadataOffset()) {
      return;
    }
    image = current;
    for (Session session : List.copyOf(sessions.values())) {
      if (image.broker(session.followerId).filter(session::isOf).isEmpty()) {
        session.close("that broker has started anew, or is no more");
      }
    }
  }

  private Future<Void> send(ToFollower message) {
    Session session = sessions.get(message.followerId());
    return session == null
        ? Future.failedFuture(noStream(message.followerId()))
        : session.send(message.messages());
  }

  private static ApiException noStream(int followerId) {
    return new ApiException(
        ErrorCode.NETWORK_EXCEPTION, "broker " + followerId + " doesn't follow this one");
  }

  /** Hello awaited → announcing → open; closed at the end. */
  private final class Session {
    private enum State {
      GREETING,
      ANNOUNCING,
      OPEN,
      CLOSED
    }

    private final HttpServerRequest request;
    private final NodeStatus node;
    private final ReplicaOutput output;
    private final MessageAssembler assembler =
        new MessageAssembler(ALLOCATOR, Limits.MAX_REPLICA_FRAME_BYTES, this::onFrame);
    private final long greetingTimer;
    private State state = State.GREETING;
    private int followerId = -1;
    private long followerEpoch;
    private int untakenFrames;
    private boolean paused;

    Session(HttpServerRequest request, NodeStatus node) {
      this.request = request;
      this.node = node;
      HttpServerResponse response = request.response();
      this.output = new ReplicaOutput(response);
      greetingTimer = vertx.setTimer(Limits.GREETING_TIMEOUT_MS, late -> close("it says nothing"));
      response.putHeader("content-type", "application/grpc");
      response.exceptionHandler(broken -> close(String.valueOf(broken.getMessage())));
      request.exceptionHandler(broken -> close(String.valueOf(broken.getMessage())));
      server.onClosed(
          request.connection(),
          () -> {
            close("the connection is closed");
            output.onConnectionClosed();
          });
      request.endHandler(over -> close("it ended the stream"));
      request.handler(
          bytes -> {
            try {
              assembler.onBytes(((BufferInternal) bytes).getByteBuf());
            } catch (IllegalArgumentException unreadable) {
              LOG.warn("{} sends what no follower sends", node.nodeId(), unreadable);
              close("it can't be understood");
            }
          });
    }

    private boolean isOf(BrokerImage broker) {
      return broker.epoch() == followerEpoch;
    }

    private void onFrame(ByteBuf message) {
      try {
        ReplicaFrameReader.Frame frame = ReplicaFrameReader.read(message);
        if (state == State.OPEN) {
          onEntries(frame.entries());
        } else if (state == State.GREETING && frame.hello().isPresent()) {
          onHello(frame.hello().get());
        } else if (state != State.CLOSED) {
          throw new IllegalArgumentException("a frame while " + state);
        }
      } finally {
        message.release(); // What a follower says has no records.
      }
    }

    private void onHello(ReplicaHello hello) {
      vertx.cancelTimer(greetingTimer);
      try {
        check(hello);
      } catch (ApiException refused) {
        refuse(refused);
        return;
      }
      followerId = hello.getBrokerId();
      followerEpoch = hello.getBrokerEpoch();
      Session before = sessions.put(followerId, this);
      if (before != null) {
        before.close("there is a newer one");
      }
      state = State.ANNOUNCING;
      request.pause();
      announce(true)
          .onComplete(
              told -> open(),
              failed ->
                  refuse(
                      new ApiException(
                          ErrorCode.BROKER_NOT_AVAILABLE,
                          "the logs of this broker are not there: " + failed.getMessage())));
    }

    private void check(ReplicaHello hello) {
      OptionalInt self = image.numericId(selfNodeId);
      if (self.isEmpty() || self.getAsInt() != hello.getToBrokerId()) {
        throw new ApiException(
            ErrorCode.BROKER_ID_NOT_REGISTERED,
            "node %s is not broker %d, as far as it knows"
                .formatted(selfNodeId, hello.getToBrokerId()));
      }
      BrokerImage broker = image.brokers().get(hello.getBrokerId());
      if (broker == null
          || broker.epoch() < hello.getBrokerEpoch()
          || !broker.nodeId().equals(node.nodeId())) {
        throw new ApiException(
            ErrorCode.BROKER_ID_NOT_REGISTERED,
            "node %s is not broker %d of epoch %d, as far as node %s knows"
                .formatted(node.nodeId(), hello.getBrokerId(), hello.getBrokerEpoch(), selfNodeId));
      }
      if (broker.epoch() > hello.getBrokerEpoch()
          || !broker.incarnationId().equals(node.incarnationId())) {
        throw new ApiException(
            ErrorCode.STALE_BROKER_EPOCH,
            "broker %d has started anew, in epoch %d"
                .formatted(hello.getBrokerId(), broker.epoch()));
      }
    }

    private void refuse(ApiException why) {
      if (state != State.CLOSED) {
        leave(why.getMessage());
        output
            .write(
                ReplicaFrameWriter.refusal(
                    ALLOCATOR, Greetings.refusal(why.errorCode(), why.getMessage())))
            .onComplete(told -> request.connection().close());
      }
    }

    private Future<?> announce(boolean up) {
      List<Future<?>> told = new ArrayList<>();
      for (int shard = 0; shard < shards.count(); shard++) {
        told.add(
            bus.request(
                Addresses.REPLICA_STREAM.at(shard), new StreamChanged(followerId, false, up)));
      }
      return Future.all(told);
    }

    private void open() {
      if (state != State.ANNOUNCING) {
        return;
      }
      state = State.OPEN;
      LOG.info("Broker {} ({}) follows", followerId, node.nodeId());
      int selfId = image.numericId(selfNodeId).orElse(-1);
      output.write(
          ReplicaFrameWriter.hello(
              ALLOCATOR,
              ReplicaHello.newBuilder()
                  .setBrokerId(selfId)
                  .setBrokerEpoch(image.broker(selfId).map(BrokerImage::epoch).orElse(-1L))
                  .setToBrokerId(followerId)
                  .build()));
      request.resume();
    }

    private void onEntries(List<ReplicaEntry> entries) {
      Map<Integer, List<FollowerMessage>> byShard = new TreeMap<>();
      for (ReplicaEntry entry : entries) {
        FollowerMessage message = ReplicaForms.followerMessage(entry);
        TopicImage topic = image.topicsById().get(message.topicId());
        if (topic == null) {
          refuse(List.of(message), ErrorCode.UNKNOWN_TOPIC_ID);
        } else {
          int shard = shards.of().applyAsInt(topic.partition(message.partition()));
          byShard.computeIfAbsent(shard, first -> new ArrayList<>()).add(message);
        }
      }
      byShard.forEach(this::deliver);
    }

    private void deliver(int shard, List<FollowerMessage> messages) {
      untakenFrames++;
      bus.request(
              Addresses.REPLICA_FROM_FOLLOWER.at(shard),
              new FromFollower(followerId, followerEpoch, messages))
          .onFailure(
              cause -> {
                LOG.debug("Shard {} doesn't take what {} says", shard, followerId, cause);
                refuse(messages, ErrorCode.NOT_LEADER_OR_FOLLOWER);
              })
          .onComplete(
              taken -> {
                untakenFrames--;
                maybeResume();
              });
      if (untakenFrames > Limits.MAX_UNTAKEN_FRAMES && !paused) {
        paused = true;
        request.pause();
      }
    }

    private void maybeResume() {
      if (paused && untakenFrames <= Limits.MAX_UNTAKEN_FRAMES / 2 && state == State.OPEN) {
        paused = false;
        request.resume();
      }
    }

    /** Who begins to follow must hear something. */
    private void refuse(List<FollowerMessage> messages, ErrorCode why) {
      List<LeaderMessage> refusals = new ArrayList<>();
      for (FollowerMessage message : messages) {
        if (message instanceof Follow) {
          refusals.add(
              new Refused(
                  message.topicId(),
                  message.partition(),
                  message.leaderEpoch(),
                  message.session(),
                  why,
                  -1));
        }
      }
      if (!refusals.isEmpty() && state == State.OPEN) {
        send(refusals).onFailure(gone -> {}); // With the stream, and that is told.
      }
    }

    private Future<Void> send(List<LeaderMessage> messages) {
      if (state != State.OPEN) {
        return Future.failedFuture(noStream(followerId));
      }
      if (output.unsentBytes() > Limits.MAX_UNSENT_BYTES) {
        close("it has not taken " + output.unsentBytes() + " bytes");
        return Future.failedFuture(noStream(followerId));
      }
      List<ReplicaEntry> entries = new ArrayList<>(messages.size());
      messages.forEach(message -> entries.add(ReplicaForms.entry(message)));
      return output
          .write(ReplicaFrameWriter.entries(ALLOCATOR, entries))
          .recover(broken -> Future.failedFuture(noStream(followerId)));
    }

    /** Together with the connection, which has no other stream: see {@link ReplicaOutput}. */
    private void close(String why) {
      if (state != State.CLOSED) {
        leave(why);
        request.connection().close();
      }
    }

    private void leave(String why) {
      State before = state;
      state = State.CLOSED;
      vertx.cancelTimer(greetingTimer);
      assembler.close();
      if (before == State.GREETING) {
        LOG.debug("No stream from {}: {}", node.nodeId(), why);
      } else {
        LOG.info("Broker {} ({}) follows no more: {}", followerId, node.nodeId(), why);
        sessions.remove(followerId, this);
        announce(false).onFailure(stopped -> LOG.debug("A shard has gone", stopped));
      }
    }
  }
}
