package io.gofka.rpc;

import io.netty.buffer.ByteBuf;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Something that a leader and a follower of one partition say to each other, in the form of {@code
 * node.proto}, which says what each kind uses the fields for. What a kind doesn't use is 0.
 *
 * @param records whole record batches, from reader index to writer index; empty for most kinds
 */
record ReplicaEntry(
    Kind kind,
    UUID topicId,
    int partition,
    int leaderEpoch,
    long session,
    long offset,
    int epoch,
    long logStartOffset,
    short errorCode,
    long fromOffset,
    long endOffset,
    ByteBuf records) {
  /** By its number on the wire. */
  enum Kind {
    FOLLOW(1),
    ACKED(2),
    UNFOLLOW(3),
    PUSHED(4),
    WATERMARK(5),
    DIVERGED(6),
    REFUSED(7);

    /** In the order of their numbers. */
    private static final Kind[] ALL = values();

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /**
     * @throws IllegalArgumentException when there is none of this number
     */
    static Kind of(long number) {
      if (number < 1 || number > ALL.length) {
        throw new IllegalArgumentException("no entry is of kind " + number);
      }
      return ALL[(int) number - 1];
    }
  }

  /** Topic id, partition, leader epoch, session, and size of the records. */
  private static final int IDENTITY_BYTES = 36;

  /** Of a record batch: from its base offset to its own checksum, which covers all that follows. */
  private static final int BATCH_PREFIX_BYTES = 21;

  /** Where in it the number of bytes stands that follow upon that number. */
  private static final int BATCH_LENGTH_AT = 8;

  private static final int BATCH_LENGTH_END = 12;

  /**
   * Binds the records to the partition that they are for: a batch carries its own checksum, but
   * that is as valid in any other partition. See {@code node.proto}.
   */
  int checksum() {
    CRC32C crc = new CRC32C();
    byte[] scratch = new byte[IDENTITY_BYTES];
    putLong(scratch, 0, topicId.getMostSignificantBits());
    putLong(scratch, 8, topicId.getLeastSignificantBits());
    putInt(scratch, 16, partition);
    putInt(scratch, 20, leaderEpoch);
    putLong(scratch, 24, session);
    putInt(scratch, 32, records.readableBytes());
    crc.update(scratch, 0, IDENTITY_BYTES);
    int at = records.readerIndex();
    int end = records.writerIndex();
    while (end - at >= BATCH_PREFIX_BYTES) {
      records.getBytes(at, scratch, 0, BATCH_PREFIX_BYTES);
      crc.update(scratch, 0, BATCH_PREFIX_BYTES);
      long next = (long) at + BATCH_LENGTH_END + records.getInt(at + BATCH_LENGTH_AT);
      if (next <= at || next > end) {
        break; // No batch: whoever appends it will say so.
      }
      at = (int) next;
    }
    return (int) crc.getValue();
  }

  private static void putLong(byte[] bytes, int at, long value) {
    putInt(bytes, at, (int) (value >>> 32));
    putInt(bytes, at + 4, (int) value);
  }

  private static void putInt(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }
}
