package io.gofka.network;

import io.gofka.api.ApiHandler;
import io.gofka.api.Reply;
import io.gofka.api.RequestContext;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.netty.buffer.ByteBuf;

/**
 * One request between its arrival and its response. It waits, then it runs, then it is answered.
 */
final class PendingRequest {
  final ApiKey key;
  final int correlationId;
  final ApiMessage request;
  final RequestContext context;
  final ApiHandler<ApiMessage> handler;
  private final int frameBytes;
  private ByteBuf frame;
  private Reply reply;

  /**
   * @param frame the reference to it is taken over
   */
  PendingRequest(
      ApiKey key,
      int correlationId,
      ApiMessage request,
      RequestContext context,
      ApiHandler<ApiMessage> handler,
      ByteBuf frame,
      int frameBytes) {
    this.key = key;
    this.correlationId = correlationId;
    this.request = request;
    this.context = context;
    this.handler = handler;
    this.frame = frame;
    this.frameBytes = frameBytes;
  }

  /** Gives the frame back; returns how many bytes of request memory that frees. */
  int releaseFrame() {
    if (frame == null) {
      return 0;
    }
    frame.release();
    frame = null;
    return frameBytes;
  }

  void answer(Reply reply) {
    this.reply = reply;
  }

  boolean answered() {
    return reply != null;
  }

  Reply reply() {
    return reply;
  }

  /**
   * Whether this request may begin while {@code running}, the last of those before it, is not
   * answered.
   */
  boolean mayOverlap(PendingRequest running) {
    return key == running.key && handler.pipelined();
  }

  @Override
  public String toString() {
    return key + " v" + context.apiVersion() + " #" + correlationId;
  }
}
