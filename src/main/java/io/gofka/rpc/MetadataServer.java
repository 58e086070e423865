package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.MetadataSnapshot;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.raft.CommittedEntries;
import io.gofka.raft.LogEntry;
import io.gofka.rpc.proto.CommittedEntry;
import io.gofka.rpc.proto.MetadataFrame;
import io.gofka.rpc.proto.MetadataRequest;
import io.gofka.rpc.proto.SnapshotPiece;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells nodes without a replica what is committed in the metadata log: to those who are far behind
 * the whole state first. Each one gets as much as it takes; nothing is queued for it.
 */
final class MetadataServer {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataServer.class);

  private final Vertx vertx;
  private final Bus bus;
  private final Leaders leaders;
  private final NodeServer server;
  private final EntryTail tail = new EntryTail(Limits.MAX_FEED_ENTRIES, Limits.MAX_FEED_BYTES);
  private final Set<Follower> followers = new LinkedHashSet<>();
  private Optional<Encoded> lastSnapshot = Optional.empty();

  private record Encoded(long index, Future<ByteBuf> content) {}

  MetadataServer(Vertx vertx, Bus bus, Leaders leaders, NodeServer server) {
    this.server = server;
    this.vertx = vertx;
    this.bus = bus;
    this.leaders = leaders;
    leaders.onChange(known -> List.copyOf(followers).forEach(Follower::onLeader));
  }

  void onCommitted(CommittedEntries committed) {
    committed.entries().forEach(tail::add);
    if (lastSnapshot.isPresent() && tail.first() > lastSnapshot.get().index() + 1) {
      lastSnapshot = Optional.empty(); // Nobody can go on from it any more.
    }
    List.copyOf(followers).forEach(Follower::pump);
  }

  void onRequest(GrpcServerRequest<MetadataRequest, MetadataFrame> call) {
    String nodeId = server.sender(call).nodeId();
    call.handler(
        request -> {
          LOG.debug("{} follows the metadata from {} on", nodeId, request.getFromIndex());
          new Follower(call, Math.max(0, request.getFromIndex())).pump();
        });
  }

  /** The whole state as it is now, or a little older, as bytes. */
  private Future<Encoded> snapshot() {
    return bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()).map(this::snapshot);
  }

  private Encoded snapshot(ClusterImage image) {
    // One that entries follow upon without a gap is as good as a new one.
    if (lastSnapshot.isEmpty()) {
      Encoded made =
          new Encoded(
              image.metadataOffset(), vertx.executeBlocking(() -> MetadataSnapshot.encode(image)));
      lastSnapshot = Optional.of(made);
      made.content().onFailure(unwritten -> forget(made));
    }
    return lastSnapshot.get();
  }

  /** What could not be written may be another time. */
  private void forget(Encoded unwritten) {
    if (lastSnapshot.filter(unwritten::equals).isPresent()) {
      lastSnapshot = Optional.empty();
    }
  }

  private final class Follower {
    private final IncomingCall<MetadataRequest, MetadataFrame> call;
    private long next;
    private boolean leaderDue = true;
    private boolean waiting;
    private long snapshotIndex;
    private Optional<ByteBuf> snapshot = Optional.empty();

    Follower(GrpcServerRequest<MetadataRequest, MetadataFrame> stream, long next) {
      this.next = next;
      followers.add(this);
      call = new IncomingCall<>(server, stream, this::onOver);
      stream.response().drainHandler(drained -> pump());
    }

    private void onOver() {
      snapshot = Optional.empty();
      followers.remove(this);
    }

    private void onLeader() {
      leaderDue = true;
      pump();
    }

    private void pump() {
      while (!call.isOver() && !waiting && !call.isFull()) {
        if (leaderDue) {
          leaderDue = false;
          write(MetadataFrame.newBuilder().setLeader(Forms.leader(leaders.current())));
        } else if (snapshot.isPresent()) {
          writePiece(snapshot.get());
        } else if (isTooFarBehind()) {
          fetchSnapshot();
        } else if (next < tail.end()) {
          writeEntries();
        } else {
          return;
        }
      }
    }

    /** Before anything was committed here there is nothing to tell. */
    private boolean isTooFarBehind() {
      return !tail.isEmpty() && next < tail.first();
    }

    private void fetchSnapshot() {
      waiting = true;
      snapshot()
          .compose(
              encoded ->
                  encoded
                      .content()
                      .onSuccess(
                          content -> {
                            if (encoded.index() >= next) {
                              snapshotIndex = encoded.index();
                              snapshot = Optional.of(content.slice());
                            }
                          }))
          .onComplete(
              done -> {
                waiting = false;
                if (snapshot.isPresent()) {
                  pump();
                } // Otherwise nothing is announced yet: the next entry comes with a new try.
              },
              failed -> {
                LOG.error("The metadata can't be written as a snapshot", failed);
                call.fail(failed);
              });
    }

    private void writePiece(ByteBuf rest) {
      int size = Math.min(rest.readableBytes(), Limits.METADATA_FRAME_BYTES);
      write(
          MetadataFrame.newBuilder()
              .setSnapshot(
                  SnapshotPiece.newBuilder()
                      .setIndex(snapshotIndex)
                      .setSizeBytes(rest.readerIndex() + rest.readableBytes())
                      .setOffset(rest.readerIndex())
                      .setContent(Forms.bytes(rest.readSlice(size)))));
      if (!rest.isReadable()) {
        snapshot = Optional.empty();
        next = snapshotIndex + 1;
      }
    }

    private void writeEntries() {
      MetadataFrame.Builder frame = MetadataFrame.newBuilder();
      for (int bytes = 0; next < tail.end() && bytes < Limits.METADATA_FRAME_BYTES; next++) {
        LogEntry entry = tail.get(next);
        bytes += entry.payload().readableBytes() + 1;
        frame.addEntries(
            CommittedEntry.newBuilder()
                .setTerm(entry.term())
                .setIndex(entry.index())
                .setKind(RaftForms.kind(entry.kind()))
                .setPayload(Forms.bytes(entry.payload())));
      }
      write(frame);
    }

    private void write(MetadataFrame.Builder frame) {
      call.write(frame.build());
    }
  }
}
