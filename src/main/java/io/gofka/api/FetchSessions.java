package io.gofka.api;

import io.gofka.common.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntSupplier;

/**
 * Incremental fetch sessions (KIP-227): a client names its partitions once, then only what changes,
 * and is told only what has changed. Decides what a request reads and which of the results its
 * response holds.
 *
 * <p>Pure and confined to one data loop; a client that comes back through another loop begins a new
 * session. Sessions that were idle longest make room for new ones, but none that was used within
 * {@link #EVICTION_MS}.
 */
final class FetchSessions {
  /** No session. */
  static final int NO_SESSION = 0;

  /** The request of a session that begins: it names all partitions. */
  static final int INITIAL_EPOCH = 0;

  /** The request of a client that wants no session, or no longer. */
  static final int FINAL_EPOCH = -1;

  /** A session that was used within this time is not put out to make room (milliseconds). */
  static final long EVICTION_MS = 120_000;

  private final int maxSessions;
  private final IntSupplier randomIds;

  /** By last use, the longest idle first. */
  private final LinkedHashMap<Integer, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param maxSessions {@code max.incremental.fetch.session.cache.slots} of this loop
   * @param randomIds random numbers, any
   */
  FetchSessions(int maxSessions, IntSupplier randomIds) {
    this.maxSessions = maxSessions;
    this.randomIds = randomIds;
  }

  /** A partition as the client names it: by id with an empty name, or by name with the zero id. */
  record PartitionName(UUID topicId, String topic, int partition) {}

  /** What the client wants of a partition; see {@link io.gofka.log.ReadRecords.PartitionRead}. */
  record Wanted(
      PartitionName key,
      long fetchOffset,
      int maxBytes,
      int currentLeaderEpoch,
      int lastFetchedEpoch) {}

  /**
   * A fetch request as far as sessions are concerned.
   *
   * @param byTopicId whether the version names topics by id
   */
  record Request(
      int sessionId,
      int epoch,
      boolean byTopicId,
      List<Wanted> wanted,
      List<PartitionName> forgotten) {}

  /** Which partitions a request reads, and where its results go. */
  sealed interface Fetch {
    /** The request can't be served; the client begins a new session. */
    record Refused(ErrorCode error) implements Fetch {}

    /** Read these, in this order. */
    record Accepted(List<Wanted> wanted, Optional<Session> session, boolean incremental)
        implements Fetch {}
  }

  /** What a response tells of a partition, as far as the session remembers it. */
  record Told(ErrorCode error, long highWatermark, long logStartOffset, boolean hasData) {}

  /** One client's session. */
  static final class Session {
    private final int id;
    private final boolean byTopicId;
    private final LinkedHashMap<PartitionName, State> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;
    private long lastUsedMs;

    private Session(int id, boolean byTopicId) {
      this.id = id;
      this.byTopicId = byTopicId;
    }

    int id() {
      return id;
    }

    private static final class State {
      private Wanted wanted;
      private long highWatermark = -1;
      private long logStartOffset = -1;

      private State(Wanted wanted) {
        this.wanted = wanted;
      }
    }

    private void update(Request request) {
      for (Wanted wanted : request.wanted()) {
        State state = partitions.get(wanted.key());
        if (state == null) {
          partitions.put(wanted.key(), new State(wanted));
        } else {
          state.wanted = wanted;
        }
      }
      request.forgotten().forEach(partitions::remove);
    }

    private List<Wanted> wanted() {
      List<Wanted> all = new ArrayList<>(partitions.size());
      partitions.values().forEach(state -> all.add(state.wanted));
      return all;
    }

    /**
     * Notes what the response is about to tell of a partition; says whether an incremental response
     * has to tell it. Partitions with data go to the end of the order, so that none starves when
     * responses are full.
     */
    boolean tell(PartitionName key, Told told) {
      State state = partitions.get(key);
      if (state == null) {
        return true;
      }
      boolean failed = told.error() != ErrorCode.NONE;
      boolean changed =
          failed
              || told.hasData()
              || state.highWatermark != told.highWatermark()
              || state.logStartOffset != told.logStartOffset();
      state.highWatermark = failed ? -1 : told.highWatermark(); // Tell again once it's well.
      state.logStartOffset = told.logStartOffset();
      if (told.hasData()) {
        partitions.remove(key);
        partitions.put(key, state);
      }
      return changed;
    }
  }

  int size() {
    return sessions.size();
  }

  /** Takes a request in; sessions change accordingly. */
  Fetch begin(Request request, long nowMs) {
    if (request.epoch() == FINAL_EPOCH || request.epoch() == INITIAL_EPOCH) {
      sessions.remove(request.sessionId());
      Optional<Session> created =
          request.epoch() == INITIAL_EPOCH && !request.wanted().isEmpty()
              ? create(request, nowMs)
              : Optional.empty();
      return new Fetch.Accepted(request.wanted(), created, false);
    }
    Session session = sessions.get(request.sessionId());
    if (session == null) {
      return new Fetch.Refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }
    if (session.byTopicId != request.byTopicId()) {
      return new Fetch.Refused(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    }
    if (session.nextEpoch != request.epoch()) {
      return new Fetch.Refused(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    }
    session.update(request);
    session.lastUsedMs = nowMs;
    session.nextEpoch = session.nextEpoch == Integer.MAX_VALUE ? 1 : session.nextEpoch + 1;
    return new Fetch.Accepted(session.wanted(), Optional.of(session), true);
  }

  private Optional<Session> create(Request request, long nowMs) {
    if (sessions.size() >= maxSessions && !evict(nowMs)) {
      return Optional.empty();
    }
    int id;
    do {
      id = randomIds.getAsInt() & Integer.MAX_VALUE;
    } while (id == NO_SESSION || sessions.containsKey(id));
    Session session = new Session(id, request.byTopicId());
    session.lastUsedMs = nowMs;
    session.update(request);
    sessions.put(id, session);
    return Optional.of(session);
  }

  private boolean evict(long nowMs) {
    Iterator<Map.Entry<Integer, Session>> idleLongest = sessions.entrySet().iterator();
    if (!idleLongest.hasNext() || nowMs - idleLongest.next().getValue().lastUsedMs <= EVICTION_MS) {
      return false;
    }
    idleLongest.remove();
    return true;
  }
}
