package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.raft.PeerAddresses;
import io.gofka.raft.PeerUnreachable;
import io.gofka.raft.RaftSend;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways to all other nodes. */
final class NodeLinks {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLinks.class);

  private final Bus bus;
  private final NodeDialer dialer;
  private final Map<String, PeerLink> links = new HashMap<>();
  private Map<String, HostPort> addresses = Map.of();

  NodeLinks(Bus bus, NodeDialer dialer) {
    this.bus = bus;
    this.dialer = dialer;
  }

  /** Nodes that are no longer named, or are elsewhere now, are not dialled any more. */
  void onAddresses(PeerAddresses changed) {
    addresses = changed.addresses();
    links
        .entrySet()
        .removeIf(
            entry -> {
              boolean stays = entry.getValue().address().equals(addresses.get(entry.getKey()));
              if (!stays) {
                entry.getValue().close();
              }
              return !stays;
            });
  }

  /** Where a node is, if this one was told. */
  Optional<HostPort> address(String nodeId) {
    return Optional.ofNullable(addresses.get(nodeId));
  }

  Future<Void> send(RaftSend send) {
    HostPort address = addresses.get(send.toNodeId());
    if (address == null) {
      LOG.debug("Nobody knows where {} is", send.toNodeId());
    } else {
      link(send.toNodeId(), address).send(send.envelope());
    }
    return Future.succeededFuture();
  }

  /** The way to a node; made when there is none yet. */
  PeerLink link(String nodeId, HostPort address) {
    PeerLink link = links.get(nodeId);
    if (link != null && link.address().equals(address)) {
      return link;
    }
    if (link != null) {
      link.close();
    }
    PeerLink made =
        new PeerLink(
            dialer,
            nodeId,
            address,
            () -> bus.announce(Addresses.PEER_UNREACHABLE, new PeerUnreachable(nodeId)));
    links.put(nodeId, made);
    return made;
  }

  /** This node has just connected here. */
  void onSignOfLife(String nodeId) {
    PeerLink link = links.get(nodeId);
    if (link != null) {
      link.onSignOfLife();
    }
  }

  void close() {
    links.values().forEach(PeerLink::close);
    links.clear();
  }
}
