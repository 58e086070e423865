package io.gofka.group;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The one look that the coordinator takes at what members of the protocol type {@code consumer}
 * want: which topics they subscribe to, so that offsets of other topics may be dropped. Every
 * version begins with an int16 version and an array of topic names.
 */
final class ConsumerSubscription {
  /** The protocol type of Kafka's own consumers. */
  static final String PROTOCOL_TYPE = "consumer";

  private ConsumerSubscription() {}

  /** The topics, or nothing when the bytes aren't what a consumer sends. */
  static Optional<Set<String>> topics(Bytes metadata) {
    ByteBuf in = metadata.toByteBuf();
    if (in.readableBytes() < Short.BYTES + Integer.BYTES || in.readShort() < 0) {
      return Optional.empty();
    }
    int count = in.readInt();
    if (count < 0 || count > in.readableBytes() / Short.BYTES) {
      return Optional.empty();
    }
    Set<String> topics = new HashSet<>();
    for (int i = 0; i < count; i++) {
      if (in.readableBytes() < Short.BYTES) {
        return Optional.empty();
      }
      short length = in.readShort();
      if (length < 0 || length > in.readableBytes()) {
        return Optional.empty();
      }
      topics.add(in.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }
    return Optional.of(topics);
  }
}
