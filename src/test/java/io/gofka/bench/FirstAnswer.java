package io.gofka.bench;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/** Asks a starting broker for Metadata until it answers; a client of the least weight. */
final class FirstAnswer {
  private static final long RETRY_NANOS = 1_000_000;
  private static final int CORRELATION_ID = 7;

  private FirstAnswer() {}

  /**
   * Waits until the broker at this port answers with itself as a broker of the cluster.
   *
   * @throws IllegalStateException when it does not within a minute
   */
  static void await(int port) {
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (System.nanoTime() < deadline) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(metadataRequest());
        if (brokersInAnswer(new DataInputStream(socket.getInputStream())) > 0) {
          return;
        }
      } catch (IOException notYet) {
        // Nobody listens, or it was not meant seriously.
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
    throw new IllegalStateException("no answer at port " + port);
  }

  /** Metadata v1 with an empty list: no topics, only the brokers. */
  private static byte[] metadataRequest() {
    ByteBuffer frame = ByteBuffer.allocate(18).putInt(14);
    frame.putShort((short) 3).putShort((short) 1).putInt(CORRELATION_ID).putShort((short) -1);
    return frame.putInt(0).array();
  }

  private static int brokersInAnswer(DataInputStream in) throws IOException {
    int size = in.readInt();
    byte[] frame = in.readNBytes(size);
    if (frame.length < size) {
      throw new EOFException();
    }
    ByteBuffer answer = ByteBuffer.wrap(frame);
    if (answer.getInt() != CORRELATION_ID) {
      throw new IllegalStateException("the answer belongs to another request");
    }
    return answer.getInt();
  }
}
