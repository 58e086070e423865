package io.gofka.api;

import io.gofka.protocol.ApiMessage;
import io.vertx.core.Future;

/**
 * Answers the requests of one API key, in every version the registry lists for it. An instance
 * belongs to one data loop and is called on it.
 *
 * <p>The request and its buffers are readable until the returned future completes, and not after. A
 * handler that throws or fails with an {@link io.gofka.common.ApiException} is answered for with
 * the error response of its API.
 *
 * @param <Q> request
 */
public interface ApiHandler<Q extends ApiMessage> {
  Future<Reply> handle(Q request, RequestContext context);

  /** The response that tells this error for the whole request, in the form its API has for it. */
  ApiMessage errorResponse(Q request, io.gofka.common.ApiException error);
}
