package io.gofka.common;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/** Ids as Kafka writes and makes them: 128 bits, shown as 22 characters of URL-safe base64. */
public final class Uuids {
  /** "No id": what a request or response carries where the id is not known. */
  public static final UUID ZERO = new UUID(0, 0);

  private static final UUID ONE = new UUID(0, 1);

  private Uuids() {}

  /**
   * A random id that is neither reserved nor begins with a dash, which a command line would take
   * for an option.
   */
  public static UUID random() {
    UUID id = UUID.randomUUID();
    while (id.equals(ZERO) || id.equals(ONE) || toBase64(id).startsWith("-")) {
      id = UUID.randomUUID();
    }
    return id;
  }

  /** The 22 characters that Kafka's tools show for this id. */
  public static String toBase64(UUID id) {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /**
   * @throws IllegalArgumentException when the text is not 16 bytes of URL-safe base64
   */
  public static UUID fromBase64(String text) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    if (bytes.length != 16) {
      throw new IllegalArgumentException(
          "'" + text + "' holds " + bytes.length + " bytes, an id has 16");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
