package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.replica.ToLeader;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Keeps a stream to each broker that leads something that this one follows: to those of which the
 * rest of the id divided by the number of log shards is this verticle's number. It lives on a data
 * loop, together with that shard.
 */
public final class ReplicaFetcherVerticle extends VerticleBase {
  private final Bus bus;
  private final RpcSettings settings;
  private final int brokerId;
  private final int number;
  private final ReplicaShards shards;
  private final FollowedLeaders followed;
  private final SortedMap<Integer, LeaderStream> streams = new TreeMap<>();
  private NodeDialer dialer;
  private Supplier<Backoff> backoffs;
  private Optional<ClusterImage> image = Optional.empty();

  /**
   * @param settings by which other nodes are dialled
   * @param number of the log shard, from 0
   */
  public ReplicaFetcherVerticle(
      Bus bus, RpcSettings settings, int brokerId, int number, ReplicaShards shards) {
    this.bus = bus;
    this.settings = settings;
    this.brokerId = brokerId;
    this.number = number;
    this.shards = shards;
    this.followed = new FollowedLeaders(brokerId);
  }

  /** Completes at once: leaders are looked for in the background. */
  @Override
  public Future<?> start() {
    SplittableRandom random = new SplittableRandom();
    dialer = new NodeDialer(vertx, settings, new Greetings(bus, new Leaders(true)), random);
    backoffs = () -> new Backoff(Limits.REPLICA_BACKOFF_MS, Limits.MAX_REPLICA_BACKOFF_MS, random);
    return bus.listen(Addresses.METADATA_CHANGED, this::onChange)
        .compose(v -> bus.serve(Addresses.REPLICA_TO_LEADER.at(number), this::send))
        .compose(v -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .onSuccess(
            current -> {
              current.topicsByName().values().forEach(followed::onTopic);
              image = Optional.of(current);
              look();
            });
  }

  @Override
  public Future<?> stop() {
    List<Future<?>> told = new ArrayList<>();
    streams.values().forEach(stream -> told.add(stream.close()));
    streams.clear();
    // What shards say of a stream before they know that it has gone still finds somebody.
    return Future.join(told)
        .transform(all -> bus.withdraw(Addresses.REPLICA_TO_LEADER.at(number)))
        .transform(done -> dialer == null ? Future.succeededFuture() : dialer.close());
  }

  private void onChange(ImageChange change) {
    if (image.isEmpty()) {
      return; // The whole image that has been asked for is a later one.
    }
    followed.onChange(change);
    image = Optional.of(change.image());
    look();
  }

  private void look() {
    SortedSet<Integer> leaders = followed.all();
    for (int leader : leaders) {
      if (leader % shards.count() == number) {
        streams.computeIfAbsent(leader, this::stream);
      }
    }
    streams.forEach((leader, stream) -> stream.onImage(image.get(), leaders.contains(leader)));
    streams.values().removeIf(LeaderStream::isOver);
  }

  private LeaderStream stream(int leaderId) {
    return new LeaderStream(vertx, bus, dialer, backoffs.get(), brokerId, leaderId, shards);
  }

  private Future<Void> send(ToLeader message) {
    LeaderStream stream = streams.get(message.leaderId());
    return stream == null
        ? Future.failedFuture(LeaderStream.noStream(message.leaderId()))
        : stream.send(message.messages());
  }
}
