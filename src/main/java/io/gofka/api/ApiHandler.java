package io.gofka.api;

import io.gofka.common.ApiException;
import io.gofka.protocol.ApiMessage;
import io.vertx.core.Future;

/**
 * Answers the requests of one API key, in every version the registry lists for it. An instance
 * belongs to one data loop and is called on it.
 *
 * <p>Requests of one connection are handled one after the other, as clients expect: what a request
 * changed is there for the next. The requests of a {@link #pipelined} handler may overlap with each
 * other.
 *
 * @param <Q> request
 */
public interface ApiHandler<Q extends ApiMessage> {
  /**
   * Answers one request. A handler that throws or fails with an {@link ApiException} is answered
   * for with {@link #errorResponse}.
   *
   * <p>The request's buffers are readable until the returned future completes, unless {@link
   * #releasesEarly}.
   */
  Future<Reply> handle(Q request, RequestContext context);

  /** The response that tells this error for the whole request, in the form its API has for it. */
  ApiMessage errorResponse(Q request, ApiException error);

  /**
   * Whether requests of one connection may overlap because whoever carries them out keeps their
   * order.
   */
  default boolean pipelined() {
    return false;
  }

  /**
   * Whether the request's buffers may go back as soon as {@link #handle} returns: its answer may
   * take its time.
   */
  default boolean releasesEarly() {
    return false;
  }

  /** A connection has closed; what still waits on its behalf can be given up. */
  default void connectionClosed(long connectionId) {}
}
