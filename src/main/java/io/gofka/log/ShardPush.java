package io.gofka.log;

import io.gofka.replica.LeaderMessage;
import java.util.List;

/** Brings what leaders have to their followers. */
final class ShardPush {
  private final LogShard shard;
  private final ShardHost host;

  ShardPush(LogShard shard, ShardHost host) {
    this.shard = shard;
    this.host = host;
  }

  void begin(
      ShardPartition partition, int followerId, int leaderEpoch, long session, long fromOffset) {}

  void end(ShardPartition partition, int followerId) {}

  void endAll(ShardPartition partition) {}

  void onAppended(ShardPartition partition, LogAppend append) {}

  void onAcked(ShardPartition partition, int followerId, long session, long endOffset) {}

  void onWatermark(ShardPartition partition) {}

  void send(int followerId, LeaderMessage message) {
    host.toFollower(followerId, List.of(message), () -> {}, () -> {});
  }

  void onStream(int followerId, boolean up) {
    shard.number();
  }
}
