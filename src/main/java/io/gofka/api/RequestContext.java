package io.gofka.api;

import java.net.InetSocketAddress;

/**
 * What a handler knows about the request besides its body.
 *
 * @param apiVersion version the request came in and the response goes out in
 * @param clientId as the client calls itself, empty when it doesn't
 * @param connection who sent it and through where
 */
public record RequestContext(short apiVersion, String clientId, Connection connection) {
  /**
   * A client's connection.
   *
   * @param id unique in the process
   * @param listener name of the listener it came through
   * @param local address that the client reached us at
   * @param remote address of the client
   */
  public record Connection(
      long id, String listener, InetSocketAddress local, InetSocketAddress remote) {}
}
