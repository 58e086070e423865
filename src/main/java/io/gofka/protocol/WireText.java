package io.gofka.protocol;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** What logs show of bytes: their number; for generated code. */
public final class WireText {
  private WireText() {}

  public static String size(ByteBuf bytes) {
    return bytes == null ? "null" : bytes.readableBytes() + " bytes";
  }

  public static String size(Payload payload) {
    return payload == null ? "null" : payload.size() + " bytes";
  }

  public static String sizes(List<ByteBuf> values) {
    return values == null ? "null" : values.stream().map(WireText::size).toList().toString();
  }
}
