package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.HostPort;
import io.gofka.metadata.MetadataFeed;
import io.gofka.raft.LogEntry;
import io.gofka.raft.NodeStatus;
import io.gofka.rpc.Leaders.Known;
import io.gofka.rpc.proto.CommittedEntry;
import io.gofka.rpc.proto.MetadataFrame;
import io.gofka.rpc.proto.MetadataRequest;
import io.gofka.rpc.proto.SnapshotPiece;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the metadata from a controller elsewhere: from the active one, as soon as it is known
 * which one that is, until then from any that answers. It goes on where it was when the stream
 * breaks.
 */
final class MetadataSubscription {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataSubscription.class);

  /** A controller that isn't the active one is given up after this time; perhaps it is cut off. */
  private static final long PATIENCE_MS = 3_000;

  private static final int MAX_CANDIDATES = 100;

  private final Vertx vertx;
  private final Bus bus;
  private final Leaders leaders;
  private final NodeDialer dialer;
  private final Backoff backoff;
  private final Set<HostPort> candidates;
  private final Consumer<Known> onLeader = this::onLeader;
  private int nextCandidate;
  private Optional<Source> source = Optional.empty();
  private long timer = -1;
  private boolean everFollowed;
  private boolean stopped;

  MetadataSubscription(
      Vertx vertx, Bus bus, Leaders leaders, NodeDialer dialer, List<HostPort> controllers) {
    this.vertx = vertx;
    this.bus = bus;
    this.leaders = leaders;
    this.dialer = dialer;
    this.backoff = dialer.backoff();
    this.candidates = new LinkedHashSet<>(controllers);
  }

  void start() {
    leaders.onChange(onLeader);
    connect();
  }

  void stop() {
    stopped = true;
    leaders.removeListener(onLeader);
    vertx.cancelTimer(timer);
    source.ifPresent(Source::close);
  }

  private void onLeader(Known leader) {
    boolean elsewhere =
        leader.address().isPresent()
            && source.filter(now -> now.address.equals(leader.address().get())).isEmpty();
    if (elsewhere) {
      reconnect(0);
    }
  }

  private void connect() {
    HostPort address =
        leaders
            .current()
            .address()
            .orElseGet(() -> List.copyOf(candidates).get(nextCandidate++ % candidates.size()));
    Source made = new Source(address);
    source = Optional.of(made);
    made.open();
    timer = vertx.setTimer(PATIENCE_MS, due -> look(made));
  }

  /** Who follows somebody that isn't the leader must not do so for ever. */
  private void look(Source watched) {
    if (stopped || source.filter(now -> now == watched).isEmpty()) {
      return;
    }
    boolean active = leaders.current().address().filter(watched.address::equals).isPresent();
    if (active) {
      timer = vertx.setTimer(PATIENCE_MS, due -> look(watched));
    } else {
      reconnect(0);
    }
  }

  private void reconnect(long pauseMs) {
    vertx.cancelTimer(timer);
    source.ifPresent(Source::close);
    source = Optional.empty();
    if (stopped) {
      return;
    }
    if (pauseMs == 0) {
      connect();
    } else {
      timer = vertx.setTimer(pauseMs, due -> connect());
    }
  }

  /** One controller that is followed. */
  private final class Source {
    private final HostPort address;
    private Optional<NodeConnection> connection = Optional.empty();
    private Optional<ByteBuf> snapshot = Optional.empty();
    private long snapshotIndex;
    private long snapshotSizeBytes;
    private boolean followed;
    private boolean closed;

    Source(HostPort address) {
      this.address = address;
    }

    void open() {
      dialer
          .dial(address, "")
          .compose(
              made -> {
                if (closed) {
                  made.close();
                  return Future.failedFuture("no longer wanted");
                }
                connection = Optional.of(made);
                made.remote().peers().values().forEach(this::addCandidate);
                leaders.learnFrom(made.remote().nodeId(), made.leader());
                return closed ? Future.failedFuture("another one leads") : follow(made);
              })
          .onFailure(this::onBroken);
    }

    private void addCandidate(HostPort peer) {
      if (candidates.size() < MAX_CANDIDATES) {
        candidates.add(peer);
      }
    }

    private Future<Void> follow(NodeConnection made) {
      made.closed().onComplete(v -> onBroken(new IllegalStateException("connection closed")));
      return bus.request(Addresses.NODE_STATUS, new NodeStatus.Asked())
          .compose(self -> checkCluster(self, made.remote()))
          .compose(
              same -> bus.request(Addresses.METADATA_FEED, new MetadataFeed.Entries(List.of())))
          .compose(next -> made.stream(NodeMethods.METADATA).compose(call -> ask(call, next)));
    }

    /** A cluster that has no name yet isn't one that has: its log begins anew. */
    private Future<Void> checkCluster(NodeStatus self, NodeStatus other) {
      return self.clusterId().isEmpty() || self.clusterId().equals(other.clusterId())
          ? Future.succeededFuture()
          : Future.failedFuture(
              "%s belongs to cluster %s, and %s knows of none"
                  .formatted(self.nodeId(), self.clusterId(), other.nodeId()));
    }

    private Future<Void> ask(GrpcClientRequest<MetadataRequest, MetadataFrame> call, long next) {
      call.exceptionHandler(this::onBroken);
      call.end(MetadataRequest.newBuilder().setFromIndex(next).build());
      return NodeConnection.replies(call)
          .compose(
              response -> {
                LOG.info(
                    "Metadata comes from {} at {}", connection.get().remote().nodeId(), address);
                backoff.reset();
                followed = true;
                everFollowed = true;
                response.handler(frame -> onFrame(response, frame));
                response.pause();
                response.fetch(1);
                return response.end();
              })
          .compose(ended -> Future.failedFuture("its stream ended"));
    }

    private void onFrame(GrpcClientResponse<?, MetadataFrame> stream, MetadataFrame frame) {
      if (closed) {
        return;
      }
      Future<?> taken;
      try {
        taken = take(frame);
      } catch (IllegalArgumentException unreadable) {
        taken = Future.failedFuture(unreadable);
      }
      taken.onComplete(done -> stream.fetch(1), this::onBroken);
    }

    private Future<?> take(MetadataFrame frame) {
      Future<?> taken = Future.succeededFuture();
      if (frame.hasLeader()) {
        Known leader = Forms.leader(frame.getLeader());
        taken =
            bus.request(
                Addresses.METADATA_FEED, new MetadataFeed.ActiveController(leader.nodeId()));
        leaders.learnFrom(connection.orElseThrow().remote().nodeId(), leader);
      }
      if (frame.hasSnapshot()) {
        Optional<MetadataFeed> whole = collect(frame.getSnapshot());
        if (whole.isPresent()) {
          taken = taken.compose(before -> bus.request(Addresses.METADATA_FEED, whole.get()));
        }
      }
      if (frame.getEntriesCount() > 0) {
        List<LogEntry> entries = new ArrayList<>(frame.getEntriesCount());
        for (CommittedEntry entry : frame.getEntriesList()) {
          entries.add(
              new LogEntry(
                  entry.getTerm(),
                  entry.getIndex(),
                  RaftForms.kind(entry.getKind()),
                  Forms.bytes(entry.getPayload())));
        }
        taken =
            taken.compose(
                before -> bus.request(Addresses.METADATA_FEED, new MetadataFeed.Entries(entries)));
      }
      return taken;
    }

    private Optional<MetadataFeed> collect(SnapshotPiece piece) {
      if (piece.getOffset() == 0) {
        snapshotIndex = piece.getIndex();
        snapshotSizeBytes = piece.getSizeBytes();
        snapshot = Optional.of(Unpooled.buffer());
      }
      boolean fits =
          snapshot.isPresent()
              && piece.getIndex() == snapshotIndex
              && piece.getSizeBytes() == snapshotSizeBytes
              && snapshotSizeBytes <= Limits.MAX_SNAPSHOT_BYTES
              && piece.getOffset() == snapshot.get().readableBytes()
              && piece.getContent().size() <= snapshotSizeBytes - piece.getOffset();
      if (!fits) {
        throw new IllegalArgumentException("a piece of a snapshot that doesn't fit");
      }
      ByteBuf content = snapshot.get().writeBytes(Forms.bytes(piece.getContent()));
      if (content.readableBytes() < snapshotSizeBytes) {
        return Optional.empty();
      }
      snapshot = Optional.empty();
      return Optional.of(new MetadataFeed.WholeState(snapshotIndex, content));
    }

    private void onBroken(Throwable cause) {
      if (closed) {
        return;
      }
      if (followed) {
        LOG.info("No metadata from {} any more: {}", address, cause.getMessage());
      } else if (backoff.tries() == 0 && !everFollowed) {
        LOG.warn("This node waits for a controller; {}: {}", address, cause.getMessage());
      } else if (backoff.tries() == 0) {
        LOG.info("No metadata from {}: {}", address, cause.getMessage());
      } else {
        LOG.debug("No metadata from {}: {}", address, cause.getMessage());
      }
      leaders
          .current()
          .address()
          .filter(address::equals)
          .ifPresent(same -> leaders.doubt(leaders.current().nodeId()));
      if (!closed) {
        reconnect(backoff.tries() == 0 ? retryAtOnce() : backoff.nextMs());
      }
    }

    private long retryAtOnce() {
      backoff.nextMs(); // The next one waits.
      return 0;
    }

    private void close() {
      closed = true;
      snapshot = Optional.empty();
      connection.ifPresent(NodeConnection::close);
    }
  }
}
