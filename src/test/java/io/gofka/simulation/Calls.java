package io.gofka.simulation;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/** Questions and answers between processes, each on its way through the network once. */
final class Calls {
  /** The machine is there, and nobody listens: nothing has happened. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String name) {
      super("nobody listens at " + name);
    }
  }

  private final Network network;
  private final long silenceMs;

  /**
   * @param silenceMs a connection on which nothing comes back for so long breaks
   */
  Calls(Network network, long silenceMs) {
    this.network = network;
    this.silenceMs = silenceMs;
  }

  /**
   * @param question what the other process does when it is asked
   * @param timeoutMs what is not answered by then fails with REQUEST_TIMED_OUT
   */
  <R> Future<R> ask(
      SimulatedProcess from, SimulatedProcess to, Supplier<Future<R>> question, long timeoutMs) {
    Promise<R> answer = Promise.promise();
    int life = from.incarnation();
    from.afterMs(
        Math.max(1, Math.min(timeoutMs, silenceMs)),
        () ->
            answer.tryFail(
                new ApiException(
                    ErrorCode.REQUEST_TIMED_OUT, to.name() + " has not answered in time")));
    send(from, to, () -> onQuestion(from, life, to, question, answer));
    return answer.future();
  }

  private <R> void onQuestion(
      SimulatedProcess from,
      int life,
      SimulatedProcess to,
      Supplier<Future<R>> question,
      Promise<R> answer) {
    if (!to.isUp()) {
      send(to, from, () -> from.later(life, () -> answer.tryFail(new Refused(to.name()))));
      return;
    }
    to.later(
        to.incarnation(),
        () ->
            asked(question)
                .onComplete(
                    reply ->
                        send(to, from, () -> from.later(life, () -> answer.tryComplete(reply))),
                    cause -> send(to, from, () -> from.later(life, () -> answer.tryFail(cause)))));
  }

  private static <R> Future<R> asked(Supplier<Future<R>> question) {
    try {
      return question.get();
    } catch (ApiException refused) {
      return Future.failedFuture(refused);
    }
  }

  /** Connections lose and repeat nothing; what is lost here is a connection that broke. */
  private void send(SimulatedProcess from, SimulatedProcess to, Runnable arrive) {
    boolean[] arrived = {false};
    network.send(
        from.index(),
        to.index(),
        () -> {
          if (!arrived[0]) {
            arrived[0] = true;
            arrive.run();
          }
        });
  }
}
