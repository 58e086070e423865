package io.gofka.system.history;

/**
 * One record as a client saw it: what was sent is told from everything else by producer and
 * sequence, which are its value.
 *
 * @param offset in its partition
 * @param producer number of who sent it
 * @param sequence counts what that producer sent to this partition, from 0
 */
public record Entry(long offset, int producer, int sequence) {
  private static final String SEPARATOR = ":";

  /** The value that a record is sent with. */
  public static String value(int producer, int sequence) {
    return producer + SEPARATOR + sequence + SEPARATOR;
  }

  /**
   * Reads a record.
   *
   * @throws IllegalArgumentException when nobody sends such values
   */
  public static Entry of(long offset, String value) {
    String[] parts = value.split(SEPARATOR, -1);
    if (parts.length < 3) {
      throw new IllegalArgumentException("offset " + offset + " holds '" + value + "'");
    }
    return new Entry(offset, Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  boolean isSameRecord(Entry other) {
    return producer == other.producer && sequence == other.sequence;
  }

  /** Producer and sequence in one number. */
  long id() {
    return id(producer, sequence);
  }

  static long id(int producer, int sequence) {
    return (long) producer << Integer.SIZE | sequence;
  }
}
