package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.log.MoveLogs.Move;
import io.gofka.log.MoveLogs.Moved;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The moves of a shard's logs from one directory to another. On the shard's thread. */
final class ShardMoves {
  /** Directories remembered for logs that don't exist yet; the oldest wish is forgotten first. */
  static final int MAX_PREFERENCES = 10_000;

  private final LogShard shard;
  private final ShardHost host;
  private final ShardDirectories directories;
  private final Map<TopicPartition, LogDirectory> preferences = new LinkedHashMap<>();
  private final Map<ShardPartition, LogMove> moves = new HashMap<>();

  ShardMoves(LogShard shard, ShardHost host, ShardDirectories directories) {
    this.shard = shard;
    this.host = host;
    this.directories = directories;
  }

  List<Moved> move(MoveLogs request) {
    return request.moves().stream().map(each -> new Moved(each.partition(), move(each))).toList();
  }

  private ErrorCode move(Move move) {
    try {
      LogDirectory target = target(move.directory());
      Optional<ShardPartition> partition = shard.partition(move.partition());
      if (partition.isEmpty()) {
        prefer(move.partition(), target);
        return shard.isElsewhere(move.partition())
            ? ErrorCode.REPLICA_NOT_AVAILABLE
            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      }
      begin(partition.get(), target);
      return ErrorCode.NONE;
    } catch (ApiException refused) {
      return refused.errorCode();
    }
  }

  private LogDirectory target(String name) {
    if (!directories.isKnown(name)) {
      throw new ApiException(ErrorCode.LOG_DIR_NOT_FOUND, "there is no log directory " + name);
    }
    return directories
        .named(name)
        .filter(directories::isUsable)
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "log directory " + name + " can't be used"));
  }

  private void prefer(TopicPartition partition, LogDirectory target) {
    preferences.remove(partition);
    preferences.put(partition, target);
    if (preferences.size() > MAX_PREFERENCES) {
      preferences.remove(preferences.keySet().iterator().next());
    }
  }

  /** Where somebody wanted a new log to be made; asked once. */
  Optional<LogDirectory> preferred(TopicIdPartition partition) {
    return Optional.ofNullable(preferences.remove(partition.topicPartition()));
  }

  private void begin(ShardPartition partition, LogDirectory target) {
    shard.checkWritable(partition);
    if (partition.state() != LogState.SERVING) {
      throw new ApiException(
          ErrorCode.REPLICA_NOT_AVAILABLE, partition.id() + " is still being opened");
    }
    LogMove current = moves.get(partition);
    if (current != null && current.target().name().equals(target.name())) {
      return;
    }
    if (current != null) {
      current.cancel();
    }
    if (partition.isIn(target)) {
      return;
    }
    if (!partition.log().isOnDisk() && !partition.appends().isWriting()) {
      shard.opening().createIn(partition, target);
      return;
    }
    LogMove next = new LogMove(shard, host, partition, target, () -> moves.remove(partition));
    moves.put(partition, next);
    shard.cleanings().afterCleaning(partition.id(), next::start);
  }

  Optional<LogMove> of(ShardPartition partition) {
    return Optional.ofNullable(moves.get(partition));
  }

  /** The partition is nobody's any more, or can't be moved any more. */
  void cancel(ShardPartition partition) {
    of(partition).ifPresent(LogMove::cancel);
  }
}
