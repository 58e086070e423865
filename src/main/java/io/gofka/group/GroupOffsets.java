package io.gofka.group;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicPartition;
import io.gofka.common.Uuids;
import io.gofka.group.FetchOffsets.Fetched;
import io.gofka.group.GroupRecord.CommittedOffset;
import io.gofka.group.GroupRecord.OffsetRecord;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * How far the groups of one partition of {@code __consumer_offsets} have come. Part of {@link
 * GroupCoordinator}.
 *
 * <p>An offset counts when its record is committed to the log, not before: until then it is in
 * flight. Records take effect in the order of the log, so what is deleted includes what is still in
 * flight.
 */
final class GroupOffsets {
  private final GroupSettings settings;
  private final Map<String, NavigableMap<TopicPartition, Held>> committed = new TreeMap<>();
  private final Retention retention = new Retention();

  /** How many commits of a partition are on their way to the log; none: absent. */
  private final Map<String, Map<TopicPartition, Integer>> inFlight = new HashMap<>();

  /**
   * @param sinceMs monotonic
   */
  private record Held(CommittedOffset offset, long sinceMs) {
    Retention.Since since() {
      return new Retention.Since(sinceMs, offset.commitTimestampMs());
    }
  }

  GroupOffsets(GroupSettings settings) {
    this.settings = settings;
  }

  /** Groups with at least one offset. */
  Set<String> groupIds() {
    return committed.keySet();
  }

  boolean has(String groupId) {
    return committed.containsKey(groupId);
  }

  int size(String groupId) {
    return of(groupId).size();
  }

  private NavigableMap<TopicPartition, Held> of(String groupId) {
    return committed.getOrDefault(groupId, new TreeMap<>());
  }

  /** The log has been replayed. */
  void onLoaded(long nowMs) {
    retention.onLoaded(nowMs);
  }

  /**
   * A record has been committed to the log.
   *
   * @param nowMs {@link Retention#BEFORE_LOADING} for one that is replayed
   */
  void apply(OffsetRecord record, long nowMs) {
    if (record.value().isPresent()) {
      committed
          .computeIfAbsent(record.groupId(), id -> new TreeMap<>())
          .put(record.partition(), new Held(record.value().get(), nowMs));
      return;
    }
    NavigableMap<TopicPartition, Held> offsets = committed.get(record.groupId());
    if (offsets != null) {
      offsets.remove(record.partition());
      if (offsets.isEmpty()) {
        committed.remove(record.groupId());
      }
    }
  }

  // ---- commit

  /**
   * Whether a consumer may commit for a group in this state.
   *
   * @throws ApiException when it may not
   */
  static void checkCommit(Optional<ClassicGroup> known, CommitOffsets commit) {
    boolean asMember =
        commit.generationId() >= 0
            || !commit.memberId().isEmpty()
            || commit.groupInstanceId().isPresent();
    if (known.isEmpty()) {
      if (commit.generationId() >= 0) {
        throw new ApiException(
            ErrorCode.ILLEGAL_GENERATION,
            "group " + commit.groupId() + " has no generation " + commit.generationId());
      }
      return;
    }
    ClassicGroup group = known.get();
    if (group.is(GroupState.EMPTY) && commit.generationId() < 0) {
      return; // A consumer that assigns itself, or an administrator who resets offsets.
    }
    if (!asMember) {
      throw new ApiException(
          ErrorCode.UNKNOWN_MEMBER_ID,
          "group " + group.groupId() + " has members; nobody else may commit for it");
    }
    group.validMember(commit.memberId(), commit.groupInstanceId());
    ClassicMembership.checkGeneration(group, commit.generationId());
    if (group.is(GroupState.COMPLETING_REBALANCE)) {
      throw new ApiException(
          ErrorCode.REBALANCE_IN_PROGRESS,
          "what group " + group.groupId() + " has committed counts before its members join");
    }
  }

  /** One code for each offset: NONE for those that {@link #records} has records of. */
  List<ErrorCode> check(CommitOffsets commit) {
    return commit.offsets().stream().map(this::check).toList();
  }

  private ErrorCode check(CommitOffsets.Offset offset) {
    // Kafka counts characters here, not bytes; the second limit is that of the record's format.
    return offset.metadata().length() > settings.offsetMetadataMaxBytes()
            || ByteBufUtil.utf8Bytes(offset.metadata()) > GroupCoordinator.MAX_NAME_BYTES
        ? ErrorCode.OFFSET_METADATA_TOO_LARGE
        : ErrorCode.NONE;
  }

  List<OffsetRecord> records(CommitOffsets commit, long timestampMs) {
    OptionalLong expireTimestampMs =
        commit.retentionMs().isPresent()
            ? OptionalLong.of(expireTimestampMs(timestampMs, commit.retentionMs().getAsLong()))
            : OptionalLong.empty();
    List<OffsetRecord> records = new ArrayList<>();
    for (CommitOffsets.Offset offset : commit.offsets()) {
      if (check(offset) == ErrorCode.NONE) {
        CommittedOffset value =
            new CommittedOffset(
                offset.offset(),
                offset.leaderEpoch(),
                offset.metadata(),
                timestampMs,
                expireTimestampMs,
                offset.topicId());
        records.add(new OffsetRecord(commit.groupId(), offset.partition(), Optional.of(value)));
      }
    }
    return records;
  }

  /** However long the client wants it to be kept. */
  private static long expireTimestampMs(long timestampMs, long retentionMs) {
    return retentionMs > Long.MAX_VALUE - timestampMs
        ? Long.MAX_VALUE
        : timestampMs + Math.max(0, retentionMs);
  }

  void takeOff(Collection<OffsetRecord> records) {
    for (OffsetRecord record : records) {
      inFlight
          .computeIfAbsent(record.groupId(), id -> new HashMap<>())
          .merge(record.partition(), 1, Integer::sum);
    }
  }

  void land(Collection<OffsetRecord> records) {
    for (OffsetRecord record : records) {
      Map<TopicPartition, Integer> flying = inFlight.get(record.groupId());
      flying.merge(record.partition(), -1, (count, one) -> count > 1 ? count - 1 : null);
      if (flying.isEmpty()) {
        inFlight.remove(record.groupId());
      }
    }
  }

  // ---- fetch

  List<Fetched> fetch(FetchOffsets.Query query) {
    NavigableMap<TopicPartition, Held> offsets = of(query.groupId());
    List<Fetched> fetched = new ArrayList<>();
    if (query.partitions().isEmpty()) {
      offsets.forEach(
          (partition, held) ->
              fetched.add(fetched(partition, held.offset().topicId(), held.offset())));
      return fetched;
    }
    for (FetchOffsets.Partition asked : query.partitions().get()) {
      Held held = offsets.get(asked.partition());
      boolean counts = held != null && sameTopic(held.offset(), asked);
      fetched.add(
          counts
              ? fetched(asked.partition(), asked.topicId(), held.offset())
              : Fetched.none(asked));
    }
    return fetched;
  }

  private static boolean sameTopic(CommittedOffset offset, FetchOffsets.Partition asked) {
    return offset.topicId().equals(asked.topicId())
        || offset.topicId().equals(Uuids.ZERO)
        || asked.topicId().equals(Uuids.ZERO);
  }

  private static Fetched fetched(TopicPartition partition, UUID topicId, CommittedOffset offset) {
    return new Fetched(
        partition, topicId, offset.offset(), offset.leaderEpoch(), offset.metadata());
  }

  // ---- forget

  /** All partitions for which the group has an offset or is about to have one. */
  NavigableSet<TopicPartition> known(String groupId) {
    NavigableSet<TopicPartition> known = new TreeSet<>(of(groupId).keySet());
    known.addAll(inFlight.getOrDefault(groupId, Map.of()).keySet());
    return known;
  }

  boolean hasInFlight(String groupId) {
    return inFlight.containsKey(groupId);
  }

  static List<OffsetRecord> tombstones(String groupId, Collection<TopicPartition> partitions) {
    return partitions.stream()
        .map(partition -> OffsetRecord.tombstone(groupId, partition))
        .toList();
  }

  /**
   * Tombstones for the offsets in topics that are gone, given by name and id. An offset of a topic
   * of the same name that was created since stays.
   */
  List<OffsetRecord> tombstonesOfTopics(Map<String, UUID> topics) {
    List<OffsetRecord> tombstones = new ArrayList<>();
    committed.forEach(
        (groupId, offsets) ->
            offsets.forEach(
                (partition, held) -> {
                  UUID gone = topics.get(partition.topic());
                  UUID topicId = held.offset().topicId();
                  if (gone != null && (gone.equals(topicId) || topicId.equals(Uuids.ZERO))) {
                    tombstones.add(OffsetRecord.tombstone(groupId, partition));
                  }
                }));
    return tombstones;
  }

  /**
   * The partitions whose offsets the group has no use for any more (KIP-211): without members, when
   * the last one left long ago; with members, those of topics that none subscribes to; without
   * membership at all, those not committed again for long.
   */
  NavigableSet<TopicPartition> expired(
      String groupId, Optional<ClassicGroup> known, Moment moment) {
    NavigableSet<TopicPartition> expired = new TreeSet<>();
    Optional<Set<String>> subscribed = Optional.of(Set.of());
    Optional<Retention.Since> emptySince = Optional.empty();
    if (known.isPresent()) {
      ClassicGroup group = known.get();
      if (group.is(GroupState.STABLE)) {
        subscribed = group.subscribedTopics();
      } else if (!group.is(GroupState.EMPTY)) {
        return expired; // Who subscribes to what is being found out.
      } else if (group.protocolType().isPresent()) {
        emptySince = group.stateSince();
      }
    }
    if (subscribed.isEmpty()) {
      return expired;
    }
    Map<TopicPartition, Integer> flying = inFlight.getOrDefault(groupId, Map.of());
    for (Map.Entry<TopicPartition, Held> entry : of(groupId).entrySet()) {
      boolean wanted = subscribed.get().contains(entry.getKey().topic());
      if (!wanted
          && !flying.containsKey(entry.getKey())
          && isExpired(entry.getValue(), emptySince, moment)) {
        expired.add(entry.getKey());
      }
    }
    return expired;
  }

  private boolean isExpired(Held held, Optional<Retention.Since> emptySince, Moment moment) {
    CommittedOffset offset = held.offset();
    if (offset.expireTimestampMs().isPresent()) {
      long committedMs = Math.max(0, offset.commitTimestampMs());
      long wantedMs = Math.max(0, offset.expireTimestampMs().getAsLong() - committedMs);
      return retention.isOver(wantedMs, held.since(), moment);
    }
    // Who sets an offset of a group that has long been empty wants it to last.
    Retention.Since since = emptySince.map(held.since()::or).orElse(held.since());
    return retention.isOver(settings.offsetsRetentionMs(), since, moment);
  }

  /** For a comparison of whole states. */
  Map<String, Map<TopicPartition, CommittedOffset>> snapshot() {
    Map<String, Map<TopicPartition, CommittedOffset>> snapshot = new TreeMap<>();
    committed.forEach(
        (groupId, offsets) -> {
          Map<TopicPartition, CommittedOffset> copy = new HashMap<>();
          offsets.forEach((partition, held) -> copy.put(partition, held.offset()));
          snapshot.put(groupId, Map.copyOf(copy));
        });
    return snapshot;
  }
}
