/**
 * Record batches (magic 2): their header, what a topic asks of them, their records and codecs.
 *
 * <p>A broker looks at the header ({@link io.gofka.record.RecordBatch}) and leaves the records
 * alone; {@link io.gofka.record.BatchValidator} says when that isn't enough. {@link
 * io.gofka.record.RecordReader} and {@link io.gofka.record.RecordBatchBuilder} are for those who
 * read and write records of this node's own.
 */
package io.gofka.record;
