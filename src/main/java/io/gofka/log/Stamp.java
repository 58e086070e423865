package io.gofka.log;

import io.gofka.common.TopicIdPartition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * What makes a small file of a log believable: a CRC-32C over its content, its name and whose
 * partition it belongs to. So a damaged file is told from an intact one, and so is the intact file
 * of another partition, of another segment or of an earlier topic with this name.
 */
final class Stamp {
  private static final int BINARY_BYTES = Integer.BYTES;
  private static final String TEXT = "crc32c ";
  private static final int TEXT_BYTES = TEXT.length() + 2 * Integer.BYTES + 1;

  private Stamp() {}

  /**
   * @param name of the file within its folder
   */
  static int of(TopicIdPartition owner, String name, byte[] bytes, int from, int to) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer salt = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES + utf8.length);
    salt.putLong(owner.topicId().getMostSignificantBits())
        .putLong(owner.topicId().getLeastSignificantBits())
        .putInt(owner.partition())
        .put(utf8);
    CRC32C crc = new CRC32C();
    crc.update(salt.array());
    crc.update(bytes, from, to - from);
    return (int) crc.getValue();
  }

  /** The content with its stamp behind it. */
  static byte[] binary(TopicIdPartition owner, String name, byte[] content) {
    return ByteBuffer.allocate(content.length + BINARY_BYTES)
        .put(content)
        .putInt(of(owner, name, content, 0, content.length))
        .array();
  }

  /** The content of a file from {@link #binary}; empty when the stamp is wrong. */
  static Optional<byte[]> fromBinary(TopicIdPartition owner, String name, byte[] file) {
    int length = file.length - BINARY_BYTES;
    if (length < 0 || ByteBuffer.wrap(file).getInt(length) != of(owner, name, file, 0, length)) {
      return Optional.empty();
    }
    return Optional.of(Arrays.copyOf(file, length));
  }

  /** The lines with a last one for the stamp. */
  static byte[] text(TopicIdPartition owner, String name, byte[] lines) {
    int crc = of(owner, name, lines, 0, lines.length);
    byte[] stamp = String.format("%s%08x\n", TEXT, crc).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(lines.length + stamp.length).put(lines).put(stamp).array();
  }

  /** The lines of a file from {@link #text}; empty when the stamp is wrong or missing. */
  static Optional<byte[]> fromText(TopicIdPartition owner, String name, byte[] file) {
    int length = file.length - TEXT_BYTES;
    if (length < 0) {
      return Optional.empty();
    }
    byte[] lines = Arrays.copyOf(file, length);
    return Arrays.equals(text(owner, name, lines), file) ? Optional.of(lines) : Optional.empty();
  }
}
