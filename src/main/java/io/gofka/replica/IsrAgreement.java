package io.gofka.replica;

import io.gofka.metadata.image.LeaderRecoveryState;
import io.gofka.metadata.image.PartitionImage;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the controllers have agreed on for one partition within one leader epoch, and what the
 * leader has proposed on top of it.
 *
 * <p>The partition epoch is what a proposal rests on: of all that were made on one, at most one is
 * ever taken, and whoever learns of a higher one knows that none of the others will be. Until then
 * a proposal without a definite answer may have been taken, or may be later. So whoever was
 * proposed counts as in sync from the moment of the proposal until either the partition epoch
 * grows, or the controllers have refused and no other attempt is of unknown fate. Source: KIP-497
 * (maximal ISR).
 *
 * <p>One proposal at a time is under way.
 */
final class IsrAgreement {
  static final long FIRST_BACKOFF_MS = 50;
  static final long MAX_BACKOFF_MS = 2_000;

  private PartitionImage agreed;
  private final Set<Integer> perhapsInSync = new TreeSet<>();
  private Optional<IsrChange> inFlight = Optional.empty();
  private boolean fateUnknown;
  private long backoffMs = FIRST_BACKOFF_MS;
  private OptionalLong retryAtMs = OptionalLong.empty();

  IsrAgreement(PartitionImage agreed) {
    this.agreed = agreed;
  }

  /** Whatever this broker has proposed in this epoch before, anybody may have been in it. */
  void proposedBefore() {
    perhapsInSync.addAll(agreed.replicas());
    fateUnknown = true;
  }

  PartitionImage agreed() {
    return agreed;
  }

  /** Whether the broker is in sync, or may be as the controllers see it. */
  boolean mayBeInSync(int brokerId) {
    return agreed.isr().contains(brokerId) || perhapsInSync.contains(brokerId);
  }

  /** The controllers have agreed on something; what is older than what is known is ignored. */
  boolean onAgreed(PartitionImage state) {
    if (state.partitionEpoch() <= agreed.partitionEpoch()) {
      return false;
    }
    agreed = state;
    perhapsInSync.clear();
    inFlight = Optional.empty();
    fateUnknown = false;
    backoffMs = FIRST_BACKOFF_MS;
    retryAtMs = OptionalLong.empty();
    return true;
  }

  boolean mayPropose(long nowMs) {
    return inFlight.isEmpty() && (retryAtMs.isEmpty() || nowMs >= retryAtMs.getAsLong());
  }

  /**
   * Whether a proposal has to be made even if nothing else is wanted: a leader that was elected
   * uncleanly has to say that it goes on from there, and an attempt of unknown fate is made void by
   * another one.
   */
  boolean mustPropose() {
    return fateUnknown || agreed.leaderRecoveryState() == LeaderRecoveryState.RECOVERING;
  }

  void proposed(IsrChange change) {
    inFlight = Optional.of(change);
    retryAtMs = OptionalLong.empty();
    change.isr().forEach(each -> perhapsInSync.add(each.brokerId()));
  }

  /** The controllers have refused, and will never take this attempt. */
  void onRefused(IsrChange change, long nowMs) {
    if (endsAttempt(change, nowMs) && !fateUnknown) {
      perhapsInSync.clear();
    }
  }

  /** The attempt may have been taken, or may still be. */
  void onUnanswered(IsrChange change, long nowMs) {
    if (endsAttempt(change, nowMs)) {
      fateUnknown = true;
    }
  }

  /** Something has changed that may lead to another answer. */
  void retryNow() {
    retryAtMs = OptionalLong.empty();
    backoffMs = FIRST_BACKOFF_MS;
  }

  OptionalLong retryAtMs() {
    return retryAtMs;
  }

  private boolean endsAttempt(IsrChange change, long nowMs) {
    if (inFlight.filter(change::equals).isEmpty()) {
      return false; // The partition epoch has grown since: it is void.
    }
    inFlight = Optional.empty();
    retryAtMs = OptionalLong.of(nowMs + backoffMs);
    backoffMs = Math.min(MAX_BACKOFF_MS, 2 * backoffMs);
    return true;
  }
}
