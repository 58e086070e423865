package io.gofka.simulation;

import java.util.List;

/** Bugs that one could make in what controllers and brokers do, each found by the simulation. */
final class MetadataMutants {
  private MetadataMutants() {}

  static final List<Mutant> CONTROLLERS =
      List.of(
          new Mutant(
              "what a deposed controller had proposed still counts when it leads again",
              "metadata/MetadataStateMachine.java",
              "controllerNodeId = nodeId;\n    proposed.clear();",
              "controllerNodeId = nodeId;"),
          new Mutant(
              "an answer that changes nothing is given without asking whether it leads",
              "metadata/ControllerVerticle.java",
              "Future.fromCompletionStage(log.readIndex(), context)\n        : lastDecision;",
              "Future.succeededFuture()\n        : lastDecision;"),
          new Mutant(
              "a command is answered before it is committed",
              "metadata/ControllerVerticle.java",
              "Future.fromCompletionStage(log.readIndex(), context)\n        : lastDecision;",
              "Future.fromCompletionStage(log.readIndex(), context)\n"
                  + "        : Future.succeededFuture();"),
          new Mutant(
              "commands are decided without what was decided before them",
              "metadata/ControllerVerticle.java",
              "Step<R> step = steps.next(machine.decided(), log.nextIndex());",
              "Step<R> step = steps.next(machine.committed(), log.nextIndex());"),
          new Mutant(
              "a command whose fate is unknown is told to be undone",
              "metadata/ControllerVerticle.java",
              "lost.forEach(proposal -> proposal.committed.fail(unknownFate()));",
              """
              lost.forEach(
                      proposal ->
                          proposal.committed.fail(
                              new ApiException(ErrorCode.NOT_CONTROLLER, "")));\
              """),
          new Mutant(
              "brokers come and go and partitions stay as they are",
              "metadata/ControllerVerticle.java",
              "if (MetadataDecisions.touchPartitions(records)) {",
              "if (records.size() > 1000) {"),
          new Mutant(
              "a command that may have been done is sent again",
              "metadata/ForwardingVerticle.java",
              "&& (refused.errorCode() == ErrorCode.NOT_CONTROLLER\n",
              """
              && (refused.errorCode() == ErrorCode.NOT_CONTROLLER
                          || refused.errorCode() == ErrorCode.REQUEST_TIMED_OUT
              """),
          new Mutant(
              "a command is answered before this node shows what it has done",
              "metadata/ForwardingVerticle.java",
              "result -> showHere(journey, result),",
              "journey.answer::tryComplete,"),
          new Mutant(
              "a snapshot without the producer ids that were given out",
              "metadata/MetadataSnapshot.java",
              "if (image.nextProducerId() > 0) {",
              "if (image.nextProducerId() > 100_000_000) {"));

  static final List<Mutant> BROKERS =
      List.of(
          new Mutant(
              "a broker is told to serve although its fencing is decided",
              "metadata/BrokerLiveness.java",
              "fenced || fencing,",
              "fenced,"),
          new Mutant(
              "a broker is told to serve before it is unfenced",
              "metadata/BrokerLiveness.java",
              "fenced || fencing,",
              "broker.fenced(),"),
          new Mutant(
              "a new controller doesn't wait for brokers to be heard",
              "metadata/BrokerLiveness.java",
              "return Math.max(heard + patienceMs, activeSinceMs + gracePeriodMs);",
              "return contact.lastHeardMs == NEVER ? 0 : heard + patienceMs;"),
          new Mutant(
              "a heartbeat is answered by who may have been deposed",
              "metadata/BrokerLivenessShell.java",
              "return office\n        .provedToLead()",
              "return Future.succeededFuture()"),
          new Mutant(
              "a broker that wants to stop begins a new session",
              "metadata/BrokerLifecycle.java",
              "patientUntilMs = nowMs + leaseMs(); // It",
              "answeredSentMs = nowMs;\n    patientUntilMs = nowMs + leaseMs(); // It"),
          new Mutant(
              "a broker that is paused is taken for dead",
              "metadata/BrokerLiveness.java",
              "return result.outcome() == Outcome.REFUSED\n",
              "return result.outcome() != Outcome.ANSWERED\n"),
          new Mutant(
              "a broker counts its session from the answer",
              "metadata/BrokerLifecycle.java",
              "answeredSentMs = beatSentMs;\n    }",
              "answeredSentMs = nowMs;\n    }"),
          new Mutant(
              "a broker doesn't notice that its session is over",
              "metadata/BrokerLifecycle.java",
              "if (state == State.ACTIVE && nowMs >= leaseEndMs()) {",
              "if (state == State.ACTIVE && nowMs < 0) {"));

  static List<Mutant> all() {
    return List.of(CONTROLLERS, BROKERS).stream().flatMap(List::stream).toList();
  }
}
