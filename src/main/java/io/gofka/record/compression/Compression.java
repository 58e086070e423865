package io.gofka.record.compression;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** A codec with the level to compress at. */
public record Compression(Codec codec, int level) {
  public static final Compression NONE = of(Codec.NONE);

  public Compression {
    Objects.requireNonNull(codec, "codec");
  }

  public static Compression of(Codec codec) {
    return new Compression(codec, codec.defaultLevel());
  }

  /** Compresses what is written; complete once the stream is closed. */
  public OutputStream deflating(OutputStream compressed) throws IOException {
    return codec.deflating(compressed, level);
  }
}
