package io.gofka.node;

import io.gofka.config.Listener;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.function.Function;

/**
 * Opens for a moment the ports that a node of a cluster opens only once it has met the others: its
 * owner should not wait for them to hear that a port is taken. It can still be taken afterwards;
 * whoever opens it for good then says so.
 */
final class PortTrial {
  private PortTrial() {}

  /**
   * @throws StartException names the first setting whose port can't be opened
   */
  static void run(NodeListeners listeners, HttpEndpoint http) {
    listeners.brokers().forEach(PortTrial::open);
    listeners.controllers().forEach(PortTrial::open);
    if (http.isWanted() && http.isAskedFor()) {
      open(http.address(), http.portToBind(), http::asStartException);
    }
  }

  private static void open(Listener listener) {
    open(
        KafkaListener.addressToBind(listener),
        listener.port(),
        cause -> KafkaListener.asStartException(listener, cause));
  }

  private static void open(String host, int port, Function<Throwable, Throwable> asStartException) {
    try {
      InetAddress address = InetAddress.getByName(host);
      boolean four = address instanceof Inet4Address;
      try (ServerSocketChannel channel =
          ServerSocketChannel.open(
              four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(new InetSocketAddress(address, port));
      }
    } catch (IOException failure) {
      if (BindFailure.reason(failure).isPresent()
          && asStartException.apply(failure) instanceof StartException refusal) {
        throw refusal;
      }
    }
  }
}
