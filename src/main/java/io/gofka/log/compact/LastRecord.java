package io.gofka.log.compact;

/**
 * What must stay of a producer that may still write, so that its epoch and sequence are known.
 *
 * @param dataOffset of its last record, -1 when the log knows only a marker of it
 */
public record LastRecord(long dataOffset, short producerEpoch) {
  public static final long NO_DATA = -1;
}
