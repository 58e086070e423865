package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.EncodedCommand;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.gofka.rpc.Leaders.Known;
import io.gofka.rpc.proto.CommandReply;
import io.gofka.rpc.proto.CommandRequest;
import io.gofka.rpc.proto.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Brings commands to the active controller, and takes those that others bring here.
 *
 * <p>What has certainly not been done is tried again until the asker's time is up: nobody is known
 * to lead, he can't be reached, or says that he doesn't lead. A command that has left this node and
 * isn't answered is never sent twice: REQUEST_TIMED_OUT.
 */
final class CommandForwarder {
  /** Pauses between two tries of a command; a change of the controller ends one early. */
  private static final long FIRST_PAUSE_MS = 20;

  private static final long LAST_PAUSE_MS = 250;

  private final Vertx vertx;
  private final Bus bus;
  private final Leaders leaders;
  private final NodeLinks links;
  private final RandomGenerator random;
  private final String selfNodeId;
  private final Set<Errand> waiting = new LinkedHashSet<>();
  private int outstanding;

  CommandForwarder(
      Vertx vertx,
      Bus bus,
      Leaders leaders,
      NodeLinks links,
      RandomGenerator random,
      String selfNodeId) {
    this.vertx = vertx;
    this.bus = bus;
    this.leaders = leaders;
    this.links = links;
    this.random = random;
    this.selfNodeId = selfNodeId;
    leaders.onChange(known -> List.copyOf(waiting).forEach(Errand::turn));
  }

  /** Sends a command; see {@link Addresses#FORWARD_COMMAND}. */
  Future<EncodedReply> forward(EncodedCommand command) {
    if (outstanding >= Limits.MAX_FORWARDED_COMMANDS) {
      return Future.failedFuture(
          new ApiException(
              ErrorCode.THROTTLING_QUOTA_EXCEEDED,
              outstanding + " commands are on their way to the active controller already"));
    }
    outstanding++;
    Errand errand = new Errand(command);
    errand.attempt();
    return errand.answer.future().onComplete(done -> outstanding--);
  }

  /** One command on its way. */
  private final class Errand {
    private final EncodedCommand command;
    private final long deadlineMs;
    private final Backoff backoff = new Backoff(FIRST_PAUSE_MS, LAST_PAUSE_MS, random);
    private final Promise<EncodedReply> answer = Promise.promise();
    private long timer = -1;

    Errand(EncodedCommand command) {
      this.command = command;
      this.deadlineMs = nowMs() + command.timeoutMs();
    }

    private void attempt() {
      Known leader = leaders.current();
      if (leader.nodeId().equals(selfNodeId)) {
        // The leadership came to this node while the command was on its way.
        bus.request(Addresses.FORWARDED_COMMAND, command).onComplete(answer);
        return;
      }
      if (leader.address().isEmpty()) {
        again("nobody knows of an active controller");
        return;
      }
      links
          .link(leader.nodeId(), leader.address().get())
          .connection()
          .onComplete(
              connection -> send(leader, connection),
              failed -> {
                leaders.doubt(leader.nodeId());
                again(String.valueOf(failed.getMessage()));
              });
    }

    private void send(Known leader, NodeConnection connection) {
      long leftMs = deadlineMs - nowMs();
      if (leftMs <= 0) {
        again("it took too long to reach " + leader.nodeId());
        return;
      }
      CommandRequest request =
          CommandRequest.newBuilder()
              .setCommand(Forms.bytes(command.bytes()))
              .setPrincipal(command.principal())
              .setTimeoutMs((int) leftMs)
              .build();
      connection
          .call(NodeMethods.COMMAND, request, leftMs)
          .onComplete(
              reply -> onReply(leader, reply),
              failed -> {
                if (failed instanceof NodeConnection.NotSent) {
                  again(failed.getMessage());
                } else {
                  answer.tryFail(failed);
                }
              });
    }

    private void onReply(Known leader, CommandReply reply) {
      if (!reply.hasRefusal()) {
        answer.tryComplete(
            new EncodedReply(Forms.bytes(reply.getReply()), reply.getMetadataOffset()));
        return;
      }
      Refusal refusal = reply.getRefusal();
      ErrorCode code = ErrorCode.of((short) refusal.getErrorCode());
      if (code != ErrorCode.NOT_CONTROLLER) {
        answer.tryFail(new ApiException(code, refusal.getMessage()));
        return;
      }
      leaders.doubt(leader.nodeId());
      learn(leaders, leader.nodeId(), refusal);
      again(refusal.getMessage());
    }

    private void again(String why) {
      long leftMs = deadlineMs - nowMs();
      if (leftMs <= 0) {
        answer.tryFail(
            new ApiException(
                ErrorCode.NOT_CONTROLLER,
                "no active controller in %d ms: %s".formatted(command.timeoutMs(), why)));
        return;
      }
      waiting.add(this);
      timer = vertx.setTimer(Math.max(1, Math.min(backoff.nextMs(), leftMs)), due -> turn());
    }

    private void turn() {
      vertx.cancelTimer(timer);
      if (waiting.remove(this)) {
        attempt();
      }
    }
  }

  /** Whoever refuses may know who it is; and it isn't himself, whatever he says. */
  static void learn(Leaders leaders, String refuserNodeId, Refusal refusal) {
    if (refusal.hasLeader()) {
      try {
        Known leader = Forms.leader(refusal.getLeader());
        if (!leader.nodeId().equals(refuserNodeId)) {
          leaders.learn(leader);
        }
      } catch (IllegalArgumentException unreadable) {
        // Then it doesn't.
      }
    }
  }

  /** A command has come from another node. */
  void onCommand(NodeServer server, GrpcServerRequest<CommandRequest, CommandReply> stream) {
    IncomingCall<CommandRequest, CommandReply> call = new IncomingCall<>(server, stream);
    stream.handler(
        request ->
            bus.request(
                    Addresses.FORWARDED_COMMAND,
                    new EncodedCommand(
                        Forms.bytes(request.getCommand()),
                        request.getPrincipal(),
                        Math.max(0, request.getTimeoutMs())))
                .onComplete(
                    reply ->
                        call.end(
                            CommandReply.newBuilder()
                                .setReply(Forms.bytes(reply.bytes()))
                                .setMetadataOffset(reply.metadataOffset())
                                .build()),
                    failed ->
                        call.end(
                            CommandReply.newBuilder()
                                .setRefusal(refusal(leaders, selfNodeId, failed))
                                .build())));
  }

  /** What goes wrong here as the other side is told: never that it had better ask here. */
  static Refusal refusal(Leaders leaders, String selfNodeId, Throwable failed) {
    ErrorCode code =
        failed instanceof ApiException refused
            ? refused.errorCode()
            : ErrorCode.UNKNOWN_SERVER_ERROR;
    if (code == ErrorCode.COORDINATOR_NOT_AVAILABLE) {
      code = ErrorCode.NOT_CONTROLLER; // Nobody serves it here: this node is still starting.
    }
    Refusal.Builder refusal =
        Refusal.newBuilder()
            .setErrorCode(code.code())
            .setMessage(String.valueOf(failed.getMessage()));
    Known leader = leaders.current();
    if (code == ErrorCode.NOT_CONTROLLER
        && leader.isSomebody()
        && !leader.nodeId().equals(selfNodeId)) {
      refusal.setLeader(Forms.leader(leader));
    }
    return refusal.build();
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }
}
