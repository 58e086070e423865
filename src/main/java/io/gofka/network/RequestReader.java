package io.gofka.network;

import io.gofka.api.ApiHandler;
import io.gofka.api.ApiRegistry;
import io.gofka.api.RequestContext;
import io.gofka.api.RequestContext.Connection;
import io.gofka.api.UnsupportedApiVersionsHandler;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.WireException;
import io.gofka.protocol.message.ApiVersionsRequest;
import io.gofka.protocol.message.RequestHeader;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Turns frames into requests. What can't be read, or isn't offered, is refused in the one way that
 * Kafka's protocol has for it: the connection is closed. The exception is ApiVersions in an unknown
 * version, which is answered in version 0 so that the client can choose a lower one (KIP-511).
 */
final class RequestReader {
  /** API key, API version and correlation id stand at the start of every header version. */
  private static final int MIN_HEADER_BYTES = 8;

  private final ApiRegistry registry;
  private final ApiHandler<ApiMessage> unsupportedApiVersions =
      cast(new UnsupportedApiVersionsHandler());

  RequestReader(ApiRegistry registry) {
    this.registry = registry;
  }

  /**
   * Reads one frame, whose reference the request takes over.
   *
   * @throws RefusedException when nothing can be answered; the frame is still the caller's
   */
  PendingRequest read(ByteBuf frame, Connection connection) {
    int frameBytes = frame.readableBytes();
    if (frameBytes < MIN_HEADER_BYTES) {
      throw new RefusedException("a frame of " + frameBytes + " bytes holds no request header");
    }
    short id = frame.getShort(frame.readerIndex());
    short version = frame.getShort(frame.readerIndex() + 2);
    ApiKey key =
        ApiKey.of(id)
            .filter(known -> registry.handler(known).isPresent())
            .orElseThrow(() -> new RefusedException("API key " + id + " is not offered"));
    if (version < key.lowestVersion() || version > key.highestVersion()) {
      if (key == ApiKey.API_VERSIONS) {
        return unsupportedApiVersions(frame, connection);
      }
      throw new RefusedException(
          key
              + " version "
              + version
              + " is not offered, only "
              + key.lowestVersion()
              + " to "
              + key.highestVersion());
    }
    try {
      RequestHeader header = RequestHeader.read(frame, key.requestHeaderVersion(version));
      ApiMessage request = key.readRequest(frame, version);
      RequestContext context =
          new RequestContext(
              version, Optional.ofNullable(header.clientId()).orElse(""), connection);
      ApiHandler<ApiMessage> handler = cast(registry.handler(key).orElseThrow());
      return new PendingRequest(
          key, header.correlationId(), request, context, handler, frame, frameBytes);
    } catch (WireException malformed) {
      throw new RefusedException(
          key + " version " + version + " is malformed: " + malformed.getMessage());
    }
  }

  private PendingRequest unsupportedApiVersions(ByteBuf frame, Connection connection) {
    int correlationId = frame.getInt(frame.readerIndex() + 4);
    return new PendingRequest(
        ApiKey.API_VERSIONS,
        correlationId,
        new ApiVersionsRequest(),
        new RequestContext((short) 0, "", connection),
        unsupportedApiVersions,
        frame,
        frame.readableBytes());
  }

  @SuppressWarnings("unchecked") // The registry binds each key to a handler of the key's request.
  private static ApiHandler<ApiMessage> cast(ApiHandler<?> handler) {
    return (ApiHandler<ApiMessage>) handler;
  }

  /** A frame that can only be answered by closing the connection; the message says why. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message, null, false, false);
    }
  }
}
