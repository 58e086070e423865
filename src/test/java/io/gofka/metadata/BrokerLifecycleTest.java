package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.BrokerHeartbeat.Reply;
import io.gofka.metadata.BrokerLifecycle.Beat;
import io.gofka.metadata.BrokerLifecycle.Effect;
import io.gofka.metadata.BrokerLifecycle.Refused;
import io.gofka.metadata.BrokerLifecycle.Register;
import io.gofka.metadata.BrokerLifecycle.State;
import io.gofka.metadata.BrokerLifecycle.StateChanged;
import io.gofka.metadata.RegisterBroker.Registration;
import io.gofka.metadata.image.BrokerLease;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BrokerLifecycleTest {
  private static final long HEARTBEAT_MS = 250;
  private static final long SESSION_MS = 5_000;
  private static final long LEASE_MS = 3_000;
  private static final long START_MS = 1_000_000;
  private static final Registration FIRST = new Registration(3, "cluster", 70);
  private static final Registration SECOND = new Registration(3, "cluster", 90);
  private static final Reply FENCED = new Reply(true, true, false);
  private static final Reply ACTIVE = new Reply(true, false, false);
  private static final Reply MAY_STOP = new Reply(true, true, true);

  private final BrokerLifecycle broker =
      new BrokerLifecycle(
          new BrokerLifecycle.Settings(HEARTBEAT_MS, SESSION_MS, 60_000, 30_000),
          new SplittableRandom(1),
          START_MS);
  private long nowMs = START_MS;

  @Test
  void aBrokerRegistersFirstAndIsFencedThen() {
    assertEquals(List.of(new Register()), broker.onTick(nowMs));
    assertEquals(
        List.of(new StateChanged(State.FENCED), beat(1, 70, -1, true, false)),
        broker.onRegistered(FIRST, nowMs));
  }

  @Test
  void itAsksToStayFencedUntilItIsReady() {
    register();
    broker.onAnswer(1, FENCED, nowMs);
    assertEquals(List.of(beat(2, 70, -1, false, false)), broker.onReady(nowMs));
  }

  @Test
  void itSaysAtOnceThatItHasCaughtUpWithItsOwnRegistration() {
    register();
    broker.onAnswer(1, FENCED, nowMs);
    assertEquals(List.of(), broker.onImage(69, Optional.empty(), nowMs));
    assertEquals(
        List.of(beat(2, 70, 70, true, false)), broker.onImage(70, Optional.of(true), nowMs));
  }

  @Test
  void itIsActiveAsSoonAsItsImageOrTheControllerSaysSo() {
    becomeReady();
    assertEquals(
        List.of(new StateChanged(State.ACTIVE)), broker.onImage(71, Optional.of(false), nowMs));
    assertEquals(List.of(), broker.onAnswer(3, ACTIVE, nowMs));
  }

  // Found by the simulator: an old image would have made it active after it was fenced anew.
  @Test
  void anAnswerThatItIsFencedPromisesItNothing() {
    becomeReady();
    nowMs += SESSION_MS;
    assertEquals(List.of(beat(4, 70, 70, false, false)), broker.onTick(nowMs));
    broker.onAnswer(4, FENCED, nowMs);
    assertEquals(List.of(), broker.onImage(71, Optional.of(false), nowMs));
    nowMs = broker.nextDeadlineMs();
    broker.onTick(nowMs);
    assertEquals(List.of(new StateChanged(State.ACTIVE)), broker.onAnswer(5, ACTIVE, nowMs));
  }

  @Test
  void heartbeatsComeAtTheirInterval() {
    becomeActive();
    long sentMs = nowMs;
    nowMs += 20; // The answer's way doesn't add to the interval.
    assertEquals(sentMs + HEARTBEAT_MS, broker.nextDeadlineMs());
    nowMs = sentMs + HEARTBEAT_MS - 1;
    assertEquals(List.of(), broker.onTick(nowMs));
    nowMs++;
    assertEquals(List.of(beat(4, 70, 71, false, false)), broker.onTick(nowMs));
  }

  @Test
  void oneHeartbeatIsOnItsWayAtATimeAndOneThatIsLostIsReplaced() {
    becomeActive();
    tickToNextBeat();
    nowMs += HEARTBEAT_MS;
    assertEquals(List.of(), broker.onTick(nowMs));
    nowMs += SESSION_MS / 4;
    assertEquals(List.of(beat(5, 70, 71, false, false)), broker.onTick(nowMs));
    assertEquals(List.of(), broker.onAnswer(4, FENCED, nowMs), "an answer that came too late");
  }

  @Test
  void anUnansweredBrokerTakesItselfForFencedBeforeTheControllerFencesIt() {
    becomeActive();
    long answeredSentMs = nowMs;
    List<Effect> effects = List.of();
    while (!effects.contains(new StateChanged(State.FENCED))) {
      nowMs = broker.nextDeadlineMs();
      effects = broker.onTick(nowMs);
    }
    assertEquals(answeredSentMs + LEASE_MS, nowMs);
  }

  @Test
  void itLeadsUntilTheSessionIsOverThatItsLastAnsweredHeartbeatBegan() {
    assertEquals(BrokerLease.NONE, broker.lease());
    becomeActive();
    long answeredSentMs = nowMs;
    assertEquals(new BrokerLease(answeredSentMs + LEASE_MS), broker.lease());
    tickToNextBeat();
    long sentMs = nowMs;
    assertEquals(new BrokerLease(answeredSentMs + LEASE_MS), broker.lease());
    nowMs += 30;
    broker.onAnswer(4, ACTIVE, nowMs);
    assertEquals(new BrokerLease(sentMs + LEASE_MS), broker.lease());
    // The process stands still: it is over before anybody has noticed.
    assertTrue(broker.lease().isOver(sentMs + LEASE_MS));
    nowMs = sentMs + LEASE_MS;
    broker.onTick(nowMs);
    assertEquals(BrokerLease.NONE, broker.lease());
  }

  @Test
  void whoWantsToStopLeadsNoLongerThanBefore() {
    becomeActive();
    long answeredSentMs = nowMs;
    nowMs += 150;
    broker.onShutdown(nowMs);
    assertEquals(new BrokerLease(answeredSentMs + LEASE_MS), broker.lease());
    long sentMs = nowMs;
    nowMs += 10;
    broker.onAnswer(4, ACTIVE, nowMs);
    assertEquals(new BrokerLease(sentMs + LEASE_MS), broker.lease(), "it still leads something");
    nowMs = broker.nextDeadlineMs();
    broker.onTick(nowMs);
    broker.onAnswer(5, FENCED, nowMs);
    assertEquals(BrokerLease.NONE, broker.lease());
    nowMs = broker.nextDeadlineMs();
    broker.onTick(nowMs);
    broker.onAnswer(6, ACTIVE, nowMs);
    assertEquals(BrokerLease.NONE, broker.lease(), "who stops isn't let in again");
  }

  @Test
  void whoIsFencedAndWantsToStopLeadsNothing() {
    becomeReady();
    broker.onShutdown(nowMs);
    assertEquals(BrokerLease.NONE, broker.lease());
  }

  @Test
  void whoStopsAndSeesItselfFencedLeadsNothing() {
    becomeActive();
    broker.onShutdown(nowMs);
    broker.onImage(80, Optional.of(true), nowMs);
    assertEquals(BrokerLease.NONE, broker.lease());
  }

  @Test
  void anOldImageMakesNobodyActiveWhoseSessionIsOver() {
    becomeActive();
    nowMs += SESSION_MS;
    broker.onTick(nowMs);
    assertEquals(State.FENCED, broker.state());
    broker.onImage(72, Optional.of(false), nowMs);
    assertEquals(State.FENCED, broker.state());
  }

  @Test
  void anAnswerThatIsOlderThanTheImageChangesNothing() {
    becomeReady();
    broker.onImage(71, Optional.of(false), nowMs);
    assertEquals(List.of(), broker.onAnswer(3, FENCED, nowMs));
    tickToNextBeat();
    assertEquals(List.of(new StateChanged(State.FENCED)), broker.onAnswer(4, FENCED, nowMs));
  }

  @Test
  void anImageThatSaysWhatTheLastOneSaidDoesNotUndoWhatTheControllerHasAnswered() {
    becomeActive();
    tickToNextBeat();
    assertEquals(List.of(new StateChanged(State.FENCED)), broker.onAnswer(4, FENCED, nowMs));
    assertEquals(List.of(), broker.onImage(72, Optional.of(false), nowMs));
    assertEquals(List.of(), broker.onImage(73, Optional.of(true), nowMs));
    assertEquals(
        List.of(new StateChanged(State.ACTIVE)), broker.onImage(74, Optional.of(false), nowMs));
  }

  @Test
  void itRegistersAgainWhenTheControllerDoesNotKnowItOrALaterOne() {
    for (ErrorCode code :
        List.of(ErrorCode.STALE_BROKER_EPOCH, ErrorCode.BROKER_ID_NOT_REGISTERED)) {
      BrokerLifecycleTest other = new BrokerLifecycleTest();
      other.becomeActive();
      other.tickToNextBeat();
      assertEquals(
          List.of(new StateChanged(State.REGISTERING), new Register()),
          other.broker.onNoAnswer(4, code, other.nowMs));
      assertEquals(
          List.of(new StateChanged(State.FENCED), beat(5, 90, 71, false, false)),
          other.broker.onRegistered(SECOND, other.nowMs));
    }
  }

  @Test
  void aHeartbeatThatFailsOtherwiseIsTriedAgainSoon() {
    becomeActive();
    tickToNextBeat();
    assertEquals(List.of(), broker.onNoAnswer(4, ErrorCode.NETWORK_EXCEPTION, nowMs));
    assertTrue(broker.nextDeadlineMs() <= nowMs + BrokerLifecycle.FIRST_RETRY_MS);
    nowMs = broker.nextDeadlineMs();
    assertEquals(List.of(beat(5, 70, 71, false, false)), broker.onTick(nowMs));
  }

  @Test
  void registrationIsTriedAgainLaterAndLater() {
    broker.onTick(nowMs);
    long before = 0;
    for (int i = 0; i < 5; i++) {
      broker.onRegistrationFailed(refusal(ErrorCode.NOT_CONTROLLER), nowMs);
      long pauseMs = broker.nextDeadlineMs() - nowMs;
      long fullMs = BrokerLifecycle.FIRST_RETRY_MS << i;
      assertTrue(pauseMs >= fullMs / 2 && pauseMs <= fullMs, pauseMs + " of " + fullMs);
      assertTrue(pauseMs >= before / 2);
      before = pauseMs;
      nowMs = broker.nextDeadlineMs();
      assertEquals(List.of(new Register()), broker.onTick(nowMs));
    }
  }

  @Test
  void aRefusalThatStaysTheSameIsFinal() {
    broker.onTick(nowMs);
    ApiException refusal = refusal(ErrorCode.INVALID_REGISTRATION);
    assertEquals(
        List.of(new StateChanged(State.FAILED), new Refused(refusal)),
        broker.onRegistrationFailed(refusal, nowMs));
  }

  @Test
  void anotherProcessOfItsNameIsWaitedForUntilTheTimeIsUp() {
    broker.onTick(nowMs);
    ApiException refusal = refusal(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    assertEquals(List.of(), broker.onRegistrationFailed(refusal, nowMs));
    nowMs = broker.nextDeadlineMs();
    assertEquals(List.of(new Register()), broker.onTick(nowMs));
    nowMs = START_MS + 60_000;
    assertEquals(
        List.of(new StateChanged(State.FAILED), new Refused(refusal)),
        broker.onRegistrationFailed(refusal, nowMs));
  }

  @Test
  void itStopsWhenTheControllerLetsItGo() {
    becomeActive();
    assertEquals(
        List.of(new StateChanged(State.STOPPING), beat(4, 70, 71, false, true)),
        broker.onShutdown(nowMs));
    assertEquals(List.of(), broker.onAnswer(4, ACTIVE, nowMs));
    nowMs = broker.nextDeadlineMs();
    assertEquals(List.of(beat(5, 70, 71, false, true)), broker.onTick(nowMs));
    assertEquals(List.of(new StateChanged(State.STOPPED)), broker.onAnswer(5, MAY_STOP, nowMs));
    assertEquals(Long.MAX_VALUE, broker.nextDeadlineMs());
  }

  /**
   * Found by the simulator: one that had long been fenced told what groups had committed before.
   */
  @Test
  void whoHasBeenSilentTooLongAndIsAskedToStopLeadsNothing() {
    becomeActive();
    nowMs += LEASE_MS;
    broker.onTick(nowMs);
    assertEquals(BrokerLease.NONE, broker.lease());
    broker.onShutdown(nowMs);
    assertEquals(BrokerLease.NONE, broker.lease(), "others may lead since it was fenced");
  }

  @Test
  void itStopsWithoutLeaveWhenTheControllerTakesTooLong() {
    becomeActive();
    long askedMs = nowMs;
    List<Effect> effects = broker.onShutdown(nowMs);
    while (broker.state() != State.STOPPED) {
      for (Effect effect : effects) {
        if (effect instanceof Beat beat) {
          broker.onAnswer(beat.number(), ACTIVE, nowMs);
        }
      }
      nowMs = broker.nextDeadlineMs();
      effects = broker.onTick(nowMs);
    }
    assertEquals(askedMs + 30_000, nowMs);
  }

  @Test
  void itStopsWithoutLeaveWhenNobodyHasAnsweredForASession() {
    becomeActive();
    long askedMs = nowMs;
    broker.onShutdown(nowMs);
    while (broker.state() != State.STOPPED) {
      nowMs = broker.nextDeadlineMs();
      broker.onTick(nowMs);
    }
    assertEquals(askedMs + LEASE_MS, nowMs);
  }

  @Test
  void itStopsAtOnceWhenNobodyKnowsIt() {
    assertEquals(List.of(new StateChanged(State.STOPPED)), broker.onShutdown(nowMs));
    BrokerLifecycleTest known = new BrokerLifecycleTest();
    known.becomeActive();
    known.broker.onShutdown(known.nowMs);
    assertEquals(
        List.of(new StateChanged(State.STOPPED)),
        known.broker.onNoAnswer(4, ErrorCode.BROKER_ID_NOT_REGISTERED, known.nowMs));
  }

  @Test
  void newEndpointsAreToldByANewRegistration() {
    register();
    assertEquals(
        List.of(new StateChanged(State.REGISTERING), new Register()), broker.onChanged(nowMs));
    assertEquals(List.of(), broker.onAnswer(1, FENCED, nowMs), "it is the former one's");
    assertEquals(List.of(), broker.onReady(nowMs));
    assertEquals(
        List.of(new StateChanged(State.FENCED), beat(2, 90, -1, false, false)),
        broker.onRegistered(SECOND, nowMs));
  }

  private void register() {
    broker.onTick(nowMs);
    broker.onRegistered(FIRST, nowMs);
  }

  private void becomeReady() {
    register();
    broker.onAnswer(1, FENCED, nowMs);
    broker.onImage(70, Optional.of(true), nowMs);
    broker.onAnswer(2, FENCED, nowMs);
    broker.onReady(nowMs);
  }

  private void becomeActive() {
    becomeReady();
    broker.onImage(71, Optional.of(false), nowMs);
    broker.onAnswer(3, ACTIVE, nowMs);
    assertEquals(State.ACTIVE, broker.state());
  }

  private void tickToNextBeat() {
    nowMs = broker.nextDeadlineMs();
    assertEquals(1, broker.onTick(nowMs).size());
  }

  private static Beat beat(
      long number, long epoch, long offset, boolean wantFence, boolean wantShutDown) {
    return new Beat(number, new BrokerHeartbeat(3, epoch, offset, wantFence, wantShutDown));
  }

  private static ApiException refusal(ErrorCode code) {
    return new ApiException(code, "no");
  }
}
