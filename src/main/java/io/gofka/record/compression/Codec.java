package io.gofka.record.compression;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The codecs of a record batch, with their numbers in its attributes and their names in
 * configurations. Streams here hold a bounded amount of memory whatever the input claims; how much
 * comes out of one in total is for {@link InflateLimit} to bound.
 */
public enum Codec {
  NONE(0, "none"),
  GZIP(1, "gzip"),
  SNAPPY(2, "snappy"),
  LZ4(3, "lz4"),
  ZSTD(4, "zstd");

  /** What Kafka calls the default of {@code compression.lz4.level}; it stands for the fast mode. */
  public static final int LZ4_DEFAULT_LEVEL = 9;

  public static final int ZSTD_DEFAULT_LEVEL = 3;

  /**
   * Largest window a zstd frame may ask for, as a power of two: the 128 MiB of its highest level.
   * It is what one decompression may hold in native memory.
   */
  static final int ZSTD_MAX_WINDOW_LOG = 27;

  /** Made once: it is asked for with every batch. */
  private static final List<Optional<Codec>> BY_ID = Stream.of(values()).map(Optional::of).toList();

  private static final int GZIP_BUFFER_BYTES = 8 * 1024;

  private final int id;
  private final String configName;

  Codec(int id, String configName) {
    this.id = id;
    this.configName = configName;
  }

  public int id() {
    return id;
  }

  public String configName() {
    return configName;
  }

  public static Optional<Codec> ofId(int id) {
    return id >= 0 && id < BY_ID.size() ? BY_ID.get(id) : Optional.empty();
  }

  /**
   * Plain bytes out of compressed ones.
   *
   * @throws IOException here or while reading, when the bytes are not of this codec
   */
  public InputStream inflating(InputStream compressed) throws IOException {
    return switch (this) {
      case NONE -> compressed;
      case GZIP -> new GZIPInputStream(compressed, GZIP_BUFFER_BYTES);
      case SNAPPY -> new SnappyFrameInputStream(compressed);
      case LZ4 -> new LZ4FrameInputStream(compressed);
      case ZSTD -> {
        var zstd = new ZstdInputStreamNoFinalizer(compressed, RecyclingBufferPool.INSTANCE);
        zstd.setLongMax(ZSTD_MAX_WINDOW_LOG);
        yield zstd;
      }
    };
  }

  /** Compresses what is written; complete once the stream is closed. */
  OutputStream deflating(OutputStream plain, int level) throws IOException {
    return switch (this) {
      case NONE -> plain;
      case GZIP -> new LevelledGzip(plain, level);
      case SNAPPY -> new SnappyFrameOutputStream(plain);
      case LZ4 ->
          new LZ4FrameOutputStream(
              plain,
              BLOCKSIZE.SIZE_64KB,
              -1,
              lz4Compressor(level),
              XXHashFactory.fastestInstance().hash32(),
              FLG.Bits.BLOCK_INDEPENDENCE);
      case ZSTD ->
          new ZstdOutputStreamNoFinalizer(plain, RecyclingBufferPool.INSTANCE).setLevel(level);
    };
  }

  int defaultLevel() {
    return switch (this) {
      case NONE, SNAPPY -> 0;
      case GZIP -> Deflater.DEFAULT_COMPRESSION;
      case LZ4 -> LZ4_DEFAULT_LEVEL;
      case ZSTD -> ZSTD_DEFAULT_LEVEL;
    };
  }

  private static LZ4Compressor lz4Compressor(int level) {
    LZ4Factory factory = LZ4Factory.fastestInstance();
    return level == LZ4_DEFAULT_LEVEL ? factory.fastCompressor() : factory.highCompressor(level);
  }

  private static final class LevelledGzip extends GZIPOutputStream {
    LevelledGzip(OutputStream out, int level) throws IOException {
      super(out, GZIP_BUFFER_BYTES);
      def.setLevel(level);
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        def.end(); // Its memory is native: waiting for the collector would let it pile up.
      }
    }
  }
}
