package io.gofka.rpc;

import io.gofka.common.HostPort;
import io.gofka.raft.RaftEnvelope;
import io.gofka.raft.RaftMessage;
import io.vertx.core.Future;

/**
 * The way to one node: a connection for what must not wait, and another one, made when it is needed
 * and closed when it isn't any more, for snapshots and metadata.
 */
final class PeerLink {
  private final NodeDialer dialer;
  private final String nodeId;
  private final HostPort address;
  private final RaftStream messages = new RaftStream();
  private final RaftStream chunks = new RaftStream();
  private final PeerConnector control;
  private PeerConnector bulk;
  private long bulkUses;
  private boolean closed;

  /**
   * @param refused called when the process there is gone
   */
  PeerLink(NodeDialer dialer, String nodeId, HostPort address, Runnable refused) {
    this.dialer = dialer;
    this.nodeId = nodeId;
    this.address = address;
    this.control =
        new PeerConnector(
            dialer,
            nodeId,
            address,
            new PeerConnector.Listener() {
              @Override
              public void onConnected(NodeConnection connection) {
                messages.onConnected(connection);
              }

              @Override
              public void onBroken() {
                messages.onBroken();
              }

              @Override
              public void onRefused() {
                refused.run();
              }
            });
  }

  HostPort address() {
    return address;
  }

  /** Sends it now or as soon as the connection stands; drops it when there is none. */
  void send(RaftEnvelope envelope) {
    boolean isChunk = envelope.message() instanceof RaftMessage.SnapshotChunk;
    PeerConnector connector = isChunk ? bulk() : control;
    RaftStream stream = isChunk ? chunks : messages;
    Future<NodeConnection> connection = connector.connection();
    if (connection.failed()) {
      return;
    }
    if (!connection.isComplete() && stream.isEmpty()) {
      connection.onFailure(failed -> stream.onBroken());
    }
    stream.send(envelope);
  }

  /** The connection for what must not wait; see {@link PeerConnector#connection}. */
  Future<NodeConnection> connection() {
    return control.connection();
  }

  /** The connection for what takes long. */
  Future<NodeConnection> bulkConnection() {
    return bulk().connection();
  }

  void onSignOfLife() {
    control.onSignOfLife();
    if (bulk != null) {
      bulk.onSignOfLife();
    }
  }

  private PeerConnector bulk() {
    bulkUses++;
    if (bulk == null) {
      bulk =
          new PeerConnector(
              dialer,
              nodeId,
              address,
              new PeerConnector.Listener() {
                @Override
                public void onConnected(NodeConnection connection) {
                  chunks.onConnected(connection);
                }

                @Override
                public void onBroken() {
                  chunks.onBroken();
                }
              });
      lookAtBulkLater();
    }
    return bulk;
  }

  private void lookAtBulkLater() {
    long uses = bulkUses;
    dialer
        .vertx()
        .setTimer(
            Limits.BULK_IDLE_MS,
            due -> {
              if (closed || bulk == null) {
                return;
              }
              if (uses == bulkUses) {
                bulk.close();
                bulk = null;
                chunks.onBroken();
              } else {
                lookAtBulkLater();
              }
            });
  }

  void close() {
    closed = true;
    control.close();
    messages.onBroken();
    if (bulk != null) {
      bulk.close();
      chunks.onBroken();
    }
  }
}
