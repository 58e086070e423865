package io.gofka.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.api.FetchSessions.Fetch;
import io.gofka.api.FetchSessions.PartitionName;
import io.gofka.api.FetchSessions.Request;
import io.gofka.api.FetchSessions.Session;
import io.gofka.api.FetchSessions.Told;
import io.gofka.api.FetchSessions.Wanted;
import io.gofka.common.ErrorCode;
import io.gofka.common.Uuids;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {
  private static final long NOW_MS = 1_000_000;

  private int nextId = 1;
  private final FetchSessions sessions = new FetchSessions(2, () -> nextId++);

  private static PartitionName name(int partition) {
    return new PartitionName(Uuids.ZERO, "orders", partition);
  }

  private static Wanted wanted(int partition, long offset) {
    return new Wanted(name(partition), offset, 1024, -1, -1);
  }

  private static Told told(long highWatermark, boolean hasData) {
    return new Told(ErrorCode.NONE, highWatermark, 0, hasData);
  }

  private Session begin(long nowMs, Wanted... wanted) {
    Request request =
        new Request(FetchSessions.NO_SESSION, 0, false, Arrays.asList(wanted), List.of());
    return accepted(sessions.begin(request, nowMs)).session().orElseThrow();
  }

  private Fetch next(
      Session session, int epoch, List<Wanted> wanted, List<PartitionName> forgotten) {
    return sessions.begin(new Request(session.id(), epoch, false, wanted, forgotten), NOW_MS);
  }

  private static Fetch.Accepted accepted(Fetch fetch) {
    return (Fetch.Accepted) fetch;
  }

  @Test
  void incrementalFetchReadsWhatWasNamedBeforeWithItsChanges() {
    Session session = begin(NOW_MS, wanted(0, 0), wanted(1, 0));

    Fetch second = next(session, 1, List.of(wanted(1, 7), wanted(2, 0)), List.of(name(0)));

    assertEquals(List.of(wanted(1, 7), wanted(2, 0)), accepted(second).wanted());
    assertTrue(accepted(second).incremental());
  }

  @Test
  void epochOutOfTurnIsRefusedAndTheSessionStays() {
    Session session = begin(NOW_MS, wanted(0, 0));
    assertEquals(
        new Fetch.Refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH),
        next(session, 2, List.of(), List.of()));
    assertTrue(next(session, 1, List.of(), List.of()) instanceof Fetch.Accepted);
    assertEquals(
        new Fetch.Refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH),
        next(session, 1, List.of(), List.of()));
  }

  @Test
  void unknownSessionIsRefused() {
    assertEquals(
        new Fetch.Refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
        sessions.begin(new Request(99, 1, false, List.of(), List.of()), NOW_MS));
  }

  @Test
  void sessionKeepsToNamesOrToIds() {
    Session session = begin(NOW_MS, wanted(0, 0));
    assertEquals(
        new Fetch.Refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR),
        sessions.begin(new Request(session.id(), 1, true, List.of(), List.of()), NOW_MS));
  }

  @Test
  void finalEpochEndsTheSessionAndReadsWhatIsNamed() {
    Session session = begin(NOW_MS, wanted(0, 0));
    Fetch.Accepted last =
        accepted(
            sessions.begin(
                new Request(session.id(), -1, false, List.of(wanted(3, 0)), List.of()), NOW_MS));
    assertEquals(List.of(wanted(3, 0)), last.wanted());
    assertTrue(last.session().isEmpty());
    assertEquals(0, sessions.size());
  }

  @Test
  void onlyChangesAreTold() {
    Session session = begin(NOW_MS, wanted(0, 0));
    assertTrue(session.tell(name(0), told(5, false)), "never told before");
    assertFalse(session.tell(name(0), told(5, false)));
    assertTrue(session.tell(name(0), told(6, false)), "the high watermark moved");
    assertTrue(session.tell(name(0), told(6, true)), "there is data");
    assertTrue(session.tell(name(0), new Told(ErrorCode.OFFSET_OUT_OF_RANGE, -1, -1, false)));
    assertTrue(
        session.tell(name(0), new Told(ErrorCode.OFFSET_OUT_OF_RANGE, -1, -1, false)),
        "errors are told each time");
    assertTrue(session.tell(name(0), told(6, false)), "it is well again");
  }

  @Test
  void partitionWithDataGoesToTheEndOfTheOrder() {
    Session session = begin(NOW_MS, wanted(0, 0), wanted(1, 0));
    session.tell(name(0), told(5, true));

    Fetch second = next(session, 1, List.of(), List.of());

    assertEquals(List.of(wanted(1, 0), wanted(0, 0)), accepted(second).wanted());
  }

  @Test
  void longestIdleSessionMakesRoomButOnlyAfterItsTime() {
    Session oldest = begin(NOW_MS, wanted(0, 0));
    begin(NOW_MS + 1, wanted(0, 0));
    Request another = new Request(0, 0, false, List.of(wanted(0, 0)), List.of());

    Fetch tooEarly = sessions.begin(another, NOW_MS + FetchSessions.EVICTION_MS);
    assertTrue(accepted(tooEarly).session().isEmpty(), "it's served without a session");

    Fetch later = sessions.begin(another, NOW_MS + FetchSessions.EVICTION_MS + 1);
    assertTrue(accepted(later).session().isPresent());
    assertEquals(
        new Fetch.Refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND),
        next(oldest, 1, List.of(), List.of()));
    assertEquals(2, sessions.size());
  }

  @Test
  void fetchWithoutPartitionsBeginsNoSession() {
    Fetch fetch = sessions.begin(new Request(0, 0, false, List.of(), List.of()), NOW_MS);
    assertTrue(accepted(fetch).session().isEmpty());
    assertEquals(0, sessions.size());
  }
}
