package io.gofka.log;

import io.gofka.common.ErrorCode;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.RecordBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Appends of one partition that go into its log with one write and, where that is asked for, one
 * sync. They all count together or not at all.
 */
final class AppendGroup implements LogWrite {
  private static final short ACKS_ALL = -1;

  private final ShardPartition partition;
  private final PartitionLog log;
  private final ShardLeading leading;
  private final Optional<LedPartition> led;
  private final long timestampMs;
  private final boolean stamped;
  private final List<QueuedAppend> members = new ArrayList<>(1);
  private List<Repetition> repetitions = List.of();
  private Optional<LogAppend> append = Optional.empty();
  private Map<Long, RecordBatch> lastOfProducer = Map.of();

  /** Of something that lies in the log, but isn't durable yet. */
  private record Repetition(QueuedAppend queued, Duplicate first) {}

  /**
   * @param timestampMs wall clock at which they all are appended
   * @param stamped whether the records are to carry it
   */
  AppendGroup(ShardPartition partition, ShardLeading leading, long timestampMs, boolean stamped) {
    this.partition = partition;
    this.log = partition.log();
    this.leading = leading;
    this.led = partition.led();
    this.timestampMs = timestampMs;
    this.stamped = stamped;
  }

  @Override
  public PartitionLog log() {
    return log;
  }

  @Override
  public long timestampMs() {
    return timestampMs;
  }

  boolean isStamped() {
    return stamped;
  }

  boolean isEmpty() {
    return members.isEmpty() && repetitions.isEmpty();
  }

  /** What is to be written; none when it has only repetitions, which wait for a sync. */
  @Override
  public Optional<LogAppend> append() {
    return append;
  }

  // ---- who may come in

  /**
   * Whether the log needs to know nothing of the members to judge this one. Of one producer only
   * batches that follow each other in their sequence can be together: all else, a repetition above
   * all, is judged once the others are in the log. So is what ends a transaction.
   */
  boolean mayFollow(QueuedAppend next) {
    if (members.isEmpty()) {
      return true;
    }
    RecordBatch batch = next.firstBatch();
    if (batch.isControl() || members.get(members.size() - 1).lastBatch().isControl()) {
      return false;
    }
    return !batch.hasProducerId() || !hasProducerOf(next) || isNext(previous(batch), batch);
  }

  /** Whether a member is of the same producer. */
  boolean hasProducerOf(QueuedAppend next) {
    return next.firstBatch().hasProducerId() && previous(next.firstBatch()) != null;
  }

  private static boolean isNext(RecordBatch previous, RecordBatch batch) {
    return batch.producerEpoch() == previous.producerEpoch()
        && batch.isTransactional() == previous.isTransactional()
        && batch.baseSequence() == ((previous.lastSequence() + 1) & Integer.MAX_VALUE);
  }

  /** The last batch of the same producer in this group, null if there is none. */
  private RecordBatch previous(RecordBatch batch) {
    if (lastOfProducer.isEmpty() && !members.isEmpty()) {
      lastOfProducer = new HashMap<>();
      members.forEach(this::remember);
    }
    return lastOfProducer.get(batch.producerId());
  }

  private void remember(QueuedAppend member) {
    lastOfProducer.put(member.lastBatch().producerId(), member.lastBatch());
  }

  void begin(QueuedAppend first, LogAppend written) {
    append = Optional.of(written);
    add(first);
  }

  void add(QueuedAppend member) {
    members.add(member);
    if (!lastOfProducer.isEmpty()) {
      remember(member);
    }
  }

  /** It is answered once what it repeats is durable. */
  void addRepetition(QueuedAppend queued, Duplicate first) {
    if (repetitions.isEmpty()) {
      repetitions = new ArrayList<>(1);
    }
    repetitions.add(new Repetition(queued, first));
  }

  // ---- what comes of them

  @Override
  public boolean mustSync() {
    return !repetitions.isEmpty()
        || append.filter(each -> log.durability().mustSync(each.endOffset())).isPresent();
  }

  /** The group counts, and is as durable as it has to be here: the others may have it. */
  @Override
  public void onWritten() {
    append.ifPresent(written -> leading.onAppended(partition, led, written));
    long logAppendTimeMs = stamped ? timestampMs : RecordBatch.NO_TIMESTAMP;
    for (QueuedAppend member : members) {
      if (isAnswered(member.requiredAcks(), member.lastBatch().lastOffset())) {
        member.succeed(logAppendTimeMs, log.logStartOffset());
      } else {
        leading.park(partition, led, Parked.written(member, logAppendTimeMs));
      }
    }
    repetitions.forEach(repetition -> succeedAs(repetition.queued(), repetition.first()));
  }

  /** What it repeats counts, and is durable here. */
  void succeedAs(QueuedAppend queued, Duplicate first) {
    if (isAnswered(queued.requiredAcks(), first.lastOffset())) {
      queued.succeedAs(first, stamped, log.logStartOffset());
    } else {
      leading.park(partition, led, Parked.repeated(queued, first, stamped));
    }
  }

  /** Whether nobody else has to have it first. */
  private boolean isAnswered(short requiredAcks, long lastOffset) {
    return requiredAcks != ACKS_ALL || lastOffset < log.highWatermark();
  }

  @Override
  public void onGone() {
    refuse(leading.lost(partition), partition.id() + " is deleted here");
  }

  private void refuse(ErrorCode error, String message) {
    append.ifPresent(LogAppend::close);
    members.forEach(member -> member.refuse(error, message));
    repetitions.forEach(repetition -> repetition.queued().refuse(error, message));
  }

  @Override
  public void onFailed() {
    append.ifPresent(LogAppend::close);
    members.forEach(QueuedAppend::refuseForStorage);
    repetitions.forEach(repetition -> repetition.queued().refuseForStorage());
  }
}
