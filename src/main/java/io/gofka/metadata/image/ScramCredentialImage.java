package io.gofka.metadata.image;

import java.util.Comparator;

/**
 * What is kept of a user's password for one SCRAM mechanism.
 *
 * @param key whose it is
 * @param salt base64
 * @param storedKey base64
 * @param serverKey base64
 */
public record ScramCredentialImage(
    Key key, String salt, String storedKey, String serverKey, int iterations) {
  /** A user and the wire code of a mechanism. */
  public record Key(String user, byte mechanism) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::user).thenComparing(Key::mechanism);

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  /** Without what must not stand in a log. */
  @Override
  public String toString() {
    return "ScramCredentialImage[" + key + ", " + iterations + " iterations]";
  }
}
