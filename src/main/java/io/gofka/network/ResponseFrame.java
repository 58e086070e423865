package io.gofka.network;

import io.gofka.api.FetchHandler;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.WireWriter;
import io.gofka.protocol.message.FetchResponse;
import io.gofka.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/**
 * A response as it goes over the wire: size (int32), header, body.
 *
 * @param parts buffers and file regions, in order; each has one reference, which is the receiver's
 * @param bytes of all parts together
 */
record ResponseFrame(List<Object> parts, long bytes) {
  /**
   * Writes the response to {@code request}; takes over the payloads of {@code message}, also when
   * it fails.
   *
   * @throws io.gofka.protocol.WireException when the message has no form in the request's version
   */
  static ResponseFrame of(ByteBufAllocator allocator, PendingRequest request, ApiMessage message) {
    short version = request.context.apiVersion();
    short headerVersion = request.key.responseHeaderVersion(version);
    ResponseHeader header = new ResponseHeader().correlationId(request.correlationId);
    int size;
    try {
      size = header.size(headerVersion) + message.size(version);
    } catch (RuntimeException invalid) {
      release(message);
      throw invalid;
    }
    WireWriter out = WireWriter.allocate(allocator, Integer.BYTES + size);
    try {
      out.int32(size);
      header.write(out, headerVersion);
      message.write(out, version);
      return new ResponseFrame(out.parts(), Integer.BYTES + (long) size);
    } catch (RuntimeException bug) {
      out.release();
      throw bug;
    }
  }

  /** Gives back the payloads of a message that isn't sent. */
  static void release(ApiMessage message) {
    if (message instanceof FetchResponse fetched) {
      FetchHandler.release(fetched);
    }
  }
}
