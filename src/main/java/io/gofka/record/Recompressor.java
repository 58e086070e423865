package io.gofka.record;

import io.gofka.common.ErrorCode;
import io.gofka.record.compression.Compression;
import io.gofka.record.compression.InflateLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Puts a batch into another codec, for topics whose {@code compression.type} is not the producer's.
 * The records pass through a small buffer; everything but codec, length and CRC stays.
 */
public final class Recompressor {
  private Recompressor() {}

  /**
   * Only reads the batch, so it may run on any thread.
   *
   * @return a new batch from reader index to writer index; the caller owns it
   * @throws RecordsRefusedException INVALID_RECORD when the payload can't be inflated,
   *     MESSAGE_TOO_LARGE when what comes out is beyond {@code maxBytes}
   */
  public static ByteBuf recompress(
      RecordBatch batch, Compression target, int maxBytes, ByteBufAllocator allocator)
      throws RecordsRefusedException {
    ByteBuf out = allocator.buffer(batch.sizeInBytes());
    boolean done = false;
    try {
      out.writeBytes(batch.bytes(), batch.start(), RecordBatch.HEADER_BYTES);
      try (InputStream in = RecordReader.inflated(batch, InflateLimit.MAX_INFLATED_BYTES);
          OutputStream deflating = target.deflating(new Capped(out, maxBytes))) {
        in.transferTo(deflating);
      }
      short attributes =
          (short) ((batch.attributes() & ~RecordBatch.CODEC_MASK) | target.codec().id());
      out.setShort(RecordBatch.ATTRIBUTES_AT, attributes);
      out.setInt(RecordBatch.LENGTH_AT, out.readableBytes() - RecordBatch.LOG_OVERHEAD_BYTES);
      new RecordBatch(out, 0).updateCrc();
      done = true;
      return out;
    } catch (TooLargeException tooLarge) {
      throw new RecordsRefusedException(
          ErrorCode.MESSAGE_TOO_LARGE,
          "in "
              + target.codec().configName()
              + " the record batch has more than the "
              + maxBytes
              + " bytes that the topic takes");
    } catch (IOException | RuntimeException broken) {
      throw new RecordsRefusedException(
          ErrorCode.INVALID_RECORD, "records can't be inflated: " + broken.getMessage());
    } finally {
      if (!done) {
        out.release();
      }
    }
  }

  private static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Ends a batch that grows beyond what the topic takes, before it fills the memory. */
  private static final class Capped extends OutputStream {
    private final ByteBufOutputStream out;
    private final int maxBytes;

    Capped(ByteBuf out, int maxBytes) {
      this.out = new ByteBufOutputStream(out);
      this.maxBytes = maxBytes;
    }

    @Override
    public void write(int value) throws IOException {
      check(1);
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      check(length);
      out.write(bytes, offset, length);
    }

    private void check(int length) throws IOException {
      if ((long) out.buffer().readableBytes() + length > maxBytes) {
        throw new TooLargeException();
      }
    }
  }
}
