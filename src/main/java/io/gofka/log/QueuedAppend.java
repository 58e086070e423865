package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.log.AppendRecords.Origin;
import io.gofka.log.AppendRecords.PartitionAppend;
import io.gofka.log.AppendResult.RecordError;
import io.gofka.log.ProducerState.Duplicate;
import io.gofka.record.EndTxnMarker;
import io.gofka.record.RecordBatch;
import io.gofka.record.RecordsRefusedException;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;

/**
 * One partition's records on their way into its log, and where their answer goes. The bytes are
 * held until then: who asked may have given up waiting, and what comes next must not lie where they
 * were.
 *
 * <p>It is being checked, then ready to be placed, then answered; or answered at once.
 */
final class QueuedAppend {
  private final AppendRecords request;
  private final PartitionAppend append;
  private final ShardPartition partition;
  private final int leaderEpoch;
  private final Answers<AppendResult> answers;
  private final int index;
  private List<RecordBatch> batches = List.of();
  private int sizeBytes;
  private Optional<ByteBuf> recompressed = Optional.empty();
  private boolean answered;

  /** Takes hold of the records. */
  QueuedAppend(
      AppendRecords request,
      PartitionAppend append,
      ShardPartition partition,
      Answers<AppendResult> answers,
      int index) {
    this.request = request;
    this.append = append;
    this.partition = partition;
    this.leaderEpoch = partition.leaderEpoch();
    this.answers = answers;
    this.index = index;
    append.records().retain();
  }

  TopicIdPartition id() {
    return append.partition();
  }

  ShardPartition partition() {
    return partition;
  }

  ByteBuf records() {
    return append.records();
  }

  boolean isFromClient() {
    return request.origin() == Origin.CLIENT;
  }

  short requiredAcks() {
    return request.requiredAcks();
  }

  int timeoutMs() {
    return request.timeoutMs();
  }

  /** The epoch in which it came: under no other may it be written. */
  int leaderEpoch() {
    return leaderEpoch;
  }

  /** The epoch that the asker believes in, -1 when it doesn't say. */
  int expectedLeaderEpoch() {
    return append.expectedLeaderEpoch();
  }

  // ---- from the check to the answer

  /** It may be written as it came. */
  void accepted(List<RecordBatch> asTheyCame, int bytes) {
    batches = asTheyCame;
    sizeBytes = bytes;
  }

  /** It may be written in this form, which is ours to release. */
  void acceptedAs(ByteBuf ours) {
    accepted(List.of(new RecordBatch(ours, ours.readerIndex())), ours.readableBytes());
    recompressed = Optional.of(ours);
  }

  /** Whether nothing has to be waited for any more before it is placed. */
  boolean isChecked() {
    return answered || sizeBytes > 0;
  }

  boolean isAnswered() {
    return answered;
  }

  /** What is written; one batch, unless a coordinator writes. */
  List<RecordBatch> batches() {
    return batches;
  }

  RecordBatch firstBatch() {
    return batches.get(0);
  }

  RecordBatch lastBatch() {
    return batches.get(batches.size() - 1);
  }

  int sizeBytes() {
    return sizeBytes;
  }

  /**
   * Whether what the log knows of producers allows it.
   *
   * @return where it lies already, if a client repeats it
   * @throws ApiException see {@link ProducerState}
   */
  Optional<Duplicate> checkProducers(PartitionLog log) {
    if (isFromClient()) {
      checkRefused(log, firstBatch());
      return log.duplicateOf(firstBatch());
    }
    for (RecordBatch batch : batches) {
      if (request.origin() != Origin.COORDINATOR) {
        EndTxnMarker marker = EndTxnMarker.in(batch).orElseThrow();
        boolean epochBumped = request.origin() == Origin.MARKER_OF_NEXT_EPOCH;
        log.producers().checkMarker(batch, marker, epochBumped);
      } else if (batch.hasProducerId()) {
        log.producers().checkWithoutSequence(batch);
      }
    }
    return Optional.empty();
  }

  private void checkRefused(PartitionLog log, RecordBatch batch) {
    if (batch.hasProducerId()
        && !log.producers().isKnown(batch.producerId())
        && partition.refusedSequences().mustWait(batch)) {
      throw new ApiException(
          ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
          "producer "
              + batch.producerId()
              + " sends sequence "
              + batch.baseSequence()
              + ", an earlier one was refused and comes again");
    }
  }

  /**
   * It is in the log.
   *
   * @param logAppendTimeMs wall clock that it was stamped with, -1 when it was not
   */
  void succeed(long logAppendTimeMs, long logStartOffset) {
    if (firstBatch().hasProducerId()) {
      partition.refusedSequences().forget(firstBatch());
    }
    answer(
        new AppendResult(
            id(),
            ErrorCode.NONE,
            Optional.empty(),
            firstBatch().baseOffset(),
            lastBatch().lastOffset(),
            logAppendTimeMs,
            logStartOffset,
            List.of()));
  }

  /**
   * It was in the log already. Clients take DUPLICATE_SEQUENCE_NUMBER for a success without an
   * offset. Kafka refuses such a batch for ever; but when its leader has gone, or stands still,
   * after others had it, many more may get in at the next leader before it is sent again.
   */
  void succeedAs(Duplicate duplicate, boolean stamped, long logStartOffset) {
    answer(
        new AppendResult(
            id(),
            duplicate.isRemembered() ? ErrorCode.NONE : ErrorCode.DUPLICATE_SEQUENCE_NUMBER,
            Optional.empty(),
            duplicate.baseOffset(),
            duplicate.isRemembered() ? duplicate.lastOffset() : -1,
            stamped ? duplicate.maxTimestampMs() : RecordBatch.NO_TIMESTAMP,
            logStartOffset,
            List.of()));
  }

  void refuse(ErrorCode error, String message) {
    if (isFromClient() && error.retriable()) {
      header().filter(RecordBatch::hasProducerId).ifPresent(partition.refusedSequences()::refused);
    }
    answer(AppendResult.refused(id(), error, message, logStartOffset()));
  }

  private Optional<RecordBatch> header() {
    if (!batches.isEmpty()) {
      return Optional.of(firstBatch());
    }
    ByteBuf records = append.records();
    if (records.readableBytes() < RecordBatch.HEADER_BYTES) {
      return Optional.empty();
    }
    return Optional.of(new RecordBatch(records, records.readerIndex()))
        .filter(batch -> batch.magic() == RecordBatch.MAGIC);
  }

  void refuse(RecordsRefusedException refused) {
    List<RecordError> errors =
        refused.faults().stream()
            .map(fault -> new RecordError(fault.batchIndex(), fault.message()))
            .toList();
    answer(
        new AppendResult(
            id(),
            refused.errorCode(),
            Optional.of(refused.getMessage()),
            -1,
            -1,
            -1,
            logStartOffset(),
            errors));
  }

  void refuseForStorage() {
    refuse(ErrorCode.KAFKA_STORAGE_ERROR, "the disk of " + id() + " has failed");
  }

  private long logStartOffset() {
    return partition.openLog().map(PartitionLog::logStartOffset).orElse(-1L);
  }

  private void answer(AppendResult result) {
    answered = true;
    append.records().release();
    recompressed.ifPresent(ByteBuf::release);
    answers.set(index, result);
  }
}
