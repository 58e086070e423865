package io.gofka.api;

import io.gofka.protocol.ApiMessage;

/** What goes back to the client after a request. */
public sealed interface Reply {
  /** A response is written, after those of the requests before it on the same connection. */
  record Response(ApiMessage message) implements Reply {}

  /** The client doesn't expect anything, as after a produce with acks=0. */
  record Nothing() implements Reply {}

  /** The connection is closed: the only way to tell a client that expects no response. */
  record Close(String reason) implements Reply {}

  Reply NOTHING = new Nothing();

  static Reply of(ApiMessage message) {
    return new Response(message);
  }
}
