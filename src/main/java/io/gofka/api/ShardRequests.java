package io.gofka.api;

import io.gofka.bus.Address;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.common.TopicIdPartition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Sends what a request asks of many partitions to the shards that own them, with one message for
 * each shard, and puts the answers back into the order of the questions.
 *
 * @param <I> question about one partition
 * @param <Q> message to a shard, with the questions it is to answer
 * @param <R> answer for one partition
 */
final class ShardRequests<I, Q, R> {
  /**
   * However long a client is willing to wait for other replicas: the bus gives up after ten
   * minutes, and would give back the request's bytes while a shard still has them.
   */
  private static final int MAX_WAIT_MS = 300_000;

  private final BrokerContext broker;
  private final Address<Q, List<R>> address;
  private final Function<I, TopicIdPartition> partitionOf;
  private final Function<List<I>, Q> message;
  private final BiFunction<I, ApiException, R> failed;

  /**
   * @param failed the answer for a partition whose shard gave none
   */
  ShardRequests(
      BrokerContext broker,
      Address<Q, List<R>> address,
      Function<I, TopicIdPartition> partitionOf,
      Function<List<I>, Q> message,
      BiFunction<I, ApiException, R> failed) {
    this.broker = broker;
    this.address = address;
    this.partitionOf = partitionOf;
    this.message = message;
    this.failed = failed;
  }

  /** A client's timeout as a shard may be given it. */
  static int boundedMs(int timeoutMs) {
    return Math.max(0, Math.min(timeoutMs, MAX_WAIT_MS));
  }

  /** Asks all; the future doesn't fail, and has one answer for each question in their order. */
  Future<List<R>> ask(List<I> questions) {
    if (questions.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    int shards = broker.shards().count();
    int only = onlyShard(questions);
    if (only >= 0) {
      return askShard(only, questions);
    }
    List<List<I>> byShard = new ArrayList<>(shards);
    List<List<Integer>> positions = new ArrayList<>(shards);
    for (int shard = 0; shard < shards; shard++) {
      byShard.add(new ArrayList<>());
      positions.add(new ArrayList<>());
    }
    for (int i = 0; i < questions.size(); i++) {
      int shard = broker.shards().of(partitionOf.apply(questions.get(i)));
      byShard.get(shard).add(questions.get(i));
      positions.get(shard).add(i);
    }
    List<R> answers = new ArrayList<>(Collections.nCopies(questions.size(), null));
    List<Future<?>> asked = new ArrayList<>(shards);
    for (int shard = 0; shard < shards; shard++) {
      if (!byShard.get(shard).isEmpty()) {
        List<Integer> at = positions.get(shard);
        asked.add(
            askShard(shard, byShard.get(shard))
                .onSuccess(
                    some -> {
                      for (int i = 0; i < at.size(); i++) {
                        answers.set(at.get(i), some.get(i));
                      }
                    }));
      }
    }
    return Future.all(asked).map(all -> answers);
  }

  private int onlyShard(List<I> questions) {
    int first = broker.shards().of(partitionOf.apply(questions.get(0)));
    for (int i = 1; i < questions.size(); i++) {
      if (broker.shards().of(partitionOf.apply(questions.get(i))) != first) {
        return -1;
      }
    }
    return first;
  }

  private Future<List<R>> askShard(int shard, List<I> questions) {
    return broker
        .bus()
        .request(address.at(shard), message.apply(questions))
        .otherwise(
            cause -> {
              ApiException error =
                  cause instanceof ApiException refused
                      ? refused
                      : new ApiException(ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(cause));
              List<R> answers = new ArrayList<>(questions.size());
              questions.forEach(question -> answers.add(failed.apply(question, error)));
              return answers;
            });
  }
}
