package io.gofka.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The names that nodes have in their configurations, by their numeric ids, as a tagged field of
 * Gofka's own. Kafka's protocol has no place for them, and asks clients to skip tagged fields that
 * they don't know (KIP-482).
 *
 * <p>Each is its id (int32), the length of its name in bytes (uint16) and the name (UTF-8).
 */
public final class NodeNames {
  /** Far beyond those that Kafka gives out one after the other. */
  private static final int TAG = 10_000;

  private static final int MAX_NAME_BYTES = 0xffff;

  private NodeNames() {}

  /** The field that tells these names; longer ones than fit are left out. */
  public static RawTaggedField field(Map<Integer, String> names) {
    ByteBuf data = Unpooled.buffer();
    new TreeMap<>(names)
        .forEach(
            (id, name) -> {
              byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
              if (bytes.length <= MAX_NAME_BYTES) {
                data.writeInt(id).writeShort(bytes.length).writeBytes(bytes);
              }
            });
    return new RawTaggedField(TAG, data);
  }

  /** The names among the tagged fields of a message; none when there is no such field. */
  public static Map<Integer, String> in(List<RawTaggedField> fields) {
    Map<Integer, String> names = new TreeMap<>();
    Optional<RawTaggedField> own = fields.stream().filter(field -> field.tag() == TAG).findFirst();
    own.ifPresent(field -> read(field.data().slice(), names));
    return names;
  }

  /** Stops where it makes no sense: names are a courtesy. */
  private static void read(ByteBuf data, Map<Integer, String> names) {
    while (data.readableBytes() >= Integer.BYTES + Short.BYTES) {
      int id = data.readInt();
      int length = data.readUnsignedShort();
      if (length > data.readableBytes()) {
        return;
      }
      names.put(id, data.readCharSequence(length, StandardCharsets.UTF_8).toString());
    }
  }
}
