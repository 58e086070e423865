package io.gofka.api;

import io.gofka.api.RequestContext.Connection;
import io.gofka.common.HostPort;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ControllerImage;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where a client that came through a certain listener reaches a broker.
 *
 * @param host name or address
 */
record ClientEndpoint(String host, int port) {

  /**
   * The broker's address for this client; empty when the broker doesn't have the client's listener.
   *
   * @param askedId id of the node that the client asks
   */
  static Optional<ClientEndpoint> of(BrokerImage broker, int askedId, Connection connection) {
    Optional<HostPort> address = broker.id() == askedId ? Optional.empty() : broker.address();
    return broker.endpoints().stream()
        .filter(endpoint -> endpoint.listener().equals(connection.listener()))
        .findFirst()
        .map(endpoint -> of(endpoint, address, connection));
  }

  /** The controller's address for this client, in the same way. */
  static Optional<ClientEndpoint> of(
      ControllerImage controller, int askedId, Connection connection) {
    return controller.endpoints().stream()
        .filter(endpoint -> endpoint.listener().equals(connection.listener()))
        .findFirst()
        .map(endpoint -> of(endpoint, controller, askedId, connection));
  }

  /** One of the controller's addresses for this client. */
  static ClientEndpoint of(
      Endpoint endpoint, ControllerImage controller, int askedId, Connection connection) {
    Optional<HostPort> address =
        controller.id() == askedId ? Optional.empty() : controller.address();
    return of(endpoint, address, connection);
  }

  /**
   * @param address where other nodes reach the node, so that clients may reach it there, too; empty
   *     for the node that is asked
   */
  private static ClientEndpoint of(
      Endpoint endpoint, Optional<HostPort> address, Connection connection) {
    String host =
        endpoint.host().or(() -> address.map(HostPort::host)).orElseGet(() -> reached(connection));
    return new ClientEndpoint(host, endpoint.port());
  }

  /**
   * Where clients are to send what changes metadata. Any broker takes that, so when the active
   * controller is no broker itself, the one that is asked is named.
   */
  static int controllerId(ClusterImage image, int brokerId) {
    return image
        .broker(image.controllerId())
        .filter(controller -> !controller.fenced())
        .map(BrokerImage::id)
        .orElse(brokerId);
  }

  /**
   * The address at which this client has reached us; it is the only one of which we know that it
   * leads here from where the client is.
   */
  private static String reached(Connection connection) {
    InetSocketAddress local = connection.local();
    if (local.getAddress() == null) {
      return local.getHostString();
    }
    String address = local.getAddress().getHostAddress();
    int scope = address.indexOf('%'); // The zone of a link-local address means nothing elsewhere.
    return scope < 0 ? address : address.substring(0, scope);
  }
}
