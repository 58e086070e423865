package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.rpc.Leaders.Known;
import io.gofka.rpc.proto.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LeadersTest {
  private static final Known A1 = known(1, "a");
  private static final Known B2 = known(2, "b");
  private static final Known NOBODY1 = new Known(1, "", Optional.empty());

  private final Leaders leaders = new Leaders(false);

  private static Known known(long term, String nodeId) {
    return new Known(term, nodeId, Optional.of(new HostPort(nodeId, 1)));
  }

  @Test
  void whatIsOlderThanWhatIsKnownIsIgnored() {
    leaders.learn(B2);
    leaders.learn(A1);
    assertEquals(B2, leaders.current());
  }

  @Test
  void aLaterTermWithoutALeaderIsNewsToo() {
    leaders.learn(A1);
    Known nobody = new Known(2, "", Optional.empty());
    leaders.learn(nobody);
    assertEquals(nobody, leaders.current());
    leaders.learn(B2);
    assertEquals(B2, leaders.current());
  }

  @Test
  void aTermHasOneLeaderWhoseAddressMayBecomeKnown() {
    leaders.learn(new Known(1, "a", Optional.empty()));
    leaders.learn(known(1, "other"));
    assertEquals("a", leaders.current().nodeId());
    leaders.learn(A1);
    assertEquals(A1, leaders.current());
    leaders.learn(new Known(1, "a", Optional.empty()));
    assertEquals(A1, leaders.current());
  }

  @Test
  void whoHasNoReplicaForgetsALeaderThatIsNone() {
    leaders.learn(A1);
    leaders.doubt("b");
    assertEquals(A1, leaders.current());
    leaders.doubt("a");
    assertFalse(leaders.current().isSomebody());
    leaders.learn(A1);
    assertEquals(A1, leaders.current());
  }

  @Test
  void whoHasAReplicaIsToldByIt() {
    Leaders own = new Leaders(true);
    own.learn(A1);
    own.doubt("a");
    assertEquals(A1, own.current());
  }

  @Test
  void whoHasLostTheLeadInHisTermIsNoLeaderForHimselfEither() {
    Leaders own = new Leaders(true);
    own.follow(A1);
    own.follow(NOBODY1);
    assertEquals(NOBODY1, own.current());
    own.follow(B2);
    own.follow(NOBODY1);
    assertEquals(B2, own.current());
  }

  @Test
  void anAddressThatIsKnownOutlivesWhatTheReplicaSaysWithoutOne() {
    Leaders own = new Leaders(true);
    own.learn(A1);
    own.follow(new Known(1, "a", Optional.empty()));
    assertEquals(A1, own.current());
  }

  @Test
  void theLeaderOfATermWhoKnowsOfNoneInItIsDoubted() {
    leaders.learn(A1);
    leaders.learnFrom("b", NOBODY1);
    assertEquals(A1, leaders.current());
    leaders.learnFrom("a", NOBODY1);
    assertFalse(leaders.current().isSomebody());
  }

  @Test
  void aRefusalNeverNamesWhoRefuses() {
    leaders.learn(A1);
    ApiException notMe = new ApiException(ErrorCode.NOT_CONTROLLER, "not me");
    assertFalse(CommandForwarder.refusal(leaders, "a", notMe).hasLeader());
    Refusal byOther = CommandForwarder.refusal(leaders, "b", notMe);
    assertEquals(A1, Forms.leader(byOther.getLeader()));
    leaders.doubt("a");
    CommandForwarder.learn(leaders, "a", byOther);
    assertFalse(leaders.current().isSomebody());
    CommandForwarder.learn(leaders, "b", byOther);
    assertEquals(A1, leaders.current());
  }

  @Test
  void listenersHearOfWhatIsNewAndOfNothingElse() {
    List<Known> heard = new ArrayList<>();
    Consumer<Known> listener = heard::add;
    leaders.onChange(listener);
    leaders.learn(A1);
    leaders.learn(A1);
    leaders.learn(B2);
    leaders.learn(A1);
    assertEquals(List.of(A1, B2), heard);
    leaders.removeListener(listener);
    leaders.learn(known(3, "c"));
    assertEquals(List.of(A1, B2), heard);
  }
}
