package io.gofka.rpc;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.rpc.Leaders.Known;
import io.gofka.rpc.proto.Heartbeat;
import io.gofka.rpc.proto.HeartbeatReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.client.GrpcClientRequest;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * This broker's heartbeats on their way to the active controller: one stream, for as long as that
 * stays the same one.
 */
final class HeartbeatStream {
  /** Heartbeats that may wait for their answers; the next one is refused. */
  private static final int MAX_UNANSWERED = 16;

  private final Leaders leaders;
  private final NodeLinks links;
  private Session session;

  HeartbeatStream(Leaders leaders, NodeLinks links) {
    this.leaders = leaders;
    this.links = links;
  }

  /** Sends a heartbeat; see {@link io.gofka.bus.Addresses#FORWARD_HEARTBEAT}. */
  Future<BrokerHeartbeat.Reply> send(BrokerHeartbeat heartbeat) {
    Known leader = leaders.current();
    if (leader.address().isEmpty()) {
      return Future.failedFuture(
          new ApiException(ErrorCode.NOT_CONTROLLER, "nobody knows of an active controller"));
    }
    if (session != null && !session.leader.equals(leader)) {
      session.end("the active controller is " + leader.nodeId());
    }
    if (session != null) {
      return session.send(heartbeat);
    }
    return links
        .link(leader.nodeId(), leader.address().get())
        .connection()
        .recover(
            cause -> {
              leaders.doubt(leader.nodeId());
              return Future.failedFuture(unreachable(leader, cause.getMessage()));
            })
        .compose(
            connection ->
                connection.stream(NodeMethods.SESSION)
                    .recover(cause -> Future.failedFuture(unreachable(leader, cause.getMessage()))))
        .compose(
            stream -> {
              if (session != null) {
                stream.cancel();
              } else {
                session = new Session(leader, stream);
              }
              return session.send(heartbeat);
            });
  }

  private static ApiException unreachable(Known leader, String why) {
    return new ApiException(
        ErrorCode.NETWORK_EXCEPTION,
        "the active controller, %s, can't be reached: %s".formatted(leader.nodeId(), why));
  }

  /** The broker has stopped. */
  void close() {
    if (session != null) {
      session.end("this node stops");
    }
  }

  private final class Session {
    private final Known leader;
    private final GrpcClientRequest<Heartbeat, HeartbeatReply> stream;
    private final Deque<Promise<BrokerHeartbeat.Reply>> unanswered = new ArrayDeque<>();

    Session(Known leader, GrpcClientRequest<Heartbeat, HeartbeatReply> stream) {
      this.leader = leader;
      this.stream = stream;
      stream.exceptionHandler(broken -> end(String.valueOf(broken.getMessage())));
      NodeConnection.replies(stream)
          .compose(
              replies -> {
                replies.handler(this::onReply);
                return replies.end();
              })
          .onComplete(ended -> end("its stream ended"));
    }

    Future<BrokerHeartbeat.Reply> send(BrokerHeartbeat heartbeat) {
      if (unanswered.size() >= MAX_UNANSWERED) {
        return Future.failedFuture(
            unreachable(leader, unanswered.size() + " heartbeats are not answered"));
      }
      Promise<BrokerHeartbeat.Reply> answer = Promise.promise();
      unanswered.add(answer);
      stream.write(
          Heartbeat.newBuilder()
              .setBrokerId(heartbeat.brokerId())
              .setBrokerEpoch(heartbeat.brokerEpoch())
              .setMetadataOffset(heartbeat.metadataOffset())
              .setWantFence(heartbeat.wantFence())
              .setWantShutDown(heartbeat.wantShutDown())
              .build());
      return answer.future();
    }

    private void onReply(HeartbeatReply reply) {
      Promise<BrokerHeartbeat.Reply> answer = unanswered.poll();
      if (answer == null) {
        end("it answers what nobody asked");
        return;
      }
      if (!reply.hasRefusal()) {
        answer.complete(
            new BrokerHeartbeat.Reply(
                reply.getCaughtUp(), reply.getFenced(), reply.getShouldShutDown()));
        return;
      }
      ErrorCode code = ErrorCode.of((short) reply.getRefusal().getErrorCode());
      if (code == ErrorCode.NOT_CONTROLLER) {
        leaders.doubt(leader.nodeId());
        CommandForwarder.learn(leaders, leader.nodeId(), reply.getRefusal());
        answer.fail(new ApiException(code, reply.getRefusal().getMessage()));
        end(reply.getRefusal().getMessage());
      } else {
        answer.fail(new ApiException(code, reply.getRefusal().getMessage()));
      }
    }

    private void end(String why) {
      if (session == this) {
        session = null;
        stream.end();
      }
      Deque<Promise<BrokerHeartbeat.Reply>> lost = new ArrayDeque<>(unanswered);
      unanswered.clear();
      lost.forEach(answer -> answer.fail(unreachable(leader, why)));
    }
  }
}
