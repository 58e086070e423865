package io.gofka.record;

import io.gofka.record.compression.Compression;
import java.util.Optional;

/**
 * What a topic asks of the batches it takes.
 *
 * @param maxMessageBytes size of a batch as it is stored ({@code max.message.bytes})
 * @param keysRequired the topic is compacted: a record without a key could never be removed
 * @param timestampBeforeMaxMs how far behind the broker's clock a record may be ({@code
 *     message.timestamp.before.max.ms})
 * @param timestampAfterMaxMs how far ahead ({@code message.timestamp.after.max.ms})
 * @param compression what batches are stored in; empty: as the producer sends them
 */
public record RecordRules(
    int maxMessageBytes,
    boolean keysRequired,
    TimestampType timestampType,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    Optional<Compression> compression) {}
