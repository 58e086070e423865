package io.gofka.record;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * One record of a batch.
 *
 * @param timestampMs wall clock of the producer, or of the broker under log append time
 * @param key empty when the record has none
 * @param value empty when the record has none: in a compacted topic, the key is deleted
 */
public record LogRecord(
    long offset, long timestampMs, Optional<ByteBuf> key, Optional<ByteBuf> value) {}
