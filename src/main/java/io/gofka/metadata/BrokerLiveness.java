package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.common.Uuids;
import io.gofka.metadata.BrokerHeartbeat.Reply;
import io.gofka.metadata.ProbeNode.Outcome;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which brokers are alive, as the active controller sees it. Nothing of this is in the log: a new
 * active controller begins without knowing anything, and gives silent brokers a period of grace.
 *
 * <p>States of a broker, kept in the image, and what leads from one to the other:
 *
 * <pre>
 * fenced → active       a heartbeat from a broker whose image has its own registration
 * active → fenced       silence for the session timeout, or for three fifths of it when nobody
 *                       answers at its address either; it asks for it; its process is dead
 * active → stopping     it wants to stop (controlled shutdown): its leaderships move first
 * stopping → fenced     it leads nothing, and all active brokers have heard so: it may stop.
 *                       Or silence
 * </pre>
 *
 * <p>A process is dead without waiting when its address refuses connections, or when another
 * process answers there. It is asked when its stream breaks, when it has been silent for a fifth of
 * the session timeout, and when a controller becomes active; a broker that is heard meanwhile isn't
 * dead, whatever the answer. That nobody answers proves nothing: the process may be paused. But it
 * shortens the wait for a broker that serves nobody, down to the time for which a broker holds
 * itself for a leader without being answered.
 *
 * <p>Pure, confined to one thread; times are monotonic. Brokers without an incarnation id belong to
 * this process and are not watched.
 */
final class BrokerLiveness {
  /** Time between two questions after a broker that nobody answers for. */
  static final long PROBE_INTERVAL_MS = 500;

  /** What follows from an event. */
  sealed interface Effect {}

  /** A broker's state must be made this one, unless it has registered again since. */
  record StateWanted(
      int brokerId, long epoch, boolean fenced, boolean inControlledShutdown, String why)
      implements Effect {}

  /** Somebody must ask for a broker's process; {@link #onProbed} follows. */
  record ProbeWanted(int brokerId, long epoch, String nodeId, HostPort address) implements Effect {}

  /** Whether a new process may take a broker's place. */
  enum Predecessor {
    /** There is none, or it is not heard any more. */
    GONE,
    /** It was heard not long ago, or could not be yet: ask for it at its address. */
    UNCERTAIN,
    /** It was heard not long ago, and there is no address to ask at. */
    ALIVE
  }

  private static final long NEVER = -1;

  private static final class Contact {
    private final long epoch;
    private long lastHeardMs;
    private long metadataOffset = NEVER;
    private long shutdownOffset = NEVER;
    private long fencingOffset = NEVER;
    private boolean suspected;
    private boolean unanswered;
    private boolean probing;
    private long probeStartedMs;
    private long nextProbeMs;

    Contact(long epoch, long lastHeardMs) {
      this.epoch = epoch;
      this.lastHeardMs = lastHeardMs;
    }
  }

  private final long sessionTimeoutMs;
  private final long gracePeriodMs;
  private final Map<Integer, Contact> contacts = new HashMap<>();
  private final Set<Integer> registering = new HashSet<>();
  private long activeSinceMs;

  /**
   * @param sessionTimeoutMs silence after which a broker is fenced
   * @param gracePeriodMs time that a new active controller waits before it fences for silence
   */
  BrokerLiveness(long sessionTimeoutMs, long gracePeriodMs) {
    this.sessionTimeoutMs = sessionTimeoutMs;
    this.gracePeriodMs = gracePeriodMs;
  }

  /** This controller has become the active one. */
  List<Effect> onActive(ClusterImage image, long nowMs) {
    contacts.clear();
    registering.clear();
    activeSinceMs = nowMs;
    for (BrokerImage broker : image.brokers().values()) {
      if (isWatched(broker) && !broker.fenced()) {
        Contact contact = new Contact(broker.epoch(), NEVER);
        contact.suspected = true;
        contact.nextProbeMs = nowMs;
        contacts.put(broker.id(), contact);
      }
    }
    return onTick(image, nowMs);
  }

  /**
   * A broker is heard. {@link #answer} follows when it is certain that this controller is still the
   * active one.
   *
   * @param decided image to which everything proposed so far leads
   * @param committed image that holds
   * @param inOrder whether every partition in {@code decided} is led as the brokers' states say
   * @throws ApiException BROKER_ID_NOT_REGISTERED, STALE_BROKER_EPOCH
   */
  List<Effect> onHeartbeat(
      ClusterImage decided,
      ClusterImage committed,
      BrokerHeartbeat heartbeat,
      boolean inOrder,
      long nowMs) {
    BrokerImage broker = checked(decided, heartbeat);
    Contact contact = contact(broker, nowMs);
    contact.lastHeardMs = nowMs;
    contact.suspected = false;
    contact.unanswered = false;
    contact.metadataOffset = Math.max(contact.metadataOffset, heartbeat.metadataOffset());
    boolean caughtUp = heartbeat.metadataOffset() >= broker.epoch();
    List<Effect> effects = new ArrayList<>(1);
    if (registering.contains(broker.id())) {
      return effects;
    }
    noteFencing(decided, broker, contact);
    if (broker.fenced()) {
      if (!heartbeat.wantFence() && !heartbeat.wantShutDown() && caughtUp) {
        effects.add(wanted(broker, false, false, "it has caught up"));
      }
    } else if (heartbeat.wantShutDown()) {
      stopSlowly(decided, committed, broker, contact, inOrder, effects);
    } else if (heartbeat.wantFence()) {
      effects.add(wanted(broker, true, broker.inControlledShutdown(), "it wants to be"));
    }
    return effects;
  }

  /**
   * What a broker is told that was heard, as things stand now.
   *
   * @param decided image to which everything proposed so far leads
   * @param committed image that holds
   * @throws ApiException BROKER_ID_NOT_REGISTERED, STALE_BROKER_EPOCH
   */
  Reply answer(
      ClusterImage decided, ClusterImage committed, BrokerHeartbeat heartbeat, long nowMs) {
    BrokerImage broker = checked(decided, heartbeat);
    Contact contact = contact(broker, nowMs);
    boolean caughtUp = heartbeat.metadataOffset() >= broker.epoch();
    if (registering.contains(broker.id())) {
      return new Reply(caughtUp, true, false);
    }
    BrokerImage known = committed.brokers().get(broker.id());
    boolean fenced = known == null || known.epoch() != broker.epoch() || known.fenced();
    noteFencing(decided, broker, contact);
    // What is decided holds in a moment: until then it must not begin to serve again.
    boolean fencing = broker.fenced() || committed.metadataOffset() < contact.fencingOffset;
    return new Reply(
        caughtUp, fenced || fencing, fenced && broker.fenced() && heartbeat.wantShutDown());
  }

  /** Before it is undone: it holds for a moment all the same. */
  private static void noteFencing(ClusterImage decided, BrokerImage broker, Contact contact) {
    if (broker.fenced()) {
      contact.fencingOffset = decided.metadataOffset();
    }
  }

  private void stopSlowly(
      ClusterImage decided,
      ClusterImage committed,
      BrokerImage broker,
      Contact contact,
      boolean inOrder,
      List<Effect> effects) {
    if (!broker.inControlledShutdown()) {
      effects.add(wanted(broker, false, true, "it wants to stop"));
      return;
    }
    if (contact.shutdownOffset == NEVER && inOrder) {
      contact.shutdownOffset = decided.metadataOffset(); // It leads nothing in that image.
    }
    if (contact.shutdownOffset != NEVER
        && committed.metadataOffset() >= contact.shutdownOffset
        && allActiveHave(decided, contact.shutdownOffset)) {
      effects.add(wanted(broker, true, true, "it leads nothing any more"));
    }
  }

  /** Clients that ask another broker must not be sent to one that has gone. */
  private boolean allActiveHave(ClusterImage image, long offset) {
    for (BrokerImage other : image.brokers().values()) {
      if (other.isActive() && isWatched(other)) {
        Contact contact = contacts.get(other.id());
        if (contact == null || contact.metadataOffset < offset) {
          return false;
        }
      }
    }
    return true;
  }

  /** Time has passed. To be called several times in a session timeout. */
  List<Effect> onTick(ClusterImage image, long nowMs) {
    contacts.keySet().removeIf(id -> !image.brokers().containsKey(id));
    List<Effect> effects = new ArrayList<>();
    for (BrokerImage broker : image.brokers().values()) {
      if (isWatched(broker) && !broker.fenced()) {
        Contact contact = contact(broker, nowMs);
        if (nowMs >= deadlineMs(contact)) {
          effects.add(
              wanted(
                  broker,
                  true,
                  broker.inControlledShutdown(),
                  "nothing was heard of it for " + silenceMs(contact, nowMs) + " ms"));
        } else {
          contact.suspected |= silenceMs(contact, nowMs) >= sessionTimeoutMs / 5;
          maybeProbe(broker, contact, nowMs, effects);
        }
      }
    }
    return effects;
  }

  private long silenceMs(Contact contact, long nowMs) {
    return nowMs - (contact.lastHeardMs == NEVER ? activeSinceMs : contact.lastHeardMs);
  }

  private long deadlineMs(Contact contact) {
    long heard = contact.lastHeardMs == NEVER ? activeSinceMs : contact.lastHeardMs;
    long patienceMs = contact.unanswered ? leaseMs(sessionTimeoutMs) : sessionTimeoutMs;
    return Math.max(heard + patienceMs, activeSinceMs + gracePeriodMs);
  }

  /**
   * How long a broker is a leader without an answer: it is never fenced for silence before that,
   * counted from when the heartbeat came in that was answered last.
   */
  static long leaseMs(long sessionTimeoutMs) {
    return sessionTimeoutMs * 3 / 5;
  }

  /** The stream with a broker's heartbeats has broken. */
  List<Effect> onStreamBroken(ClusterImage image, int brokerId, long epoch, long nowMs) {
    BrokerImage broker = image.brokers().get(brokerId);
    List<Effect> effects = new ArrayList<>(1);
    if (broker != null && broker.epoch() == epoch && isWatched(broker) && !broker.fenced()) {
      Contact contact = contact(broker, nowMs);
      contact.suspected = true;
      contact.nextProbeMs = nowMs;
      maybeProbe(broker, contact, nowMs, effects);
    }
    return effects;
  }

  private static void maybeProbe(
      BrokerImage broker, Contact contact, long nowMs, List<Effect> effects) {
    if (contact.suspected
        && !contact.probing
        && nowMs >= contact.nextProbeMs
        && broker.address().isPresent()) {
      contact.probing = true;
      contact.probeStartedMs = nowMs;
      effects.add(
          new ProbeWanted(broker.id(), broker.epoch(), broker.nodeId(), broker.address().get()));
    }
  }

  /** What came of a {@link ProbeWanted}. */
  List<Effect> onProbed(
      ClusterImage image, int brokerId, long epoch, ProbeNode.Result result, long nowMs) {
    BrokerImage broker = image.brokers().get(brokerId);
    Contact contact = contacts.get(brokerId);
    if (broker == null || contact == null || broker.epoch() != epoch || contact.epoch != epoch) {
      return List.of();
    }
    contact.probing = false;
    if (broker.fenced()) {
      return List.of();
    }
    if (contact.lastHeardMs > contact.probeStartedMs) {
      List<Effect> effects = new ArrayList<>(1);
      maybeProbe(broker, contact, nowMs, effects); // It may be suspected anew since then.
      return effects;
    }
    contact.nextProbeMs = nowMs + PROBE_INTERVAL_MS;
    if (isDead(broker.incarnationId(), result)) {
      String why =
          result.outcome() == Outcome.REFUSED
              ? "nobody listens at " + broker.address().map(HostPort::toString).orElse("")
              : "another process is in its place";
      return List.of(wanted(broker, true, broker.inControlledShutdown(), why));
    }
    contact.unanswered = result.outcome() == Outcome.SILENT;
    if (result.outcome() == Outcome.ANSWERED) {
      contact.suspected = false; // It will come back by itself, or the session ends.
    }
    return List.of();
  }

  /** Whether a process has ended, as far as an answer tells. */
  static boolean isDead(UUID incarnationId, ProbeNode.Result result) {
    return result.outcome() == Outcome.REFUSED
        || (result.outcome() == Outcome.ANSWERED
            && result.incarnationId().filter(id -> !id.equals(incarnationId)).isPresent());
  }

  /** Whether a process may register in the place of a broker of the same name. */
  Predecessor predecessor(BrokerImage known, UUID incarnationId, long nowMs) {
    if (!isWatched(known) || known.incarnationId().equals(incarnationId)) {
      return Predecessor.GONE;
    }
    Contact contact = contacts.get(known.id());
    boolean heard =
        contact != null
            && contact.epoch == known.epoch()
            && contact.lastHeardMs != NEVER
            && nowMs < contact.lastHeardMs + sessionTimeoutMs;
    boolean maybe = heard || (!known.fenced() && nowMs < activeSinceMs + gracePeriodMs);
    if (!maybe) {
      return Predecessor.GONE;
    }
    return known.address().isPresent() ? Predecessor.UNCERTAIN : Predecessor.ALIVE;
  }

  /**
   * The partitions of a broker are to be prepared for its next process.
   *
   * @return false when that is under way already, for the same process or another
   */
  boolean onRegistering(int brokerId) {
    return registering.add(brokerId);
  }

  /** A process has taken its place: it was heard now, though it has sent no heartbeat yet. */
  void onRegistered(int brokerId, long epoch, long nowMs) {
    Contact contact = contacts.get(brokerId);
    if (contact == null || contact.epoch < epoch) {
      contacts.put(brokerId, new Contact(epoch, nowMs));
    }
  }

  /** That has come to an end, whichever. */
  void onRegistrationEnded(int brokerId) {
    registering.remove(brokerId);
  }

  private static boolean isWatched(BrokerImage broker) {
    return !broker.incarnationId().equals(Uuids.ZERO);
  }

  /** One that has registered just now counts as heard. */
  private Contact contact(BrokerImage broker, long nowMs) {
    Contact contact = contacts.get(broker.id());
    if (contact == null || contact.epoch != broker.epoch()) {
      contact = new Contact(broker.epoch(), nowMs);
      contacts.put(broker.id(), contact);
    }
    return contact;
  }

  private static BrokerImage checked(ClusterImage image, BrokerHeartbeat heartbeat) {
    BrokerImage broker = image.brokers().get(heartbeat.brokerId());
    if (broker == null) {
      throw new ApiException(
          ErrorCode.BROKER_ID_NOT_REGISTERED,
          "no broker " + heartbeat.brokerId() + " is registered");
    }
    if (broker.epoch() != heartbeat.brokerEpoch()) {
      throw new ApiException(
          ErrorCode.STALE_BROKER_EPOCH,
          "broker %d has epoch %d, not %d"
              .formatted(broker.id(), broker.epoch(), heartbeat.brokerEpoch()));
    }
    return broker;
  }

  private static StateWanted wanted(
      BrokerImage broker, boolean fenced, boolean inControlledShutdown, String why) {
    return new StateWanted(broker.id(), broker.epoch(), fenced, inControlledShutdown, why);
  }
}
