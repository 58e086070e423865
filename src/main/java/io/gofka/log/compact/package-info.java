/**
 * What compaction decides, without files, threads or clocks: which log is the dirtiest and how far
 * it may be cleaned ({@link io.gofka.log.compact.CleaningScope}), the last offset of each key
 * ({@link io.gofka.log.compact.OffsetMap}), which batches and records stay ({@link
 * io.gofka.log.compact.BatchFilter}), which segments become one ({@link
 * io.gofka.log.compact.SegmentGroups}), and how fast it may go ({@link
 * io.gofka.log.compact.Throttle}). The files are {@code io.gofka.log}'s.
 */
package io.gofka.log.compact;
