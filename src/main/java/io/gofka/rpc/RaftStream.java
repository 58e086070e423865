package io.gofka.rpc;

import io.gofka.raft.LogEntry;
import io.gofka.raft.RaftMessage;
import io.gofka.rpc.proto.Nothing;
import io.gofka.rpc.proto.RaftEnvelope;
import io.vertx.grpc.client.GrpcClientRequest;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The messages of this node's replica to one peer's, in order, as far as the peer takes them. What
 * finds the queue full is dropped, and so is everything in it when the connection breaks: Raft
 * sends again.
 */
final class RaftStream {
  private final Deque<io.gofka.raft.RaftEnvelope> queue = new ArrayDeque<>();
  private long queuedBytes;
  private GrpcClientRequest<RaftEnvelope, Nothing> stream;
  private NodeConnection connection;

  /** Whether it was taken. */
  boolean send(io.gofka.raft.RaftEnvelope envelope) {
    long bytes = bytes(envelope.message());
    if (queue.size() >= Limits.MAX_QUEUED_MESSAGES
        || (!queue.isEmpty() && queuedBytes + bytes > Limits.MAX_QUEUED_BYTES)) {
      return false;
    }
    queue.add(envelope);
    queuedBytes += bytes;
    pump();
    return true;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  void onConnected(NodeConnection newConnection) {
    connection = newConnection;
    newConnection.stream(NodeMethods.RAFT)
        .onComplete(
            opened -> {
              if (connection != newConnection) {
                opened.cancel();
                return;
              }
              stream = opened;
              opened.exceptionHandler(broken -> newConnection.close());
              opened.drainHandler(drained -> pump());
              NodeConnection.replies(opened)
                  .compose(response -> response.end())
                  .onComplete(ended -> newConnection.close());
              pump();
            },
            failed -> newConnection.close());
  }

  void onBroken() {
    stream = null;
    connection = null;
    queue.clear();
    queuedBytes = 0;
  }

  private void pump() {
    while (stream != null && !queue.isEmpty() && !stream.writeQueueFull()) {
      io.gofka.raft.RaftEnvelope envelope = queue.remove();
      queuedBytes -= bytes(envelope.message());
      stream.write(RaftForms.encode(envelope));
    }
  }

  private static long bytes(RaftMessage message) {
    if (message instanceof RaftMessage.AppendRequest append) {
      long bytes = 0;
      for (LogEntry entry : append.entries()) {
        bytes += entry.payload().readableBytes();
      }
      return bytes;
    }
    return message instanceof RaftMessage.SnapshotChunk chunk ? chunk.bytes().readableBytes() : 0;
  }
}
