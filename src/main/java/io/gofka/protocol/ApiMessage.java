package io.gofka.protocol;

/**
 * A message of the protocol, or a record in one of its formats: mutable, confined to one thread,
 * all versions in one class. Every generated class also has {@code static X read(ByteBuf in, short
 * version)}, which fits {@link MessageReader}.
 *
 * <p>What is read refers to the input: {@code bytes}, {@code records} and unknown tagged fields are
 * slices that share its reference count, so the message lives no longer than its frame.
 */
public interface ApiMessage {
  /** The number of the API or, for a coordinator's record, of its type; -1 where there is none. */
  short apiKey();

  /** The lowest version that can be read and written. */
  short lowestSupportedVersion();

  /** The highest version that can be read and written, unstable ones included. */
  short highestSupportedVersion();

  /**
   * The exact number of bytes that {@link #write} will write.
   *
   * @throws WireException when the content has no form in this version: a field is set that the
   *     version lacks (and that may not be dropped), or is null where the version knows no null
   */
  int size(short version);

  /**
   * Writes the message. Call {@link #size} first: it finds everything that can be wrong with the
   * content, before the writer has taken over any payload.
   *
   * @throws WireException as {@link #size} does
   */
  void write(WireWriter out, short version);
}
