package io.gofka.simulation;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.Command;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.CommandResult;
import io.gofka.metadata.EncodedCommand;
import io.gofka.metadata.EncodedCommand.EncodedReply;
import io.gofka.metadata.ForwardingVerticle;
import io.gofka.metadata.MetadataVerticle;
import io.gofka.metadata.image.ClusterImage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What every process of a cluster has of metadata in one life: its image, and the way of commands
 * to the active controller.
 */
final class MetadataServices {
  private final MetadataWorkload workload;
  private final SimulatedProcess process;
  private final SimulatedBus bus;
  private final SimulatedLoop loop;
  private ClusterImage image = ClusterImage.EMPTY;
  private String leader = "";
  private long leaderTerm = -1;
  private final List<Promise<Void>> waiting = new ArrayList<>();

  MetadataServices(MetadataWorkload workload, SimulatedProcess process) {
    this.workload = workload;
    this.process = process;
    this.bus = new SimulatedBus(process);
    this.loop = new SimulatedLoop(process, workload.leastPeriodMs());
  }

  SimulatedBus bus() {
    return bus;
  }

  SimulatedLoop loop() {
    return loop;
  }

  /** Of the image that whoever asks now is shown. */
  long currentOffset() {
    return currentImage().metadataOffset();
  }

  ClusterImage currentImage() {
    return bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()).result();
  }

  /** As this process was last told. */
  ClusterImage image() {
    return image;
  }

  void start() {
    bus.listen(
        Addresses.METADATA_CHANGED,
        change -> {
          workload.agreed().checkImage(process.name(), image, change.image());
          image = change.image();
        });
    bus.serve(Addresses.FORWARD_COMMAND, this::forward);
    loop.start(new MetadataVerticle(bus));
    loop.start(new ForwardingVerticle(bus, process::nowMs));
  }

  /** Somebody says who leads. */
  void learnLeader(long term, String name) {
    if (term > leaderTerm || (term == leaderTerm && leader.isEmpty())) {
      leaderTerm = term;
      leader = name;
      if (!name.isEmpty()) {
        List<Promise<Void>> found = List.copyOf(waiting);
        waiting.clear();
        found.forEach(Promise::tryComplete);
      }
    }
  }

  /** It doesn't answer, or says that it doesn't lead. */
  void forgetLeader(String name) {
    if (leader.equals(name)) {
      leader = "";
    }
  }

  /** As far as is known here. */
  Optional<SimulatedNode> leader() {
    return leader.isEmpty() ? Optional.empty() : Optional.of(workload.cluster().node(leader));
  }

  String leaderName() {
    return leader;
  }

  long leaderTerm() {
    return leaderTerm;
  }

  /** Asks somebody who says that he leads for an answer to something. */
  <R> Future<R> askLeader(Function<SimulatedBus, Future<R>> what, long timeoutMs) {
    SimulatedNode asked = leader().orElse(null);
    if (asked == null || asked == process) {
      return Future.failedFuture(
          new ApiException(ErrorCode.NOT_CONTROLLER, "nobody knows of an active controller"));
    }
    return workload
        .calls()
        .ask(process, asked, () -> what.apply(SimulatedController.of(asked).bus()), timeoutMs)
        .recover(
            cause -> {
              if (isElsewhere(cause)) {
                forgetLeader(asked.name());
                return Future.failedFuture(
                    new ApiException(ErrorCode.NOT_CONTROLLER, cause.getMessage()));
              }
              return Future.failedFuture(cause);
            });
  }

  private static boolean isElsewhere(Throwable cause) {
    return cause instanceof Calls.Refused
        || (cause instanceof ApiException refused
            && (refused.errorCode() == ErrorCode.NOT_CONTROLLER
                || refused.errorCode() == ErrorCode.COORDINATOR_NOT_AVAILABLE));
  }

  private Future<EncodedReply> forward(EncodedCommand command) {
    return leaderKnown(command.timeoutMs())
        .compose(known -> workload.holdsBack() ? sendLate(command) : send(command));
  }

  private Future<EncodedReply> send(EncodedCommand command) {
    return askLeader(
        there -> there.request(Addresses.FORWARDED_COMMAND, command), command.timeoutMs());
  }

  /** It stands in some buffer until after whoever waits for it has given up. */
  private Future<EncodedReply> sendLate(EncodedCommand command) {
    Promise<EncodedReply> answer = Promise.promise();
    process.afterMs(
        command.timeoutMs(),
        () -> answer.tryFail(new ApiException(ErrorCode.REQUEST_TIMED_OUT, "it isn't sent")));
    process.afterMs(
        process.world().between(1, 10 * workload.sessionTimeoutMs()),
        () -> send(command).onComplete(answer::tryComplete, answer::tryFail));
    return answer.future();
  }

  private Future<Void> leaderKnown(long timeoutMs) {
    if (!leader.isEmpty()) {
      return Future.succeededFuture();
    }
    Promise<Void> known = Promise.promise();
    waiting.add(known);
    process.afterMs(timeoutMs, known::tryComplete);
    return known.future();
  }

  /** As somebody does who is connected to this process. */
  @SuppressWarnings("unchecked") // A command is answered with what its type says.
  <R> Future<CommandResult<R>> ask(Command<R> command, int timeoutMs) {
    return bus.request(
            Addresses.METADATA_COMMAND,
            new CommandRequest<>(command, CommandRequest.ANONYMOUS, timeoutMs))
        .map(result -> (CommandResult<R>) result);
  }
}
