package io.gofka.rpc;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayList;
import java.util.List;

/**
 * What leaves by one stream, without a copy: Vert.x counts no references of what it is given to
 * write, so they are kept here, until the bytes have left.
 *
 * <p>A write that fails may have left a part in the socket's own queue, which would be sent from
 * memory that is something else by then: that memory is let go only when the connection is closed,
 * which must follow.
 */
final class ReplicaOutput {
  private final WriteStream<Buffer> out;
  private final List<ByteBuf> stranded = new ArrayList<>();
  private long unsentBytes;
  private long sentBytes;
  private boolean connectionClosed;

  ReplicaOutput(WriteStream<Buffer> out) {
    this.out = out;
  }

  /** Takes over {@code frames}; completes when they have left. */
  Future<Void> write(ByteBuf frames) {
    int bytes = frames.readableBytes();
    unsentBytes += bytes;
    Future<Void> written;
    try {
      written = out.write(BufferInternal.buffer(frames));
    } catch (IllegalStateException ended) {
      written = Future.failedFuture(ended);
    }
    Promise<Void> done = Promise.promise();
    written.onComplete(
        left -> {
          unsentBytes -= bytes;
          sentBytes += bytes;
          frames.release();
          done.complete();
        },
        broken -> {
          unsentBytes -= bytes;
          if (connectionClosed) {
            frames.release();
          } else {
            stranded.add(frames);
          }
          done.fail(broken);
        });
    return done.future();
  }

  /** Bytes that wait for the other side, or for the socket. */
  long unsentBytes() {
    return unsentBytes;
  }

  long sentBytes() {
    return sentBytes;
  }

  /** Nothing is sent any more. */
  void onConnectionClosed() {
    connectionClosed = true;
    stranded.forEach(ByteBuf::release);
    stranded.clear();
  }
}
