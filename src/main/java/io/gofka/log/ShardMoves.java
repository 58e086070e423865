package io.gofka.log;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.gofka.common.TopicPartition;
import io.gofka.log.MoveLogs.Move;
import io.gofka.log.MoveLogs.Moved;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The moves of a shard's logs from one directory to another, one after the other: several at a time
 * would copy no faster, and the slower their rate, the longer each would hold on to what retention
 * deletes. On the shard's thread.
 */
final class ShardMoves {
  /** Directories remembered for logs that don't exist yet; the oldest wish is forgotten first. */
  static final int MAX_PREFERENCES = 10_000;

  private final LogShard shard;
  private final ShardHost host;
  private final ShardDirectories directories;
  private final Map<TopicPartition, LogDirectory> preferences = new LinkedHashMap<>();
  private final Map<ShardPartition, LogMove> moves = new HashMap<>();
  private final ArrayDeque<LogMove> waiting = new ArrayDeque<>();
  private Optional<LogMove> underWay = Optional.empty();

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
    if (current != null
        && !current.isCancelled()
        && current.target().name().equals(target.name())) {
      return;
    }
    cancel(partition);
    if (partition.isIn(target)) {
      return;
    }
    if (!partition.log().isOnDisk() && !partition.appends().isWriting()) {
      shard.opening().createIn(partition, target);
      return;
    }
    LogMove next = new LogMove(shard, host, partition, target, this::onEnd);
    moves.put(partition, next);
    waiting.add(next);
    startNext();
  }

  private void startNext() {
    if (underWay.isPresent() || waiting.isEmpty()) {
      return;
    }
    LogMove next = waiting.remove();
    underWay = Optional.of(next);
    shard.cleanings().afterCleaning(next.partition().id(), next::start);
  }

  private void onEnd(LogMove ended) {
    moves.remove(ended.partition(), ended); // There may be another one in its place.
    underWay = Optional.empty();
    startNext();
  }

  Optional<LogMove> of(ShardPartition partition) {
    return Optional.ofNullable(moves.get(partition));
  }

  /** The log changes under its move: what is copied is worth nothing. Who waits may go on. */
  void interrupt(ShardPartition partition) {
    of(partition).filter(move -> !waiting.contains(move)).ifPresent(LogMove::cancel);
  }

  /** It stays where it is, or goes altogether. */
  void cancel(ShardPartition partition) {
    LogMove move = moves.get(partition);
    if (move == null) {
      return;
    }
    move.cancel();
    if (waiting.remove(move)) {
      moves.remove(partition);
    }
  }
}
