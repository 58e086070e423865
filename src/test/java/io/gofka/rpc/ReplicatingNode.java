package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.HostPort;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.ImageDifference;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.FromFollower;
import io.gofka.replica.FromLeader;
import io.gofka.replica.LeaderMessage;
import io.gofka.replica.StreamChanged;
import io.gofka.replica.ToFollower;
import io.gofka.replica.ToLeader;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/** A broker of which nothing is there but its streams: its shards say what they hear. */
final class ReplicatingNode implements AutoCloseable {
  /** Partition n is with shard n % SHARDS. */
  static final int SHARDS = 2;

  private static final int LOOPS = 3;

  /** Where each stream changed: told by one shard. */
  record Told(int shard, StreamChanged change) {}

  final TalkingNode node;
  final int brokerId;
  final long epoch;
  final BlockingQueue<Told> streams = new LinkedBlockingQueue<>();
  final BlockingQueue<FromFollower> fromFollowers = new LinkedBlockingQueue<>();
  final BlockingQueue<LeaderMessage> fromLeaders = new LinkedBlockingQueue<>();
  volatile Function<FromLeader, Future<Void>> taking = message -> Future.succeededFuture();
  volatile boolean takesFollowers = true;
  volatile BiConsumer<Integer, StreamChanged> onStream = (shard, change) -> {};
  private volatile ClusterImage image = ClusterImage.EMPTY;
  private HostPort address;

  ReplicatingNode(int brokerId, long epoch) {
    this.brokerId = brokerId;
    this.epoch = epoch;
    ReplicaShards shards = new ReplicaShards(SHARDS, one -> one.partition() % SHARDS);
    RpcSettings settings = new RpcSettings(new HostPort("127.0.0.1", 0), List.of(), false, 50, 3);
    this.node =
        new TalkingNode(
            "node-" + brokerId, "one", settings, Optional.of(shards), LOOPS, this::serve);
    this.address = node.address();
    for (int number = 0; number < SHARDS; number++) {
      node.deploy(new ReplicaFetcherVerticle(node.bus, settings, brokerId, number, shards));
    }
  }

  private void serve(TalkingNode talking) {
    talking.serve(Addresses.METADATA_IMAGE, asked -> Future.succeededFuture(image));
    for (int i = 0; i < SHARDS; i++) {
      int shard = i;
      talking.serve(
          Addresses.REPLICA_STREAM.at(shard),
          change -> {
            streams.add(new Told(shard, change));
            onStream.accept(shard, change);
            return Future.succeededFuture();
          });
      talking.serve(
          Addresses.REPLICA_FROM_FOLLOWER.at(shard),
          message -> {
            if (!takesFollowers) {
              throw new ApiException(ErrorCode.KAFKA_STORAGE_ERROR, "not now");
            }
            fromFollowers.add(message);
            return Future.succeededFuture();
          });
      talking.serve(
          Addresses.REPLICA_FROM_LEADER.at(shard),
          message -> {
            message.messages().forEach(one -> fromLeaders.add(copy(one)));
            return taking.apply(message);
          });
    }
  }

  /** What is kept beyond the answer must not be the stream's memory. */
  private static LeaderMessage copy(LeaderMessage message) {
    if (message instanceof LeaderMessage.Pushed pushed) {
      if (pushed.records().nioBufferCount() != 1) {
        throw new AssertionError("records in several pieces");
      }
      byte[] bytes = new byte[pushed.records().readableBytes()];
      pushed.records().getBytes(pushed.records().readerIndex(), bytes);
      return new LeaderMessage.Pushed(
          pushed.topicId(),
          pushed.partition(),
          pushed.leaderEpoch(),
          pushed.session(),
          pushed.fromOffset(),
          pushed.endOffset(),
          pushed.highWatermark(),
          pushed.logStartOffset(),
          Unpooled.wrappedBuffer(bytes));
    }
    return message;
  }

  /** Others reach it there. */
  void isAt(HostPort elsewhere) {
    address = elsewhere;
  }

  BrokerImage registration() {
    return registration(epoch);
  }

  BrokerImage registration(long inEpoch) {
    return new BrokerImage(
        brokerId,
        node.nodeId,
        inEpoch,
        node.incarnationId,
        List.of(),
        Optional.of(address),
        Optional.empty(),
        false,
        false,
        List.of(),
        new TreeMap<>());
  }

  /** An image in which a broker leads all four partitions of the topic, and others follow it. */
  static ClusterImage image(long offset, int leader, Collection<BrokerImage> brokers) {
    TreePMap<Integer, BrokerImage> byId = TreePMap.empty();
    TreePMap<String, Integer> ids = TreePMap.empty();
    List<Integer> replicas = new ArrayList<>();
    for (BrokerImage broker : brokers) {
      byId = byId.plus(broker.id(), broker);
      ids = ids.plus(broker.nodeId(), broker.id());
      replicas.add(broker.id());
    }
    PartitionImage partition = new PartitionImage(replicas, replicas, leader, 3, 0);
    TopicImage topic =
        new TopicImage(
            ReplicaMessages.TOPIC, "topic", List.of(partition, partition, partition, partition));
    ClusterImage empty = ClusterImage.EMPTY;
    return new ClusterImage(
        "one",
        offset,
        -1,
        byId,
        TreePMap.singleton("topic", topic),
        HashTreePMap.singleton(topic.id(), topic),
        TreePMap.empty(),
        TreePMap.empty(),
        0,
        ids,
        empty.controllers(),
        empty.clientQuotas(),
        empty.scramCredentials(),
        empty.acls());
  }

  /** It hears of this image. */
  void sees(ClusterImage next) {
    ImageChange change = ImageDifference.between(image, next);
    image = next;
    node.bus.announce(Addresses.METADATA_CHANGED, change);
  }

  /** Tells followers something; the records are released when it has been answered. */
  Future<Void> push(int followerId, LeaderMessage... messages) {
    return node.later(
        () ->
            node.bus
                .request(
                    Addresses.REPLICA_TO_FOLLOWER, new ToFollower(followerId, List.of(messages)))
                .onComplete(
                    answered -> {
                      for (LeaderMessage message : messages) {
                        if (message instanceof LeaderMessage.Pushed pushed) {
                          pushed.records().release();
                        }
                      }
                    }));
  }

  Future<Void> tell(int leaderId, FollowerMessage... messages) {
    return node.later(
        () ->
            node.bus.request(
                Addresses.REPLICA_TO_LEADER.at(leaderId % SHARDS),
                new ToLeader(leaderId, List.of(messages))));
  }

  /** Returns when all shards were told of this, and of nothing else before. */
  void awaitStream(int otherId, boolean leading, boolean up) {
    StreamChanged expected = new StreamChanged(otherId, leading, up);
    List<Integer> shards = new ArrayList<>();
    while (shards.size() < SHARDS) {
      Told told = TalkingNode.next(streams);
      if (!told.change().equals(expected)) {
        throw new AssertionError(told + " instead of " + expected);
      }
      shards.add(told.shard());
    }
    if (shards.stream().distinct().count() != SHARDS) {
      throw new AssertionError("told to " + shards);
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
